"""The outputs of the deployed stack, read from CloudFormation."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from zonemesh.aws.failures import CREDENTIALS, error_code
from zonemesh.deployed import Deployed
from zonemesh.errors import NotDeployed, StoreUnavailable

_EXPIRED = frozenset({"ExpiredToken", "ExpiredTokenException", "RequestExpired"})
_UNKNOWN = frozenset({"InvalidClientTokenId", "UnrecognizedClientException"})
_OR_TABLE = "or name the table with --table"


class CloudFormationDeployment:
    """A Deployment by DescribeStacks, which the caller needs cloudformation:DescribeStacks for.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    """

    def __init__(self, client: Any, stack: str) -> None:
        self._client, self._stack = client, stack

    def deployed(self) -> Deployed:
        with self._calls():
            (stack,) = self._client.describe_stacks(StackName=self._stack)["Stacks"]
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", ())}
        if not outputs:
            raise NotDeployed(
                f"stack `{self._stack}` is {stack['StackStatus']} and has no outputs; "
                "`scripts/cdk deploy` must come to its end first"
            )
        return Deployed.from_outputs(self._stack, outputs)

    @contextmanager
    def _calls(self) -> Iterator[None]:
        what = f"reading stack `{self._stack}`"
        try:
            yield
        except ClientError as problem:
            raise self._refusal(what, problem) from problem
        except CREDENTIALS as problem:
            raise StoreUnavailable(
                f"{what}: {problem}; give credentials, like a profile with --profile"
            ) from problem
        except BotoCoreError as problem:
            raise StoreUnavailable(f"{what}: {problem}") from problem

    def _refusal(self, what: str, problem: ClientError) -> NotDeployed | StoreUnavailable:
        code = error_code(problem)
        if code == "ValidationError" and "does not exist" in str(problem):
            region = self._client.meta.region_name
            return NotDeployed(
                f"no stack `{self._stack}` in {region} of this account; `scripts/cdk deploy` makes "
                f"it; --stack, --region and --profile name another, {_OR_TABLE}"
            )
        if code in _EXPIRED:
            return StoreUnavailable(f"{what}: the credentials have expired; log in again")
        if code in _UNKNOWN:
            return StoreUnavailable(f"{what}: AWS does not know these credentials; give others")
        if "AccessDenied" in code:
            action = "cloudformation:DescribeStacks"
            return StoreUnavailable(f"{what}: {problem}; allow {action} to the caller, {_OR_TABLE}")
        return StoreUnavailable(f"{what}: {problem}")
