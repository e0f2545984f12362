"""The embedded AWS starts, ends and comes back, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.embedded import EmbeddedAws, EmbeddedAwsFailed, Settings
from local.embedded.settings import SettingsInvalid
from tests.local.embedded_cloud import Cloud, assumed, make_role
from tests.local.embedded_functions import PROBE, PROBE_NEEDS, answers, deploy_probe, zipped

PROJECT = Path(__file__).resolve().parents[2]


def processes_of(group: int) -> list[int]:
    """The living processes of a process group."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(entry.name))
    return found


def gone(path: Path, within: float = 20) -> bool:
    deadline = time.monotonic() + within
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return not path.exists()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_nothing_is_left_after_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    aws = EmbeddedAws()
    with aws:
        assert aws._child is not None
        group = aws._child.pid
        cloud = Cloud(aws)
        deploy_probe(cloud, "once")
        cloud.client("lambda").invoke(FunctionName="once", Payload=b"{}")
        assert len(processes_of(group)) == 2  # itself and a worker
        assert list(tmp_path.rglob("ministack-lambda-once-*"))
    assert processes_of(group) == []
    assert list(tmp_path.iterdir()) == []
    assert not listens(aws.port)


def test_child_ends_with_a_killed_parent(tmp_path: Path) -> None:
    code = (
        "import os, time\n"
        "from local.embedded import EmbeddedAws\n"
        "aws = EmbeddedAws()\n"
        "aws.start()\n"
        "print(aws._child.pid, aws._workspace, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    with parent:
        assert parent.stdout is not None
        child, workspace = parent.stdout.readline().split()
        parent.send_signal(signal.SIGKILL)
    assert gone(Path(f"/proc/{child}"))
    assert gone(Path(workspace))


def test_environment_of_the_caller_does_not_reach_the_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIASECRET")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("SERVICES", "s3")
    with EmbeddedAws() as aws:
        assert aws._child is not None
        environment = Path(f"/proc/{aws._child.pid}/environ").read_text()
        for name in ("AWS_ACCESS_KEY_ID", "PYTHONPATH", "SERVICES"):
            assert f"{name}=" not in environment
        Cloud(aws).client("sqs").list_queues()


def test_taken_port_is_an_error_with_the_log() -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        aws = EmbeddedAws(port=port)
        with pytest.raises(EmbeddedAwsFailed, match="ended while starting") as caught:
            aws.start()
        assert "Address already in use" in str(caught.value)


@given(
    st.builds(
        Settings,
        events=st.dictionaries(st.text(), st.floats(allow_nan=False)),
        route53=st.dictionaries(st.text(), st.none() | st.integers()),
        calls=st.lists(st.dictionaries(st.text(), st.text())),
        schedule_tick=st.floats(0.1, 60),
    )
)
def test_settings_go_through_json(settings: Settings) -> None:
    assert Settings.from_json(settings.to_json()) == settings


def test_unknown_setting_is_named() -> None:
    with pytest.raises(SettingsInvalid, match="unknown settings spede"):
        Settings.from_json('{"spede": 1}')


def test_first_knobs_come_from_the_settings() -> None:
    settings = Settings(
        events={"loss": 0.5},
        route53={"throttle_every": 7},
        calls=[{"service": "sns", "code": "Throttling"}],
    )
    with EmbeddedAws(settings=settings) as aws:
        cloud = Cloud(aws)
        cloud.control("POST", "faults", {"events": {"loss": 0}, "calls": []})
        knobs = cloud.control("DELETE", "faults")
    assert knobs["events"]["loss"] == 0.5
    assert knobs["route53"]["throttle_every"] == 7
    assert [fault["service"] for fault in knobs["calls"]] == ["sns"]


def template(role: str) -> dict[str, Any]:
    """What the control plane's stack is made of, in little."""

    def arn(name: str) -> Any:
        return {"Fn::GetAtt": [name, "Arn"]}

    def function(name: str) -> dict[str, Any]:
        code = {"S3Bucket": "assets", "S3Key": "probe.zip"}
        settings = {"Runtime": "python3.13", "Handler": "index.handler", "Timeout": 30}
        return resource("Lambda::Function", FunctionName=name, Role=role, Code=code, **settings)

    def resource(kind: str, **properties: Any) -> dict[str, Any]:
        return {"Type": f"AWS::{kind}", "Properties": properties}

    partial = {"FunctionResponseTypes": ["ReportBatchItemFailures"]}
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com"]},
        "Action": "sqs:SendMessage",
        "Resource": "*",
    }
    pattern = {"source": ["aws.route53"], "detail": {"eventSource": ["route53.amazonaws.com"]}}
    target = {"Arn": arn("Sweep"), "RoleArn": role, "Input": '{"from": "schedule"}'}
    return {
        "Resources": {
            "Changes": resource("SQS::Queue", QueueName="changes"),
            "Listings": resource(
                "SQS::Queue",
                QueueName="listings.fifo",
                FifoQueue=True,
                ContentBasedDeduplication=True,
            ),
            "Hub": resource("SQS::Queue", QueueName="hub"),
            "HubPolicy": resource(
                "SQS::QueuePolicy",
                Queues=[{"Ref": "Hub"}, {"Ref": "Changes"}],
                PolicyDocument={"Version": "2012-10-17", "Statement": [allow]},
            ),
            "Rule": resource(
                "Events::Rule",
                EventPattern=pattern,
                Targets=[{"Id": "changes", "Arn": arn("Changes")}],
            ),
            "Record": function("record"),
            "List": function("list"),
            "Announce": function("announce"),
            "Sweep": function("sweep"),
            "RecordChanges": resource(
                "Lambda::EventSourceMapping",
                FunctionName={"Ref": "Record"},
                EventSourceArn=arn("Changes"),
                BatchSize=10,
                ScalingConfig={"MaximumConcurrency": 2},
                **partial,
            ),
            "ListListings": resource(
                "Lambda::EventSourceMapping",
                FunctionName={"Ref": "List"},
                EventSourceArn=arn("Listings"),
                BatchSize=1,
                **partial,
            ),
            "Table": resource(
                "DynamoDB::Table",
                TableName="mesh",
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[
                    {"AttributeName": name, "AttributeType": "S"} for name, _ in keys
                ],
                KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
                StreamSpecification={"StreamViewType": "NEW_IMAGE"},
            ),
            "AnnounceHeads": resource(
                "Lambda::EventSourceMapping",
                FunctionName={"Ref": "Announce"},
                EventSourceArn={"Fn::GetAtt": ["Table", "StreamArn"]},
                StartingPosition="TRIM_HORIZON",
                FilterCriteria={
                    "Filters": [{"Pattern": '{"dynamodb":{"Keys":{"sk":{"S":["head"]}}}}'}]
                },
            ),
            "Topic": resource("SNS::Topic", TopicName="rings"),
            "Subscription": resource(
                "SNS::Subscription",
                TopicArn={"Ref": "Topic"},
                Protocol="sqs",
                Endpoint=arn("Hub"),
                RawMessageDelivery=True,
                FilterPolicy={"hubs": ["tokyo", "*"]},
            ),
            "Schedule": resource(
                "Scheduler::Schedule",
                Name="sweep",
                ScheduleExpression="rate(10 minutes)",
                FlexibleTimeWindow={"Mode": "OFF"},
                Target=target,
            ),
        },
        "Outputs": {"Topic": {"Value": {"Ref": "Topic"}}},
    }


