"""A function with a role, a log and alarms of its own."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.constructs.alarms import Alarms
from zonemesh import deployment

# The days that CloudWatch Logs can keep a log, by CDK's names for them.
RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    3: logs.RetentionDays.THREE_DAYS,
    5: logs.RetentionDays.FIVE_DAYS,
    7: logs.RetentionDays.ONE_WEEK,
    14: logs.RetentionDays.TWO_WEEKS,
    30: logs.RetentionDays.ONE_MONTH,
    60: logs.RetentionDays.TWO_MONTHS,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
    731: logs.RetentionDays.TWO_YEARS,
    1827: logs.RetentionDays.FIVE_YEARS,
    3653: logs.RetentionDays.TEN_YEARS,
}


class Function(Construct):
    """One file of `functions/` as a Lambda function.

    `role` starts with no rights but to write its own log; nothing is inherited from a managed
    policy. `name` is the module's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        what: str,
        code: lambda_.Code,
        timeout: cdk.Duration,
        memory_mb: int,
        environment: Mapping[str, str],
        log_days: int,
        removal_policy: cdk.RemovalPolicy,
        alarms: Alarms,
    ) -> None:
        super().__init__(scope, id)
        self.timeout = timeout
        log = logs.LogGroup(
            self, "Log", retention=RETENTION[log_days], removal_policy=removal_policy
        )
        self.role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"zonemesh: {what}",
        )
        log.grant_write(self.role)
        self.function = lambda_.Function(
            self,
            "Function",
            description=f"zonemesh: {what}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            architecture=lambda_.Architecture.ARM_64,
            code=code,
            handler=f"functions.{name}.lambda_handler",
            timeout=timeout,
            memory_size=memory_mb,
            role=self.role,
            log_group=log,
            environment={**_powertools(name), **environment},
        )
        alarms.on_failures(self.function, what)


def _powertools(name: str) -> dict[str, str]:
    return {
        "AWS_SDK_UA_APP_ID": f"zonemesh-{name}",  # who calls, in the customer's CloudTrail
        "POWERTOOLS_SERVICE_NAME": name,
        "POWERTOOLS_METRICS_NAMESPACE": deployment.METRICS_NAMESPACE,
        "POWERTOOLS_LOG_LEVEL": "INFO",
    }
