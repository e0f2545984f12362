"""Route 53 to be written: change batches with patience, and hosted zones made anew."""

import re
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from zonemesh.aws.backoff import Sleep, attempts
from zonemesh.aws.failures import error_code, is_passing, source_calls
from zonemesh.aws.hosted_zones import Route53HostedZones, hosted_zone
from zonemesh.errors import BatchRefused, ReferenceTaken, SourceThrottled, WriteRefused
from zonemesh.names import canonical_text, parse_name, parse_route53_name, route53_text
from zonemesh.ports import HostedZone
from zonemesh.route53.batches import Batch
from zonemesh.route53.content import values_of
from zonemesh.source_writing import NewHostedZone

# A zone takes the next batch when the last one is processed (PriorRequestNotComplete until then),
# which may take a minute: these pauses sum up to some two on average.
WRITE_ATTEMPTS = 20
WRITE_FIRST_PAUSE = 0.5  # seconds
WRITE_LONGEST_PAUSE = 15.0

INSYNC_PATIENCE = 300.0  # seconds; AWS: generally within 60
INSYNC_EVERY = 2.0  # seconds between two looks, of 5 calls a second that the account has

NAMED_MOST = 5  # rrsets that an error names
_ARN = "arn:aws:route53:::hostedzone/"

Result = TypeVar("Result")


