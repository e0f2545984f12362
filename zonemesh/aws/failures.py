"""What AWS answers when it does not do what was asked, in the core's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
)

from zonemesh.errors import (
    MessagingFailed,
    SourceError,
    SourceRefused,
    SourceThrottled,
    StoreUnavailable,
    ZoneGone,
)

THROTTLED = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
    }
)
IAM_PREFIXES = {"LookupEvents": "cloudtrail", "AssumeRole": "sts"}  # the others are route53's
CREDENTIALS = (
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)


def error_code(problem: ClientError) -> str:
    """Give the code of an error answer, such as `AccessDenied`."""
    return str(problem.response.get("Error", {}).get("Code", ""))


def is_passing(problem: ClientError) -> bool:
    """Tell whether the same call may succeed later: throttled, or the service's own fault."""
    status = problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error_code(problem) in THROTTLED or status >= 500


@contextmanager
def source_calls(what: str) -> Iterator[None]:
    """Raise SourceError's kinds in place of botocore's; `what` says whose source it is."""
    try:
        yield
    except ClientError as problem:
        raise _source_error(what, problem) from problem
    except CREDENTIALS as problem:
        raise SourceRefused(f"{what}: {problem}; give the process a role or a profile") from problem
    except ParamValidationError as problem:
        report = " ".join(str(problem).split())
        raise SourceRefused(f"{what}: {report}; check the hosted zone's id") from problem
    except BotoCoreError as problem:  # no connection, no answer in time, an answer cut short
        raise SourceThrottled(f"{what}: no answer: {problem}") from problem


def _source_error(what: str, problem: ClientError) -> SourceError:
    code = error_code(problem)
    if code == "NoSuchHostedZone":
        return ZoneGone(f"{what}: Route 53 has no such hosted zone")
    if is_passing(problem):
        return SourceThrottled(f"{what}: {problem}")
    operation = problem.operation_name
    action = f"{IAM_PREFIXES.get(operation, 'route53')}:{operation}"
    if "AccessDenied" not in code:
        return SourceRefused(f"{what}: {action}: {problem}")
    if operation == "AssumeRole":
        cure = "check role_arn, external_id and the role's trust policy"
    else:
        cure = f"allow {action} to the integration's role"
    return SourceRefused(f"{what}: {problem}; {cure}")


@contextmanager
def store_calls(what: str) -> Iterator[None]:
    """Raise StoreUnavailable in place of botocore's errors."""
    try:
        yield
    except (ClientError, BotoCoreError) as problem:
        raise StoreUnavailable(f"{what}: {problem}") from problem


@contextmanager
def messaging_calls(what: str) -> Iterator[None]:
    """Raise MessagingFailed in place of botocore's errors."""
    try:
        yield
    except (ClientError, BotoCoreError) as problem:
        raise MessagingFailed(f"{what}: {problem}") from problem
