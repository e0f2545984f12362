"""A zone that comes signed is served as it came, under its primary's serial, or it waits."""

from datetime import UTC, datetime

import pytest

from tests.unit.test_record_pulled import APEX, KEY, NOW, World
from zonemesh.approve import approve
from zonemesh.errors import HeadMoved
from zonemesh.snapshot import Snapshot

DAY = 86_400
HOSTS = [f"h{number}.example.com. 300 A 192.0.2.{number}" for number in range(20)]


def moment(seconds):
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d%H%M%S}"


def signed(lines, expires=NOW + 14 * DAY, key="AAAA", first=None):
    """Sign the A records of some hosts, the first one until another time."""
    made = [*lines, f"{APEX} 900 DNSKEY 257 3 13 {key}", f"{APEX} 0 NSEC3PARAM 1 0 0 -"]
    for number, line in enumerate(lines):
        owner = line.split(" ")[0]
        until = first if first is not None and number == 0 else expires
        times = f"{moment(until)} {moment(NOW - DAY)}"
        made.append(f"{owner} 300 RRSIG A 13 3 300 {times} 7 {APEX} {key}")
        made.append(f"{owner} 60 NSEC z.{APEX} A RRSIG NSEC")
        made.append(f"{owner} 60 RRSIG NSEC 13 3 60 {times} 7 {APEX} {key}")
    return made


def test_signatures_are_served_as_they_came():
    world = World(9, signed(HOSTS[:2]))
    world.record()
    times = f"{moment(NOW + 14 * DAY)} {moment(NOW - DAY)}"
    assert f"h1.example.com. 300 IN RRSIG A 13 3 300 {times} 7 example.com. AAAA\n" in (
        world.served()
    )
    assert f"h1.example.com. 60 IN RRSIG NSEC 13 3 60 {times}" in world.served()
    assert f"{APEX} 900 IN DNSKEY 257 3 13 AAAA\n" in world.served()


def test_case_within_records_is_kept():
    world = World(9, signed([*HOSTS[:2], "s.example.com. 60 SRV 0 0 1 Host.Example.COM."]))
    world.record()
    assert "s.example.com. 60 IN SRV 0 0 1 Host.Example.COM.\n" in world.served()


def test_what_an_unsigned_zone_would_leave_out_is_kept():
    odd = "d.example.com. 60 DS 1 8 5 aabb"
    world = World(9, signed([*HOSTS[:2], odd]))
    assert world.record().snapshot.losses == {}
    assert odd.replace(" DS", " IN DS") in world.served()
    world = World(9, [*HOSTS[:2], odd])
    assert world.record().snapshot.losses == {"limit": 1}
    assert odd.replace(" DS", " IN DS") not in world.served()


def test_every_serial_is_the_primarys():
    world = World(9, signed(HOSTS))
    world.record()
    for serial in (10, 2026112301):
        assert world.put(serial, *signed(HOSTS[: serial % 7 + 12])).snapshot.serial == serial


def test_serial_that_went_backwards_waits_and_says_why():
    world = World(100, signed(HOSTS))
    world.record()
    recorded = world.put(50, *signed(HOSTS[1:]))
    assert (recorded.held, recorded.alert) == (True, True)
    assert "serial 50, which is not newer than 100" in recorded.snapshot.concerns[0]
    again = world.record()
    assert (again.held, again.changed) == (True, False)


def test_the_primarys_next_serial_is_free_for_it():
    """What waited under no serial of the primary's must not have taken the one that follows."""
    world = World(100, signed(HOSTS))
    world.record()
    world.put(50, *signed(HOSTS[1:]))
    world.put(51, *signed(HOSTS[2:]))
    recorded = world.put(101, *signed(HOSTS[1:]))
    assert (recorded.held, recorded.snapshot.serial) == (False, 101)
    assert world.store.head(KEY).held is None
    assert world.put(102, *signed(HOSTS)).snapshot.serial == 102


def test_other_content_under_the_same_serial_waits():
    world = World(100, signed(HOSTS))
    world.record()
    recorded = world.put(100, *signed(HOSTS[1:]), whole=True)
    assert recorded.held
    assert "under which other content is served" in recorded.snapshot.concerns[0]


