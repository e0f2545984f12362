"""The mesh definition as a whole: read, and asked what it says of a zone, hub or target."""

from collections.abc import Iterable
from typing import Any

from pydantic import (
    BaseModel,
    Field,
    ValidationError,
    field_validator,
)

from zonemesh.deployment import EVERY_HUB
from zonemesh.errors import InvalidMesh
from zonemesh.mesh.alerts import Alerts
from zonemesh.mesh.defaults import as_written, with_defaults
from zonemesh.mesh.document import Document, Problem, read_document
from zonemesh.mesh.places import OctodnsTarget, Primary, Route53Target, Target
from zonemesh.mesh.problems import explain
from zonemesh.mesh.rules import broken_rules
from zonemesh.mesh.sections import (
    Catalog,
    Defaults,
    DiscoveredZones,
    History,
    Hub,
    Integration,
    ListedZone,
    PulledZone,
    ResolverAddress,
    Secondary,
    Section,
    TsigKey,
    ZoneEntry,
)
from zonemesh.mesh.values import (
    NO_KEY,
    KeyName,
    Label,
)
from zonemesh.policy import Aliases, Guard, Policy, Routing, Serial, SoaTimers
from zonemesh.ports import Member
from zonemesh.zone_keys import zone_key


class Mesh(Section):
    """Everything the user declares."""

    integrations: dict[Label, Integration] = Field(default={})
    defaults: Defaults = Defaults()
    zones: tuple[ZoneEntry, ...] = ()
    hubs: dict[Label, Hub] = Field(default={})
    primaries: dict[Label, Primary] = Field(default={})
    targets: dict[Label, Target] = Field(default={})
    secondaries: dict[Label, Secondary] = Field(default={})
    catalog: Catalog | None = None
    tsig_keys: dict[KeyName, TsigKey] = Field(default={})
    history: History = History()
    alerts: Alerts = Alerts()

    @field_validator(
        "integrations", "hubs", "primaries", "targets", "secondaries", "tsig_keys", mode="before"
    )
    @classmethod
    def _nothing_is_empty(cls, value: Any) -> Any:
        """Read `main:` with nothing under it as `main: {}`."""
        if isinstance(value, dict):
            return {key: {} if inner is None else inner for key, inner in value.items()}
        return {} if value is None else value

    @field_validator("zones", mode="before")
    @classmethod
    def _no_zones_yet(cls, value: Any) -> Any:
        return () if value is None else value

    @field_validator("history", mode="before")
    @classmethod
    def _no_history_settings(cls, value: Any) -> Any:
        return History() if value is None else value

    @field_validator("defaults", mode="before")
    @classmethod
    def _no_defaults(cls, value: Any) -> Any:
        return Defaults() if value is None else value

    @field_validator("alerts", mode="before")
    @classmethod
    def _no_alert_settings(cls, value: Any) -> Any:
        return Alerts() if value is None else value

    @property
    def listed(self) -> tuple[ListedZone, ...]:
        """The zones written down by name."""
        return tuple(entry for entry in self.zones if isinstance(entry, ListedZone))

    @property
    def pulled(self) -> tuple[PulledZone, ...]:
        """The zones that hubs pull from primaries."""
        return tuple(entry for entry in self.zones if isinstance(entry, PulledZone))

    @property
    def discovered(self) -> tuple[DiscoveredZones, ...]:
        """The discovery patterns, in the order in which they are tried."""
        return tuple(entry for entry in self.zones if isinstance(entry, DiscoveredZones))

    def entry_of(self, member: Member) -> ZoneEntry | None:
        """Find the entry that makes a zone a member: its own, else the first pattern."""
        written: tuple[ListedZone | PulledZone, ...] = (*self.listed, *self.pulled)
        for entry in written:
            if entry.key == member.zone:
                return entry
        for pattern in self.discovered:
            if _takes_in(pattern, member):
                return pattern
        return None

    def zone_policy(self, member: Member) -> Policy:
        """Give the policy of a member; the defaults where its entry has just been removed."""
        entry = self.entry_of(member)
        return self.defaults.policy if entry is None else entry.policy

    def asks_itself(self, member: Member) -> bool:
        """Tell whether a member's own names can be asked at its own, Route 53's, name servers."""
        entry = self.entry_of(member)
        integration = self.integrations.get(member.integration)
        resolver = integration.resolver if integration else None
        return resolver is None and not (entry and entry.private)

    def hubs_serving(self, member: Member) -> tuple[str, ...]:
        """Give the declared hubs that serve a member, sorted."""
        everywhere = EVERY_HUB in member.hubs
        return tuple(sorted(hub for hub in self.hubs if everywhere or hub in member.hubs))

    def secondaries_of(self, hub: str) -> dict[str, Secondary]:
        """Give the secondaries of a hub by name; none for a hub that is not declared."""
        declared = self.hubs.get(hub, Hub())
        return {name: self.secondaries[name] for name in declared.secondaries}

    def pulled_by(self, hub: str) -> tuple[PulledZone, ...]:
        """Give the zones that a hub pulls."""
        return tuple(entry for entry in self.pulled if entry.pulled_by == hub)

    def primaries_of(self, hub: str) -> dict[str, Primary]:
        """Give the primaries that a hub pulls from, by name."""
        names = {name for entry in self.pulled_by(hub) for name in entry.primaries}
        return {name: self.primaries[name] for name in sorted(names)}

    def targets_of(self, hub: str) -> dict[str, Route53Target | OctodnsTarget]:
        """Give the targets that a hub publishes, by name."""
        return {name: target for name, target in self.targets.items() if target.hub == hub}

    def targets_for(self, member: Member) -> dict[str, Route53Target | OctodnsTarget]:
        """Give the targets that a member is published to, by name."""
        entry = self.entry_of(member)
        return {name: self.targets[name] for name in entry.targets} if entry else {}

    def tsig_keys_of(self, hub: str) -> dict[str, TsigKey]:
        """Give the TSIG keys that a hub's secondaries and primaries sign with, by name."""
        used = {secondary.tsig_key for secondary in self.secondaries_of(hub).values()}
        used |= {primary.tsig_key for primary in self.primaries_of(hub).values()}
        used -= {NO_KEY}
        return {name: self.tsig_keys[name] for name in sorted(used)}

    def secrets_of(self, hub: str) -> tuple[str, ...]:
        """Give the references to all secrets that a hub reads, sorted."""
        keys = (key.secret for key in self.tsig_keys_of(hub).values())
        targets = [each for each in self.targets_of(hub).values() if each.type == "octodns"]
        return tuple(sorted({*keys, *(ref for each in targets for ref in each.secrets.values())}))


