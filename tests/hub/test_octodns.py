"""Zones published through octoDNS to a real PowerDNS and a real BIND taking updates (RFC 2136)."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.servers.bind import bind_is_missing
from local.servers.powerdns import powerdns_is_missing
from tests.hub.octodns_world import (
    APEX,
    EVERYTHING,
    BindPlace,
    Place,
    PowerDnsPlace,
    as_records,
    bind_place,
    powerdns_place,
    rrsets_of,
    story_at,
)
from tests.hub.world import key_of
from zonemesh.route53.words import remark_line
from zonemesh.targets.ports import Approval, Order, Outcome, TargetFailed

# The providers of today use what octoDNS 2.0 will not have.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED.*2.0:DeprecationWarning")

KEY = key_of(APEX)
NS = ["@ 3600 NS ns1.example.net.", "@ 3600 NS ns2.example.net."]
HOSTS = [*NS, *(f"h{number:02d} 300 A 192.0.2.{number}" for number in range(1, 21))]
LOOK = Order(listed=True)


@pytest.fixture(autouse=True)
def _needs_servers() -> None:
    if missing := powerdns_is_missing() or bind_is_missing():
        pytest.fail(missing)


@pytest.fixture(params=[powerdns_place, bind_place], ids=["powerdns", "bind"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with request.param(tmp_path) as place:
        yield place


@pytest.fixture
def powerdns(tmp_path: Path) -> Iterator[PowerDnsPlace]:
    with powerdns_place(tmp_path) as place:
        yield place


@pytest.fixture
def bind(tmp_path: Path) -> Iterator[BindPlace]:
    with bind_place(tmp_path) as place:
        yield place


def records(lines: list[str]) -> set[str]:
    return as_records(rrsets_of(lines))


def told(remarks) -> str:
    return "\n".join(map(remark_line, remarks))


def counts(outcome: Outcome) -> tuple[int, int, int]:
    return outcome.created, outcome.changed, outcome.deleted


def test_every_record_is_there_or_in_the_report(place):
    story = story_at(place)
    outcome = story.put(EVERYTHING)
    without = {"quoted", "bytes", "a\\.b", "unknown"}
    faithful = [line for line in EVERYTHING if line.split(" ")[0] not in {*without, "cut"}]
    assert place.records() == records([*faithful, 'cut 300 TXT "one two"'])
    reported = told(outcome.lost)
    for owner in ("quoted", "bytes", "a\\046b", "unknown"):
        assert f"{owner}.{APEX} " in reported
    assert 'cut.example.com. TXT: its strings are joined and cut anew: "one two"' in reported
    assert len(outcome.lost) == 5


def test_the_same_again_writes_nothing_and_one_edit_writes_one_record(place):
    story = story_at(place)
    first = story.put(EVERYTHING)
    assert first.batches and first.listed
    again = story.put(EVERYTHING)
    assert counts(again) == (0, 0, 0) and not again.batches and again.listed
    edited = story.put([*EVERYTHING, "new 60 A 192.0.2.77"])
    assert counts(edited) == (1, 0, 0) and not edited.drift
    assert "new.example.com. 60 A 192.0.2.77" in place.records()


def test_what_was_published_and_is_clean_is_not_listed_again(place):
    story = story_at(place)
    snapshot = story.snapshot(HOSTS)
    story.again(snapshot)
    again = story.again(snapshot)
    assert not again.listed and not again.written and again.published == story.base
    assert story.again(snapshot, LOOK).listed


def test_a_name_that_changes_its_type_is_never_half_of_each(place):
    story = story_at(place)
    story.put([*HOSTS, "www 60 CNAME web.example.net.", "app 60 A 192.0.2.30"])
    switched = [*HOSTS, "www 60 A 192.0.2.31", "app 60 CNAME web.example.net."]
    outcome = story.put(switched)
    assert place.records() == records(switched)
    assert not outcome.lost and counts(outcome) == (2, 0, 2)


def test_records_of_other_tools_stay(place):
    story = story_at(place, ignore=["_acme-challenge.* TXT", "*-owner.*"])
    story.put(HOSTS)
    place.meddle('_acme-challenge.www 60 TXT "token"', 'h01-owner 60 TXT "heritage=external-dns"')
    outcome = story.put([*HOSTS, '_acme-challenge.h02 60 TXT "the source\'s own"'])
    assert counts(outcome) == (0, 0, 0) and not outcome.drift
    assert "_acme-challenge.h02.example.com. TXT: another tool's (`ignore`)" in told(outcome.left)
    there = place.records() - records(HOSTS)
    assert there == records(
        ['_acme-challenge.www 60 TXT "token"', 'h01-owner 60 TXT "heritage=external-dns"']
    )


def test_with_upsert_only_nothing_is_deleted(place):
    story = story_at(place, mode="upsert-only")
    story.put(HOSTS)
    fewer = [*HOSTS[:-1], "h01 60 A 192.0.2.1"]
    fewer.remove("h01 300 A 192.0.2.1")
    outcome = story.put(fewer)
    assert counts(outcome) == (0, 1, 0)
    assert "h20.example.com. A: is not deleted (`upsert-only`)" in told(outcome.left)
    assert place.records() == records([*fewer, HOSTS[-1]])


def test_too_much_is_held_until_it_is_approved(place):
    story = story_at(place)
    story.put(HOSTS)
    snapshot = story.snapshot(HOSTS[:8])
    held = story.again(snapshot)
    assert held.held and held.held.deleted == 14 and not held.written
    assert "`guard.removed`: 30 %" in held.held.reasons[0] and "`other`" in held.held.reasons[0]
    assert place.records() == records(HOSTS)
    less = Order(approval=Approval(snapshot.serial, changed=0, deleted=13))
    assert story.again(snapshot, less).held
    outcome = story.again(snapshot, Order(approval=Approval(snapshot.serial, 0, 14)))
    assert outcome.held is None and counts(outcome) == (0, 0, 14)
    assert place.records() == records(HOSTS[:8])


def test_drift_is_told_and_repaired(place):
    story = story_at(place)
    story.put(HOSTS)
    place.meddle("h01 300 A 203.0.113.1", "stray 300 A 203.0.113.2", drop=["h02 A"])
    outcome = story.again(story.store.snapshot(KEY, story.serial), LOOK)
    assert counts(outcome) == (1, 1, 1) and outcome.repaired
    drift = told(outcome.drift)
    assert "h01.example.com. A: was changed there to 203.0.113.1" in drift
    assert "h02.example.com. A: was deleted there" in drift
    assert "stray.example.com. A: was added there" in drift
    assert place.records() == records(HOSTS)


def test_drift_can_be_left_and_told_while_edits_go_on(place):
    story = story_at(place, drift="report")
    story.put(HOSTS)
    place.meddle("h01 300 A 203.0.113.1", "h03 300 A 203.0.113.3")
    edited = [line.replace("h03 300", "h03 60") for line in HOSTS]
    outcome = story.put(edited)
    assert counts(outcome) == (0, 1, 0) and not outcome.repaired
    assert told(outcome.drift) == "h01.example.com. A: was changed there to 203.0.113.1"
    later = story.put([*edited, "new 60 A 192.0.2.77"])
    assert counts(later) == (1, 0, 0)
    assert told(later.drift) == "h01.example.com. A: was changed there to 203.0.113.1"
    assert "h01.example.com. 300 A 203.0.113.1" in place.records()
    assert "h03.example.com. 60 A 192.0.2.3" in place.records()


def test_a_new_zone_gets_the_name_servers_and_keeps_its_own_later(powerdns):
    story = story_at(powerdns)
    story.put(HOSTS)
    assert powerdns.records() == records(HOSTS)
    powerdns.meddle("@ 3600 NS ns.example.org.")
    outcome = story.put(["@ 3600 NS ns3.example.net.", *HOSTS[2:]])
    assert counts(outcome) == (0, 0, 0) and not outcome.drift
    assert told(outcome.left) == "example.com. NS: is left alone (`apex_ns`)"
    story.more["apex_ns"] = True
    outcome = story.put(["@ 3600 NS ns3.example.net.", *HOSTS[2:]])
    assert counts(outcome) == (0, 1, 0)
    assert powerdns.records() == records(["@ 3600 NS ns3.example.net.", *HOSTS[2:]])


def test_one_refused_record_keeps_no_other_from_being_published(bind):
    # BIND looks into the substitution: `\1` needs a group in the expression (RFC 3402 3.2).
    bad = r'sip 300 NAPTR 100 10 "U" "E2U+sip" "!^.*$!sip:\\1@example.com!" .'
    story = story_at(bind)
    outcome = story.put([*HOSTS, bad])
    assert bind.records() == records(HOSTS)
    assert told(outcome.lost).startswith("sip.example.com. NAPTR: the provider refuses it: ")
    assert outcome.created == 20 and outcome.published
    assert outcome.published.lost == ("sip.example.com.",)
    again = story.again(story.store.snapshot(KEY, story.serial), LOOK)
    assert again.lost and not again.drift and not again.written
    better = story.put([*HOSTS, bad.replace("^.*$", "^(.*)$")])
    assert counts(better) == (1, 0, 0) and not better.lost


def test_what_cannot_be_reached_or_is_refused_is_told_without_secrets(place):
    story = story_at(place)
    story.put(HOSTS)
    for name, secret in {"api_key": "c" * 32, "key_secret": "d2hhdGV2ZXI="}.items():
        if name in story.secrets:
            story.secrets[name] = secret
            with pytest.raises(TargetFailed, match="target `other`: cannot be listed") as problem:
                story.put(HOSTS[:-1])
            assert secret not in str(problem.value)
    story = story_at(place)
    story.settings["port"] = 1  # tcpmux; nobody
    with pytest.raises(TargetFailed, match=r"target `other`.*[Rr]efused"):
        story.put(HOSTS)
    assert place.records() == records(HOSTS)


def test_after_many_random_edits_the_provider_has_exactly_the_zone(place):
    chosen = random.Random(5)
    story = story_at(place, guard={"removed": 100, "changed": 100})
    zone = {line.split(" ")[0]: line for line in HOSTS[2:]}
    for _ in range(15):
        for _ in range(chosen.randint(1, 4)):
            owner = f"h{chosen.randint(1, 40):02d}"
            zone.pop(owner, None)
            if data := some_data(chosen):
                zone[owner] = f"{owner} {data}"
        outcome = story.put([*NS, *zone.values()])
        assert not outcome.lost and not outcome.drift
    assert place.records() == records([*NS, *zone.values()])


def some_data(chosen: random.Random) -> str | None:
    """Give TTL, type and data; a long TXT cut as octoDNS cuts it."""
    text = f"{chosen.random()} {'x' * chosen.randint(0, 600)}"
    strings = " ".join(f'"{text[at : at + 255]}"' for at in range(0, len(text), 255))
    return chosen.choice(
        [
            f"{chosen.randint(0, 900)} A 192.0.2.{chosen.randint(1, 250)}",
            "60 CNAME web.example.net.",
            f"300 TXT {strings}",
            f'300 TXT "v=DKIM1; t={chosen.random()}"',
            None,
        ]
    )
