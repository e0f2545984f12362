"""Secrets put into Secrets Manager. No error holds one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from zonemesh.aws.failures import error_code
from zonemesh.errors import SecretTaken, StoreUnavailable


class SecretsManagerStore:
    """Makes secrets and gives them new values; what it gives back is what mesh.yaml says of them.

    https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    def create(self, name: str, secret: str, description: str, kms_key: str | None = None) -> str:
        """Keep a new secret; raises SecretTaken where one has the name, or StoreUnavailable.

        `kms_key` (an id, ARN or alias) encrypts it instead of the account's own key.
        """
        wanted = {"KmsKeyId": kms_key} if kms_key else {}
        with _calls(name):
            made = self._client.create_secret(
                Name=name, SecretString=secret, Description=description, **wanted
            )
        return f"secretsmanager:{made['ARN']}"

    def replace(self, name: str, secret: str) -> str:
        """Give a secret that is there another value; raises StoreUnavailable.

        The value before stays, as the stage AWSPREVIOUS, until the next one.
        """
        with _calls(name):
            made = self._client.put_secret_value(SecretId=name, SecretString=secret)
        return f"secretsmanager:{made['ARN']}"


@contextmanager
def _calls(name: str) -> Iterator[None]:
    try:
        yield
    except ClientError as problem:
        raise _refusal(name, problem) from None
    except ParamValidationError:  # its text repeats what was given
        raise StoreUnavailable(
            f"secret {name}: not a name that Secrets Manager takes: letters, digits and /_+=.@-"
        ) from None
    except BotoCoreError as problem:
        raise StoreUnavailable(f"secret {name}: {problem}") from None


def _refusal(name: str, problem: ClientError) -> SecretTaken | StoreUnavailable:
    code = error_code(problem)
    if code == "ResourceExistsException":
        return SecretTaken(
            f"Secrets Manager has a secret {name}; --rotate gives it another value, --secret-name "
            "keeps the new one under another name"
        )
    if code == "ResourceNotFoundException":
        return StoreUnavailable(f"secret {name}: there is none to be rotated; leave out --rotate")
    if "AccessDenied" in code:
        action = f"secretsmanager:{problem.operation_name}"
        return StoreUnavailable(f"secret {name}: {problem}; allow {action} to the caller")
    return StoreUnavailable(f"secret {name}: {problem}")