def _takes_in(pattern: DiscoveredZones, member: Member) -> bool:
    if zone_key(member.integration, member.apex, pattern.view) != member.zone:
        return False
    return pattern.takes_in(member.integration, member.apex) and pattern.has_tags(member.tags)


_SECTIONS: dict[str, type[BaseModel]] = {
    "": Mesh,
    "defaults": Defaults,
    "integrations": Integration,
    "resolver": ResolverAddress,
    "hubs": Hub,
    "primaries": Primary,
    "<route53>": Route53Target,
    "<octodns>": OctodnsTarget,
    "catalog": Catalog,
    "secondaries": Secondary,
    "tsig_keys": TsigKey,
    "history": History,
    "alerts": Alerts,
    "<listed>": ListedZone,
    "<discovered>": DiscoveredZones,
    "<pulled>": PulledZone,
    "policy": Policy,
    "serial": Serial,
    "<timers>": SoaTimers,
    "aliases": Aliases,
    "routing": Routing,
    "guard": Guard,
}


def parse_mesh(text: str) -> Mesh:
    """Read mesh.yaml.

    Raises InvalidMesh with every problem at once, in the order of the file: path, what is wrong,
    what to write, line.
    """
    document = read_document(text)
    data = with_defaults(document.data)
    problems = [*document.problems, *broken_rules(document.data, data)]
    mesh: Mesh | None = None
    try:
        mesh = Mesh.model_validate(data)
    except ValidationError as error:
        problems += explain(error, {name: _keys_of(kind) for name, kind in _SECTIONS.items()})
    if problems or mesh is None:
        raise InvalidMesh(_in_file_order(document, as_written(document, problems)))
    return mesh


def _keys_of(kind: type[BaseModel]) -> list[str]:
    """Give the keys of a section, its own before those that others have too."""
    own = [name for name in kind.model_fields if name in kind.__annotations__]
    return [*own, *(name for name in kind.model_fields if name not in own)]


def _in_file_order(document: Document, problems: Iterable[Problem]) -> list[str]:
    ordered = sorted(problems, key=lambda problem: document.line(problem.path))
    return list(dict.fromkeys(document.describe(problem) for problem in ordered))
