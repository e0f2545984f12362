"""The table, and statements that scope a role to some of its partitions."""

from collections.abc import Sequence

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from zonemesh import deployment

READ = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem")
WRITE_MANY = ("dynamodb:BatchWriteItem",)  # may delete as well, IAM cannot tell: for chunks only
DELETE = ("dynamodb:DeleteItem",)


class Table(dynamodb.Table):
    """One table for everything: snapshots, the mesh, and what hubs say."""

    def __init__(self, scope: Construct, id: str, *, table_name: str | None, destroy: bool) -> None:
        super().__init__(
            scope,
            id,
            table_name=table_name,
            partition_key=_text(deployment.PARTITION_KEY),
            sort_key=_text(deployment.SORT_KEY),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.AWS_MANAGED,
            stream=dynamodb.StreamViewType.NEW_IMAGE,
            time_to_live_attribute=deployment.EXPIRES_AT,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            deletion_protection=not destroy,
            removal_policy=cdk.RemovalPolicy.DESTROY if destroy else cdk.RemovalPolicy.RETAIN,
        )

    def allow(self, role: iam.Role, actions: Sequence[str], partitions: Sequence[str]) -> None:
        """Let a role do something, over HTTPS, in partitions whose key matches a pattern.

        `ForAllValues` holds for a request without a key as well (a Scan, a PartiQL statement),
        hence the second condition.
        docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
        """
        role.add_to_policy(
            iam.PolicyStatement(
                actions=list(actions),
                resources=[self.table_arn],
                conditions={
                    "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
                    "Null": {"dynamodb:LeadingKeys": "false"},
                    "Bool": {"aws:SecureTransport": "true"},
                },
            )
        )

    def allow_looking_through(self, role: iam.Role, attributes: Sequence[str]) -> None:
        """Let a role scan the table, over HTTPS, for some attributes and no others.

        A Scan has no leading keys. `Select` is to be said, as without a projection no attributes
        are named that a condition could look at.
        """
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["dynamodb:Scan"],
                resources=[self.table_arn],
                conditions={
                    "ForAllValues:StringEquals": {"dynamodb:Attributes": list(attributes)},
                    "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
                    "Bool": {"aws:SecureTransport": "true"},
                },
            )
        )


def _text(name: str) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)
