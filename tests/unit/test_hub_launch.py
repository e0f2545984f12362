"""How a hub is started: its container is told all, nothing leaks, and every form reads."""

import configparser
import itertools
import shlex
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from hub_container.settings import Settings
from zonemesh.deployed import HubDeployment
from zonemesh.hub_launch.credentials import Credentials, Kind
from zonemesh.hub_launch.forms import Form, write
from zonemesh.hub_launch.launch import Launch, Listen, Tls, environment, references

PROJECT = Path(__file__).parents[2]
QUEUE = "https://sqs.us-east-1.amazonaws.com/111122223333/Zonemesh-HubhqQueue"
ROLE = "arn:aws:iam::111122223333:role/Zonemesh-HubhqRole"
HQ = HubDeployment("hq", "Zonemesh-Table", QUEUE, ROLE)
FOLDER = "/etc/zonemesh/hq.aws"
ASSUMED = Credentials(Kind.ASSUME_ROLE, "hq", ROLE, "us-east-1", FOLDER)
PLAIN = Launch(HQ, ASSUMED)
ODD = replace(
    PLAIN,
    variables=("PARIS_KEY",),
    files=("/run/secrets/a b $HOME %h 'x'",),
    listen=(Listen("192.0.2.1"), Listen("2001:db8::1")),
    notify_listen=(Listen("", 5353),),
    tls=Tls("/etc/hub.pem", "/etc/hub.key"),
    http="127.0.0.1:8053",
)
ON_HOST = replace(ODD, host_network=True, notify_sources=("192.0.2.1", "2001:db8::1"))
LAUNCHES = [PLAIN, ODD, ON_HOST]


def run_words(launch: Launch) -> list[str]:
    """Give the words of the engine's command, as a shell reads the printed text."""
    script = write(launch, Form.DOCKER)
    said = subprocess.run(
        ["sh", "-eu"],
        input=f"sudo() {{ :; }}\n"
        f'docker() {{ for word; do printf "%s\\0" "$word"; done; }}\n{script}',
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return said.stdout.removesuffix("\0").split("\0")


def options(words: list[str], option: str) -> list[str]:
    return [value for name, value in itertools.pairwise(words) if name == option]


@pytest.mark.parametrize("launch", LAUNCHES, ids=["plain", "odd", "host"])
def test_a_shell_reads_the_command_as_it_is_meant(launch: Launch) -> None:
    words = run_words(launch)
    assert words[:2] == ["run", "-d"]
    assert words[-1] == "zonemesh-hub"
    variables = dict(each.split("=", 1) for each in options(words, "-e") if "=" in each)
    assert variables == environment(launch, inside=True)
    assert [each for each in options(words, "-e") if "=" not in each] == list(launch.variables)
    mounted = dict(each.removesuffix(":ro").rsplit(":", 1) for each in options(words, "-v")[1:])
    assert mounted == launch.mounts


@pytest.mark.parametrize("launch", LAUNCHES, ids=["plain", "odd", "host"])
@pytest.mark.parametrize("inside", [True, False])
def test_the_hub_takes_what_it_is_told(launch: Launch, inside: bool, tmp_path: Path) -> None:
    files = {"/etc/hub.pem": tmp_path / "hub.pem", "/etc/hub.key": tmp_path / "hub.key"}
    told = environment(launch, inside=inside)
    for name, value in told.items():
        if value in files:
            files[value].touch()
            told[name] = str(files[value])
    settings = Settings.from_environment(told)
    assert (settings.hub, settings.table, settings.queue_url) == ("hq", "Zonemesh-Table", QUEUE)
    own = launch.host_network or not inside
    addresses = {each.address for each in settings.dns_listen}
    assert addresses == ({"192.0.2.1", "2001:db8::1"} if own and launch.tls else {"0.0.0.0", "::"})
    assert settings.notify_sources == launch.notify_sources
    assert bool(settings.tls) == bool(launch.tls)


def test_the_container_may_do_and_write_as_little_as_can_be() -> None:
    words = run_words(PLAIN)
    assert {"--read-only", "no-new-privileges", "ALL"} <= set(words)
    assert options(words, "--cap-drop") == ["ALL"]
    assert options(words, "--cap-add") == ["NET_BIND_SERVICE"]
    assert options(words, "--tmpfs") == ["/tmp"]
    state, *others = options(words, "-v")
    assert state == "zonemesh-hq:/var/lib/zonemesh"
    assert all(each.endswith(":ro") for each in others)
    assert options(words, "-p") == ["53:53/udp", "53:53/tcp"]


def test_on_the_hosts_network_the_status_stays_on_loopback_and_nsd_gets_its_port() -> None:
    launch = replace(PLAIN, host_network=True)
    words = run_words(launch)
    assert not options(words, "-p")
    assert environment(launch, inside=True)["ZONEMESH_HTTP_LISTEN"] == "127.0.0.1:8053"
    assert "no-new-privileges" not in words
    high = replace(launch, listen=(Listen("192.0.2.1", 5353),))
    assert "no-new-privileges" in run_words(high)


def test_compose_reads_the_same() -> None:
    text = write(ODD, Form.COMPOSE)
    document = yaml.safe_load(text.replace("$$", "$"))
    assert text.count("$HOME") == text.count("$$HOME") + 1  # the one in a comment
    service = document["services"]["hub"]
    variables = dict(each.split("=", 1) for each in service["environment"] if "=" in each)
    assert variables == environment(ODD, inside=True)
    assert service["environment"][-1] == "PARIS_KEY"
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["ports"] == options(run_words(ODD), "-p")
    assert service["volumes"][1:] == options(run_words(ODD), "-v")[1:]
    on_host = yaml.safe_load(write(ON_HOST, Form.COMPOSE))["services"]["hub"]
    assert on_host["network_mode"] == "host"
    assert not {"ports", "sysctls", "security_opt"} & set(on_host)


@pytest.mark.parametrize("launch", LAUNCHES, ids=["plain", "odd", "host"])
def test_systemd_reads_the_unit(launch: Launch, tmp_path: Path) -> None:
    unit = tmp_path / "zonemesh-hq.service"
    # systemd looks for the program, which need not be installed where this is tested.
    unit.write_text(write(launch, Form.SYSTEMD).replace("docker ", "/bin/echo "))
    parsed = configparser.RawConfigParser(strict=False, delimiters=("=",))
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(unit.read_text().replace("\\\n", " "))
    assert parsed["Service"]["Restart"] == "always"
    words = shlex.split(parsed["Service"]["ExecStart"].replace("%%", "%").replace("$$", "$"))
    assert [word for word in words[5:] if word != "-d"] == run_words(launch)[6:]
    if shutil.which("systemd-analyze"):
        said = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(unit)],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        about = [line for line in said.stderr.splitlines() if "zonemesh" in line]
        assert not about, said.stderr


