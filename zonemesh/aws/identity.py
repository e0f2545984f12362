"""Who calls AWS from here, as AWS sees it."""

from typing import Any

from zonemesh.aws.failures import store_calls


class StsIdentity:
    """An Identity by STS GetCallerIdentity, which needs no permission; asked once.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._arn: str | None = None

    def arn(self) -> str:
        if self._arn is None:
            with store_calls("asking STS who is calling"):
                self._arn = str(self._client.get_caller_identity()["Arn"])
        return self._arn
