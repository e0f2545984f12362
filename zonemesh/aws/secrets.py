"""Secrets by reference: the environment, a file, or Secrets Manager. No error holds a secret."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from zonemesh.errors import SecretUnreadable


class SecretReader:
    """Secrets behind `env:NAME`, `file:/path` and `secretsmanager:ARN-or-name`.

    After a Secrets Manager name, `#key` picks one member of a secret that is a JSON object.
    `client` makes the Secrets Manager client when the first such reference is read.
    """

    def __init__(
        self, client: Callable[[], Any], environment: Mapping[str, str] = os.environ
    ) -> None:
        self._client, self._environment = client, environment

    def read(self, reference: str) -> str:
        """Give the secret without surrounding white space; raises SecretUnreadable."""
        scheme, _, rest = reference.partition(":")
        readers = {"env": self._variable, "file": self._file, "secretsmanager": self._stored}
        reader = readers.get(scheme)
        if reader is None or not rest:  # the text may be a secret put where its reference belongs
            raise SecretUnreadable(
                "a secret's reference begins with env:, file: or secretsmanager:"
            )
        secret = reader(rest).strip()
        if not secret:
            raise SecretUnreadable(f"{reference}: the secret is empty")
        return secret

    def _variable(self, name: str) -> str:
        if name not in self._environment:
            raise SecretUnreadable(f"env:{name}: no such environment variable is set")
        return self._environment[name]

    def _file(self, path: str) -> str:
        try:
            return Path(path).read_text("utf-8")
        except OSError as problem:
            raise SecretUnreadable(f"file:{path}: {problem.strerror}") from problem
        except UnicodeDecodeError:
            raise SecretUnreadable(f"file:{path}: is not UTF-8 text") from None

    def _stored(self, name: str) -> str:
        secret_id, _, key = name.partition("#")  # no ARN or name has a `#`
        try:
            answer = self._client().get_secret_value(SecretId=secret_id)
        except (ClientError, BotoCoreError) as problem:
            raise SecretUnreadable(f"secretsmanager:{name}: {problem}") from problem
        text = answer.get("SecretString")
        if text is None:
            raise SecretUnreadable(f"secretsmanager:{name}: holds bytes; store the secret as text")
        return _json_member(text, key, name) if key else str(text)


def _json_member(text: str, key: str, name: str) -> str:
    try:
        value = json.loads(text)[key]
    except (ValueError, LookupError, TypeError):  # `from None`: the cause would hold the secret
        problem = f"secretsmanager:{name}: is no JSON object with the key {key!r}"
        raise SecretUnreadable(problem) from None
    if not isinstance(value, str):
        raise SecretUnreadable(f"secretsmanager:{name}: the value under {key!r} is no text")
    return value
