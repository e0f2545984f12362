"""The table, and statements that scope a role to some of its partitions."""

from collections.abc import Sequence
from typing import Self

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from zonemesh import deployment

READ = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
WRITE = ("dynamodb:PutItem", "dynamodb:UpdateItem")
WRITE_MANY = ("dynamodb:BatchWriteItem",)  # may delete as well, IAM cannot tell: for chunks only
DELETE = ("dynamodb:DeleteItem",)


class Table:
    """One table for everything: snapshots, the mesh, and what hubs say."""

    def __init__(self, resource: dynamodb.ITable) -> None:
        self.resource = resource
        self.table_name, self.table_arn = resource.table_name, resource.table_arn

    @classmethod
    def of_the_stack(
        cls, scope: Construct, id: str, *, table_name: str | None, destroy: bool
    ) -> Self:
        """Make a table that belongs to the stack."""
        return cls(
            dynamodb.Table(
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
        )

    @classmethod
    def restored(cls, scope: Construct, id: str, *, stream_arn: str) -> Self:
        """Use a table that was restored from a backup; its stream's ARN names it."""
        table_arn = stream_arn.partition("/stream/")[0]
        return cls(
            dynamodb.Table.from_table_attributes(
                scope, id, table_arn=table_arn, table_stream_arn=stream_arn
            )
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
