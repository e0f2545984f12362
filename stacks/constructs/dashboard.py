"""One page in CloudWatch: how changes come through, what is amiss, and how the parts are.

Whatever function, queue or alarm the stack has is on it by itself.
"""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct, IConstruct

from stacks.constructs.table import Table
from zonemesh import deployment

PERIOD = cdk.Duration.minutes(5)
_WIDTH, _HEIGHT = 8, 6  # of 24 columns
_Kind = TypeVar("_Kind", bound=IConstruct)


class Dashboard(cloudwatch.Dashboard):
    """The dashboard of a stack; made last, as it shows what is there."""

    def __init__(self, scope: Construct, id: str, *, table: Table) -> None:
        super().__init__(scope, id, default_interval=cdk.Duration.hours(12))
        stack = cdk.Stack.of(self)
        alarms = [*_each(stack, cloudwatch.Alarm)]
        functions = [*_each(stack, lambda_.Function)]
        queues = [*_each(stack, sqs.Queue)]
        self.add_widgets(cloudwatch.AlarmStatusWidget(title="Alarms", width=24, alarms=alarms))
        self.add_widgets(*_changes())
        self.add_widgets(*_mesh())
        self.add_widgets(*_queues(queues))
        self.add_widgets(*_functions(functions))
        self.add_widgets(*_table(table.table_name))


def _each(stack: cdk.Stack, kind: type[_Kind]) -> Iterator[_Kind]:
    """Give all constructs of a kind, in the order of their paths."""
    found = [each for each in stack.node.find_all() if isinstance(each, kind)]
    yield from sorted(found, key=lambda each: each.node.path)


def _changes() -> list[cloudwatch.IWidget]:
    return [
        _graph(
            "Changes recorded",
            [_sum("record_change", "Recorded"), _sum("announce", "MovedHeads")],
        ),
        _graph(
            "From the event to its announcement, seconds",
            [
                _most("record_change", "EventReceiptDelay"),
                _most("announce", "EventAnnouncementDelay"),
            ],
        ),
        _graph(
            "What the sweep found that no event told",
            [
                _sum("sweep", "MissedChanges"),
                _sum("list_zone", "MissedChanges", "by a listing"),
                _sum("sweep", "RungAgain"),
                _sum("sweep", "SweepProblems"),
            ],
        ),
    ]


def _mesh() -> list[cloudwatch.IWidget]:
    return [
        _graph("Open alerts, by kind", [_open_alerts()]),
        _graph(
            "Places that are not as they should be",
            [
                _most("watch_mesh", name)
                for name in ("OfflineHubs", "SecondariesBehind", "FailingTargets", "HeldZones")
            ],
        ),
        _graph(
            "The oldest change that is under way, seconds",
            [_most("watch_mesh", "SlowestPropagation")],
        ),
    ]


def _queues(queues: Sequence[sqs.Queue]) -> list[cloudwatch.IWidget]:
    dead = [queue for queue in queues if _is_for_dead_letters(queue)]
    worked = [queue for queue in queues if queue not in dead]
    return [
        _graph(
            "Age of the oldest message, seconds",
            [
                queue.metric_approximate_age_of_oldest_message(
                    label=_name(queue), period=PERIOD, statistic="max"
                )
                for queue in worked
            ],
        ),
        _graph(
            "Messages that wait",
            [_waiting(queue) for queue in worked],
        ),
        _graph("Dead letters", [_waiting(queue) for queue in dead]),
    ]


def _is_for_dead_letters(queue: sqs.Queue) -> bool:
    """Tell whether an alarm rings when a queue has messages: nobody works it off."""
    return any(each.node.id == "DeadLettersAlarm" for each in queue.node.children)


def _waiting(queue: sqs.Queue) -> cloudwatch.Metric:
    return queue.metric_approximate_number_of_messages_visible(
        label=_name(queue), period=PERIOD, statistic="max"
    )


def _functions(functions: Sequence[lambda_.Function]) -> list[cloudwatch.IWidget]:
    return [
        _graph(
            "Errors of functions",
            [each.metric_errors(label=_name(each), period=PERIOD) for each in functions],
        ),
        _graph(
            "Duration of functions, at most, milliseconds",
            [
                each.metric_duration(label=_name(each), period=PERIOD, statistic="max")
                for each in functions
            ],
        ),
        _graph(
            "Throttles of functions",
            [each.metric_throttles(label=_name(each), period=PERIOD) for each in functions],
        ),
    ]


def _table(name: str) -> list[cloudwatch.IWidget]:
    def of_table(metric: str) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace="AWS/DynamoDB",
            metric_name=metric,
            dimensions_map={"TableName": name},
            period=PERIOD,
            statistic="sum",
            label=metric,
        )

    consumed = [of_table(f"Consumed{kind}CapacityUnits") for kind in ("Read", "Write")]
    throttled = [of_table(f"{kind}ThrottleEvents") for kind in ("Read", "Write")]
    return [
        _graph("Capacity that the table used, units", consumed),
        _graph("Throttles of the table", throttled),
        _graph(
            "Longest without a comparison with its source, seconds",
            [_most("sweep", "OldestVerified")],
        ),
    ]


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=[*metrics], width=_WIDTH, height=_HEIGHT)


def _sum(service: str, name: str, label: str | None = None) -> cloudwatch.Metric:
    return _of_ours(service, name, "sum", label)


def _most(service: str, name: str) -> cloudwatch.Metric:
    return _of_ours(service, name, "max", None)


def _of_ours(service: str, name: str, statistic: str, label: str | None) -> cloudwatch.Metric:
    return cloudwatch.Metric(
        namespace=deployment.METRICS_NAMESPACE,
        metric_name=name,
        dimensions_map={"service": service},
        period=PERIOD,
        statistic=statistic,
        label=f"{name} {label}" if label else name,
    )


def _open_alerts() -> cloudwatch.IMetric:
    search = f'{{{deployment.METRICS_NAMESPACE},kind}} MetricName="OpenAlerts"'
    return cloudwatch.MathExpression(
        expression=f"SEARCH('{search}', 'Maximum', {PERIOD.to_seconds()})",
        using_metrics={},
        label="",
        period=PERIOD,
    )


def _name(construct: IConstruct) -> str:
    """Name a part of the stack as its path does, without what all of them have."""
    path = construct.node.path.split("/")[1:]
    return " ".join(part for part in path if part not in ("Function", "Queue"))
