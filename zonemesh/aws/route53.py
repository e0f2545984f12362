"""Route 53 as a source: whole listings, and re-reading some names in few calls."""

import json
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

from zonemesh.aws.backoff import Pace, Sleep, attempts
from zonemesh.aws.failures import source_calls
from zonemesh.errors import SourceThrottled
from zonemesh.names import (
    canonical_text,
    is_plain,
    parse_name,
    parse_route53_name,
    route53_order,
    route53_text,
)
from zonemesh.ports import ListedPage, SourceRRset

PAGE_MOST = 300  # rrsets; Route 53 gives no more a call
FEW = 20  # rrsets asked for when one name is all that is wanted: a tenth of the answer to parse
PAGE_ATTEMPTS = 6  # of one page of a listing, so that page 300 of 334 is not lost to a throttle
SHORT_ATTEMPTS = 4  # where a short function waits: five seconds of pauses at most


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page starts: an owner name as Route 53 writes it, or an exact rrset."""

    name: str
    rdtype: str | None = None
    set_identifier: str | None = None

    def parameters(self) -> dict[str, str]:
        named = {
            "StartRecordName": self.name,
            "StartRecordType": self.rdtype,
            "StartRecordIdentifier": self.set_identifier,
        }
        return {name: value for name, value in named.items() if value is not None}

    def cursor(self) -> str:
        """Give text that `from_cursor` reads."""
        return json.dumps([self.name, self.rdtype, self.set_identifier])

    @classmethod
    def from_cursor(cls, cursor: str) -> Self:
        return cls(*json.loads(cursor))


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of ListResourceRecordSets; `following` is where the next page starts, if any."""

    rrsets: tuple[SourceRRset, ...]
    following: Position | None


_GetPage = Callable[[Position | None, int], Page]


