"""The hosted zones of an account, and their tags."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from zonemesh.aws.backoff import Pace, Sleep, attempts
from zonemesh.aws.failures import source_calls
from zonemesh.aws.route53 import SHORT_ATTEMPTS
from zonemesh.errors import SourceThrottled, ZoneGone
from zonemesh.names import canonical_text, parse_route53_name
from zonemesh.ports import HostedZone, Tags

TAGGED_MOST = 10  # resources a ListTagsForResources (API reference)


class Route53HostedZones:
    """The HostedZones of the account that a client speaks for; a `pace` slows their tags only."""

    def __init__(
        self,
        client: Any,
        what: str = "hosted zones",
        *,
        pace: Pace | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._client, self._what = client, what
        self._pace, self._sleep = pace, sleep

    def list(self) -> list[HostedZone]:
        zones: list[HostedZone] = []
        page = self._patiently(lambda client: client.list_hosted_zones())
        while True:
            zones += map(hosted_zone, page["HostedZones"])
            if not page["IsTruncated"]:
                return zones
            page = self._page_from(page["NextMarker"])

    def _page_from(self, marker: str) -> Mapping[str, Any]:
        return self._patiently(lambda client: client.list_hosted_zones(Marker=marker))

    def tags(self, ids: Sequence[str]) -> Iterator[Mapping[str, Tags]]:
        for start in range(0, len(ids), TAGGED_MOST):
            yield self._tags_of(ids[start : start + TAGGED_MOST])

    def _tags_of(self, ids: Sequence[str]) -> dict[str, Tags]:
        """Ask for some at once; one that went since it was listed fails the call for all."""
        if self._pace:
            self._pace.wait()
        try:
            answer = self._patiently(
                lambda client: client.list_tags_for_resources(
                    ResourceType="hostedzone", ResourceIds=list(ids)
                )
            )
        except ZoneGone:
            if len(ids) == 1:
                return {}
            return {id: tags for one in ids for id, tags in self._tags_of([one]).items()}
        return {
            each["ResourceId"]: _tags(each.get("Tags", ())) for each in answer["ResourceTagSets"]
        }

    def _patiently(self, call: Callable[[Any], Any]) -> Mapping[str, Any]:
        """Call with the client, of which even a name may find that there are no credentials."""
        for attempt in attempts(self._sleep, most=SHORT_ATTEMPTS, first=1.0):
            try:
                with source_calls(self._what):
                    answer: Mapping[str, Any] = call(self._client)
                return answer
            except SourceThrottled:
                if attempt == SHORT_ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")


def _tags(written: Sequence[Mapping[str, str]]) -> Tags:
    return tuple(sorted((tag["Key"], tag.get("Value", "")) for tag in written))


def hosted_zone(zone: Mapping[str, Any]) -> HostedZone:
    """Read a HostedZone of the API."""
    linked = zone.get("LinkedService")
    return HostedZone(
        id=zone["Id"].removeprefix("/hostedzone/"),
        apex=canonical_text(parse_route53_name(zone["Name"])),
        private=zone.get("Config", {}).get("PrivateZone", False),
        rrset_count=zone.get("ResourceRecordSetCount", 0),
        linked_service=linked and (linked.get("ServicePrincipal") or linked.get("Description")),
    )
