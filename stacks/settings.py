"""What `cdk deploy -c NAME=VALUE` (or the context in cdk.json) can choose."""

import json
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

from constructs import Node

from stacks.errors import SynthRefused
from zonemesh.deployment import STACK_NAME

_TABLE_STREAM = r"arn:aws[a-z-]*:dynamodb:us-east-1:[0-9]{12}:table/[A-Za-z0-9_.-]+/stream/[^/]+"


class LambdaPlatform(StrEnum):
    """What the functions run on: AWS's arm64 Lambda, or an interpreter of this machine."""

    AWS = "aws"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Settings:
    """The deployment's settings, by the names of their context keys.

    `mesh`              the mesh definition's path, from the project's root
    `stackName`         for a second deployment in one account
    `sweepMinutes`      how often the sweep runs
    `aliasMinutes`      how often it is asked what aliases resolve to
    `watchMinutes`      how often it is looked whether something is amiss: at two minutes the reads
                        cost half of what they do each minute, and what is told of has lasted for
                        minutes anyhow
    `recordConcurrency` how many `record_change` may run at once: Route 53 answers five calls a
                        second for the whole account, so more only wait for each other
    `logDays`           how long logs are kept (of the lengths that CloudWatch knows)
    `tableName`         a name for the table, for good: CloudFormation replaces a table whose name
                        changes by an empty one, and keeps the old one beside it
    `tableStream`       the ARN of the stream of a restored table, which is used from now on; the
                        stack lets go of its own table, and does not delete it
    `destroy`           true: everything, also the table, is deleted with the stack
    `trail`             true: a CloudTrail trail, for an account that has none
    `alarmEmail`        an address that every alarm is mailed to
    `hubPrincipals`     hub name → ARN, or list of ARNs, that may take the hub's role: a user or
                        role of any account, or a Roles Anywhere trust anchor
    `lambdaPlatform`    `aws`, or `local` for functions that run on this machine's interpreter
    `localPython`       that interpreter, where it is not the one that synthesizes
    """

    mesh: str = "mesh.yaml"
    stack_name: str = STACK_NAME
    sweep_minutes: int = 10
    alias_minutes: int = 1
    watch_minutes: int = 2
    record_concurrency: int = 2  # the least that an SQS event source takes
    log_days: int = 30
    table_name: str | None = None
    table_stream: str | None = None
    destroy: bool = False
    trail: bool = False
    alarm_email: str | None = None
    hub_principals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lambda_platform: LambdaPlatform = LambdaPlatform.AWS
    local_python: str = sys.executable

    @classmethod
    def from_context(cls, node: Node) -> Self:
        """Read the settings from a construct's context; raises SynthRefused, naming the key."""
        context = _Context(node)
        default = cls()
        return cls(
            mesh=context.text("mesh") or default.mesh,
            stack_name=context.text("stackName") or default.stack_name,
            sweep_minutes=context.number("sweepMinutes", default.sweep_minutes, 1, 1440),
            # Addresses are forgotten after half an hour in which they are not seen.
            alias_minutes=context.number("aliasMinutes", default.alias_minutes, 1, 5),
            watch_minutes=context.number("watchMinutes", default.watch_minutes, 1, 15),
            record_concurrency=context.number(
                "recordConcurrency", default.record_concurrency, 2, 1000
            ),
            log_days=context.number("logDays", default.log_days, 1, 3653),
            table_name=context.text("tableName"),
            table_stream=context.stream("tableStream"),
            destroy=context.flag("destroy"),
            trail=context.flag("trail"),
            alarm_email=context.text("alarmEmail"),
            hub_principals=context.principals("hubPrincipals"),
            lambda_platform=context.platform("lambdaPlatform"),
            local_python=context.text("localPython") or default.local_python,
        )


@dataclass(frozen=True, slots=True)
class _Context:
    """Context values as types; on the command line each is text, in cdk.json it is JSON."""

    node: Node

    def value(self, key: str) -> Any:
        return self.node.try_get_context(key)

    def text(self, key: str) -> str | None:
        value = self.value(key)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            raise _refused(key, value, "a text")
        return value

    def stream(self, key: str) -> str | None:
        value = self.text(key)
        if value is not None and not re.fullmatch(_TABLE_STREAM, value):
            wanted = (
                "the ARN of a table's stream (LatestStreamArn of `aws dynamodb describe-table`)"
            )
            raise _refused(key, value, wanted)
        return value

    def flag(self, key: str) -> bool:
        value = self.value(key)
        known = {None: False, "": False, "false": False, "true": True, False: False, True: True}
        if not isinstance(value, str | bool | None) or value not in known:
            raise _refused(key, value, "true or false")
        return known[value]

    def number(self, key: str, default: int, least: int, most: int) -> int:
        value = self.value(key)
        if value is None:
            return default
        try:
            number = int(str(value))
        except ValueError:
            number = least - 1
        if not least <= number <= most:
            raise _refused(key, value, f"a whole number from {least} to {most}")
        return number

    def platform(self, key: str) -> LambdaPlatform:
        value = self.value(key)
        try:
            return LambdaPlatform(value or "aws")
        except ValueError:
            raise _refused(key, value, "aws or local") from None

    def principals(self, key: str) -> dict[str, tuple[str, ...]]:
        value = self.value(key)
        wanted = 'hub names with ARNs, like {"hq": "arn:aws:iam::111122223333:role/hub"}'
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                raise _refused(key, value, wanted) from None
        if not isinstance(value, Mapping | None):
            raise _refused(key, value, wanted)
        found: dict[str, tuple[str, ...]] = {}
        for hub, arns in (value or {}).items():
            found[hub] = (arns,) if isinstance(arns, str) else tuple(arns)
            if not all(isinstance(arn, str) and arn.startswith("arn:") for arn in found[hub]):
                raise _refused(key, value, wanted)
        return found


def _refused(key: str, value: object, wanted: str) -> SynthRefused:
    return SynthRefused(f"context {key}: {value!r} is not {wanted}")
