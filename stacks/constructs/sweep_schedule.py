"""What calls the sweep."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from constructs import Construct

from stacks.constructs.alarms import Alarms
from stacks.constructs.queues import DeadLetterQueue

# The next sweep does what a lost one would have done. Scheduler's own defaults, 185 tries in a
# day, would pile yesterday's sweeps upon today's.
GIVE_UP_AFTER = cdk.Duration.minutes(5)
TRIES_AGAIN = 1


class SweepSchedule(Construct):
    """A schedule with a role that may call the one function, and a dead-letter queue."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: lambda_.Function,
        every_minutes: int,
        key: kms.IKey,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, id)
        undelivered = DeadLetterQueue(
            self,
            "Undelivered",
            of="sweeps that the scheduler could not start",
            key=key,
            alarms=alarms,
        )
        # The scheduler hands an event over and is done: what becomes of it is Lambda's to say.
        failed = DeadLetterQueue(self, "Failed", of="sweeps that failed", key=key, alarms=alarms)
        function.configure_async_invoke(
            max_event_age=GIVE_UP_AFTER,
            retry_attempts=TRIES_AGAIN,
            on_failure=destinations.SqsDestination(failed),
        )
        role = iam.Role(
            self,
            "Role",
            description="zonemesh: starts the sweep",
            assumed_by=iam.ServicePrincipal(
                "scheduler.amazonaws.com",
                conditions={"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}},
            ),
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["lambda:InvokeFunction"], resources=[function.function_arn]
            )
        )
        undelivered.grant_send_messages(role)
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description="zonemesh: the sweep",
            schedule_expression=_rate(every_minutes),
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=function.function_arn,
                role_arn=role.role_arn,
                dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                    arn=undelivered.queue_arn
                ),
                retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                    maximum_event_age_in_seconds=int(GIVE_UP_AFTER.to_seconds()),
                    maximum_retry_attempts=TRIES_AGAIN,
                ),
            ),
        )
        schedule.node.add_dependency(role)  # its policy too, or the first runs are refused


def _rate(minutes: int) -> str:
    return f"rate({minutes} minute{'' if minutes == 1 else 's'})"
