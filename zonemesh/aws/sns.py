"""The bell, one topic on which each hub's subscription filters for its own name, and the alerts."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from zonemesh.aws.failures import messaging_calls
from zonemesh.deployment import EVERY_HUB, HUBS_ATTRIBUTE
from zonemesh.snapshot import Announcement

SUBJECT_MOST = 100  # characters of ASCII (API reference, Publish)


class SnsAlerts:
    """Alerts on the topic that the alarms ring too."""

    def __init__(self, client: Any, topic_arn: str) -> None:
        self._client, self._topic_arn = client, topic_arn

    def ring(self, subject: str, text: str, about: Mapping[str, Sequence[str]]) -> None:
        plain = subject.encode("ascii", "replace").decode()[:SUBJECT_MOST]
        attributes = {name: _attribute(values) for name, values in about.items()}
        with messaging_calls(f"alerting {self._topic_arn}"):
            self._client.publish(
                TopicArn=self._topic_arn, Subject=plain, Message=text, MessageAttributes=attributes
            )


def _attribute(values: Sequence[str]) -> dict[str, str]:
    """Give a message attribute; a filter policy matches an array by any of its members."""
    if len(values) == 1:
        return {"DataType": "String", "StringValue": values[0]}
    return {"DataType": "String.Array", "StringValue": json.dumps([*values])}


class SnsAnnouncer:
    """An Announcer, and an OrderBell, on an SNS topic."""

    def __init__(self, client: Any, topic_arn: str) -> None:
        self._client, self._topic_arn = client, topic_arn

    def announce(self, announcement: Announcement, hubs: Collection[str]) -> None:
        if hubs:
            self._ring(f"announcing {announcement.zone}", announcement.to_json(), hubs)

    def order_placed(self, hub: str, id: str) -> None:
        self._ring(f"telling hub {hub} of order {id}", _body(order=id), [hub])

    def mesh_applied(self, number: int) -> None:
        self._ring(f"telling of mesh version {number}", _body(mesh=number), [EVERY_HUB])

    def _ring(self, what: str, body: str, hubs: Collection[str]) -> None:
        attribute = {"DataType": "String.Array", "StringValue": json.dumps(sorted(hubs))}
        with messaging_calls(f"{what} on {self._topic_arn}"):
            self._client.publish(
                TopicArn=self._topic_arn,
                Message=body,
                MessageAttributes={HUBS_ATTRIBUTE: attribute},
            )


def _body(**fields: str | int) -> str:
    return json.dumps(fields, separators=(",", ":"))
