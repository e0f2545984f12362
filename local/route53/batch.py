"""ChangeResourceRecordSets: a batch is applied whole or refused whole.

Changes take effect in the order of the batch: a DELETE makes room for a later CREATE, and an
alias finds a target that an earlier change of the batch made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .account import Account, HostedZone, Json
from .aliases import alias_problems
from .cidr_operations import location_problem
from .errors import FatalProblem, InvalidChangeBatch, Route53Error
from .names import is_within, parse_name, wildcard_problem
from .records import Key, RecordSet
from .request import Change, check_size, parse_change
from .routing import conflicts, differing_weighted_ttls
from .settings import Route53Settings
from .values import value_identity


@dataclass(slots=True)
class Draft:
    """A zone as a batch leaves it; the zone itself is untouched until `apply`."""

    zone: HostedZone
    names: dict[str, dict[Key, RecordSet]] = field(default_factory=dict)
    grown_by: int = 0

    def at(self, name: str) -> dict[Key, RecordSet]:
        """All rrsets of a name, those of the batch included."""
        return self.names[name] if name in self.names else self.zone.records.at(name)

    def put(self, record_set: RecordSet) -> None:
        found = self._opened(record_set.name)
        self.grown_by += record_set.key not in found
        found[record_set.key] = record_set

    def remove(self, record_set: RecordSet) -> None:
        del self._opened(record_set.name)[record_set.key]
        self.grown_by -= 1

    def _opened(self, name: str) -> dict[Key, RecordSet]:
        if name not in self.names:
            self.names[name] = self.zone.records.at(name)
        return self.names[name]

    def apply(self) -> None:
        """Make the zone what the draft is."""
        for name, record_sets in self.names.items():
            self.zone.records.replace(name, record_sets)


def draft_batch(
    zone: HostedZone, account: Account, batch: Json, settings: Route53Settings
) -> Draft:
    """The zone after the batch; raises InvalidChangeBatch with all reasons, or InvalidInput."""
    changes, problems = _parsed(batch["Changes"])
    check_size(batch["Changes"])
    _check_health_checks(changes, account.health_checks)
    problems += _repeated(changes)
    draft = Draft(zone)
    for change in changes:
        found = _change_problems(change, draft, account, settings)
        problems += found
        if not found:
            _take(change, draft)
    if not problems:
        problems += _outcome_problems(draft, settings)
    if problems:
        raise InvalidChangeBatch(*dict.fromkeys(problems))
    return draft


def _parsed(changes: list[Json]) -> tuple[list[Change], list[str]]:
    parsed, problems = [], []
    for change in changes:
        try:
            parsed.append(parse_change(change))
        except FatalProblem as problem:
            problems.append(str(problem))
    return parsed, problems


def _check_health_checks(changes: list[Change], known: Mapping[str, Json]) -> None:
    for change in changes:
        health_check = change.record_set.extras.get("HealthCheckId")
        if change.action != "DELETE" and health_check is not None and health_check not in known:
            raise Route53Error(
                "NoSuchHealthCheck", f"A health check with id {health_check} does not exist."
            )


def _repeated(changes: list[Change]) -> list[str]:
    """One rrset may be named once, or be deleted and then made anew."""
    actions: dict[Key, list[str]] = {}
    for change in changes:
        actions.setdefault(change.record_set.key, []).append(change.action)
    allowed = (["DELETE", "CREATE"], ["DELETE", "UPSERT"])
    return [
        f"The request contains an invalid set of changes for a resource record set "
        f"'{rdtype} {name}'"
        for (_, name, rdtype, _), named in actions.items()
        if len(named) > 1 and named not in allowed
    ]


def _change_problems(
    change: Change, draft: Draft, account: Account, settings: Route53Settings
) -> list[str]:
    record_set, zone = change.record_set, draft.zone
    if not is_within(parse_name(record_set.name), zone.labels):
        return [f"RRSet with DNS name {record_set.name} is not permitted in zone {zone.name}"]
    existing = draft.at(record_set.name).get(record_set.key)
    if change.action == "DELETE":
        return _delete_problems(record_set, existing)
    identity = f"[name='{record_set.name}', type='{record_set.type}'{_identifier(record_set)}]"
    if change.action == "CREATE" and existing is not None:
        return [f"Tried to create resource record set {identity} but it already exists"]
    problems = _instance_problems(record_set, existing)
    problems += _value_problems(record_set, settings)
    problems += _name_problems(record_set, zone)
    problems += _neighbour_problems(record_set, draft, settings)
    problems += _cidr_problems(record_set, zone, account)
    if record_set.is_alias:
        problems += alias_problems(record_set, zone, account.zones, draft.at)
    return problems


def _instance_problems(record_set: RecordSet, existing: RecordSet | None) -> list[str]:
    """A traffic policy's record is made and changed through its instance."""
    for known in (record_set, existing):
        instance = known.extras.get("TrafficPolicyInstanceId") if known else None
        if instance:
            return [
                f"RRSet with DNS name {record_set.name}, type {record_set.type} is managed by "
                f"traffic policy instance {instance}."
            ]
    return []


