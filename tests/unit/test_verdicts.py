"""What a secondary's answers say about it, step by step, with no secondary."""

import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub_container.configuration import Secondary
from hub_container.limits import too_much
from hub_container.refusals import Refusals
from hub_container.tsig import TsigKey
from hub_container.verdicts import (
    BAD_KEY,
    BAD_SIGNATURE,
    BAD_TIME,
    MOST_LACKED,
    NO_ANSWER,
    Refusal,
    Reply,
    Seen,
    State,
    Told,
    Verdict,
    after,
    verdict,
)

ACKNOWLEDGED = Reply("NOERROR")
SILENCE = Reply(failure=NO_ANSWER)
TEN_MINUTES = 600.0


def serial(number: int) -> Reply:
    return Reply("NOERROR", number)


def seen_after(*steps: tuple[float, Told]) -> Seen:
    seen = None
    for at, told in steps:
        seen = after(seen, told, at)
    assert seen is not None
    return seen


def told(number: int, **fields: object) -> Told:
    return Told("z", "ns", number, **fields)  # type: ignore[arg-type]


def judged(
    notified: Reply | None, answered: Reply | None, too_much: str | None = None, at: float = 60.0
) -> Verdict:
    """Judge a secondary that was told of serial 5 at 0 and is as given at a later time."""
    later = told(5, tries=4, notified=notified, answered=answered, too_much=too_much)
    return verdict(seen_after((0.0, told(5)), (at, later)))


def test_one_that_was_never_heard_of_is_unknown() -> None:
    assert verdict(seen_after((7.0, told(5)))) == Verdict(State.UNKNOWN, "", 1, 7.0)


def test_one_that_serves_ours_is_current() -> None:
    assert judged(ACKNOWLEDGED, serial(5)) == Verdict(State.CURRENT)


def test_one_that_is_behind_lacks_serials_since_the_oldest_of_them() -> None:
    seen = seen_after(
        (10.0, told(5, tries=1, notified=ACKNOWLEDGED, answered=serial(5))),
        (20.0, told(6)),
        (30.0, told(7)),
        (40.0, told(8, tries=1, notified=ACKNOWLEDGED, answered=serial(6))),
    )
    found = verdict(seen)
    assert (found.state, found.lacks, found.since) == (State.BEHIND, 2, 30.0)
    seen = after(seen, told(8, tries=2, notified=ACKNOWLEDGED, answered=serial(8)), 50.0)
    assert verdict(seen) == Verdict(State.CURRENT)


def test_a_moment_after_a_change_nothing_is_suspected() -> None:
    seen = seen_after(
        (10.0, told(5, tries=1, notified=ACKNOWLEDGED, answered=serial(5))),
        (20.0, told(6)),
        (20.1, told(6, tries=1, notified=ACKNOWLEDGED, answered=serial(5))),
    )
    assert verdict(seen) == Verdict(State.BEHIND, "", 1, 20.0)