class Route53Writer:
    """A ZoneWriter over one hosted zone."""

    def __init__(
        self,
        client: Any,
        hosted_zone_id: str,
        apex: str,
        *,
        sleep: Sleep = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client, self._id = client, hosted_zone_id
        self._what = f"{apex} ({hosted_zone_id})"
        self._sleep, self._clock = sleep, clock

    def write(self, batch: Batch, comment: str) -> str:
        def send() -> str:
            with source_calls(self._what), _refusals(self._what, self._id, batch):
                answer = self._client.change_resource_record_sets(
                    HostedZoneId=self._id, ChangeBatch=batch.to_api(comment)
                )
            return _change_id(answer)

        return _patiently(send, self._sleep)

    def await_insync(
        self, changes: Collection[str], hurry: Callable[[], bool] = lambda: False
    ) -> float | None:
        begun = self._clock()
        for change in changes:
            while not self._is_insync(change):
                if self._clock() - begun > INSYNC_PATIENCE or hurry():
                    return None
                self._sleep(INSYNC_EVERY)
        return self._clock() - begun

    def _is_insync(self, change: str) -> bool:
        def look() -> bool:
            with source_calls(self._what):
                answer = self._client.get_change(Id=change)
            return bool(answer["ChangeInfo"]["Status"] == "INSYNC")

        return _patiently(look, self._sleep)


def _patiently(call: Callable[[], Result], sleep: Sleep) -> Result:
    """Call until it is not throttled, with jittered pauses; then raises SourceThrottled."""
    tries = attempts(
        sleep, most=WRITE_ATTEMPTS, first=WRITE_FIRST_PAUSE, longest=WRITE_LONGEST_PAUSE
    )
    for attempt in tries:
        try:
            return call()
        except SourceThrottled:
            if attempt == WRITE_ATTEMPTS:
                raise
    raise AssertionError("unreachable: the last attempt returns or raises")


def _change_id(answer: Any) -> str:
    return str(answer["ChangeInfo"]["Id"]).removeprefix("/change/")


@contextmanager
def _refusals(what: str, hosted_zone_id: str, batch: Batch | None = None) -> Iterator[None]:
    """Raise what Route 53 says against a write; other errors are for `source_calls`."""
    try:
        yield
    except ClientError as problem:
        if is_passing(problem) or error_code(problem) == "NoSuchHostedZone":
            raise
        if "AccessDenied" in error_code(problem):
            action = f"route53:{problem.operation_name}"
            resource = f" on {_ARN}{hosted_zone_id}" if hosted_zone_id else ""
            cure = f"allow {action}{resource} to whoever runs this"
            raise WriteRefused(f"{what} cannot be written: {problem}; {cure}") from problem
        if batch is not None:
            suspects = _spoken_of(batch, problem)
            message = f"{what}: {_named(batch, suspects, problem)}"
            raise BatchRefused(message, _said(problem), frozenset(suspects)) from problem
        raise


def _said(problem: ClientError) -> str:
    message = str(problem.response.get("Error", {}).get("Message", "")) or str(problem)
    return f"{error_code(problem)}: {message}"


def _spoken_of(batch: Batch, problem: ClientError) -> list[int]:
    """Give the places in a batch of the rrsets that Route 53 complains of."""
    said = _said(problem)
    return [
        place
        for place, change in enumerate(batch.changes)
        if _speaks_of(said, str(change.rrset["Name"]))
        or any(f"'{value}'" in said for value in values_of(change.rrset))
    ]


def _named(batch: Batch, suspects: list[int], problem: ClientError) -> str:
    """Say which rrsets of a batch Route 53 complains of, and how."""
    rrsets = [change.rrset for change in batch.changes]
    names = list(dict.fromkeys(f"{rrsets[n]['Name']} {rrsets[n]['Type']}" for n in suspects))
    shown = ", ".join(names[:NAMED_MOST]) or f"one of {len(batch.changes)} changes"
    more = f" and {len(names) - NAMED_MOST} more" if len(names) > NAMED_MOST else ""
    return (
        f"Route 53 refused {shown}{more}, and with it the whole batch of "
        f"{len(batch.changes)} changes: {_said(problem)}"
    )


def _speaks_of(said: str, name: str) -> bool:
    """Tell whether a name stands in a sentence by itself, with or without its last dot."""
    pattern = rf"(?<![^\s'\"\[(,=]){re.escape(name.rstrip('.'))}\.?(?![\w.-])"
    return re.search(pattern, said) is not None


class Route53Account:
    """A SourceAccount; `what` says whose."""

    def __init__(self, client: Any, what: str, *, sleep: Sleep = time.sleep) -> None:
        self._client, self._what, self._sleep = client, what, sleep

    def hosted_zones(self) -> list[HostedZone]:
        return Route53HostedZones(self._client, self._what, sleep=self._sleep).list()

    def hosted_zones_named(self, apex: str) -> list[HostedZone]:
        def read() -> list[HostedZone]:
            with source_calls(self._what):
                answer = self._client.list_hosted_zones_by_name(DNSName=name)
            return [hosted_zone(zone) for zone in answer["HostedZones"] if zone["Name"] == name]

        name = route53_text(parse_name(apex))
        return _patiently(read, self._sleep)

    def health_checks(self) -> frozenset[str]:
        return self._ids("list_health_checks", "HealthChecks")

    def cidr_collections(self) -> frozenset[str]:
        return self._ids("list_cidr_collections", "CidrCollections")

    def _ids(self, operation: str, found: str) -> frozenset[str]:
        def read() -> frozenset[str]:
            with source_calls(self._what):
                pages = self._client.get_paginator(operation).paginate()
                return frozenset(str(each["Id"]) for page in pages for each in page[found])

        return _patiently(read, self._sleep)

    def made_before(self, apex: str, references: Collection[str]) -> NewHostedZone | None:
        name = route53_text(parse_name(apex))

        def find() -> str | None:
            with source_calls(self._what):
                answer = self._client.list_hosted_zones_by_name(DNSName=name)
            named = (zone for zone in answer["HostedZones"] if zone["Name"] == name)
            ids = (str(zone["Id"]) for zone in named if zone["CallerReference"] in references)
            return next(ids, None)

        found = _patiently(find, self._sleep)
        return self._described(found) if found else None

    def _described(self, id: str) -> NewHostedZone:
        def read() -> NewHostedZone:
            with source_calls(self._what):
                return _new_hosted_zone(self._client.get_hosted_zone(Id=id))

        return _patiently(read, self._sleep)

    def make(
        self, apex: str, reference: str, comment: str, vpc: tuple[str, str] | None
    ) -> NewHostedZone:
        request: dict[str, Any] = {
            "Name": route53_text(parse_name(apex)),
            "CallerReference": reference,
            "HostedZoneConfig": {"Comment": comment[:256], "PrivateZone": vpc is not None},
        }
        if vpc is not None:
            request["VPC"] = {"VPCRegion": vpc[0], "VPCId": vpc[1]}

        def send() -> NewHostedZone:
            with source_calls(self._what), _refusals(self._what, ""):
                try:
                    return _new_hosted_zone(self._client.create_hosted_zone(**request))
                except ClientError as problem:
                    if error_code(problem) != "HostedZoneAlreadyExists":
                        raise
                    raise ReferenceTaken(f"{self._what}: {problem}") from problem

        return _patiently(send, self._sleep)


def _new_hosted_zone(answer: Any) -> NewHostedZone:
    zone = answer["HostedZone"]
    private = zone.get("Config", {}).get("PrivateZone", False)
    servers = [] if private else answer.get("DelegationSet", {}).get("NameServers", [])
    names = sorted(canonical_text(parse_route53_name(name)) for name in servers)
    return NewHostedZone(str(zone["Id"]).removeprefix("/hostedzone/"), tuple(names))
