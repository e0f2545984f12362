"""What aliases resolve to, asked every minute: what is recorded and when, and what it costs."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.fakes.answers import MemoryAnswers
from tests.fakes.memory import MemoryResolver, MemorySource
from tests.fakes.plane import MESH, Plane, apex_rrsets, rrset
from zonemesh.errors import SourceRefused, SourceThrottled, StoreUnavailable
from zonemesh.refresh_aliases import FRESH_FOR, NAME_SERVERS_KEPT, Refreshed, refresh
from zonemesh.settle import Memory
from zonemesh.snapshot import Snapshot
from zonemesh.sweep import sweep
from zonemesh.translation.question import Answer, Question, Response, answers_codec
from zonemesh.tree import digests, entries

ELB = "dualstack.lb-1.us-east-1.elb.amazonaws.com."
APEX = "example.com."
WWW = "www.example.com."
MINUTE = 60
PAUSE = 300
FORGET = 1800


def alias(name: str = WWW, target: str = ELB, rdtype: str = "A") -> dict[str, Any]:
    target_of = {"HostedZoneId": "ZELB", "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": rdtype, "AliasTarget": target_of}


class Minutes:
    """A plane with a zone whose alias resolves, and the function that runs every minute."""

    def __init__(
        self,
        *rrsets: dict[str, Any],
        values: Iterable[str] | None = ("192.0.2.1",),
        mesh: str = MESH,
    ) -> None:
        self.plane = Plane(mesh)
        self.answers = MemoryAnswers()
        self.in_time: Callable[[], bool] = lambda: True
        self.tell(values)
        self.zone = self.zone_of("Z1", APEX, *(rrsets or (alias(),)))

    def zone_of(self, hosted_zone: str, apex: str, *rrsets: dict[str, Any]) -> str:
        zone = self.plane.create(hosted_zone, apex, *rrsets)
        sweep(self.plane.control, 600)
        self.plane.list_ordered()
        return zone

    @property
    def resolver(self) -> MemoryResolver:
        return self.plane.ports.resolver("main", self.plane.control.mesh)

    def tell(self, values: Iterable[str] | None, *names: str) -> None:
        """Let the alias, and its target, have some addresses; with None they do not answer."""
        for name in names or (WWW, ELB):
            if values is None:
                self.resolver.told.pop((name, "A"), None)
            else:
                self.resolver.told[name, "A"] = list(values)

    def refresh(self) -> Refreshed:
        return refresh(self.plane.control, self.answers, self.in_time)

    def minutes(self, count: int) -> list[Refreshed]:
        """Let the function run some times; gives what came of each run."""
        made = []
        for _ in range(count):
            self.plane.now += MINUTE
            made.append(self.refresh())
        return made

    def snapshot(self) -> Snapshot:
        return self.plane.ports.store.snapshot(self.zone, self.plane.serial(self.zone))

    def served(self, name: str = WWW) -> list[str]:
        lines = [line.split(" ") for line in self.plane.served(self.zone)]
        return [line[4] for line in lines if line[0] == name and line[3] == "A"]

    def reasons(self) -> list[str]:
        texts = self.plane.ports.store.roots.values()
        return [Snapshot.from_json(text).reason.found_by for text in texts]


def changes(runs: Iterable[Refreshed]) -> list[int]:
    """The minutes, from 1, in which something was recorded."""
    return [minute for minute, made in enumerate(runs, 1) if made.changed]


# What is recorded.


def test_an_alias_that_resolves_as_it_did_costs_no_write_at_all() -> None:
    world = Minutes()
    first = world.snapshot()
    world.minutes(10)
    saves, nodes = len(world.answers.saves), dict(world.plane.ports.store.touched)
    runs = world.minutes(60)
    assert changes(runs) == []
    assert world.snapshot() == first
    assert len(world.answers.saves) == saves
    assert world.plane.ports.store.touched == nodes
    assert (runs[-1].zones, runs[-1].questions, runs[-1].problems) == (1, 1, [])


CACHED = """
integrations: {main: {resolver: {address: 192.0.2.53}}}
zones: [{discover: "*", integration: main}]
"""


def test_a_cache_that_counts_down_costs_no_write_either_and_a_lower_ttl_is_followed() -> None:
    world = Minutes(mesh=CACHED)
    counting = Random(1)

    def minutes(count: int, ttl: int) -> list[Refreshed]:
        runs = []
        for _ in range(count):
            world.resolver.ttl = counting.randint(1, ttl)
            runs += world.minutes(1)
        return runs

    minutes(30, 600)
    saves = len(world.answers.saves)
    assert changes(minutes(200, 600)) == []
    assert len(world.answers.saves) == saves
    assert changes(minutes(200, 60)) != []
    (answer,) = world.answers.load(world.zone).questions.values()
    assert answer.ttl <= 60


def test_a_new_address_is_added_and_the_old_one_leaves_half_an_hour_later() -> None:
    world = Minutes()
    world.minutes(10)
    world.tell(["192.0.2.2"])
    runs = world.minutes(60)
    assert changes(runs) == [1, 1 + FORGET // MINUTE]
    assert world.served() == ["192.0.2.2"]
    assert world.reasons() == ["first", "answers", "answers"]


def test_one_of_two_in_turn_ends_in_both() -> None:
    world = Minutes()
    recorded = []
    for minute in range(120):
        world.tell([f"192.0.2.{1 + minute % 2}"])
        recorded += world.minutes(1)
    assert len(changes(recorded)) == 1
    assert world.served() == ["192.0.2.1", "192.0.2.2"]


def test_eight_of_forty_make_no_more_than_a_serial_in_five_minutes_and_end() -> None:
    world = Minutes()
    pool, recorded = [f"192.0.2.{number}" for number in range(40)], []
    for minute in range(120):
        world.tell([pool[(minute * 8 + each) % 40] for each in range(8)])
        recorded += world.minutes(1)
    at = changes(recorded)
    assert all(later - earlier >= 5 for earlier, later in pairwise(at))
    assert at[-1] <= 15
    assert set(world.served()) == set(pool)


def test_what_changes_within_the_pause_waits_for_its_end() -> None:
    world = Minutes()
    world.minutes(10)
    world.tell(["192.0.2.1", "192.0.2.2"])
    assert changes(world.minutes(1)) == [1]
    world.tell(["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    assert changes(world.minutes(10)) == [PAUSE // MINUTE]
    assert world.served() == ["192.0.2.1", "192.0.2.2", "192.0.2.3"]


def test_an_edit_is_no_end_of_the_pause() -> None:
    world = Minutes()
    world.minutes(10)
    world.tell(["192.0.2.1", "192.0.2.2"])
    world.minutes(1)
    world.answers.kept.clear()  # and the snapshot itself remembers it
    world.tell(["192.0.2.1", "192.0.2.2", "192.0.2.3"])
    assert changes(world.minutes(10)) == [PAUSE // MINUTE]


def test_a_first_answer_does_not_wait() -> None:
    world = Minutes(alias(), alias("api.example.com.", "lb-2.example.net."))
    world.minutes(10)
    world.tell(["192.0.2.1", "192.0.2.2"])
    assert changes(world.minutes(1)) == [1]
    assert world.served("api.example.com.") == []
    world.tell(["192.0.2.9"], "api.example.com.")
    assert changes(world.minutes(1)) == [1]
    assert world.served("api.example.com.") == ["192.0.2.9"]


def test_a_name_that_lost_its_addresses_loses_them_here_half_an_hour_later() -> None:
    world = Minutes()
    world.minutes(5)
    world.tell([])
    assert changes(world.minutes(60)) == [1 + FORGET // MINUTE]
    assert world.served() == []


def test_a_ttl_is_followed_within_its_bounds() -> None:
    world = Minutes()
    world.minutes(10)
    for ttl, recorded in ((20, [1]), (5, []), (600, [1]), (7200, [1]), (86400, [])):
        world.resolver.ttl = ttl
        assert changes(world.minutes(6)) == recorded, ttl


def test_what_is_not_recorded_now_is_recorded_later() -> None:
    world = Minutes()
    world.minutes(10)
    world.tell(["192.0.2.1", "192.0.2.2"])

    def fail(step: str) -> None:
        if step == "commit":
            raise StoreUnavailable("no table")

    world.plane.ports.store.on_step = fail
    (failed,) = world.minutes(1)
    assert failed.problems == ["example.com.: not recorded: no table"]
    world.plane.ports.store.on_step = lambda step: None
    assert changes(world.minutes(1)) == [1]


# Who is asked.


def test_a_fresh_alias_is_asked_by_its_target_and_then_by_its_name_at_route_53() -> None:
    world = Minutes()
    world.resolver.asked.clear()
    world.minutes(1)
    assert world.resolver.asked == [{(ELB, "A")}]
    world.resolver.asked.clear()
    world.plane.now += FRESH_FOR
    world.resolver.servers.clear()
    world.minutes(1)
    assert world.resolver.asked == [{(WWW, "A")}]
    assert world.resolver.servers == [("ns-1.awsdns-00.com.", "ns-2.awsdns-00.net.")]


def test_an_alias_with_another_target_begins_anew() -> None:
    world = Minutes()
    world.minutes(10)
    world.tell(["198.51.100.1"], "lb-2.example.net.")
    world.plane.put("Z1", alias(target="lb-2.example.net."))
    world.plane.control.recorder(world.plane.member(world.zone)).record_owners(
        world.plane.control.zone(world.plane.member(world.zone)),
        world.plane.ports.sources["Z1"],
        [WWW],
        replace(world.snapshot().reason, found_by="event"),
    )
    assert world.served() == ["198.51.100.1"]
    world.resolver.asked.clear()
    world.minutes(1)
    assert world.resolver.asked == [{("lb-2.example.net.", "A")}]
    world.tell(["198.51.100.1"])  # by now Route 53's servers know
    world.minutes(40)
    assert world.served() == ["198.51.100.1"]
    assert {question.target for question in world.answers.kept[world.zone].questions} == {
        "lb-2.example.net."
    }


OBSERVED = """
integrations: {main: {}}
zones:
  - {name: example.com, integration: main, policy: {routing: {weighted: observed}}}
