"""What the core asks of the world. Adapters are in `zonemesh.aws`, fakes beside the tests."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol, Self

from zonemesh.errors import UnreadableEvent
from zonemesh.snapshot import Announcement, Change, Head, Snapshot
from zonemesh.translation.question import Question, Response

SEEN_EVENTS = 2_000  # event ids that a sweep remembers; with their item they stay under 100 KB

SourceRRset = Mapping[str, Any]  # a ResourceRecordSet as the Route 53 API gives it


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page of a listing; `cursor` is where the next one starts, None after the last."""

    rrsets: tuple[SourceRRset, ...]
    cursor: str | None


class ZoneSource(Protocol):
    """Where a zone's truth is.

    Every call may raise ZoneGone, SourceThrottled or SourceRefused.
    """

    def read(self, owners: Collection[str]) -> dict[str, list[SourceRRset]]:
        """Read all rrsets of some owner names (canonical text); an absent owner's list is empty."""

    def read_patiently(
        self, owners: Collection[str], calls: int
    ) -> Iterator[dict[str, list[SourceRRset]]]:
        """Read as `read` does, at the pace and with the patience of a listing.

        Gives what some `calls` told at a time, and makes the next ones only when asked for more.
        """

    def listing(self) -> Iterator[SourceRRset]:
        """List the whole zone; the pages need not be consistent with each other."""

    def listed_pages(self, cursor: str | None = None) -> Iterator[ListedPage]:
        """List the zone page by page, from where an earlier listing stopped."""

    def name_servers(self) -> tuple[str, ...]:
        """Give the names (canonical text) of the source's own servers of the zone.

        They are Route 53's, whatever the NS records at the apex say; a private zone has none.
        """

    def signing(self) -> bool:
        """Tell whether the source signs the zone (DNSSEC); not to be asked of a private one."""


class Resolver(Protocol):
    """Asks DNS."""

    def ask(
        self,
        questions: Collection[Question],
        name_servers: Sequence[str] = (),
        *,
        targets: bool = False,
    ) -> dict[Question, Response]:
        """Ask all questions at once, within a bounded time; each has a response, if a failed one.

        `name_servers` are the names of those that serve the zones of questions with an authority;
        the others go to a recursive resolver. With `targets` the target of every question that has
        one is asked for instead, at the resolver.
        """


class SnapshotStore(Protocol):
    """Where snapshots live: immutable content first, then one conditional move of the head."""

    def head(self, zone: str) -> Head | None:
        """Read the head, strongly consistent."""

    def heads(self, zones: Collection[str]) -> dict[str, Head]:
        """Read many heads; zones without one are left out."""

    def snapshot(self, zone: str, serial: int) -> Snapshot:
        """Read one snapshot; raises SnapshotMissing."""

    def snapshots(self, zone: str, *, below: int | None = None, most: int = 100) -> list[Snapshot]:
        """Read a zone's snapshots, accepted and held, the highest serials first.

        At most `most` of them, and with `below` only those of lower serials: the lowest serial of
        one page leads to the next. An empty list is the end.
        """

    def load(self, zone: str, digests: Iterable[str]) -> dict[str, str]:
        """Load chunks and pages, every one checked against its digest; raises ChunkDamaged."""

    def write(self, zone: str, nodes: Mapping[str, str]) -> None:
        """Write chunks and pages (digest → text) and touch them, whether or not they were there."""

    def commit(self, snapshot: Snapshot, onto: Head | None) -> None:
        """Store the snapshot and move the head from `onto` to it, raising its revision by one.

        Raises HeadMoved where the head is no longer `onto`, in serial or in revision.
        """

    def hold(self, snapshot: Snapshot, onto: Head) -> None:
        """Store a snapshot that may not be served, and note it as held on the head.

        The head keeps its serial and its revision is raised by one. Raises HeadMoved as `commit`.
        """

    def accept(self, head: Head) -> Head:
        """Move the head to the snapshot that is held. Raises HeadMoved as `commit`."""

    def reject(self, head: Head) -> Head:
        """Note on the head that what is held shall wait for the next change. Raises HeadMoved."""

    def confirm(self, head: Head, *, decisions: str, held: int | None) -> None:
        """Raise the head's revision by one: the source was read and brings nothing to record.

        Whoever read the source earlier can no longer commit (content may have returned to what it
        was). `decisions` are those of today, `held` is the snapshot that still waits. Raises
        HeadMoved where the head is no longer `head`, in serial or in revision.
        """


