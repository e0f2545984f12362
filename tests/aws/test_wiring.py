"""Clients and ports are made late, under the right credentials and with bounded patience."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from zonemesh.aws.sessions import Clients, assumed, client_config
from zonemesh.aws.table import Table
from zonemesh.aws.wiring import Functions, HubPorts, TablePorts
from zonemesh.deployment import (
    CHANGES_QUEUE_URL,
    HUB_QUEUE_URL,
    LISTINGS_QUEUE_URL,
    SWEEP_FUNCTION,
    TABLE,
    TOPIC_ARN,
)
from zonemesh.errors import (
    MessagingFailed,
    SecretUnreadable,
    SettingMissing,
    SourceRefused,
    StoreUnavailable,
)
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.sections import Integration
from zonemesh.ports import (
    ChangeHistory,
    HostedZones,
    HubReports,
    Inbox,
    Ledger,
    ListingQueue,
    Member,
    MeshStore,
    Register,
    Resolver,
    Secrets,
    SnapshotStore,
    SweepState,
    ZoneSource,
)
from zonemesh.refresh_aliases import AnswerMemory
from zonemesh.targets.ports import Approvals, Publications
from zonemesh.targets.route53_planning import TargetAccount

ROLE = "arn:aws:iam::210987654321:role/zonemesh-source"
MESH = Mesh(
    integrations={
        "main": Integration(),
        "shop": Integration(role_arn=ROLE, external_id="mesh-1"),
    }
)
ENVIRONMENT = {
    TABLE: "zonemesh",
    SWEEP_FUNCTION: "Zonemesh-Sweep",
    TOPIC_ARN: "arn:aws:sns:us-east-1:123456789012:bell",
    CHANGES_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/changes",
    LISTINGS_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/listings.fifo",
    HUB_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/hub",
}


def member(integration: str) -> Member:
    return Member("Z1", "example.com.", integration, "Z1", "listed", ("*",))


def test_import_and_composition_work_under_an_empty_environment() -> None:
    code = (
        "from zonemesh.aws.wiring import Functions, HubPorts, TablePorts\n"
        "Functions(), HubPorts(), TablePorts()\n"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(root)}, check=True)


def test_ports_of_the_functions(clients: Clients, table: Table) -> None:
    functions = Functions(ENVIRONMENT, clients)
    store: SnapshotStore = functions.store
    ledger: Ledger = functions.ledger
    register: Register = functions.register
    mesh_store: MeshStore = functions.mesh_store
    sweep_state: SweepState = functions.sweep_state
    answers: AnswerMemory = functions.answers
    resolver: Resolver = functions.resolver("main", MESH)
    listings: ListingQueue = functions.listings
    source: ZoneSource = functions.source(member("main"), MESH)
    hosted_zones: HostedZones = functions.hosted_zones("main", MESH)
    history: ChangeHistory = functions.history("main", MESH)
    assert store.head("Z1") is None
    assert ledger.announced(["Z1"]) == {}
    assert register.members() == []
    assert mesh_store.newest() is None
    assert sweep_state.load() is None
    assert answers.load("Z1").version == 0
    assert resolver.ask([]) == {}
    assert hosted_zones.list() == []
    assert all((listings, source, history, functions.announcer, functions.changes))


def test_ports_of_a_hub(clients: Clients, table: Table) -> None:
    hub = HubPorts(ENVIRONMENT | {"TSIG": "c2VjcmV0"}, clients)
    inbox: Inbox = hub.inbox
    secrets: Secrets = hub.secrets
    reports: HubReports = hub.reports
    assert secrets.read("env:TSIG") == "c2VjcmV0"
    reports.heartbeat("fra", {"at": 1})
    assert reports.reports("fra").heartbeat == {"at": 1}
    assert inbox


def test_a_hub_reaches_the_accounts_that_it_publishes_to(clients: Clients, table: Table) -> None:
    hub = HubPorts(ENVIRONMENT, clients)
    here: TargetAccount = hub.target_account("main", MESH)
    assert here.account.hosted_zones() == []
    there, again = (hub.target_account("shop", MESH) for _ in range(2))
    assert there.clients is again.clients is not clients
    assert there.pace is again.pace is not None  # all its targets share the account's rate
    with pytest.raises(SourceRefused, match="nowhere is not in the mesh"):
        hub.target_account("nowhere", MESH)
    published: Publications = hub.publications("fra")
    approvals: Approvals = hub.approvals
    assert published.published("Z1", "copy") is None
    assert approvals.approval("Z1", "copy") is None


def test_ports_are_made_once(clients: Clients) -> None:
    functions = Functions(ENVIRONMENT, clients)
    assert functions.store is functions.store
    assert clients.client("route53") is clients.client("route53")


def test_credentials_that_come_late_are_found(
    clients: Clients, table: Table, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A hub starts, serves and asks again while its credentials' endpoint is out of reach."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    values = {name: os.environ[name] for name in names}
    for name in names:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    hub = HubPorts(ENVIRONMENT, Clients())
    with pytest.raises(StoreUnavailable, match="credentials"):
        hub.store.head("Z1")
    with pytest.raises(MessagingFailed, match="credentials"):
        hub.inbox.receive(0)
    with pytest.raises(SecretUnreadable, match="credentials"):
        hub.secrets.read("secretsmanager:tsig")
    functions = Functions(ENVIRONMENT, Clients())
    with pytest.raises(SourceRefused, match="give the process a role"):
        functions.hosted_zones("main", MESH).list()
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    assert hub.store.head("Z1") is None
    assert functions.hosted_zones("main", MESH).list() == []


def test_missing_setting_is_named(clients: Clients) -> None:
    with pytest.raises(SettingMissing, match=TABLE):
        TablePorts({TABLE: ""}, clients).store  # noqa: B018
    with pytest.raises(SettingMissing, match=TOPIC_ARN):
        Functions({}, clients).announcer  # noqa: B018


def test_integration_that_left_the_mesh_is_refused(clients: Clients) -> None:
    with pytest.raises(SourceRefused, match="integration old is not in the mesh"):
        Functions(ENVIRONMENT, clients).source(member("old"), MESH)


def credentials(number: int, lifetime: timedelta) -> dict[str, Any]:
    return {
        "Credentials": {
            "AccessKeyId": f"ASIA{number:016d}",
            "SecretAccessKey": "s" * 40,
            "SessionToken": "t",
            "Expiration": datetime.now(UTC) + lifetime,
        }
    }


def test_role_is_assumed_late_with_its_external_id_and_again_before_it_ends(
    clients: Clients,
) -> None:
    request = {"RoleArn": ROLE, "RoleSessionName": ANY, "ExternalId": "mesh-1"}
    with Stubber(clients.client("sts")) as sts:
        session = assumed(clients, ROLE, "mesh-1")
        route53 = session.client("route53")  # nothing asked yet: no answer is prepared
        sts.add_response("assume_role", credentials(1, timedelta(minutes=2)), request)
        sts.add_response("assume_role", credentials(2, timedelta(hours=1)), request)
        signed_by = []

        def note(request: Any, **_: Any) -> None:
            signed_by.append(request.headers["Authorization"])

        route53.meta.events.register("before-send.route53", note)
        for _ in range(3):
            route53.list_hosted_zones()
        sts.assert_no_pending_responses()
    assert b"ASIA0000000000000001" in signed_by[0]
    assert all(b"ASIA0000000000000002" in header for header in signed_by[1:])


def test_role_without_external_id_sends_none(clients: Clients) -> None:
    request = {"RoleArn": ROLE, "RoleSessionName": ANY}
    with Stubber(clients.client("sts")) as sts:
        sts.add_response("assume_role", credentials(1, timedelta(hours=1)), request)
        assumed(clients, ROLE, None).client("route53").list_hosted_zones()


def test_role_that_may_not_be_assumed_is_refused_with_the_cure(clients: Clients) -> None:
    functions = Functions(ENVIRONMENT, clients)
    with Stubber(clients.client("sts")) as sts:
        sts.add_client_error("assume_role", "AccessDenied", http_status_code=403)
        with pytest.raises(SourceRefused, match=r"example\.com\. .*external_id"):
            functions.source(member("shop"), MESH).read(["www.example.com."])


def test_integrations_keep_their_own_credentials(clients: Clients) -> None:
    functions = Functions(ENVIRONMENT, clients)
    with Stubber(clients.client("sts")) as sts:
        sts.add_response("assume_role", credentials(1, timedelta(hours=1)))
        functions.hosted_zones("shop", MESH).list()
        functions.source(member("shop"), MESH)
        functions.hosted_zones("main", MESH).list()
        functions.hosted_zones("shop", MESH).list()
        sts.assert_no_pending_responses()


@pytest.mark.parametrize("service", ["route53", "cloudtrail", "sqs", "dynamodb", "sns", "sts"])
def test_every_client_says_who_calls_and_does_not_wait_for_ever(
    clients: Clients, service: str
) -> None:
    config = clients.client(service).meta.config
    assert config.user_agent_appid == "zonemesh"
    assert config.connect_timeout <= 5
    assert config.read_timeout <= 30
    assert config.retries["total_max_attempts"] <= 4


def test_app_id_of_the_environment_comes_first() -> None:
    config: Any = client_config("sqs", {"AWS_SDK_UA_APP_ID": "zonemesh-sweep"})
    assert config.user_agent_appid == "zonemesh-sweep"


def test_long_poll_ends_before_its_client_loses_patience(clients: Clients) -> None:
    assert clients.client("sqs").meta.config.read_timeout > 20


def test_route53_and_its_history_are_asked_in_their_own_region(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    abroad = Clients(boto3.Session())
    regions = {s: abroad.client(s).meta.region_name for s in ("cloudtrail", "dynamodb", "sqs")}
    assert regions == {
        "cloudtrail": "us-east-1",
        "dynamodb": "eu-central-1",
        "sqs": "eu-central-1",
    }
