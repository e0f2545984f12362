"""The use case: zones that may be signed → how they are, noted with the members."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from zonemesh.control import Control
from zonemesh.dnssec import UNSIGNED, ds_question, signed_state
from zonemesh.errors import SourceRefused, ZonemeshError
from zonemesh.ports import Member
from zonemesh.translation.question import Outcome, Response

SIGNING_CHANGES = frozenset({"EnableHostedZoneDNSSEC", "DisableHostedZoneDNSSEC"})


@dataclass(frozen=True, slots=True)
class Looked:
    """The members as they are now, in their order, and what could not be told of them."""

    members: tuple[Member, ...]
    problems: tuple[str, ...] = ()


def look_at_source(control: Control, member: Member) -> Looked:
    """Ask a zone's source whether it signs, and where it does the parent for the DS.

    Private zones cannot be signed, and are not asked. Where the source refuses to say, the member
    stays as it is. Raises SourceThrottled, ZoneGone and the errors of the register.
    """
    entry = control.mesh.entry_of(member)
    if entry is not None and entry.private:
        return Looked((member,))
    try:
        signing = control.source(member).signing()
    except SourceRefused as problem:
        return Looked((member,), (f"{member.apex}: whether it is signed is not known: {problem}",))
    if not signing:
        return Looked((_noted(control, member, UNSIGNED),))
    return look_at_parents(control, [member])


def look_at_parents(control: Control, members: Collection[Member]) -> Looked:
    """Look up the DS of zones known to sign: it comes and goes at a registrar, without any event.

    Raises the errors of the register.
    """
    asked: dict[str, list[Member]] = {}
    for member in members:
        asked.setdefault(member.integration, []).append(member)
    found: dict[str, Member] = {}
    problems: list[str] = []
    for integration, group in asked.items():
        responses = _responses(control, integration, group, problems)
        for member in group:
            response = responses.get(member.zone)
            if response is not None and response.outcome is Outcome.FAILED:
                problems.append(f"{member.apex}: its DS cannot be looked up: {response.why}")
            state = signed_state(True, member.signed, response)
            found[member.zone] = _noted(control, member, state)
    return Looked(tuple(found[member.zone] for member in members), tuple(problems))


def _responses(
    control: Control, integration: str, members: Collection[Member], problems: list[str]
) -> Mapping[str, Response]:
    """Ask for the DS of one integration's zones; none of them where nobody can be asked."""
    questions = {member.zone: ds_question(member.apex) for member in members}
    try:
        resolver = control.ports.resolver(integration, control.mesh)
        answers = resolver.ask(set(questions.values()))
    except ZonemeshError as problem:
        problems.append(f"{integration}: no DS could be looked up: {problem}")
        return {}
    return {zone: answers[question] for zone, question in questions.items()}


def _noted(control: Control, member: Member, state: str) -> Member:
    if member.signed != state:
        control.ports.register.note_signing(member.zone, state)
    return replace(member, signed=state)