def _cidr_problems(record_set: RecordSet, zone: HostedZone, account: Account) -> list[str]:
    cidr = record_set.extras.get("CidrRoutingConfig")
    if cidr is None:
        return []
    label = f"RRSet with DNS name {record_set.name}, type {record_set.type}"
    problem = location_problem(account, cidr)
    problems = [f"{label} cannot be created because {problem}."] if problem else []
    if zone.private:  # Developer Guide, "Choosing a routing policy"
        problems.append(f"{label} cannot be created: a private zone has no IP-based routing.")
    return problems


def _identifier(record_set: RecordSet) -> str:
    identifier = record_set.set_identifier
    return f", set identifier='{identifier}'" if identifier else ""


def _delete_problems(record_set: RecordSet, existing: RecordSet | None) -> list[str]:
    identity = f"[name='{record_set.name}', type='{record_set.type}'{_identifier(record_set)}]"
    tried = f"Tried to delete resource record set {identity} but"
    if existing is None:
        return [f"{tried} it was not found"]
    if not existing.same_content(record_set):
        return [f"{tried} the values provided do not match the current values"]
    return []


def _value_problems(record_set: RecordSet, settings: Route53Settings) -> list[str]:
    seen, problems = set(), []
    for value in record_set.values:
        try:
            identity = value_identity(record_set.type, value)
        except FatalProblem as problem:
            problems.append(f"Invalid Resource Record: '{problem}'")
            continue
        if identity in seen:
            problems.append(f"Duplicate Resource Record: '{value}'")
        seen.add(identity)
    most = settings.max_values_per_rrset
    if most is not None and len(record_set.values) > most:
        problems.append(
            f"Number of values {len(record_set.values)} of RRSet with DNS name "
            f"{record_set.name}, type {record_set.type} exceeds the limit of {most}."
        )
    if record_set.type in ("CNAME", "SOA") and len(record_set.values) > 1:
        problems.append(
            f"RRSet with DNS name {record_set.name}, type {record_set.type} "
            "cannot contain more than one ResourceRecord."
        )
    return problems


def _name_problems(record_set: RecordSet, zone: HostedZone) -> list[str]:
    name, rdtype, apex = record_set.name, record_set.type, zone.name
    label = f"RRSet of type {rdtype} with DNS name {name}"
    if rdtype == "CNAME" and name == apex:
        return [f"{label} is not permitted at apex in zone {apex}"]
    if rdtype == "DS" and name == apex:
        return [f"{label} is not permitted at apex in zone {apex}"]
    if rdtype == "SOA" and name != apex:
        return [f"{label} is not permitted in zone {apex}, only at its apex"]
    labels = parse_name(name)
    if rdtype == "NS" and labels[:1] == (b"*",):
        return [f"{label} is not permitted: NS records cannot be wildcards"]
    if wildcard_problem(labels):
        return [f"{label} is not permitted: an asterisk must be the whole leftmost label"]
    return []


def _neighbour_problems(
    record_set: RecordSet, draft: Draft, settings: Route53Settings
) -> list[str]:
    at_name = draft.at(record_set.name).values()
    zone = draft.zone.name
    label = f"RRSet of type {record_set.type} with DNS name {record_set.name}"
    if record_set.type == "CNAME" and any(other.type != "CNAME" for other in at_name):
        return [
            f"{label} is not permitted as it conflicts with other records "
            f"with the same DNS name in zone {zone}"
        ]
    if record_set.type != "CNAME" and any(other.type == "CNAME" for other in at_name):
        return [
            f"{label} is not permitted because a conflicting RRSet of type  CNAME "
            f"with the same DNS name already exists in zone {zone}."
        ]
    others = [
        other for other in at_name if other.type == record_set.type and other.key != record_set.key
    ]
    problems = list(conflicts(record_set, others))
    most = settings.max_members_per_routed_set
    if "GeoProximityLocation" in record_set.extras:
        most = settings.max_geoproximity_members
    if most is not None and len(others) >= most:
        problems.append(
            f"RRSet with DNS name {record_set.name}, type {record_set.type} "
            f"exceeds the limit of {most} records with the same name and type."
        )
    return problems


def _take(change: Change, draft: Draft) -> None:
    if change.action == "DELETE":
        draft.remove(change.record_set)
    else:
        draft.put(change.record_set)


def _outcome_problems(draft: Draft, settings: Route53Settings) -> list[str]:
    """What is judged once the whole batch is in place."""
    problems: list[str] = []
    zone = draft.zone
    if zone.name in draft.names:
        apex_types = {record_set.type for record_set in draft.names[zone.name].values()}
        if "SOA" not in apex_types:
            problems.append("A HostedZone must contain exactly one SOA record.")
        if "NS" not in apex_types:
            problems.append("A HostedZone must contain at least one NS record for the zone itself.")
    for record_sets in draft.names.values():
        by_type: dict[str, list[RecordSet]] = {}
        for record_set in record_sets.values():
            by_type.setdefault(record_set.type, []).append(record_set)
        for members in by_type.values():
            problems += differing_weighted_ttls(members)
    most = settings.max_records_per_zone
    if most is not None and draft.grown_by > 0 and len(zone.records) + draft.grown_by > most:
        problems.append(f"Number of records limit of {most} exceeded.")
    return problems
