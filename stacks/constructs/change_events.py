"""Route 53's change events on their way into the changes queue."""

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarms import Alarms
from stacks.constructs.queues import DeadLetterQueue
from zonemesh.route53.operations import ZONE_WRITES

RETRIED_FOR = cdk.Duration.hours(1)  # by then the sweep has found the change several times


class ChangeEvents(Construct):
    """A rule for every successful Route 53 write that can alter a zone.

    It never filters on the zone: CloudTrail drops `requestParameters` above 100 KB, and the zone
    id with it.
    """

    def __init__(
        self, scope: Construct, id: str, *, to: sqs.Queue, key: kms.IKey, alarms: Alarms
    ) -> None:
        super().__init__(scope, id)
        undelivered = DeadLetterQueue(
            self,
            "Undelivered",
            of="Route 53 events EventBridge could not deliver",
            key=key,
            alarms=alarms,
        )
        rule = events.CfnRule(
            self,
            "Rule",
            description="zonemesh: Route 53 writes that can alter a zone",
            event_pattern={
                "source": ["aws.route53"],
                "detail-type": ["AWS API Call via CloudTrail"],
                "detail": {
                    "eventSource": ["route53.amazonaws.com"],
                    "eventName": sorted(ZONE_WRITES),
                    "errorCode": [{"exists": False}],
                },
            },
            targets=[
                events.CfnRule.TargetProperty(
                    id="Changes",
                    arn=to.queue_arn,
                    dead_letter_config=events.CfnRule.DeadLetterConfigProperty(
                        arn=undelivered.queue_arn
                    ),
                    retry_policy=events.CfnRule.RetryPolicyProperty(
                        maximum_event_age_in_seconds=int(RETRIED_FOR.to_seconds()),
                        maximum_retry_attempts=185,  # EventBridge's most: the age decides
                    ),
                )
            ],
        )
        # The CDK's own target leaves this condition out when the queue is encrypted.
        for queue in (to, undelivered):
            queue.add_to_resource_policy(
                iam.PolicyStatement(
                    actions=["sqs:SendMessage"],
                    principals=[iam.ServicePrincipal("events.amazonaws.com")],
                    resources=[queue.queue_arn],
                    conditions={"ArnEquals": {"aws:SourceArn": rule.attr_arn}},
                )
            )
