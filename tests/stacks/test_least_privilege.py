"""Who may do what: no role beyond its task, nothing over plain HTTP, nothing unencrypted."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.stacks.example import SECRET
from tests.stacks.template import Resource, Template, listed

FUNCTIONS = (
    "record_change", "list_zone", "sweep", "refresh_aliases", "announce", "collect_garbage",
    "pass_on_orders",
    "watch_mesh",
)  # fmt: skip
READERS = ("record_change", "list_zone", "sweep", "refresh_aliases")
# AWS knows no resources for these (Service Authorization Reference).
WITHOUT_RESOURCE_LEVEL = {
    "cloudtrail:LookupEvents",
    "dynamodb:ListStreams",
    "route53:ListCidrCollections",
    "route53:ListHealthChecks",
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
}


def may(template: Template, role: Resource, action: str, partitions: list[str] | None) -> bool:
    """Whether a role may do something to a table with these leading keys, None for no key.

    IAM's ForAllValues holds when the key is absent; Null with "false" asks for its presence.
    """
    return any(
        action in listed(statement["Action"]) and _holds(statement.get("Condition"), partitions)
        for statement in template.statements(role)
    )


def _holds(condition: dict[str, Any] | None, partitions: list[str] | None) -> bool:
    if condition is None:
        return True
    assert set(condition) == {"ForAllValues:StringLike", "Null", "Bool"}, condition
    assert condition["Bool"] == {"aws:SecureTransport": "true"}
    assert condition["Null"] == {"dynamodb:LeadingKeys": "false"}
    patterns = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
    if partitions is None:
        return False
    return all(any(fnmatchcase(key, each) for each in listed(patterns)) for key in partitions)


def test_everything_is_allowed_on_something_named_where_aws_can_name_it(template):
    for policy in template.all("IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            if "*" in listed(statement["Resource"]):
                actions = set(listed(statement["Action"]))
                assert actions <= WITHOUT_RESOURCE_LEVEL, policy.id


def test_no_role_has_a_managed_policy_or_a_wildcard_for_actions(template):
    for role in template.all("IAM::Role"):
        assert not role.get("ManagedPolicyArns"), role.id
        for action in template.allowed(role):
            assert "*" not in action or action.startswith("kms:"), (role.id, action)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_writes_to_its_own_log_only(template: Template, name: str):
    function = template.function(name)
    log = template.named(function["LoggingConfig"]["LogGroup"])
    written = [
        template.named(statement["Resource"])
        for statement in template.statements(template.role_of(name))
        if any(action.startswith("logs:") for action in listed(statement["Action"]))
    ]
    assert written == [log]


def test_no_two_functions_share_a_role(template):
    assert len({template.role_of(name) for name in FUNCTIONS}) == len(FUNCTIONS)


@pytest.mark.parametrize(
    ("name", "queues"),
    [
        ("record_change", {"Listings184A7881"}),
        ("list_zone", {"Listings184A7881"}),
        ("sweep", {"Listings184A7881", "SweepScheduleFailed"}),
        ("refresh_aliases", {"RefreshScheduleFailed"}),
        ("announce", {"Unannounced"}),
        ("collect_garbage", {"CollectScheduleFailed"}),
        ("pass_on_orders", {"Listings184A7881", "OrdersNotPassedOn"}),
        ("watch_mesh", {"WatchScheduleFailed"}),
    ],
)
def test_a_function_sends_to_no_queue_but_its_own(template: Template, name: str, queues: set[str]):
    sent = {
        template.named(resource).id
        for statement in template.statements(template.role_of(name))
        if "sqs:SendMessage" in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    assert len(sent) == len(queues)
    assert all(any(id.startswith(begins) for begins in queues) for id in sent)


@pytest.mark.parametrize(
    ("name", "topics"),
    [
        ("record_change", {"Alarms"}),
        ("list_zone", {"Alarms"}),
        ("sweep", {"Announcements", "Alarms"}),
        ("refresh_aliases", {"Alarms"}),
        ("announce", {"Announcements"}),
        ("collect_garbage", set()),
        ("pass_on_orders", {"Announcements"}),
        ("watch_mesh", {"Alarms"}),
    ],
)
def test_who_announces_and_who_alerts_may_publish_there_only(
    template: Template, name: str, topics: set[str]
):
    published = {
        template.named(statement["Resource"]).id
        for statement in template.statements(template.role_of(name))
        if "sns:Publish" in listed(statement["Action"])
    }
    assert len(published) == len(topics)
    assert all(any(id.startswith(begins) for begins in topics) for id in published)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_function_reads_by_partiql_or_writes_what_hubs_say(template: Template, name: str):
    role = template.role_of(name)
    assert "dynamodb:PartiQLSelect" not in template.allowed(role)
    for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
        assert not may(template, role, f"dynamodb:{action}", ["hub#fargate"])
        assert not may(template, role, f"dynamodb:{action}", None)


def test_only_the_collector_scans_and_sees_no_more_than_keys(template: Template):
    collector = template.role_of("collect_garbage")
    for role in template.all("IAM::Role"):
        assert ("dynamodb:Scan" in template.allowed(role)) is (role == collector), role.id
    (scan,) = [
        statement
        for statement in template.statements(collector)
        if "dynamodb:Scan" in listed(statement["Action"])
    ]
    assert scan["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "used_at"]},
        "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
        "Bool": {"aws:SecureTransport": "true"},
    }


def test_the_collector_writes_nothing_of_a_zone(template: Template):
    role = template.role_of("collect_garbage")
    for action in ("PutItem", "UpdateItem", "BatchWriteItem"):
        for partition in ("zone#route53:main:example.com.", "chunk#route53:main:example.com.#1"):
            assert not may(template, role, f"dynamodb:{action}", [partition])
    for partition in ("members", "mesh", "hub#fargate", "sweep"):
        assert not may(template, role, "dynamodb:DeleteItem", [partition])
    assert not any(action.startswith(("route53:", "sts:")) for action in template.allowed(role))


def test_nobody_else_deletes_a_head_or_a_chunk(template: Template):
    for role in template.all("IAM::Role"):
        if role == template.role_of("collect_garbage"):
            continue
        for partition in ("zone#route53:main:example.com.", "chunk#route53:main:example.com.#1"):
            assert not may(template, role, "dynamodb:DeleteItem", [partition]), role.id
        # BatchWriteItem may delete too, and IAM cannot tell; chunks are all that it is for.
        assert not may(template, role, "dynamodb:BatchWriteItem", ["zone#any"]), role.id


def test_the_announcing_function_cannot_record(template):
    role = template.role_of("announce")
    assert not may(template, role, "dynamodb:PutItem", ["chunk#route53:main:example.com.#1"])
    assert not any(action.startswith(("route53:", "sts:")) for action in template.allowed(role))


def test_who_passes_orders_on_reads_the_mesh_and_notes_what_it_did(template):
    role = template.role_of("pass_on_orders")
    for partition in ("mesh", "members"):
        assert may(template, role, "dynamodb:GetItem", [partition])
    for partition in ("zone#z", "chunk#z#1", "hub#fargate", "orders#fargate"):
        assert not may(template, role, "dynamodb:GetItem", [partition]), partition
    assert may(template, role, "dynamodb:UpdateItem", ["orders"])
    for action in ("PutItem", "DeleteItem", "BatchWriteItem"):
        for partition in ("orders", "orders#fargate", "mesh", "members", "zone#z"):
            assert not may(template, role, f"dynamodb:{action}", [partition]), (action, partition)
    assert not may(template, role, "dynamodb:UpdateItem", ["orders#fargate"])
    assert not any(action.startswith(("route53:", "sts:")) for action in template.allowed(role))


def test_only_a_hub_itself_reads_its_orders_and_it_places_none(template):
    for name in FUNCTIONS:
        assert not may(template, template.role_of(name), "dynamodb:GetItem", ["orders#fargate"])
    role = template.hub_role("fargate")
    for action in ("GetItem", "Query"):
        assert may(template, role, f"dynamodb:{action}", ["orders#fargate"])
        assert not may(template, role, f"dynamodb:{action}", ["orders#on-prem"])
        assert not may(template, role, f"dynamodb:{action}", ["orders"])
    for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
        assert not may(template, role, f"dynamodb:{action}", ["orders#fargate"]), action


@pytest.mark.parametrize("name", READERS)
def test_other_accounts_are_read_under_the_roles_that_the_mesh_names(template, name):
    (assume,) = [
        statement
        for statement in template.statements(template.role_of(name))
        if "sts:AssumeRole" in listed(statement["Action"])
    ]
    assert assume["Resource"] == "arn:aws:iam::444455556666:role/zonemesh-source"


def test_no_function_reads_this_account_when_every_integration_has_a_role(synthesize):
    template = synthesize(
        "integrations: {other: {role_arn: 'arn:aws:iam::444455556666:role/zonemesh-source'}}"
    )
    for name in READERS:
        allowed = template.allowed(template.role_of(name))
        assert not {each for each in allowed if each.startswith(("route53:", "cloudtrail:"))}


def test_only_the_sweep_looks_at_the_event_history(template):
    looking = {
        name
        for name in FUNCTIONS
        if "cloudtrail:LookupEvents" in template.allowed(template.role_of(name))
    }
    assert looking == {"sweep"}


def test_only_who_takes_zones_in_reads_their_tags(template):
    action = "route53:ListTagsForResources"
    reading = {name for name in FUNCTIONS if action in template.allowed(template.role_of(name))}
    assert reading == {"record_change", "sweep"}
    for name in reading:
        (statement,) = [
            each
            for each in template.statements(template.role_of(name))
            if action in listed(each["Action"])
        ]
        assert listed(statement["Action"]) == [action]
        assert ":route53:::hostedzone/*" in str(statement["Resource"])


def test_no_function_may_write_the_mesh_definition(template):
    for name in FUNCTIONS:
        for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
            role = template.role_of(name)
            assert not may(template, role, f"dynamodb:{action}", ["mesh"]), (name, action)


@pytest.mark.parametrize(
    ("partition", "owner"), [("sweep", "sweep"), ("aliases", "refresh_aliases")]
)
def test_a_memory_is_read_and_written_by_its_function_only(
    template: Template, partition: str, owner: str
):
    for action in ("GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem"):
        remembering = {
            name
            for name in FUNCTIONS
            if may(template, template.role_of(name), f"dynamodb:{action}", [partition])
        }
        assert remembering <= {owner}, action
        if action in ("GetItem", "PutItem"):
            assert remembering == {owner}, action


def test_who_refreshes_aliases_records_zones_and_reads_of_route53_their_name_servers(template):
    role = template.role_of("refresh_aliases")
    for action in ("GetItem", "BatchGetItem", "Query"):
        for partition in ("zone#z", "chunk#z#1", "mesh", "members"):
            assert may(template, role, f"dynamodb:{action}", [partition]), (action, partition)
    for action in ("PutItem", "UpdateItem"):
        assert may(template, role, f"dynamodb:{action}", ["zone#z"])
        assert not may(template, role, f"dynamodb:{action}", ["members"])
    assert may(template, role, "dynamodb:BatchWriteItem", ["chunk#z#1"])
    called = {each for each in template.allowed(role) if each.startswith(("route53", "cloudtrail"))}
    assert called == {"route53:GetHostedZone"}


def test_the_table_is_used_over_https_only(template):
    for role in template.all("IAM::Role"):
        for statement in template.statements(role):
            on_items = [
                each for each in listed(statement["Action"]) if each.endswith(("Item", "Query"))
            ]
            if on_items:
                assert statement["Condition"]["Bool"] == {"aws:SecureTransport": "true"}, role.id


def test_a_foreign_integration_can_trust_exactly_the_roles_that_read(template):
    readers = template.document["Outputs"]["SourceReaders"]["Value"]
    named = {each["Fn::GetAtt"][0] for each in _attributes(readers)}
    assert named == {template.role_of(name).id for name in READERS}


def _attributes(value: Any) -> list[Any]:
    """All Fn::GetAtt inside of a value."""
    if isinstance(value, dict):
        found = [value] if "Fn::GetAtt" in value else []
        return found + [each for inner in value.values() for each in _attributes(inner)]
    if isinstance(value, list):
        return [each for inner in value for each in _attributes(inner)]
    return []


def test_a_hub_reads_zones_the_mesh_and_itself(template):
    role = template.hub_role("on-prem")
    for action in ("GetItem", "BatchGetItem", "Query"):
        for partition in ("zone#z", "chunk#z#1", "mesh", "members", "hub#on-prem"):
            assert may(template, role, f"dynamodb:{action}", [partition]), (action, partition)
        assert not may(template, role, f"dynamodb:{action}", ["hub#fargate"])
        assert not may(template, role, f"dynamodb:{action}", ["zone#z", "hub#fargate"])
        assert not may(template, role, f"dynamodb:{action}", None)


def test_a_hub_writes_under_its_own_keys_only(template):
    role = template.hub_role("on-prem")
    own = ("hub#on-prem", "zone#axfr:on-prem:example.com.", "chunk#axfr:on-prem:example.com.#1")
    others = (
        "hub#fargate",
        "hub#on-prem2",
        "mesh",
        "members",
        "zone#route53:main:example.com.",
        "zone#axfr:fargate:example.com.",
        "chunk#route53:main:example.com.#1",
        "chunk#axfr:on-prem2:example.com.#1",
    )
    for action in ("dynamodb:PutItem", "dynamodb:UpdateItem"):
        assert all(may(template, role, action, [each]) for each in own)
        assert not any(may(template, role, action, [each]) for each in others)
        assert not any(may(template, role, action, [own[0], each]) for each in others)
        assert not may(template, role, action, None)
    for each in (*own, *others):  # it may delete as well, and IAM cannot tell: chunks alone
        may_write = may(template, role, "dynamodb:BatchWriteItem", [each])
        assert may_write is (each == own[2]), each


def test_a_hub_has_no_other_way_into_the_table(template):
    for hub in ("on-prem", "fargate"):
        allowed = {
            each.partition(":")[2]
            for each in template.allowed(template.hub_role(hub))
            if each.startswith("dynamodb:")
        }
        assert allowed == {
            "BatchGetItem", "BatchWriteItem", "GetItem", "PutItem", "Query", "UpdateItem",
        }  # fmt: skip


def test_a_hub_reads_the_secrets_of_its_own_secondaries_only(template):
    secrets = {
        hub: [
            statement["Resource"]
            for statement in template.statements(template.hub_role(hub))
            if "secretsmanager:GetSecretValue" in listed(statement["Action"])
        ]
        for hub in ("on-prem", "fargate")
    }
    assert secrets == {"on-prem": [SECRET], "fargate": []}


def test_a_hub_reads_its_own_queue_only(template):
    for hub in ("on-prem", "fargate"):
        for statement in template.statements(template.hub_role(hub)):
            for action in listed(statement["Action"]):
                if action.startswith("sqs:"):
                    assert action != "sqs:SendMessage"
                    queue = template.named(statement["Resource"])
                    assert queue["MessageRetentionPeriod"] == 3600
                    assert queue.id.startswith(f"Hub{hub.replace('-', '')}Queue")


def test_a_hub_hears_its_own_name_and_everybody(template):
    filters = [
        (each["FilterPolicy"], each["RawMessageDelivery"])
        for each in template.all("SNS::Subscription")
    ]
    assert filters == [({"hubs": ["fargate", "*"]}, True), ({"hubs": ["on-prem", "*"]}, True)]


def test_a_hubs_role_is_for_tasks_and_the_principals_in_the_context(synthesize):
    anchor = "arn:aws:rolesanywhere:us-east-1:111122223333:trust-anchor/1"
    role = "arn:aws:iam::111122223333:role/rack"
    template = synthesize(hubPrincipals={"on-prem": [role, anchor]})
    trusted = template.hub_role("on-prem")["AssumeRolePolicyDocument"]["Statement"]
    services = {
        each["Principal"]["Service"]: each for each in trusted if "Service" in each["Principal"]
    }
    assert set(services) == {"ecs-tasks.amazonaws.com", "rolesanywhere.amazonaws.com"}
    anywhere = services["rolesanywhere.amazonaws.com"]
    assert anywhere["Condition"] == {"ArnEquals": {"aws:SourceArn": anchor}}
    # Without all three Roles Anywhere refuses every session.
    assert set(anywhere["Action"]) == {"sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"}
    assert role in [each["Principal"].get("AWS") for each in trusted]
    others = template.hub_role("fargate")["AssumeRolePolicyDocument"]["Statement"]
    assert not any(each["Principal"].get("AWS") == role for each in others)


@pytest.mark.parametrize("kind", ["SQS::Queue", "SNS::Topic"])
def test_no_queue_or_topic_takes_plain_http(template: Template, kind: str):
    refusing = set()
    for policy in template.all(f"{kind}Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Deny":
                assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
                assert statement["Principal"] in ("*", {"AWS": "*"})
                assert statement["Action"] in ("sqs:*", "sns:Publish")
                refusing.add(template.named(statement["Resource"]))
    assert refusing == set(template.all(kind))


def test_every_queue_and_topic_is_encrypted_under_a_key_that_turns(template):
    (key,) = template.all("KMS::Key")
    assert key["EnableKeyRotation"] is True
    for each in template.all("SQS::Queue") + template.all("SNS::Topic"):
        assert template.named(each["KmsMasterKeyId"]) == key, each.id


def test_whoever_sends_unasked_may_use_the_key(template):
    """EventBridge, SNS and CloudWatch drop in silence what they cannot encrypt."""
    (key,) = template.all("KMS::Key")
    services = {
        statement["Principal"]["Service"]
        for statement in key["KeyPolicy"]["Statement"]
        if "Service" in statement["Principal"]
        and {"kms:Decrypt", "kms:GenerateDataKey"} <= set(listed(statement["Action"]))
    }
    assert services == {"events.amazonaws.com", "sns.amazonaws.com", "cloudwatch.amazonaws.com"}


def test_no_condition_on_the_key_rests_on_what_cloudwatch_may_not_say(template):
    """Whether it names an account to KMS is undocumented; the topic's policy asks for ours."""
    (key,) = template.all("KMS::Key")
    (using,) = [
        statement
        for statement in key["KeyPolicy"]["Statement"]
        if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]
    assert "Condition" not in using
    publishing = [
        statement
        for policy in template.all("SNS::TopicPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]
    assert [list(each["Condition"]["StringEquals"]) for each in publishing] == [
        ["aws:SourceAccount"]
    ]


@pytest.mark.parametrize("name", ["sweep", "refresh_aliases"])
def test_the_scheduler_may_start_a_schedule_s_function_and_nothing_else(
    template: Template, name: str
):
    schedule = template.schedule_of(name)
    role = template.named(schedule["Target"]["RoleArn"])
    (invoke,) = [
        statement
        for statement in template.statements(role)
        if "lambda:InvokeFunction" in listed(statement["Action"])
    ]
    assert template.named(invoke["Resource"]) == template.function(name)
    assert template.named(schedule["Target"]["Arn"]) == template.function(name)
    assert {each.partition(":")[0] for each in template.allowed(role)} == {"lambda", "sqs", "kms"}