@pytest.mark.parametrize(
    ("notified", "answered", "state", "words"),
    [
        (ACKNOWLEDGED, serial(4), State.BEHIND, "TSIG key"),
        (Reply("REFUSED"), serial(4), State.BEHIND, "allow-notify"),
        (Reply("NOTAUTH"), serial(4), State.BEHIND, "allow-notify"),
        (SILENCE, serial(4), State.BEHIND, "answers queries but not NOTIFY"),
        (Reply(failure=BAD_KEY), serial(4), State.BEHIND, "with BADKEY: let it take NOTIFY"),
        (Reply(failure="cut"), serial(4), State.BEHIND, "NOTIFY: cut"),
        (ACKNOWLEDGED, Reply("SERVFAIL"), State.BEHIND, "has expired"),
        (Reply("REFUSED"), Reply("SERVFAIL"), State.BEHIND, "allow-notify"),
        (Reply("REFUSED"), serial(5), State.CURRENT, "SOA refresh only"),
        (ACKNOWLEDGED, serial(6), State.AHEAD, "serves 6, which is newer than 5"),
        (ACKNOWLEDGED, serial(5 + 2**31), State.AHEAD, "cannot be compared"),
        (Reply("NOTAUTH"), Reply("REFUSED"), State.REFUSED, "no secondary for this zone"),
        (Reply("NOTAUTH"), Reply("NOTAUTH"), State.REFUSED, "no secondary for this zone"),
        (Reply("NOTIMP"), Reply("NOERROR"), State.REFUSED, "answers no SOA"),
        (ACKNOWLEDGED, Reply("NOERROR", cached=True), State.REFUSED, "resolver"),
        (ACKNOWLEDGED, Reply("REFUSED"), State.UNKNOWN, "allow-query"),
        (SILENCE, Reply("REFUSED", unsigned=True), State.REFUSED, "without a signature"),
        (ACKNOWLEDGED, SILENCE, State.UNKNOWN, "no query for the SOA"),
        (Reply(failure=BAD_KEY), Reply(failure=BAD_KEY), State.REFUSED, "BADKEY"),
        (SILENCE, Reply(failure=BAD_SIGNATURE), State.REFUSED, "secret"),
        (SILENCE, Reply(failure=BAD_TIME), State.REFUSED, "clock"),
        (SILENCE, SILENCE, State.UNREACHABLE, "nothing comes back"),
        (None, SILENCE, State.UNREACHABLE, "nothing comes back"),
        (SILENCE, Reply(failure="this hub cannot send to it: no route"), State.UNREACHABLE, "no"),
    ],
)
def test_states_and_causes(
    notified: Reply | None, answered: Reply, state: State, words: str
) -> None:
    found = judged(notified, answered)
    assert found.state is state
    assert words in found.cause


def test_limits_are_suspected_where_the_zone_has_more_and_notify_is_taken() -> None:
    large = "more than 100 TXT records at big.example.com."
    for answer in (serial(4), Reply("SERVFAIL")):
        assert large in judged(ACKNOWLEDGED, answer, large).cause
        assert "max-records-per-type" in judged(ACKNOWLEDGED, answer, large).cause
    assert "max-records" not in judged(Reply("REFUSED"), serial(4), large).cause
    assert judged(ACKNOWLEDGED, serial(5), large).cause == ""


def test_a_transfer_that_was_refused_here_goes_before_the_limits() -> None:
    def cause(refusal: Refusal, too_much: str = "") -> str:
        later = told(
            5,
            tries=4,
            notified=ACKNOWLEDGED,
            answered=serial(4),
            too_much=too_much,
            refusal=refusal,
        )
        return verdict(seen_after((0.0, told(5)), (60.0, later))).cause

    own = Refusal("192.0.2.1", "no acl matches", known=True)
    assert "transfer to 192.0.2.1 was refused here (no acl matches)" in cause(own, "a lot")
    strange = Refusal("198.51.100.7", "no acl matches", known=False)
    assert "198.51.100.7 was refused here: is that it?" in cause(strange)
    assert "a lot" in cause(strange, "a lot")


def test_refused_transfers_are_read_from_what_nsd_logs() -> None:
    refusals = Refusals()
    key = TsigKey("k.", "hmac-sha256", "c2VjcmV0")
    secondary = Secondary("ns", "192.0.2.1", 53, ("2001:db8::/32",), key)
    refusals.said("[2026-11-23] nsd[7]: info: axfr for example.com. from 192.0.2.1")
    refusals.said("[2026-11-23] nsd[7]: info: notify for example.com. from 192.0.2.1 refused, x")
    assert refusals.of("example.com.", secondary) is None
    for address in ("198.51.100.7", "2001:db8::9", "/unix"):
        refusals.said(f"nsd[7]: info: ixfr for Example.com. from {address} refused, no acl matches")
    assert refusals.of("example.com.", secondary) == Refusal(
        "2001:db8::9", "no acl matches", known=True
    )
    assert refusals.of("example.org.", secondary) is None
    elsewhere = replace(secondary, networks=())
    assert refusals.of("example.com.", elsewhere) == Refusal(
        "198.51.100.7", "no acl matches", known=False
    )


def test_what_was_refused_before_a_serial_was_served_does_not_explain_that_it_lacks() -> None:
    secondary = Secondary("ns", "192.0.2.53", 53, (), None)
    refusals = Refusals()
    refusals.said("nsd[7]: info: axfr for example.com. from 192.0.2.53 refused, no acl matches")
    assert refusals.of("example.com.", secondary, since=time.time() - 1) is not None
    assert refusals.of("example.com.", secondary, since=time.time() + 1) is None