def deploy_world(cloud: Cloud) -> None:
    cloud.client("sqs").create_queue(QueueName="answers")
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket="assets")
    s3.put_object(Bucket="assets", Key="probe.zip", Body=zipped(PROBE, with_sdk=True))
    role = make_role(cloud, "functions", [PROBE_NEEDS])
    formation = cloud.client("cloudformation")
    formation.create_stack(StackName="world", TemplateBody=json.dumps(template(role)))
    formation.get_waiter("stack_create_complete").wait(
        StackName="world", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )


def put_head(cloud: Cloud, serial: str) -> None:
    item = {"pk": {"S": "zone#a"}, "sk": {"S": "head"}, "serial": {"N": serial}}
    cloud.client("dynamodb").put_item(TableName="mesh", Item=item)


def exercise(cloud: Cloud, zone: str, serial: str) -> None:
    """Each path of the deployed world once."""
    cloud.client("route53").create_hosted_zone(Name=zone, CallerReference=zone)
    (recorded,) = answers(cloud, "record", 1)
    event = json.loads(recorded["event"]["Records"][0]["body"])
    assert event["detail"]["requestParameters"]["name"].startswith(zone)

    sqs = cloud.client("sqs")
    listings = sqs.get_queue_url(QueueName="listings.fifo")["QueueUrl"]
    sqs.send_message(QueueUrl=listings, MessageBody=json.dumps({"id": zone}), MessageGroupId="a")
    (listed,) = answers(cloud, "list", 1)
    assert json.loads(listed["event"]["Records"][0]["body"]) == {"id": zone}

    put_head(cloud, serial)
    (announced,) = answers(cloud, "announce", 1)
    assert len(announced["event"]["Records"]) == 1

    (stack,) = cloud.client("cloudformation").describe_stacks(StackName="world")["Stacks"]
    hubs = {"DataType": "String.Array", "StringValue": '["tokyo"]'}
    cloud.client("sns").publish(
        TopicArn=stack["Outputs"][0]["OutputValue"], Message=zone, MessageAttributes={"hubs": hubs}
    )
    hub = sqs.get_queue_url(QueueName="hub")["QueueUrl"]
    (ring,) = sqs.receive_message(QueueUrl=hub, WaitTimeSeconds=5)["Messages"]
    assert ring["Body"] == zone
    sqs.delete_message(QueueUrl=hub, ReceiptHandle=ring["ReceiptHandle"])


