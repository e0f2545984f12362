"""Alarms, and the topic that all of them ring."""

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from zonemesh import deployment

EVERY = cdk.Duration.minutes(1)
RUNBOOK = "docs/runbook.md"
# Five minutes of errors: one bad invocation is retried and proves nothing.
ERRORS_FOR = 5


class Alarms(Construct):
    """A topic, and the alarms that ring it; alarms live in the scope of what they watch."""

    def __init__(
        self, scope: Construct, id: str, *, key: kms.IKey, email: str | None = None
    ) -> None:
        super().__init__(scope, id)
        self.topic = sns.Topic(
            self, "Topic", display_name="zonemesh alarms", master_key=key, enforce_ssl=True
        )
        self._let_cloudwatch_publish(key)
        if email is not None:
            self.topic.add_subscription(subscriptions.EmailSubscription(email))

    def _let_cloudwatch_publish(self, key: kms.IKey) -> None:
        account = {"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
        cloudwatch_alarms = iam.ServicePrincipal("cloudwatch.amazonaws.com", conditions=account)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[cloudwatch_alarms],
                resources=[self.topic.topic_arn],
            )
        )
        # Without that condition: whether CloudWatch names the account when it asks KMS is not
        # documented, and where it did not, alarms would be lost in silence.
        anybodys = iam.ServicePrincipal("cloudwatch.amazonaws.com")
        key.grant(anybodys, "kms:Decrypt", "kms:GenerateDataKey")

    def on_dead_letters(self, queue: sqs.Queue, what: str, most: int = 0) -> None:
        """Ring when the queue holds more than `most` messages; `what` says whose failures."""
        self._ring(
            queue,
            "DeadLetters",
            queue.metric_approximate_number_of_messages_visible(period=EVERY, statistic="max"),
            f"{what}: messages nobody could deal with wait in this dead-letter queue",
            "dead-letters",
            threshold=most + 1,
        )

    def on_age(self, queue: sqs.Queue, what: str, limit: cdk.Duration) -> None:
        """Ring when the oldest message has waited longer than `limit`."""
        self._ring(
            queue,
            "OldestMessage",
            queue.metric_approximate_age_of_oldest_message(period=EVERY, statistic="max"),
            f"{what}: the oldest message waits for more than {limit.to_human_string()}",
            "messages-wait",
            threshold=limit.to_seconds(),
            periods=ERRORS_FOR,
        )

    def on_failures(self, function: lambda_.Function, what: str) -> None:
        """Ring when a function goes on failing or being throttled."""
        for id, metric in (
            ("Errors", function.metric_errors(period=EVERY)),
            ("Throttles", function.metric_throttles(period=EVERY)),
        ):
            self._ring(
                function,
                id,
                metric,
                f"{what}: {id.lower()} for minutes",
                "functions-fail",
                periods=ERRORS_FOR,
            )

    def on_metric(
        self,
        function: lambda_.Function,
        service: str,
        name: str,
        what: str,
        section: str,
        *,
        threshold: float = 1,
        every: cdk.Duration = EVERY,
        periods: int = 1,
        statistic: str = "sum",
    ) -> None:
        """Ring on a metric that the function `service` emits: most of `periods` reach `threshold`.

        `section` is the anchor in the runbook, `every` a period in whole minutes.
        """
        metric = cloudwatch.Metric(
            namespace=deployment.METRICS_NAMESPACE,
            metric_name=name,
            dimensions_map={"service": service},  # Powertools' own, POWERTOOLS_SERVICE_NAME
            period=every,
            statistic=statistic,
        )
        self._ring(function, name, metric, what, section, threshold, periods)

    def on_silence(
        self,
        function: lambda_.Function,
        service: str,
        name: str,
        what: str,
        section: str,
        *,
        every: cdk.Duration,
        periods: int,
    ) -> None:
        """Ring when the function `service` emits nothing under a metric for so many periods."""
        metric = cloudwatch.Metric(
            namespace=deployment.METRICS_NAMESPACE,
            metric_name=name,
            dimensions_map={"service": service},
            period=every,
            statistic="sum",
        )
        alarm = cloudwatch.Alarm(
            function,
            f"{name}Alarm",
            metric=metric,
            threshold=1,
            evaluation_periods=periods,
            datapoints_to_alarm=periods,
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
            alarm_description=_described(what, section),
        )
        self._tell(alarm)

    def _ring(
        self,
        scope: Construct,
        id: str,
        metric: cloudwatch.Metric,
        what: str,
        section: str,
        threshold: float = 1,
        periods: int = 1,
    ) -> None:
        alarm = cloudwatch.Alarm(
            scope,
            f"{id}Alarm",
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            datapoints_to_alarm=max(1, periods // 2 + 1),
            comparison_operator=(cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=_described(what, section),
        )
        self._tell(alarm)

    def _tell(self, alarm: cloudwatch.Alarm) -> None:
        """Tell the topic when the alarm begins, and when it is over."""
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))


def _described(what: str, section: str) -> str:
    """Say in an alarm's description what is amiss and where it is read what to do."""
    return f"{what}. What to do: {RUNBOOK}#{section}"