class Ledger(Protocol):
    """What has been said and checked of each zone, beside its head."""

    def announced(self, zones: Collection[str]) -> dict[str, int]:
        """Give the serial that was last announced for each zone."""

    def mark_announced(self, announcement: Announcement) -> None:
        """Note that a serial was announced; an older one than what is noted changes nothing."""

    def verified(self, zones: Collection[str]) -> dict[str, int]:
        """Give when each zone was last compared whole with its source, in epoch seconds."""

    def mark_verified(self, zone: str, when: int) -> None:
        """Note that a zone was compared whole with its source."""


class Announcer(Protocol):
    """The bell."""

    def announce(self, announcement: Announcement, hubs: Collection[str]) -> None:
        """Tell some hubs, by name or `*`, that a zone has a new head."""


class Alerts(Protocol):
    """Where people hear of what waits for them."""

    def ring(self, subject: str, text: str, about: Mapping[str, Sequence[str]]) -> None:
        """Tell whoever subscribed; raises MessagingFailed.

        `about` has what subscriptions may filter on, one value or several by name, none empty.
        """


Tags = tuple[tuple[str, str], ...]  # key and value, sorted


@dataclass(frozen=True, slots=True)
class HostedZone:
    """A hosted zone as Route 53 lists it; `apex` is canonical text, `id` without its prefix.

    `tags` are those (key, value) that discovery asks for, None where they are not known now.
    """

    id: str
    apex: str
    private: bool
    rrset_count: int
    linked_service: str | None = None
    tags: Tags | None = ()


class HostedZones(Protocol):
    """The hosted zones of one integration."""

    def list(self) -> list[HostedZone]:
        """List them all, without their tags; raises SourceThrottled or SourceRefused."""

    def tags(self, ids: Sequence[str]) -> Iterator[Mapping[str, Tags]]:
        """Read the tags of some, by id, at the pace of listings; each call's as it comes.

        A hosted zone that is not there is left out. Raises SourceThrottled or SourceRefused.
        """


@dataclass(frozen=True, slots=True)
class Member:
    """A zone of the mesh.

    `zone` is its key, `origin` `listed` or `discovered`, `hubs` the names of those that serve it
    (`*` is all). `state` is `active`, `gone` (served on although the source lost it), `conflict` or
    `overlap` (not served; `note` says why). `signed` is empty, `signed` (at the source) or
    `chained` (with a DS at the parent as well). `successors` are the ids of other hosted zones that
    bear its name. `adopts` is the key of the zone whose name it is to take over, or has.
    `pulled_by` is the hub that transfers it from primaries and records it; `integration` is empty
    then, as it is of the catalog zone. `tags` are those by which it was taken in.
    """

    zone: str
    apex: str
    integration: str
    hosted_zone_id: str
    origin: str
    hubs: tuple[str, ...]
    state: str = "active"
    note: str = ""
    signed: str = ""
    successors: tuple[str, ...] = ()
    adopts: str = ""
    pulled_by: str = ""
    tags: Tags = ()


class Register(Protocol):
    """The zones that are members of the mesh."""

    def members(self) -> list[Member]:
        """Give all members, in no order."""

    def put(self, member: Member) -> None:
        """Enter a member or replace the one with its key, of which `signed` stays as it is."""

    def note_signing(self, zone: str, signed: str) -> None:
        """Note how a member is signed, and touch nothing else; of no member it changes nothing."""

    def remove(self, zone: str) -> None:
        """Take a member out; its snapshots and its serial lineage stay."""


@dataclass(frozen=True, slots=True)
class Applied:
    """When a version was applied (epoch seconds), by whom, and what changed with it, in words.

    `who` is the ARN of the caller, empty where nobody told. `what` holds no secret.
    """

    time: int
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class MeshVersion:
    """A version of the mesh definition: its number (from 1) and the text of mesh.yaml."""

    number: int
    text: str
    applied: Applied | None = None


class MeshStore(Protocol):
    """The versions of the mesh definition; none is ever changed or taken away."""

    def newest(self) -> MeshVersion | None:
        """Give the newest version, None where none was applied."""

    def version(self, number: int) -> MeshVersion | None:
        """Give one version, None where there is none of that number."""

    def versions(self, most: int) -> list[MeshVersion]:
        """Give the last versions, at most `most`, the newest first."""

    def apply(
        self, text: str, applied: Applied | None = None, *, onto: int | None = None
    ) -> MeshVersion:
        """Store a new version and make it the newest; the same text again changes nothing.

        With `onto` (0 for none) raises MeshMoved where another one is the newest by now.
        """


@dataclass(frozen=True, slots=True)
class HubReport:
    """What a hub last said: its heartbeat (None before the first) and its zones' states by key."""

    heartbeat: Mapping[str, Any] | None
    zones: Mapping[str, Mapping[str, Any]]


