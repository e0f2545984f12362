"""Listings that wait to be finished, held against memory and DynamoDB alike."""

import json
import zlib
from random import Random
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.fakes.memory import MemoryParkedListings, MemorySource
from zonemesh.aws.parked import KEPT_FOR, SLICE_BYTES, DynamoParkedListings
from zonemesh.aws.route53 import Route53Source
from zonemesh.aws.sessions import Clients
from zonemesh.aws.table import Table
from zonemesh.errors import SourceThrottled
from zonemesh.long_listing import ListingUnfinished, LongListing, unpacked
from zonemesh.ports import ParkedListing, ParkedListings, ZoneSource

ZONE = "route53:main:example.com."
RANDOM = Random(7).randbytes(3 * SLICE_BYTES + 17)


@pytest.fixture(params=["memory", "dynamodb"])
def parked(request: pytest.FixtureRequest) -> ParkedListings:
    if request.param == "memory":
        return MemoryParkedListings()
    return DynamoParkedListings(request.getfixturevalue("table"))


def listing(size: int, started: int = 1000, hosted_zone: str = "Z1") -> ParkedListing:
    return ParkedListing(hosted_zone, started, f"cursor-{size}", RANDOM[:size])


def test_nothing_is_parked_at_first(parked: ParkedListings) -> None:
    assert parked.load(ZONE) is None
    parked.clear(ZONE)
    assert parked.load(ZONE) is None


@pytest.mark.parametrize("size", [1, SLICE_BYTES - 1, SLICE_BYTES, SLICE_BYTES + 1, len(RANDOM)])
def test_a_listing_of_any_size_is_read_back(parked: ParkedListings, size: int) -> None:
    parked.save(ZONE, listing(size))
    assert parked.load(ZONE) == listing(size)
    assert parked.load("route53:main:example.net.") is None


def test_a_listing_grows_and_gives_way_to_another(parked: ParkedListings) -> None:
    sizes = [5, SLICE_BYTES - 1, SLICE_BYTES, 2 * SLICE_BYTES + 3, len(RANDOM)]
    for size in sizes:
        parked.save(ZONE, listing(size))
        assert parked.load(ZONE) == listing(size)
    parked.save(ZONE, listing(9, started=2000))
    assert parked.load(ZONE) == listing(9, started=2000)
    parked.save(ZONE, listing(7, started=2000, hosted_zone="Z2"))
    assert parked.load(ZONE) == listing(7, started=2000, hosted_zone="Z2")


def test_a_listing_that_was_finished_is_forgotten(parked: ParkedListings) -> None:
    parked.save(ZONE, listing(9))
    parked.clear(ZONE)
    assert parked.load(ZONE) is None


def test_appending_writes_what_is_new(table: Table) -> None:
    parked = DynamoParkedListings(table)
    parked.save(ZONE, listing(2 * SLICE_BYTES))
    written: list[str] = []
    put = table.put

    def noting(request: Any) -> bool:
        written.append(request.item["sk"])
        return put(request)

    table.put = noting  # type: ignore[method-assign]
    parked.save(ZONE, listing(2 * SLICE_BYTES + 5))
    assert written == ["listing#1000#000002", "listing"]


def test_a_crash_before_the_root_leaves_what_was_parked_before(table: Table) -> None:
    parked = DynamoParkedListings(table)
    parked.save(ZONE, listing(10))
    put = table.put

    def crash(request: Any) -> bool:
        if request.item["sk"] == "listing":
            raise SystemExit
        return put(request)

    table.put = crash  # type: ignore[method-assign]
    with pytest.raises(SystemExit):
        parked.save(ZONE, listing(SLICE_BYTES + 10))
    table.put = put  # type: ignore[method-assign]
    assert parked.load(ZONE) == listing(10)


def test_a_listing_without_one_of_its_slices_is_none(table: Table) -> None:
    parked = DynamoParkedListings(table)
    parked.save(ZONE, listing(len(RANDOM)))
    table.delete((f"zone#{ZONE}", "listing#1000#000001"))
    assert parked.load(ZONE) is None