def make_schedule_due(state: Path) -> None:
    """As if the world had been saved eleven minutes ago."""
    path = state / "scheduler.json"
    saved = json.loads(path.read_text())
    (schedule,) = saved["payload"]["schedules"]["data"].values()
    schedule["CreationDate"] -= 660
    path.write_text(json.dumps(saved))


def test_deployed_world_comes_back_on_another_port(tmp_path: Path) -> None:
    state, code = tmp_path / "state", tmp_path / "code"
    settings = Settings(unpacked_code=str(code))
    with EmbeddedAws(state_dir=state, settings=settings) as aws:
        first = Cloud(aws)
        deploy_world(first)
        exercise(first, "before.example", "7")
        role = assumed(first, "kept", [])
        first.control("POST", "faults", {"events": {"delay": 600}})
        first.client("route53").create_hosted_zone(Name="late.example", CallerReference="late")
    make_schedule_due(state)

    with EmbeddedAws(state_dir=state, settings=settings) as aws:
        again = Cloud(aws)
        caller = replace(role, aws=aws).client("sts").get_caller_identity()
        assert "assumed-role/kept" in caller["Arn"]
        (late,) = answers(again, "record", 1)  # under way when the world ended
        assert "late.example" in late["event"]["Records"][0]["body"]
        (swept,) = answers(again, "sweep", 1)
        assert swept["event"] == {"from": "schedule"}
        exercise(again, "after.example", "8")
        zones = again.client("route53").list_hosted_zones()["HostedZones"]
        names = {zone["Name"] for zone in zones}
        assert names == {"before.example.", "late.example.", "after.example."}
        events = again.client("cloudtrail").lookup_events()["Events"]
        created = [json.loads(each["CloudTrailEvent"])["requestParameters"] for each in events]
        newest_first = ["after.example", "late.example", "before.example"]
        assert [each["name"] for each in created] == newest_first
    assert len(list(code.iterdir())) == 1  # one asset for all functions of both runs


def test_damaged_state_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "zonemesh-route53.state").write_bytes(b"nonsense")
    with pytest.raises(EmbeddedAwsFailed, match=r"zonemesh-route53\.state.*delete the state"):
        EmbeddedAws(state_dir=tmp_path).start()
