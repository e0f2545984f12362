"""What one hub needs of AWS: a queue that is rung, and a role to act under."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarms import Alarms
from stacks.constructs.queues import DATA_KEY_REUSED_FOR, DeadLetterQueue
from stacks.constructs.table import READ, WRITE, WRITE_MANY, Table
from stacks.constructs.targets import let_publish
from zonemesh import deployment
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Route53Target

KEPT_FOR = cdk.Duration.hours(1)  # a ring is a hint; the hub's own schedule makes up for it
# A ring is taken off as soon as it is read. One that went to a hub that died comes again this soon.
HIDDEN_FOR = cdk.Duration.seconds(5)
SESSION_FOR = cdk.Duration.hours(12)
MESH_AND_MEMBERS = (deployment.MESH_PARTITION, deployment.MEMBERS_PARTITION)
_IN_SECRETS_MANAGER = "secretsmanager:"


class Hub(Construct):
    """The queue, subscription and role of the hub `name` of a mesh.

    The role belongs to a Fargate task, to principals of this account, and to `principals`
    (ARNs of users, roles, or Roles Anywhere trust anchors).
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        table: Table,
        topic: sns.Topic,
        key: kms.IKey,
        alarms: Alarms,
        mesh: Mesh,
        principals: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id)
        self.name = name
        self._table = table
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption_master_key=key,
            data_key_reuse=DATA_KEY_REUSED_FOR,
            enforce_ssl=True,
            retention_period=KEPT_FOR,
            visibility_timeout=HIDDEN_FOR,
        )
        undelivered = DeadLetterQueue(
            self,
            "Undelivered",
            of=f"rings that SNS could not deliver to hub {name}",
            key=key,
            alarms=alarms,
        )
        self._subscribe(topic, undelivered)
        self.role = iam.Role(
            self,
            "Role",
            description=f"zonemesh: hub {name}",
            assumed_by=iam.CompositePrincipal(*_trusted(principals)),
            max_session_duration=SESSION_FOR,
        )
        for arn in filter(_is_trust_anchor, principals):
            self._let_take_with_certificate(arn)
        self._let_use_table()
        self._let_read_secrets(mesh.secrets_of(name))
        targets = mesh.targets_of(name).values()
        here = [target for target in targets if isinstance(target, Route53Target)]
        let_publish(self.role, here, mesh.integrations)
        self.queue.grant_consume_messages(self.role)

    def _subscribe(self, topic: sns.Topic, undelivered: sqs.Queue) -> None:
        # On the hub's name, which never changes: a changed filter takes up to 15 minutes.
        for_me = sns.SubscriptionFilter.string_filter(allowlist=[self.name, deployment.EVERY_HUB])
        sns.Subscription(
            self,
            "Subscription",
            topic=topic,
            protocol=sns.SubscriptionProtocol.SQS,
            endpoint=self.queue.queue_arn,
            raw_message_delivery=True,
            filter_policy={deployment.HUBS_ATTRIBUTE: for_me},
            dead_letter_queue=undelivered,
        )
        # Not SqsSubscription, which opens the key to every SNS topic there is.
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sqs:SendMessage"],
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                resources=[self.queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": topic.topic_arn}},
            )
        )

    def _let_take_with_certificate(self, anchor: str) -> None:
        """Let whoever holds a certificate that a trust anchor signed take the role.

        Roles Anywhere needs all three actions.
        docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html
        """
        assert self.role.assume_role_policy is not None
        self.role.assume_role_policy.add_statements(
            iam.PolicyStatement(
                actions=["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
                principals=[iam.ServicePrincipal("rolesanywhere.amazonaws.com")],
                conditions={"ArnEquals": {"aws:SourceArn": anchor}},
            )
        )

    def _let_use_table(self) -> None:
        own = f"{deployment.HUB_PREFIX}{self.name}"
        # Zones that this hub pulls from an AXFR primary; it is their only recorder.
        pulled = f"axfr:{self.name}:*"
        every_zone = f"{deployment.ZONE_PREFIX}*", f"{deployment.CHUNK_PREFIX}*"
        orders = f"{deployment.ORDERS_PARTITION}#{self.name}"
        self._table.allow(self.role, READ, (*every_zone, *MESH_AND_MEMBERS, own, orders))
        heads, chunks = f"{deployment.ZONE_PREFIX}{pulled}", f"{deployment.CHUNK_PREFIX}{pulled}"
        self._table.allow(self.role, WRITE, (own, heads, chunks))
        self._table.allow(self.role, WRITE_MANY, (chunks,))

    def _let_read_secrets(self, references: Sequence[str]) -> None:
        arns = sorted(
            {
                reference.removeprefix(_IN_SECRETS_MANAGER)
                for reference in references
                if reference.startswith(_IN_SECRETS_MANAGER)
            }
        )
        if arns:
            self.role.add_to_policy(
                iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=arns)
            )

    def output(self, stack: cdk.Stack) -> None:
        """Write what the hub's environment needs as one JSON output of the stack."""
        settings = {
            deployment.HUB_OUTPUT_NAME: self.name,
            deployment.TABLE: self._table.table_name,
            deployment.HUB_QUEUE_URL: self.queue.queue_url,
            deployment.HUB_OUTPUT_ROLE: self.role.role_arn,
        }
        # Labels are lower-case, so the capital keeps `a-b` and `ab` apart.
        cdk.CfnOutput(
            stack,
            f"{deployment.HUB_OUTPUT_PREFIX}{self.name.replace('-', 'Dash')}",
            description=f"hub {self.name}: its environment and its role",
            value=stack.to_json_string(settings),
        )


def _trusted(principals: Sequence[str]) -> list[iam.PrincipalBase]:
    ours = {"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
    return [
        iam.ServicePrincipal("ecs-tasks.amazonaws.com", conditions=ours),
        iam.AccountRootPrincipal(),  # whoever this account's own policies let take the role
        *(iam.ArnPrincipal(arn) for arn in principals if not _is_trust_anchor(arn)),
    ]


def _is_trust_anchor(arn: str) -> bool:
    return ":rolesanywhere:" in arn
