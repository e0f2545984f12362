"""What a person can do about an answer of AWS that refuses, or about none."""

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from zonemesh.aws.failures import error_code

_LOG_IN = "log in again, as with `aws sso login`"
_BY_CODE = {
    "ExpiredToken": _LOG_IN,
    "ExpiredTokenException": _LOG_IN,
    "RequestExpired": "set the clock of this machine",
    "InvalidSignatureException": "check the secret access key, and the clock of this machine",
    "InvalidClientTokenId": "these credentials are not known to AWS (any more): give others",
    "UnrecognizedClientException": "these credentials are not known to AWS (any more): give others",
    "ResourceNotFoundException": "there is no such table in this account and Region. Is it the "
    "right account (`--profile`)? Without `--table` the stack is asked",
}
_BY_KIND: tuple[tuple[type[BotoCoreError] | tuple[type[BotoCoreError], ...], str], ...] = (
    ((NoCredentialsError, PartialCredentialsError), "name a profile, `--profile` or AWS_PROFILE"),
    (ProfileNotFound, "`aws configure list-profiles` has those that there are"),
    (
        (SSOError, TokenRetrievalError, UnauthorizedSSOTokenError, CredentialRetrievalError),
        _LOG_IN,
    ),
    ((ConnectionError, HTTPClientError), "is there a way to AWS from here?"),
)


def cure(problem: BaseException | None) -> str:
    """Say what to do about what botocore raised; empty where its message must do."""
    if isinstance(problem, ClientError):
        code = error_code(problem)
        if "AccessDenied" in code:
            return f"allow {problem.operation_name} to the caller, or use another `--profile`"
        return _BY_CODE.get(code, "")
    return next((words for kind, words in _BY_KIND if isinstance(problem, kind)), "")