@pytest.mark.parametrize(
    ("policy", "setting"),
    [
        ({"soa": {"refresh": 60, "retry": 30, "expire": 7200}}, "soa"),
        ({"apex_ns": "replace", "name_servers": ["ns9.example.net."]}, "apex_ns"),
    ],
)
def test_policy_that_would_alter_it_holds_it_and_alters_nothing(policy, setting):
    world = World(9, signed(HOSTS))
    world.record()
    world.decide(**policy)
    recorded = world.put(10, *signed(HOSTS[1:]))
    assert recorded.held
    assert f"`{setting}: source`" in recorded.snapshot.concerns[0]
    held = world.text(recorded.snapshot)
    assert "ns9." not in held
    assert "10 3600 600 86400 60\n" in held
    world.decide()
    assert (world.record().held, world.store.head(KEY).serial) == (False, 10)


def test_zone_that_waits_from_the_start_is_not_stored():
    world = World(9, signed(HOSTS), soa={"refresh": 60, "retry": 30, "expire": 7200})
    recorded = world.record()
    assert (recorded.held, recorded.changed) == (True, False)
    assert recorded.snapshot.concerns
    assert world.store.head(KEY) is None


def test_floor_above_the_primarys_serial_holds_it():
    world = World(9, signed(HOSTS))
    recorded = world.record(floor=lambda: [20])
    assert recorded.held
    assert "servers of the zone have a newer one" in recorded.snapshot.concerns[0]
    assert world.record(floor=lambda: [9]).snapshot.serial == 9


def test_signing_anew_is_no_change_to_the_guard():
    world = World(9, signed(HOSTS))
    world.record()
    recorded = world.put(10, *signed(HOSTS, expires=NOW + 30 * DAY, key="BBBB"))
    assert (recorded.held, recorded.snapshot.serial) == (False, 10)
    assert recorded.snapshot.window.count == len(HOSTS) + 2


def test_signatures_do_not_make_a_loss_look_small():
    world = World(9, signed(HOSTS))
    world.record()
    recorded = world.put(10, *signed(HOSTS[:12]))
    assert recorded.held
    assert "8 of 22 rrsets" in recorded.snapshot.concerns[0]
    approve(world.store, KEY, 10)
    assert world.put(11, *signed(HOSTS[:13])).snapshot.serial == 11


def test_earliest_expiry_is_known():
    world = World(9, signed(HOSTS, first=NOW + 3 * DAY))
    assert world.record().snapshot.expires == NOW + 3 * DAY


def test_earliest_expiry_follows_what_is_signed_anew():
    world = World(9, signed(HOSTS, first=NOW + 3 * DAY + 7))
    world.record()
    recorded = world.put(10, *signed(HOSTS, first=NOW + 20 * DAY))
    assert NOW + 14 * DAY - 3600 < recorded.snapshot.expires <= NOW + 14 * DAY
    recorded = world.put(11, *signed(HOSTS, first=NOW + 2 * DAY))
    assert recorded.snapshot.expires == NOW + 2 * DAY
    assert world.primary.asked == ["spool", "since", "since"]


def test_expiry_survives_the_store_and_unsigned_zones_have_none():
    world = World(9, signed(HOSTS, first=NOW + 3 * DAY))
    snapshot = world.record().snapshot
    assert Snapshot.from_json(snapshot.to_json()) == snapshot
    unsigned = World().record().snapshot
    assert unsigned.expires is None
    assert "signatures" not in unsigned.to_json()


def test_zone_that_is_signed_and_unsigned_again():
    world = World(5, HOSTS)
    world.record()
    assert world.put(6, *signed(HOSTS)).snapshot.expires == NOW + 14 * DAY
    recorded = world.put(7, *HOSTS)
    assert (recorded.held, recorded.snapshot.expires) == (False, None)
    assert "RRSIG" not in world.served()


def test_lost_race_starts_over_with_the_primary():
    world = World(5, HOSTS)
    world.record()
    world.primary.put(6, *HOSTS[1:])
    commit, lost = world.store.commit, []

    def loses_once(snapshot, onto):
        if not lost:
            lost.append(snapshot.serial)
            world.primary.put(7, *HOSTS[2:])
            raise HeadMoved("somebody else was first")
        commit(snapshot, onto)

    world.store.commit = loses_once
    assert world.record().snapshot.serial == 7
    assert lost == [6]
