"""Whether a zone survives its source, from who names which servers; and why not."""

from zonemesh.failover import Failover, NameServers, Readiness, Sets, failover

OWN = ("ns-1.awsdns-00.org.", "ns-2.awsdns-01.com.")
SECOND, THIRD = "ns.second.test.", "ns.third.test."


def names(*more: str, ttl: int = 3600) -> NameServers:
    return NameServers(frozenset((*OWN, *more)), ttl)


def judged(
    parent: NameServers,
    source: NameServers,
    served: NameServers,
    declared: tuple[str, ...] = (SECOND,),
    lame: dict[str, str] | None = None,
) -> Failover:
    return failover("zone", Sets(parent, source, served), declared, OWN, lame or {})


def test_a_zone_whose_sets_all_name_the_secondary_is_ready() -> None:
    found = judged(names(SECOND), names(SECOND), names(SECOND))
    assert (found.readiness, found.reasons, found.advice) == (Readiness.READY, (), ())


def test_the_source_decides_whatever_the_parent_says() -> None:
    found = judged(names(SECOND), names(), names(SECOND))
    assert found.readiness is Readiness.NOT_READY
    (reason,) = found.reasons
    assert reason.startswith("nobody asks ns.second.test, because the source's own NS set")
    assert "RFC 2181 5.4.1" in reason
    assert "`zonemesh nameservers zone --apply`" in reason


def test_each_set_that_lacks_one_is_a_reason() -> None:
    found = judged(names(SECOND), names(THIRD), names(), (SECOND, THIRD))
    told = [reason.split(":")[0] for reason in found.reasons]
    assert told == [
        "not everybody asks ns.third.test, because the parent's NS set does not name it",
        "not everybody asks ns.second.test, because the source's own NS set does not name it",
        "nobody asks ns.second.test, ns.third.test, because the NS set that the hubs serve "
        "does not name them",
    ]


def test_secondaries_that_the_source_names_by_hand_count() -> None:
    found = judged(names(SECOND), names(SECOND), names(SECOND), ())
    assert found.secondaries == (SECOND,)
    assert found.readiness is Readiness.READY


def test_a_zone_without_secondaries_is_told_what_to_write() -> None:
    found = judged(names(), names(), names(), ())
    assert found.readiness is Readiness.NOT_READY
    assert "`name_servers: [...]`" in found.reasons[0]


def test_a_secondary_that_is_named_and_does_not_answer_is_a_reason() -> None:
    lame = {SECOND: "192.0.2.1@53: no answer"}
    found = judged(names(SECOND), names(SECOND), names(SECOND), lame=lame)
    assert found.readiness is Readiness.NOT_READY
    assert found.reasons == ("ns.second.test. does not answer: 192.0.2.1@53: no answer",)


def test_who_reaches_neither_parent_nor_secondary_may_be_cut_off_himself() -> None:
    lame = {SECOND: "192.0.2.1@53: no answer"}
    parent = NameServers(unknown="no answer")
    found = judged(parent, names(SECOND), names(SECOND), lame=lame)
    assert found.readiness is Readiness.UNKNOWN
    assert found.reasons == (
        "the NS set of the parent is not known: no answer",
        "ns.second.test. does not answer: 192.0.2.1@53: no answer",
    )
    found = judged(parent, names(), names(SECOND), lame=lame)  # whatever the parent says
    assert found.readiness is Readiness.NOT_READY


def test_a_parent_that_cannot_be_asked_leaves_it_open() -> None:
    found = judged(NameServers(unknown="no answer"), names(SECOND), names(SECOND))
    assert found.readiness is Readiness.UNKNOWN
    assert found.reasons == ("the NS set of the parent is not known: no answer",)


def test_what_is_surely_missing_is_told_beside_what_is_unknown() -> None:
    found = judged(NameServers(unknown="no answer"), names(), names(SECOND))
    assert found.readiness is Readiness.NOT_READY
    assert len(found.reasons) == 1


def test_a_long_ttl_is_advice_and_no_hindrance() -> None:
    long = names(SECOND, ttl=172_800)
    found = judged(long, long, names(SECOND))
    assert found.readiness is Readiness.READY
    assert len(found.advice) == 1
    assert "172800 s" in found.advice[0]
