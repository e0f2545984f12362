"""The errors that Route 53 answers with."""

from __future__ import annotations


class Route53Error(Exception):
    """The call is refused; `code` is Route 53's own error code, the text its message."""

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status  # None: the status that the service model gives the code


class InvalidChangeBatch(Route53Error):
    """The batch is refused as a whole; each message names one reason."""

    def __init__(self, *messages: str) -> None:
        super().__init__("InvalidChangeBatch", f"[{', '.join(messages)}]")
        self.messages = messages


class FatalProblem(ValueError):
    """A name or value has no valid syntax; the text is in Route 53's own form."""

    def __init__(self, problem: str, explanation: str, encountered: str) -> None:
        super().__init__(
            f"FATAL problem: {problem} ({explanation}) encountered with '{encountered}'"
        )


def invalid_input(message: str) -> Route53Error:
    """The error for a request that is malformed as such."""
    return Route53Error("InvalidInput", message)


def no_such_hosted_zone(zone_id: str) -> Route53Error:
    """The error for a zone id that the account does not have."""
    return Route53Error("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}")
