"""The key behind queues and topics."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class MessageKey(kms.Key):
    """One customer-managed key for all queues and topics.

    Their AWS-managed keys (`alias/aws/sqs`, `alias/aws/sns`) would do for the functions, but
    their policies cannot be changed, so EventBridge, SNS and CloudWatch could not write to what
    they encrypt. The table is encrypted under its AWS-managed key: only this account's roles
    reach it, and a key of ours would be one more thing that can be lost with it.
    docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """

    def __init__(self, scope: Construct, id: str, *, removal_policy: cdk.RemovalPolicy) -> None:
        super().__init__(
            scope,
            id,
            description="zonemesh: messages in queues and topics",
            enable_key_rotation=True,
            removal_policy=removal_policy,
        )
        # Each names the resource policies of queues for which rule or topic may send; the key's
        # policy cannot name them as well without a circle, so it names the account.
        for service in ("events.amazonaws.com", "sns.amazonaws.com"):
            self.grant(
                iam.ServicePrincipal(
                    service,
                    conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
                ),
                "kms:Decrypt",
                "kms:GenerateDataKey",
            )
