"""Whether a zone's secondaries would be asked if its source were gone, and if not, why. Pure.

Three sets of NS records decide. A resolver that comes for the first time has the parent's; from the
first answer on it keeps the child's own, which counts for more (RFC 2181 5.4.1): the source's, or
that of whichever copy answered. A secondary that one of them does not name is not asked by those
who have that one.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

SHORT = 3600  # seconds: a resolver keeps an NS set so long after it was changed


class Readiness(StrEnum):
    """Whether a zone survives its source."""

    READY = "ready"
    NOT_READY = "not ready"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NameServers:
    """An NS set: names (canonical text) and TTL in seconds; `unknown` says why it is not known."""

    names: frozenset[str] = frozenset()
    ttl: int = 0
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Sets:
    """Who names which servers: the zone's parent, its source, and what hubs serve of it."""

    parent: NameServers
    source: NameServers
    served: NameServers

    @property
    def all(self) -> frozenset[str]:
        """Every name that one of them has."""
        return self.parent.names | self.source.names | self.served.names


@dataclass(frozen=True, slots=True)
class Failover:
    """A zone's readiness, with a reason for each thing that hinders it; `advice` hinders nothing.

    `secondaries` are the names of the servers that are to be asked when the source is gone.
    """

    sets: Sets
    secondaries: tuple[str, ...]
    readiness: Readiness
    reasons: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Cure:
    whose: str
    why: str


def failover(
    zone: str, sets: Sets, declared: Iterable[str], own: Collection[str], lame: Mapping[str, str]
) -> Failover:
    """Judge a zone (its key) by its NS sets.

    `declared` are the names that its policy has, `own` those of the source's own servers; names of
    the source's NS set that are neither count as secondaries as well. `lame` says of names why
    they would not answer for the zone.
    """
    secondaries = tuple(sorted(({*declared} | sets.source.names) - {*own}))
    if not secondaries:
        return Failover(sets, (), Readiness.NOT_READY, (_nobody_named(),))
    reasons = [*_missing(zone, sets, secondaries)]
    silent = [f"{name} does not answer: {lame[name]}" for name in secondaries if name in lame]
    # Who reaches no server of the parent either may be cut off himself.
    if reasons or (silent and not sets.parent.unknown):
        readiness = Readiness.NOT_READY
        reasons += silent
    else:
        reasons = [*_unknown(sets), *silent]
        readiness = Readiness.UNKNOWN if reasons else Readiness.READY
    return Failover(sets, secondaries, readiness, tuple(reasons), tuple(_advice(zone, sets)))


def _nobody_named() -> str:
    return (
        "nobody asks the secondaries, because no NS set names one: only the source's own servers "
        "are there. Name them in the policy, `apex_ns: union` and `name_servers: [...]`"
    )


def _missing(zone: str, sets: Sets, secondaries: Collection[str]) -> Iterator[str]:
    write = f"`zonemesh nameservers {zone} --apply` puts it there"
    cures = {
        "parent": _Cure(
            "the parent's NS set does not name",
            "resolvers that come for the first time start there. Add it where the domain is "
            "registered, or in the parent zone",
        ),
        "source": _Cure(
            "the source's own NS set does not name",
            f"resolvers take that over the parent's (RFC 2181 5.4.1). {write}",
        ),
        "served": _Cure(
            "the NS set that the hubs serve does not name",
            "resolvers that had an answer from a secondary keep that one. The policy's `apex_ns` "
            "and `name_servers` make it",
        ),
    }
    for which, cure in cures.items():
        found: NameServers = getattr(sets, which)
        lacking = [name for name in secondaries if name not in found.names]
        if lacking and not found.unknown:
            some = "nobody" if len(lacking) == len(secondaries) else "not everybody"
            yield (
                f"{some} asks {_listed(lacking)}, because {cure.whose} "
                f"{'it' if len(lacking) == 1 else 'them'}: {cure.why}"
            )


def _unknown(sets: Sets) -> Iterator[str]:
    for which in ("parent", "source"):
        found: NameServers = getattr(sets, which)
        if found.unknown:
            yield f"the NS set of the {which} is not known: {found.unknown}"


def _advice(zone: str, sets: Sets) -> Iterator[str]:
    for which, found in (("source", sets.source), ("served", sets.served)):
        if found.ttl > SHORT and not found.unknown:
            write = f"; `zonemesh nameservers {zone} --apply` writes {SHORT} s"
            yield (
                f"the TTL of the {which} NS set is {found.ttl} s: so long a change of it is not "
                f"seen everywhere{write if which == 'source' else ''}"
            )


def _listed(names: Collection[str]) -> str:
    return ", ".join(name.rstrip(".") for name in names)