"""


def test_a_fresh_name_that_route_53_does_not_know_yet_is_not_taken_for_an_empty_one() -> None:
    weights = {
        identifier: rrset(WWW) | {"SetIdentifier": identifier, "Weight": 1} for identifier in "ab"
    }
    world = Minutes(*weights.values(), mesh=OBSERVED, values=None)
    world.tell([])
    runs = world.minutes(1)
    assert (runs[0].questions, runs[0].changed) == (1, [])
    (settled,) = world.answers.kept[world.zone].questions.values()
    assert settled.values is None
    world.tell(["192.0.2.1"])
    assert changes(world.minutes(1)) == [1]  # without a pause: it is the first answer
    assert world.served() == ["192.0.2.1"]


def test_a_name_that_route_53_has_nothing_of_is_empty_in_the_end() -> None:
    weights = [rrset(WWW) | {"SetIdentifier": each, "Weight": 1} for each in "ab"]
    world = Minutes(*weights, mesh=OBSERVED, values=None)
    world.tell([])
    assert changes(world.minutes(5)) == [1 + FRESH_FOR // MINUTE]


def name_server_reads(world: Minutes) -> list[str]:
    steps: list[str] = []
    world.plane.ports.sources["Z1"].on_step = steps.append
    return steps


def test_name_servers_are_read_once_a_week() -> None:
    world = Minutes()
    steps = name_server_reads(world)
    world.minutes(30)
    assert steps == ["name_servers"]
    world.plane.now += NAME_SERVERS_KEPT
    world.minutes(10)
    assert steps == ["name_servers"] * 2


def test_a_zone_that_is_read_from_another_hosted_zone_is_not_asked_of_the_former_ones_servers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = Minutes()
    world.minutes(10)
    assert world.resolver.servers[-1] == world.plane.ports.sources["Z1"].name_servers()
    world.plane.ports.sources["Z2"] = MemorySource(APEX, [*apex_rrsets(APEX), alias()])
    others = ("ns-3.awsdns-03.com.", "ns-4.awsdns-04.net.")
    monkeypatch.setattr(world.plane.ports.sources["Z2"], "name_servers", lambda: others)
    member = replace(world.plane.member(world.zone), hosted_zone_id="Z2")
    world.plane.ports.register.put(member)
    world.resolver.servers.clear()
    world.minutes(3)
    assert {servers for servers in world.resolver.servers if servers} == {others}


def test_of_another_hosted_zone_whose_servers_cannot_be_read_the_targets_are_asked() -> None:
    world = Minutes()
    world.minutes(10)
    source = MemorySource(APEX, [*apex_rrsets(APEX), alias()])
    source.problems.extend([SourceThrottled("Rate exceeded")] * 2)
    world.plane.ports.sources["Z2"] = source
    member = replace(world.plane.member(world.zone), hosted_zone_id="Z2")
    world.plane.ports.register.put(member)
    world.resolver.asked.clear()
    world.minutes(2)
    assert {frozenset(asked) for asked in world.resolver.asked} == {frozenset({(ELB, "A")})}


def test_name_servers_that_all_fail_are_read_again_now_and_then() -> None:
    world = Minutes()
    steps = name_server_reads(world)
    world.minutes(10)
    world.tell(None, WWW)
    world.minutes(60)
    assert 4 <= len(steps) <= 8


def test_no_more_name_servers_are_read_in_a_run_than_route_53_has_room_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zonemesh.refresh_aliases.NAME_SERVERS_READ", 2)
    world = Minutes()
    steps = name_server_reads(world)
    for number in range(2, 8):
        apex = f"zone-{number}.test."
        world.zone_of(f"Z{number}", apex, alias(f"www.{apex}"))
        world.tell(["192.0.2.1"], f"www.{apex}")
        world.plane.ports.sources[f"Z{number}"].on_step = steps.append
    world.minutes(2)
    steps.clear()
    for read in (2, 4, 6, 7, 7):
        (made,) = world.minutes(1)
        assert steps == ["name_servers"] * read
        assert (made.zones, made.questions, made.failing, made.problems) == (7, 7, 0, [])


@pytest.mark.parametrize(
    "problem", [SourceThrottled("Rate exceeded"), SourceRefused("not allowed")]
)
def test_while_the_name_servers_are_unknown_the_targets_are_asked(problem: Exception) -> None:
    world = Minutes()
    world.plane.ports.sources["Z1"].problems.extend([problem] * 8)  # after two fresh minutes
    world.resolver.asked.clear()
    runs = world.minutes(10)
    assert {frozenset(asked) for asked in world.resolver.asked} == {frozenset({(ELB, "A")})}
    assert runs[-1].failing == 0
    assert str(problem) in runs[-1].problems[0]
    world.resolver.asked.clear()
    world.minutes(1)
    assert {(WWW, "A")} in world.resolver.asked


# Failures.


def test_an_answer_that_fails_leaves_the_last_good_one_and_its_age_is_told() -> None:
    world = Minutes()
    world.minutes(10)
    world.tell(None)
    runs = world.minutes(200)
    assert changes(runs) == []
    assert world.served() == ["192.0.2.1"]
    assert [made.failing for made in runs] == [1] * 200
    assert [made.oldest_failing for made in runs[:3]] == [0, MINUTE, 2 * MINUTE]
    assert runs[2].problems == [f"{APEX}: {WWW} A: timeout (for 120 s)"]
    world.tell(["192.0.2.1"])
    (healed,) = world.minutes(1)
    assert (healed.failing, healed.oldest_failing, healed.problems) == (0, 0, [])


def test_many_failures_of_a_zone_are_few_lines() -> None:
    names = [f"host-{number}.example.com." for number in range(20)]
    world = Minutes(*(alias(name, f"{name}elb.amazonaws.com.") for name in names))
    (made,) = world.minutes(1)
    assert made.failing == 20
    assert len(made.problems) == 4
    assert made.problems[-1] == f"{APEX}: 20 of 20 questions fail"


def test_a_damaged_zone_and_one_without_a_source_keep_no_other_from_its_refresh() -> None:
    world = Minutes()
    for number in (2, 3):
        apex = f"zone-{number}.test."
        world.zone_of(f"Z{number}", apex, alias(f"www.{apex}"))
        world.tell(["192.0.2.1"], f"www.{apex}")
    world.minutes(10)
    store = world.plane.ports.store
    damaged = store.snapshot(
        "route53:main:zone-2.test.", world.plane.serial("route53:main:zone-2.test.")
    )
    assert damaged.answers
    store.nodes["route53:main:zone-2.test.", damaged.answers.digest] = "something else"
    del world.plane.ports.sources["Z3"]
    world.plane.now += NAME_SERVERS_KEPT  # zone 3 needs its source
    world.tell(["192.0.2.1", "192.0.2.2"])
    (made,) = world.minutes(1)
    assert made.changed == [world.zone]
    assert sorted(problem.partition(":")[0] for problem in made.problems) == [
        "zone-2.test.",
        "zone-3.test.",
    ]


def test_a_zone_that_is_gone_is_asked_for_by_its_targets_which_live_on() -> None:
    weights = [rrset("pool.example.com.") | {"SetIdentifier": each, "Weight": 1} for each in "ab"]
    world = Minutes(alias(), *weights, mesh=OBSERVED)
    world.minutes(5)
    world.plane.delete("Z1")
    sweep(world.plane.control, 600)
    assert world.plane.member(world.zone).state == "gone"
    world.resolver.asked.clear()
    world.tell(["192.0.2.2"], ELB)
    (made,) = world.minutes(1)
    assert (made.questions, made.changed, made.broken) == (1, [world.zone], 0)
    assert world.resolver.asked == [{(ELB, "A")}]
    assert world.served() == ["192.0.2.1", "192.0.2.2"]


# What is remembered.


def test_a_memory_that_is_lost_begins_with_what_is_served() -> None:
    world = Minutes()
    for minute in range(20):
        world.tell([f"192.0.2.{1 + minute % 2}"])
        world.minutes(1)
    world.answers.kept.clear()
    for minute in range(20):
        world.tell([f"192.0.2.{1 + minute % 2}"])
        assert changes(world.minutes(1)) == []


def test_an_hour_without_the_function_drops_nothing() -> None:
    world = Minutes()
    for minute in range(20):
        world.tell([f"192.0.2.{1 + minute % 2}"])
        world.minutes(1)
    world.plane.now += 3600
    for minute in range(20):
        world.tell([f"192.0.2.{1 + minute % 2}"])
        assert changes(world.minutes(1)) == []


def test_of_two_runs_at_once_one_is_remembered_and_one_records() -> None:
    world = Minutes()
    world.minutes(10)
    world.tell(["192.0.2.1", "192.0.2.2"])
    world.plane.now += MINUTE
    load = world.answers.load
    inner: list[Refreshed] = []

    def meanwhile(zone: str) -> Memory:
        memory = load(zone)
        world.answers.load = load  # type: ignore[method-assign]
        inner.append(world.refresh())
        return memory

    world.answers.load = meanwhile  # type: ignore[method-assign]
    outer = world.refresh()
    assert (inner[0].changed, outer.changed) == ([world.zone], [])
    assert world.reasons().count("answers") == 1
    assert changes(world.minutes(20)) == []


def test_questions_that_are_no_longer_asked_are_forgotten() -> None:
    world = Minutes(alias(), alias("api.example.com.", "lb-2.example.net."))
    world.minutes(3)
    assert len(world.answers.kept[world.zone].questions) == 2
    world.plane.drop("Z1", "api.example.com.")
    sweep(world.plane.control, 600)
    world.plane.list_ordered()
    world.minutes(1)
    assert len(world.answers.kept[world.zone].questions) == 1


# Bounds.


def test_only_the_answers_of_a_zone_are_read() -> None:
    names = [rrset(f"host-{number}.example.com.") for number in range(2000)]
    world = Minutes(alias(), *names)
    world.minutes(5)
    store = world.plane.ports.store
    snapshot = world.snapshot()

    def load(digests_: Iterable[str]) -> dict[str, str]:
        return type(store).load(store, world.zone, digests_)

    answers = digests(snapshot.answers, load)
    read: set[str] = set()
    plain = store.load

    def noting(zone: str, wanted: Iterable[str]) -> dict[str, str]:
        wanted = list(wanted)
        read.update(wanted)
        return plain(zone, wanted)

    store.load = noting  # type: ignore[method-assign]
    world.minutes(1)
    assert read == answers
    assert [entry.key for entry in entries(snapshot.answers, load, answers_codec)]


def test_the_zones_that_were_not_reached_are_the_next_run_s_first() -> None:
    world = Minutes()
    zones = [world.zone]
    for number in range(2, 30):
        apex = f"zone-{number:02}.test."
        zones.append(world.zone_of(f"Z{number}", apex, alias(f"www.{apex}")))
    reached: list[str] = []
    load = world.answers.load

    def noting(zone: str) -> Memory:
        reached.append(zone)
        return load(zone)

    world.answers.load = noting  # type: ignore[method-assign]
    for _ in range(10):
        begun = len(reached)
        world.in_time = lambda: len(reached) - begun < 8  # noqa: B023
        made = world.minutes(1)[0]
        assert made.unreached > 0
    assert set(reached) == set(zones)
    assert {reached.count(zone) for zone in zones} <= {2, 3, 4, 5}
    world.in_time = lambda: True
    assert world.minutes(1)[0].unreached == 0
    assert world.answers.cursor() == ""


class Limited(MemoryResolver):
    """Notes how many questions come at once."""

    def ask(self, questions: Any, *args: Any, **kwargs: Any) -> dict[Question, Response]:
        self.most = max(getattr(self, "most", 0), len(questions))
        return super().ask(questions, *args, **kwargs)


def test_a_zone_of_very_many_aliases_is_asked_about_in_parts_and_in_turns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("zonemesh.refresh_aliases.ASKED_AT_ONCE", 10)
    names = [f"host-{number:02}.example.com." for number in range(50)]
    world = Minutes(*(alias(name) for name in names))
    world.tell(["192.0.2.1"], *names)
    world.minutes(3)
    resolver = world.plane.ports.resolvers["main"] = Limited()
    world.tell(["192.0.2.1"], *names)
    for _ in range(5):
        calls = [3]

        def in_time() -> bool:
            calls[0] -= 1  # noqa: B023
            return calls[0] > 0  # noqa: B023

        world.in_time = in_time
        world.minutes(1)
    assert resolver.most == 10
    assert set().union(*resolver.asked) == {(name, "A") for name in names}
    assert changes(world.minutes(1)) == []


def test_answers_of_the_snapshot_are_those_that_were_settled() -> None:
    world = Minutes()
    world.minutes(10)
    world.tell(["192.0.2.2"])
    world.minutes(1)
    snapshot = world.snapshot()

    def load(wanted: Iterable[str]) -> dict[str, str]:
        return world.plane.ports.store.load(world.zone, wanted)

    (entry,) = entries(snapshot.answers, load, answers_codec)
    assert Answer.from_entry(entry.text).values == ("192.0.2.1", "192.0.2.2")