def test_a_listing_expires(table: Table) -> None:
    now = [1_790_000_000]
    parked = DynamoParkedListings(table, clock=lambda: now[0])
    parked.save(ZONE, listing(9))
    now[0] += KEPT_FOR
    assert parked.load(ZONE) == listing(9)
    now[0] += 1
    assert parked.load(ZONE) is None


# The source's side: a listing stops at a page and goes on there.


def rrsets(count: int) -> list[dict[str, Any]]:
    return [
        {
            "Name": f"h{number:04}.example.com.",
            "Type": "TXT",
            "TTL": 300,
            "ResourceRecords": [{"Value": '"\\344 \\"quoted\\""'}],
        }
        for number in range(count)
    ]


def stopped(source: ZoneSource, parked: ParkedListing | None, pages: int) -> ListingUnfinished:
    left = [pages]

    def in_time() -> bool:
        left[0] -= 1
        return left[0] > 0

    with pytest.raises(ListingUnfinished) as unfinished:
        list(LongListing(source, parked, in_time).listing())
    return unfinished.value


def test_a_listing_in_parts_is_the_listing() -> None:
    source = MemorySource("example.com.", rrsets(100), page_size=7)
    parked = None
    for pages in (1, 3, 5):
        rest = stopped(source, parked, pages)
        parked = ParkedListing("Z1", 1, rest.cursor, rest.packed)
    calls = source.calls
    listed = list(LongListing(source, parked, lambda: True).listing())
    assert listed == rrsets(100)
    assert source.calls - calls == 100 // 7 + 1 - 9
    assert parked is not None
    assert list(unpacked(parked.packed)) == rrsets(63)


def test_a_throttle_before_any_page_is_the_caller_s_and_later_one_parks() -> None:
    source = MemorySource("example.com.", rrsets(20), page_size=7)
    source.problems.append(SourceThrottled("Rate exceeded"))
    with pytest.raises(SourceThrottled):
        list(LongListing(source, None, lambda: True).listing())
    rest = stopped(source, None, 1)
    parked = ParkedListing("Z1", 1, rest.cursor, rest.packed)
    source.problems.append(SourceThrottled("Rate exceeded"))
    with pytest.raises(SourceThrottled):  # got on no further than what is parked
        list(LongListing(source, parked, lambda: True).listing())
    source.problems.extend([None, SourceThrottled("Rate exceeded")])
    with pytest.raises(ListingUnfinished) as unfinished:
        list(LongListing(source, parked, lambda: True).listing())
    assert list(unpacked(unfinished.value.packed)) == rrsets(14)


def test_route_53_goes_on_at_the_rrset_that_a_page_ended_before(clients: Clients) -> None:
    route53 = clients.client("route53")
    answer = {
        "ResourceRecordSets": rrsets(1),
        "IsTruncated": True,
        "NextRecordName": r"\052.example.com.",
        "NextRecordType": "A",
        "NextRecordIdentifier": "blue",
        "MaxItems": "300",
    }
    last = {"ResourceRecordSets": rrsets(1), "IsTruncated": False, "MaxItems": "300"}
    first = {"HostedZoneId": "Z1", "MaxItems": "300"}
    following = first | {
        "StartRecordName": r"\052.example.com.",
        "StartRecordType": "A",
        "StartRecordIdentifier": "blue",
    }
    source: ZoneSource = Route53Source(route53, "Z1", "example.com.")
    with Stubber(route53) as stub:
        stub.add_response("list_resource_record_sets", answer, first)
        page = next(source.listed_pages())
        assert page.cursor is not None
        stub.add_response("list_resource_record_sets", last, following)
        assert [page.cursor for page in source.listed_pages(page.cursor)] == [None]
        stub.assert_no_pending_responses()


def test_packed_listings_stand_one_after_the_other() -> None:
    runs = [rrsets(10), [], rrsets(3)]
    packed = b"".join(
        zlib.compress(b"".join(json.dumps(rrset).encode() + b"\n" for rrset in run)) for run in runs
    )
    assert list(unpacked(packed)) == rrsets(10) + rrsets(3)