def test_variables_alone_are_lines_of_a_file_and_no_secret() -> None:
    text = write(replace(PLAIN, variables=("PARIS_KEY",)), Form.ENV)
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert dict(line.split("=", 1) for line in lines) == environment(PLAIN, inside=False)
    assert "# PARIS_KEY= has to be set" in text


def test_the_profile_is_the_one_that_the_hub_is_told_of() -> None:
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(ASSUMED.config(inside=True))
    profile = config[f"profile {ASSUMED.environment(inside=True)['AWS_PROFILE']}"]
    assert (profile["role_arn"], profile["region"]) == (ROLE, "us-east-1")
    assert f"    [{profile['source_profile']}]" in ASSUMED.by_hand()
    # Both: a source_profile is looked for in either, and HOME has neither.
    assert ASSUMED.environment(inside=True)["AWS_CONFIG_FILE"] == "/aws/config"
    assert ASSUMED.environment(inside=True)["AWS_SHARED_CREDENTIALS_FILE"] == "/aws/credentials"
    assert PLAIN.mounts == {FOLDER: "/aws"}


def test_a_certificate_takes_the_role_with_awss_helper() -> None:
    anchor = "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/a"
    found = replace(ASSUMED, kind=Kind.ROLES_ANYWHERE, trust_anchor=anchor)
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(found.config(inside=True))
    helper = shlex.split(config["profile hub"]["credential_process"])
    assert helper[:2] == ["/aws/aws_signing_helper", "credential-process"]
    given = dict(zip(helper[2::2], helper[3::2], strict=True))
    assert (given["--trust-anchor-arn"], given["--role-arn"]) == (anchor, ROLE)
    assert f'{{"hq": "{anchor}"}}' in " ".join(found.by_hand())


def test_a_task_of_ecs_needs_no_file() -> None:
    launch = replace(PLAIN, credentials=replace(ASSUMED, kind=Kind.ECS))
    assert launch.mounts == {}
    assert "AWS_PROFILE" not in write(launch, Form.ENV)
    assert "ZONEMESH_HTTP_LISTEN" not in write(launch, Form.ENV)


def test_what_is_mounted_belongs_to_the_images_user() -> None:
    dockerfile = (PROJECT / "hub_container/Dockerfile").read_text()
    assert "chown -R 10053:10053 /etc/zonemesh/hq.aws" in write(PLAIN, Form.DOCKER)
    assert "USER 10053:10053" in dockerfile


def test_references_that_only_the_host_can_follow_are_named() -> None:
    secrets = ("secretsmanager:arn:aws:x", "env:PARIS_KEY", "file:/run/secrets/rome")
    assert references(secrets) == (("PARIS_KEY",), ("/run/secrets/rome",))
