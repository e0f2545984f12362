"""The targets that docs/targets.md shows are valid, and are what the providers ask for."""

from typing import Any

import octodns_bind
import octodns_powerdns
import pytest
import yaml

from tests.docs.test_documents import PROJECT, blocks
from zonemesh.mesh.definition import parse_mesh
from zonemesh.mesh.places import OctodnsTarget
from zonemesh.targets.octodns.provider import make_provider
from zonemesh.targets.ports import TargetFailed

PATH = PROJECT / "docs/targets.md"
TEXT = PATH.read_text()
MESH = {
    "integrations": {"main": {}},
    "zones": [{"name": "example.com", "integration": "main", "targets": ["elsewhere"]}],
    "hubs": {"hq": {}},
}

# Arguments of the providers' constructors that the tests do not install, the required ones first,
# as of the versions that the document names.
ARGUMENTS = {
    "octodns_cloudflare.CloudflareProvider": (
        "1.2.0",
        [],
        "email token account_id cdn pagerules plan_type retry_count retry_period "
        "auth_error_retry_count zones_per_page records_per_page min_ttl timeout api_url",
    ),
    "octodns_ns1.Ns1Provider": (
        "1.0.2",
        ["api_key"],
        "retry_count monitor_regions parallelism client_config shared_notifylist "
        "use_http_monitors default_healthcheck_http_version",
    ),
    "octodns_azure.AzureProvider": (
        "1.2.0",
        ["sub_id", "resource_group"],
        "directory_id client_id key client_credential_method client_total_retries "
        "client_status_retries client_retry_policy authority base_url top",
    ),
    "octodns_googlecloud.GoogleCloudProvider": (
        "1.1.0",
        [],
        "project credentials_file batch_size private",
    ),
}


def shown() -> dict[str, OctodnsTarget]:
    """Give the providers' targets, each read as part of a mesh."""
    found = {}
    for block in blocks(PATH, "yaml"):
        document = yaml.safe_load(block)
        if "hubs" not in document:
            target = parse_mesh(yaml.safe_dump({**MESH, **document})).targets["elsewhere"]
            assert isinstance(target, OctodnsTarget)
            found[target.provider] = target
    return found


def given(target: OctodnsTarget) -> set[str]:
    return {*target.settings, *target.secrets}


def test_all_providers_have_a_block():
    tested = {"octodns_powerdns.PowerDnsProvider", "octodns_bind.Rfc2136Provider"}
    assert shown().keys() == tested | ARGUMENTS.keys()


@pytest.mark.parametrize(
    "provider", ["octodns_powerdns.PowerDnsProvider", "octodns_bind.Rfc2136Provider"]
)
def test_the_blocks_of_installed_providers_make_them(provider):
    target = shown()[provider]
    made = make_provider("elsewhere", target, dict.fromkeys(target.secrets, "d2hhdGV2ZXI="))
    assert made.id == "elsewhere"
    with pytest.raises(TargetFailed, match="nosuch"):
        make_provider("elsewhere", with_settings(target, {"nosuch": 1}), {})


def with_settings(target: OctodnsTarget, more: dict[str, Any]) -> OctodnsTarget:
    return target.model_copy(update={"settings": {**target.settings, **more}})


@pytest.mark.parametrize("provider", sorted(ARGUMENTS))
def test_the_blocks_of_other_providers_have_arguments_that_there_are(provider):
    version, required, optional = ARGUMENTS[provider]
    target = shown()[provider]
    assert {*required} <= given(target) <= {*required, *optional.split()}
    package = provider.split(".")[0].replace("_", "-")
    assert f"{package} {version}" in TEXT


def test_the_versions_named_are_those_tested():
    assert f"octodns-powerdns {octodns_powerdns.__VERSION__}" in TEXT
    assert f"octodns-bind {octodns_bind.__VERSION__}" in TEXT


def test_what_every_target_may_say_is_documented():
    table = TEXT.split("What every target may say:")[1].split("`zonemesh status`")[0]
    for field in OctodnsTarget.model_fields.keys() - {
        "type",
        "hub",
        "provider",
        "settings",
        "secrets",
    }:
        assert f"| `{field}` |" in table, field


def test_the_guard_documented_is_the_default():
    guard = OctodnsTarget.model_fields["guard"].default
    shown = (
        f"{{removed: {guard.removed}, changed: {guard.changed}, from_rrsets: {guard.from_rrsets}}}"
    )
    assert f"`{shown}`" in TEXT
