"""What the builders of functions share: the stack's table, queues, topics, key and alarms."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns

from stacks.constructs.alarms import Alarms
from stacks.constructs.encryption import MessageKey
from stacks.constructs.functions import Function
from stacks.constructs.queues import WorkQueue
from stacks.constructs.sources import let_read_route53
from stacks.constructs.table import DELETE, READ, WRITE, WRITE_MANY, Table
from stacks.settings import Settings
from zonemesh import deployment
from zonemesh.mesh.definition import Mesh

ZONES = f"{deployment.ZONE_PREFIX}*"
CHUNKS = f"{deployment.CHUNK_PREFIX}*"
HUBS = f"{deployment.HUB_PREFIX}*"
MESH = deployment.MESH_PARTITION
MEMBERS = deployment.MEMBERS_PARTITION


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a stack, made before its functions.

    `readers` are the roles that read Route 53, in the order in which they are built.
    """

    stack: cdk.Stack
    mesh: Mesh
    settings: Settings
    code: lambda_.Code
    removal: cdk.RemovalPolicy
    key: MessageKey
    alarms: Alarms
    table: Table
    topic: sns.Topic
    changes: WorkQueue
    listings: WorkQueue
    readers: list[iam.Role] = field(default_factory=list)

    def function(
        self, id: str, name: str, what: str, *, timeout: cdk.Duration, memory_mb: int
    ) -> Function:
        """Make the function of a module, with a role that may do nothing yet."""
        return Function(
            self.stack,
            id,
            name=name,
            what=what,
            code=self.code,
            timeout=timeout,
            memory_mb=memory_mb,
            environment={
                deployment.TABLE: self.table.table_name,
                deployment.TOPIC_ARN: self.topic.topic_arn,
                deployment.ALERTS_ARN: self.alarms.topic.topic_arn,
                deployment.CHANGES_QUEUE_URL: self.changes.queue_url,
                deployment.LISTINGS_QUEUE_URL: self.listings.queue_url,
                deployment.SWEEP_EVERY: str(self.settings.sweep_minutes * 60),
            },
            log_days=self.settings.log_days,
            removal_policy=self.removal,
            alarms=self.alarms,
        )

    def allow(self, role: iam.Role, actions: Sequence[str], partitions: Sequence[str]) -> None:
        """Let a role do something in some partitions of the table."""
        self.table.allow(role, actions, partitions)

    def let_tell(self, role: iam.Role) -> None:
        """Let a role tell of what it holds, and note that for the watch."""
        self.alarms.topic.grant_publish(role)
        self.allow(role, (*READ, *WRITE), [deployment.WATCH_PARTITION])

    def let_record(self, role: iam.Role) -> None:
        """Let a role read Route 53, record zones, take hosted zones in, and order listings."""
        self.readers.append(role)
        self.let_tell(role)
        let_read_route53(role, self.mesh.integrations.values())
        self.allow(role, READ, [ZONES, CHUNKS, MESH, MEMBERS, HUBS])
        self.allow(role, WRITE, [ZONES, CHUNKS, MEMBERS])
        self.allow(role, WRITE_MANY, [CHUNKS])
        self.allow(role, DELETE, [MEMBERS])  # zones and chunks are for the collector
        self.listings.grant_send_messages(role)
