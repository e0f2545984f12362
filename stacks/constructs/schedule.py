"""What calls a function again and again."""

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from stacks.constructs.alarms import Alarms
from stacks.constructs.queues import KEPT_FOR, DeadLetterQueue

TRIES_AGAIN = 1


class Schedule(Construct):
    """A schedule with a role that may call the one function, and dead-letter queues.

    `what` names the runs, in the plural. The next run does what a lost one would have done, so one
    is given up after `given_up_after` (a minute at least): Scheduler's own defaults, 185 tries in a
    day, would pile yesterday's runs upon today's. An alarm rings when more than `lost_most` runs of
    the last `lost_within` were lost.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        function: lambda_.Function,
        what: str,
        every_minutes: int,
        given_up_after: cdk.Duration,
        key: kms.IKey,
        alarms: Alarms,
        lost_most: int = 0,
        lost_within: cdk.Duration = KEPT_FOR,
    ) -> None:
        super().__init__(scope, id)
        self._given_up_after = given_up_after

        def lost(id: str, of: str) -> DeadLetterQueue:
            return DeadLetterQueue(
                self, id, of=of, key=key, alarms=alarms, kept_for=lost_within, most=lost_most
            )

        undelivered = lost("Undelivered", f"{what} that the scheduler could not start")
        failed = lost("Failed", f"{what} that failed")
        self._give_up_late_runs(function, failed)
        role = self._role(function, what)
        undelivered.grant_send_messages(role)
        schedule = scheduler.CfnSchedule(
            self,
            "Schedule",
            description=f"zonemesh: {what}",
            schedule_expression=_rate(every_minutes),
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(mode="OFF"),
            target=self._target(function, role, undelivered),
        )
        schedule.node.add_dependency(role)  # its policy too, or the first runs are refused

    def _give_up_late_runs(self, function: lambda_.Function, failed: sqs.Queue) -> None:
        """Say what becomes of a run: the scheduler hands an event over and is done."""
        function.configure_async_invoke(
            max_event_age=self._given_up_after,
            retry_attempts=TRIES_AGAIN,
            on_failure=destinations.SqsDestination(failed),
        )

    def _role(self, function: lambda_.Function, what: str) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            description=f"zonemesh: starts {what}",
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
        return role

    def _target(
        self, function: lambda_.Function, role: iam.Role, undelivered: sqs.Queue
    ) -> scheduler.CfnSchedule.TargetProperty:
        return scheduler.CfnSchedule.TargetProperty(
            arn=function.function_arn,
            role_arn=role.role_arn,
            dead_letter_config=scheduler.CfnSchedule.DeadLetterConfigProperty(
                arn=undelivered.queue_arn
            ),
            retry_policy=scheduler.CfnSchedule.RetryPolicyProperty(
                maximum_event_age_in_seconds=int(self._given_up_after.to_seconds()),
                maximum_retry_attempts=TRIES_AGAIN,
            ),
        )


def _rate(minutes: int) -> str:
    return f"rate({minutes} minute{'' if minutes == 1 else 's'})"
