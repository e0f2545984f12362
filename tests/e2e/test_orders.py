"""What an operator orders is done within seconds, whatever else of the mesh stands still.

Hubs compare everything every ten minutes by themselves, and the sweep does not run: what happens
here happens because it was ordered, or rung for.
"""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from local.embedded.process import PROJECT
from local.servers.ports import free_port
from local.world import World
from tests.e2e.dashboard_visit import Visit
from tests.e2e.faults import faults
from tests.e2e.hosted_zone import Zone, await_answers, await_true
from tests.e2e.records import rrset
from zonemesh.aws.mesh_table import DynamoMeshStore
from zonemesh.deployment import TABLE

WITHIN = 30.0  # seconds for what is rung for; one is usual
OPERATOR = "who-gives-orders"


@pytest.fixture(scope="module")
def operator(world: World) -> dict[str, str]:
    """Give the environment of somebody who may do what the documents' policy lets them."""
    table = world.client("dynamodb").describe_table(TableName=world.outputs.table)["Table"]
    page = (PROJECT / "docs/commands.md").read_text()
    (policy,) = re.findall(r"^```json\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    iam = world.client("iam")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "*"}}
    role = iam.create_role(
        RoleName=OPERATOR,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]
    iam.put_role_policy(
        RoleName=OPERATOR,
        PolicyName="orders",
        PolicyDocument=policy.replace("TABLE_ARN", table["TableArn"]),
    )
    sts = world.client("sts")
    given = sts.assume_role(RoleArn=role["Arn"], RoleSessionName="carol")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }


ROOT = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def environment_of(world: World, who: dict[str, str]) -> dict[str, str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "ZONEMESH_"))}
    return environment | who | {
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": world.aws.endpoint,
        TABLE: world.outputs.table,
    }  # fmt: skip


def zonemesh(world: World, who: dict[str, str], *arguments: str, expect: int = 0) -> str:
    """Run a command; gives what it prints."""
    done = subprocess.run(
        [sys.executable, "-m", "zonemesh", *arguments],
        cwd=PROJECT,
        env=environment_of(world, who),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == expect, done.stdout[-4000:] + done.stderr
    assert done.stderr == "", done.stderr
    return done.stdout


def test_hubs_are_tested_and_restarted_by_somebody_who_may_do_no_more(
    world: World, zone: Zone, operator: dict[str, str]
) -> None:
    (document,) = json.loads(zonemesh(world, operator, "hub", "test", "east", "--json"))
    outcomes = {step["name"]: step["outcome"] for step in document["steps"]}
    at = f"127.0.0.1@{world.hubs['east'].dns_port}"
    for name in (f"DNS over UDP at {at}", f"DNS over TCP at {at}", "AWS DynamoDB", "AWS SQS",
                 "AWS STS", "clock", "state directory"):  # fmt: skip
        assert outcomes[name] == "ok", document
    assert outcomes["secondary local-client"] == "skipped"  # it has no address to be asked at
    assert document["who"].endswith(f"{OPERATOR}/carol")

    before = nsd_of(world)
    told = zonemesh(world, operator, "hub", "restart", "*")
    assert "east: 2 ok" in told and "west: 2 ok" in told
    await_true("each hub has another NSD", lambda: nsd_of(world).keys() == before.keys() and all(
        starts > before[hub] for hub, starts in nsd_of(world).items()))  # fmt: skip
    assert zone.await_served()


def nsd_of(world: World) -> dict[str, int]:
    return {name: hub.status().get("nsd", {}).get("starts", 0) for name, hub in world.hubs.items()}


def test_an_edit_whose_event_was_lost_is_everywhere_once_a_sync_is_ordered(
    world: World, zone: Zone, operator: dict[str, str]
) -> None:
    with faults(world, events={"loss": 1.0}):
        zone.put(rrset(f"www.{zone.apex}", "A", "192.0.2.77"))
    serial = zone.serial(world.hubs["east"])
    document = json.loads(zonemesh(world, operator, "sync", zone.apex, "--json"))
    (synced,) = document["zones"]
    assert synced["serial"] > serial
    places = {(place["kind"], place["name"]): place["state"] for place in synced["places"]}
    assert places == {
        ("source", "main"): "current",
        ("hub", "east"): "current",
        ("hub", "west"): "current",
    }
    await_answers(world, f"www.{zone.apex}", "A", "192.0.2.77")
    newest = zone.snapshot()
    assert newest and newest.reason.found_by == "order"


def test_the_dashboard_shows_an_edit_at_once_and_has_a_hub_tested(world: World, zone: Zone) -> None:
    with Visit(environment_of(world, ROOT)) as visit:
        page = f"/zone/{zone.key}"
        before = zone.serial(world.hubs["east"])
        assert str(before) in visit.get(page)
        visit.listen()
        zone.put(rrset(f"www.{zone.apex}", "A", "192.0.2.78"))
        visit.hear("event: mesh-changed")
        await_true(
            "the page shows what all hubs serve",
            lambda: (
                (snapshot := zone.snapshot()) is not None
                and snapshot.serial != before
                and visit.get(page).count(f">{snapshot.serial}<") >= 3
            ),
        )
        visit.post("/do/order", hub="east", kind="test")
        await_true("the hub's test is done", lambda: "</span>done</span>" in visit.get("/hub/east"))
        assert "AWS DynamoDB" in visit.get("/hub/east")
        visit.interrupt()


def test_a_mesh_that_is_applied_is_heard_by_the_hubs_at_once(world: World, tmp_path: Path) -> None:
    heard: Callable[[], set[Any]] = lambda: {hub.status()["mesh"] for hub in world.hubs.values()}  # noqa: E731
    (before,) = heard()
    newest = DynamoMeshStore(world.table()).newest()
    assert newest is not None
    definition = yaml.safe_load(newest.text)
    secondary = {"address": "127.0.0.1", "port": free_port(), "tsig_key": "none"}
    definition["secondaries"]["dead"] = secondary
    definition["hubs"]["east"]["secondaries"].append("dead")
    file = tmp_path / "mesh.yaml"
    file.write_text(yaml.safe_dump(definition))
    applied = time.monotonic()
    zonemesh(world, ROOT, "apply", str(file), "--yes")
    await_true("both hubs have the new mesh", lambda: heard() == {before + 1}, WITHIN)
    assert time.monotonic() - applied < 300  # half of the schedule, which would have done it too
    told = zonemesh(world, ROOT, "hub", "test", "east", expect=1)
    assert "secondary dead over UDP: 127.0.0.1 port" in told
