"""The sweep, started before its schedule does."""

from typing import Any

from zonemesh.aws.failures import messaging_calls


class LambdaSweeps:
    """Sweeps as a Lambda function; `name` is the function's."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def start(self) -> None:
        with messaging_calls(f"starting {self._name}"):
            self._client.invoke(FunctionName=self._name, InvocationType="Event")