class Route53Source:
    """A ZoneSource over one hosted zone.

    `calls` counts the API calls made. A `pace` slows listings only: an edit must not wait.
    """

    def __init__(
        self,
        client: Any,
        hosted_zone_id: str,
        apex: str,
        *,
        pace: Pace | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self.calls = 0
        self._client, self._id = client, hosted_zone_id
        self._apex = parse_name(apex)
        self._what = f"{apex} ({hosted_zone_id})"
        self._pace, self._sleep = pace, sleep

    def listing(self) -> Iterator[SourceRRset]:
        for page in self.pages():
            yield from page.rrsets

    def listed_pages(self, cursor: str | None = None) -> Iterator[ListedPage]:
        for page in self.pages(Position.from_cursor(cursor) if cursor else None):
            yield ListedPage(page.rrsets, page.following.cursor() if page.following else None)

    def pages(self, start: Position | None = None) -> Iterator[Page]:
        """List the zone page by page, from `start` on; a page's `following` resumes it."""
        while True:
            page = self._patient_page(start)
            yield page
            if page.following is None:
                return
            start = page.following

    def _patient_page(self, start: Position | None, most: int = PAGE_MOST) -> Page:
        """Get a page at the pace of listings; a throttle costs a pause, not the pages before it."""
        for attempt in attempts(self._sleep, most=PAGE_ATTEMPTS, first=1.0, longest=8.0):
            if self._pace:
                self._pace.wait()
            try:
                return self._page(start, most)
            except SourceThrottled:
                if attempt == PAGE_ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def name_servers(self) -> tuple[str, ...]:
        """Give the names of the zone's delegation set, at the pace of listings, without patience.

        https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html
        """
        if self._pace:
            self._pace.wait()
        self.calls += 1
        with source_calls(self._what):
            answer = self._client.get_hosted_zone(Id=self._id)
        if answer["HostedZone"].get("Config", {}).get("PrivateZone"):
            return ()  # named all the same, but they answer inside of its VPCs only
        names = answer.get("DelegationSet", {}).get("NameServers", [])
        return tuple(sorted(canonical_text(parse_route53_name(name)) for name in names))

    def signing(self) -> bool:
        """Tell whether Route 53 signs the zone, patiently: it is one call of a listing.

        A status other than NOT_SIGNING (signing is being removed, or stuck for want of its KMS key)
        leaves signatures that validators may still ask for.
        https://docs.aws.amazon.com/Route53/latest/APIReference/API_DNSSECStatus.html
        """
        for attempt in attempts(self._sleep, most=SHORT_ATTEMPTS, first=1.0):
            if self._pace:
                self._pace.wait()
            try:
                self.calls += 1
                with source_calls(self._what):
                    answer = self._client.get_dnssec(HostedZoneId=self._id)
                return bool(answer["Status"]["ServeSignature"] != "NOT_SIGNING")
            except SourceThrottled:
                if attempt == SHORT_ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def read(self, owners: Collection[str]) -> dict[str, list[SourceRRset]]:
        found: dict[str, list[SourceRRset]] = {}
        for read in self._reads(owners, self._page):
            found |= read
        return found

    def read_patiently(
        self, owners: Collection[str], calls: int
    ) -> Iterator[dict[str, list[SourceRRset]]]:
        found: dict[str, list[SourceRRset]] = {}
        before = self.calls
        for read in self._reads(owners, self._patient_page):
            found |= read
            if self.calls - before >= calls:
                yield found
                found, before = {}, self.calls
        if found:
            yield found

    def _reads(
        self, owners: Collection[str], get: _GetPage
    ) -> Iterator[dict[str, list[SourceRRset]]]:
        """Read some owner names page by page; gives what each page settles."""
        names = {owner: parse_name(owner) for owner in owners}
        inside = {owner for owner in owners if names[owner].is_subdomain(self._apex)}
        yield {owner: [] for owner in owners if owner not in inside}
        owner_of = {route53_text(names[owner]): owner for owner in inside}
        pending = set(owner_of)
        while pending:
            start = _first(pending)
            page = get(Position(start), FEW if len(pending) == 1 else PAGE_MOST)
            answers = settled(start, page, pending)
            if start not in answers:  # more rrsets than the page holds
                answers[start] = self._whole(start, get)
            pending -= answers.keys()
            yield {owner_of[name]: rrsets for name, rrsets in answers.items()}

    def _whole(self, name: str, get: _GetPage) -> list[SourceRRset]:
        """Read one name from its beginning, in full pages, so that most are read at one moment."""
        position: Position | None = Position(name)
        rrsets: list[SourceRRset] = []
        while position is not None and as_written(position.name) == name:
            page = get(position, PAGE_MOST)
            rrsets += [rrset for rrset in page.rrsets if as_written(rrset["Name"]) == name]
            position = page.following
        return rrsets

    def _page(self, start: Position | None, most: int = PAGE_MOST) -> Page:
        parameters = start.parameters() if start else {}
        self.calls += 1
        with source_calls(self._what):
            answer = self._client.list_resource_record_sets(
                HostedZoneId=self._id, MaxItems=str(most), **parameters
            )
        return Page(tuple(answer["ResourceRecordSets"]), _following(answer))


def _following(answer: Mapping[str, Any]) -> Position | None:
    if not answer["IsTruncated"]:
        return None
    return Position(
        answer["NextRecordName"],
        answer.get("NextRecordType"),
        answer.get("NextRecordIdentifier"),
    )


def settled(start: str, page: Page, names: Collection[str]) -> dict[str, list[SourceRRset]]:
    """Give what a page tells for certain of some names: their rrsets, none where they are absent.

    `start` is the name at which the page starts, with no type; `names` are as Route 53 writes them.

    A name on the page is whole when another name, or the zone's end, follows it. A name that is not
    on the page is absent when the page started at it, or when its place is on the page: between
    `start` and a name on the page or right after it. Places are compared among plain names only,
    since where Route 53 puts escaped ones is not documented.
    """
    rrsets: dict[str, list[SourceRRset]] = {}
    for rrset in page.rrsets:
        rrsets.setdefault(as_written(rrset["Name"]), []).append(rrset)
    following = as_written(page.following.name) if page.following else None
    listed = {*rrsets, following} - {None}
    reach = max((route53_order(name) for name in listed if name and is_plain(name)), default="")
    answers: dict[str, list[SourceRRset]] = {}
    for name in names:
        if name in listed:
            if name != following:
                answers[name] = rrsets[name]
        elif name == start or (
            is_plain(name)
            and is_plain(start)
            and route53_order(start) < route53_order(name)
            and (following is None or route53_order(name) < reach)
        ):
            answers[name] = []
    return answers


def _first(names: Collection[str]) -> str:
    """Choose where a page should start to answer most: the first plain name, while there is one."""
    plain = [name for name in names if is_plain(name)]
    return min(plain, key=route53_order) if plain else min(names)


def as_written(name: str) -> str:
    """Give a name in the spelling in which Route 53 answers, whatever spelling it came in."""
    if is_plain(name) and name.endswith("."):
        return name
    return route53_text(parse_route53_name(name))