def test_scans_push_out_the_oldest_refusals_only() -> None:
    refusals, secondary = Refusals(), Secondary("ns", "192.0.2.1", 53, (), None)
    refusals.said("nsd[7]: info: axfr for old.example. from 192.0.2.1 refused, no acl matches")
    for number in range(1500):
        refusals.said(f"nsd[7]: info: axfr for z{number}.example. from 192.0.2.1 refused, no")
    assert refusals.of("old.example.", secondary) is None
    assert refusals.of("z1499.example.", secondary) is not None


def test_what_was_too_much_is_so_until_it_is_looked_for_again() -> None:
    seen = seen_after((0.0, told(5, tries=3, notified=ACKNOWLEDGED, too_much="a lot")))
    seen = after(seen, told(6, tries=1, notified=ACKNOWLEDGED, answered=serial(4)), 60.0)
    assert "a lot" in verdict(seen).cause
    seen = after(seen, told(6, tries=3, notified=ACKNOWLEDGED, too_much=""), 61.0)
    assert "a lot" not in verdict(seen).cause


def test_one_that_went_silent_lacks_what_was_served_since() -> None:
    seen = seen_after(
        (10.0, told(5, tries=1, notified=ACKNOWLEDGED, answered=serial(5))),
        (TEN_MINUTES, told(5, answered=SILENCE)),
    )
    found = verdict(seen)
    assert (found.state, found.lacks, found.since) == (State.UNREACHABLE, 0, TEN_MINUTES)
    assert seen.holds == 5
    found = verdict(after(seen, told(6, tries=1, notified=SILENCE), 2 * TEN_MINUTES))
    assert (found.state, found.lacks, found.since) == (State.UNREACHABLE, 1, 2 * TEN_MINUTES)


def test_one_that_dropped_the_zone_lacks_what_it_had() -> None:
    seen = seen_after(
        (10.0, told(5, tries=1, notified=ACKNOWLEDGED, answered=serial(5))),
        (20.0, told(5, answered=Reply("REFUSED"), notified=Reply("NOTAUTH"))),
    )
    assert (verdict(seen).state, seen.holds, verdict(seen).lacks) == (State.REFUSED, None, 1)


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1))
def test_what_is_lacked_is_bounded_and_never_what_is_held(steps: list[tuple[int, int]]) -> None:
    seen: Seen | None = None
    for at, (ours, theirs) in enumerate(steps):
        before = seen
        seen = after(seen, told(ours, tries=1, answered=serial(theirs)), float(at))
        assert len(seen.lacked) <= MOST_LACKED
        assert all(entry.serial > theirs for entry in seen.lacked)
        assert (verdict(seen).state is State.BEHIND) == (ours > theirs)
        assert (verdict(seen).state is State.CURRENT) == (ours == theirs)
        assert (verdict(seen).since is None) == (ours == theirs)
        if before and before.lacked and verdict(seen).state is State.BEHIND:
            assert verdict(seen).since is not None


def test_what_is_lacked_without_end_keeps_its_beginning() -> None:
    seen = seen_after(*((float(number), told(number)) for number in range(1, 500)))
    assert (verdict(seen).since, verdict(seen).lacks) == (1.0, MOST_LACKED)
    assert seen.lacked[-1].serial == 499
    assert replace(seen, lacked=()).lacked == ()


def lines(owner: str, rdtype: str, count: int) -> list[bytes]:
    return [f"{owner} 60 IN {rdtype} {number}\n".encode() for number in range(count)]


def test_rrsets_beyond_the_limits_are_named() -> None:
    fits = lines("a.example.", "TXT", 100) + lines("a.example.", "A", 100)
    assert too_much(fits + lines("b.example.", "A", 100)) == ""
    assert too_much([*fits, *lines("b.example.", "A", 101)]) == (
        "more than 100 A records at b.example."
    )


def test_names_with_too_many_types_are_named() -> None:
    types = [line for number in range(100) for line in lines("a.example.", f"TYPE{number}", 1)]
    assert too_much(types + lines("b.example.", "A", 1)) == ""
    assert too_much(types + lines("a.example.", "TYPE65000", 1)) == (
        "more than 100 types at a.example."
    )
