"""The key behind queues and topics."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

_FOR_SENDERS = ("kms:Decrypt", "kms:GenerateDataKey")


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
        # EventBridge asks KMS without naming for whom: AWS says so of encrypted topics, and a
        # condition that does not hold drops every event in silence. Which rule may send is in
        # the queue's own policy.
        # docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
        self.grant(iam.ServicePrincipal("events.amazonaws.com"), *_FOR_SENDERS)
        # The topic itself cannot be named: it is encrypted under this key.
        topics = f"arn:{cdk.Aws.PARTITION}:sns:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:*"
        self.grant(
            iam.ServicePrincipal(
                "sns.amazonaws.com", conditions={"ArnLike": {"aws:SourceArn": topics}}
            ),
            *_FOR_SENDERS,
        )