class HubReports(Protocol):
    """Where a hub says how it is: under its own keys only."""

    def reports(self, hub: str) -> HubReport:
        """Read back what a hub wrote."""

    def zone_reports(self, hub: str, zones: Collection[str]) -> HubReport:
        """Read back a hub's heartbeat, and what it wrote of some zones (keys)."""

    def heartbeat(self, hub: str, report: Mapping[str, Any]) -> None:
        """Write the hub's own state (JSON-able; times in epoch seconds)."""

    def zone_status(self, hub: str, zone: str, status: Mapping[str, Any]) -> None:
        """Write the state of one zone on the hub (JSON-able)."""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A page of a change history, which may hold no change at all.

    `details` are events as CloudTrail records them (the `detail` of EventBridge's). With this page
    all that is older than `read_to` (epoch seconds) has been given.
    """

    details: tuple[Mapping[str, Any], ...]
    read_to: int


class ChangeHistory(Protocol):
    """The change events of one integration's account, whether or not they were delivered."""

    def lookup_events(self, since: int, until: int) -> Iterator[HistoryPage]:
        """Give Route 53's change events between two times (epoch seconds), the oldest first.

        Within a page, and among pages of one `read_to`, they are in no order; an event may come
        twice. Every page is a call, so that who reads can stop in time. Events come into the
        history minutes late: let looks overlap. Raises SourceThrottled or SourceRefused.
        """


@dataclass(frozen=True, slots=True)
class SweepMemory:
    """What one sweep leaves to the next.

    `looked_until` is up to when LookupEvents was read, in epoch seconds; `behind` has, by name,
    the integrations whose history could not be read that far. `seen` are the ids of the recent
    events that were handled, so that one delivered twice is not counted as missed.
    """

    looked_until: int
    seen: tuple[str, ...] = ()
    behind: Mapping[str, int] = field(default_factory=dict)


class SweepState(Protocol):
    """Where the sweep keeps its memory."""

    def load(self) -> SweepMemory | None:
        """Give what the last sweep saved, None before the first."""

    def save(self, memory: SweepMemory) -> None:
        """Keep this for the next sweep; of `seen`, the last `SEEN_EVENTS` are kept."""


@dataclass(frozen=True, slots=True)
class ListingOrder:
    """A full listing to be made: of which zone, asked when (epoch seconds) and why.

    `found_by` and `changes` are the Reason of the snapshot that may come of it. A listing that
    started later than `asked_at` has done the work already. `part` counts how often the order was
    sent again for the rest of a long listing; `begun` is when that listing began.
    """

    zone: str
    integration: str
    asked_at: int
    found_by: str
    changes: tuple[Change, ...] = ()
    part: int = 0
    begun: int | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises UnreadableEvent."""
        try:
            document = json.loads(text)
            changes = tuple(Change(**change) for change in document.pop("changes"))
            return cls(**document, changes=changes)
        except (ValueError, TypeError, KeyError, AttributeError) as problem:
            raise UnreadableEvent(f"not a listing order: {problem}: {text[:200]!r}") from problem


class ListingQueue(Protocol):
    """Where full listings wait for their turn, one at a time for each integration."""

    def send(self, order: ListingOrder) -> None:
        """Ask for a zone to be listed; the same order again within five minutes does nothing."""


@dataclass(frozen=True, slots=True)
class ParkedListing:
    """The first part of a listing that was broken off.

    It is of one hosted zone, began at `started` (epoch seconds) and goes on at `cursor`. `packed`
    is what was listed: zlib streams, one after the other, of a JSON rrset a line.
    """

    hosted_zone: str
    started: int
    cursor: str
    packed: bytes


class ParkedListings(Protocol):
    """Where listings wait that a function has no time to finish; at most one a zone."""

    def load(self, zone: str) -> ParkedListing | None:
        """Give what is parked for a zone, if it is whole."""

    def save(self, zone: str, parked: ParkedListing) -> None:
        """Park a listing in place of the zone's last one; more of the same one is appended."""

    def clear(self, zone: str) -> None:
        """Forget what is parked for a zone."""


@dataclass(frozen=True, slots=True)
class Ring:
    """A message from an inbox: its text, and the handle that acknowledges it."""

    body: str
    handle: str


class Inbox(Protocol):
    """A hub's queue."""

    def receive(self, wait_seconds: int) -> list[Ring]:
        """Wait for messages, at most `wait_seconds` (0 to 20)."""

    def done(self, rings: Collection[Ring]) -> None:
        """Take messages off the queue."""


class Secrets(Protocol):
    """Where secrets are kept."""

    def read(self, reference: str) -> str:
        """Give the secret text behind a reference (`env:`, `file:`, `secretsmanager:`)."""
