"""What can go wrong, named by what happened.

ZonemeshError
├── InvalidName            a name that DNS cannot hold
├── SettingMissing         a variable of the environment that is not set
├── InvalidMesh            mesh.yaml says something that cannot be done
├── SourceError
│   ├── ZoneGone           the source no longer has the zone
│   ├── SourceThrottled    the source asks for patience
│   ├── SourceRefused      the source will not answer: credentials or permissions
│   ├── TransferFailed     a zone transfer that was refused, broken off or is none
│   ├── WriteRefused       the source will not be written: permissions
│   ├── BatchRefused       Route 53 will not have a change batch
│   ├── SourceChanged      others changed the source while it was written
│   └── ReferenceTaken     a hosted zone was made with that caller reference before
├── StoreError
│   ├── HeadMoved          another recorder committed first
│   ├── MeshMoved          somebody else applied another mesh definition first
│   ├── SnapshotMissing    no snapshot under that serial
│   │   └── SnapshotDamaged  something else is there
│   ├── ChunkDamaged       content that is missing, or does not match its digest
│   └── StoreUnavailable   the store does not answer, or refuses to
├── ServiceUnreachable     a service that a hub stands on is not found, or does not answer
├── MessagingFailed        a queue or topic does not answer, or refuses to
├── SecretUnreadable       a secret reference that leads to no secret
├── InvalidSecret          a TSIG secret that is none
├── UnreadableEvent        a message that is no change event
├── UnreadableOrder        what should be an order, or its result, and is not
├── CommandRefused         what an operator asks does not fit the state of the mesh
│   ├── NotDeployed        no such stack, or it has not what is looked for
│   ├── FollowingUnclear   nobody says which zones, hubs or secondary are meant
│   ├── SecretTaken        a secret is kept under that name already
│   ├── UnknownZone        no zone, or several, by that name
│   ├── UnknownHub         no hub by that name
│   ├── UnknownName        a name that the zone does not have
│   ├── NothingRecorded    a zone without a snapshot
│   ├── SerialTooFar       a serial that no secondary would take for newer
│   ├── PublicationRefused  a target that cannot be published so
│   ├── RollbackRefused    a source that cannot be put back to that snapshot
│   ├── RestoreRefused     a hosted zone that cannot be made anew so
│   ├── NameServersUnclear a zone of which nobody says what its NS records are to be
│   ├── ForgettingRefused  a zone that would be taken in again
│   └── AdoptionRefused    a hosted zone that cannot take over a name
└── TooManyRetries         every attempt lost against another recorder
"""


class ZonemeshError(Exception):
    """The base of every error that zonemesh raises on purpose."""


class InvalidName(ZonemeshError, ValueError):
    """The text is not a domain name; the message says why."""


class InvalidMesh(ZonemeshError, ValueError):
    """The mesh definition has errors; `problems` holds one line each, with path and fix."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class SettingMissing(ZonemeshError):
    """A variable that the process needs is not in its environment; the stack or you must set it."""


class SourceError(ZonemeshError):
    """The source of a zone could not be read."""


class ZoneGone(SourceError):
    """The source says that the zone does not exist; it is served on until a person decides."""


class SourceThrottled(SourceError):
    """The source's request rate is used up; try again after a pause."""


class SourceRefused(SourceError):
    """The source refused to answer; check the integration's role and its permissions."""


class TransferFailed(SourceError):
    """A zone transfer failed; the message says who answered what, or did not."""


class WriteRefused(SourceError):
    """The source cannot be written; the message names the permission that is missing."""


class BatchRefused(SourceError):
    """Route 53 refused a change batch whole; the message names the rrsets and says why.

    `said` is Route 53's own sentence, `suspects` are the changes (by place) that it speaks of.
    """

    def __init__(self, message: str, said: str = "", suspects: frozenset[int] = frozenset()):
        super().__init__(message)
        self.said, self.suspects = said or message, suspects


class SourceChanged(SourceError):
    """Others changed the source while it was being written; the message says what is to be done."""


class ReferenceTaken(SourceError):
    """A hosted zone was made with this caller reference before, and may be deleted since."""


class StoreError(ZonemeshError):
    """The snapshot store could not do what was asked."""


class HeadMoved(StoreError):
    """Another recorder moved the head first; read the head and the source again."""


class MeshMoved(StoreError):
    """Another version of the mesh definition is the newest by now; read it again."""


class SnapshotMissing(StoreError):
    """The store holds no snapshot of that zone under that serial."""


class SnapshotDamaged(SnapshotMissing):
    """What is stored under a serial is no such snapshot; a full listing replaces the newest one."""


class ChunkDamaged(StoreError):
    """A chunk or page is missing or does not match its digest; a full listing repairs it."""


class StoreUnavailable(StoreError):
    """The store did not answer or refused; what was read before stays good, try again later."""


class MessagingFailed(ZonemeshError):
    """A queue or topic did not answer or refused; try again later."""


class ServiceUnreachable(ZonemeshError):
    """A service is not found in DNS, does not answer, or refuses; the message says which it is."""


class SecretUnreadable(ZonemeshError):
    """A secret reference leads to no secret; the message says why and never holds the secret."""


class InvalidSecret(ZonemeshError, ValueError):
    """The secret of a TSIG key is not base64; the message names the key, never the secret."""


class UnreadableEvent(ZonemeshError, ValueError):
    """The message is not a change event; it belongs in the dead-letter queue."""


class UnreadableOrder(ZonemeshError, ValueError):
    """The table holds something else than an order, or one of another version of zonemesh."""


class TooManyRetries(ZonemeshError):
    """Every attempt to commit lost against another recorder; hand the work back and try later."""


class CommandRefused(ZonemeshError):
    """What was asked cannot be done as things stand; the message says why and what to do."""


class NotDeployed(CommandRefused):
    """There is no such stack, or it has not what is looked for; the message says what to do."""


class FollowingUnclear(CommandRefused):
    """Who is to follow which zones of which hubs is not clear; the message says what to name."""


class SecretTaken(CommandRefused):
    """A secret is kept under that name already, and is not overwritten unless that is asked."""


class UnknownZone(CommandRefused):
    """No zone of the mesh has that name, or several have; the message lists those there are."""


class UnknownHub(CommandRefused):
    """No hub of the mesh has that name, or fits that pattern; the message lists those there are."""


class UnknownName(CommandRefused):
    """The name is not in the zone, nor in its history as far as it is kept."""


class NothingRecorded(CommandRefused):
    """The zone has no snapshot yet; it gets one with its first listing."""


class SerialTooFar(CommandRefused):
    """The serial is more than 2^31 - 1 ahead (RFC 1982 3.2); it is reached in two steps."""


class ApprovalRefused(CommandRefused):
    """What should be approved or rejected does not wait, or is more than the guard's to decide."""


class PublicationRefused(CommandRefused):
    """The zone has no such target, or nothing waits there; the message says what to do."""


class RollbackRefused(CommandRefused):
    """The source cannot be put back to that snapshot; the message says why and what to do."""


class RestoreRefused(CommandRefused):
    """The hosted zone cannot be made anew so; the message says why and what to do."""


class NameServersUnclear(CommandRefused):
    """The NS records at a source's apex cannot be written so; the message says what to declare."""


class ForgettingRefused(CommandRefused):
    """The zone is not gone, so that the next sweep would take it in again; the message says why."""


class AdoptionRefused(CommandRefused):
    """No hosted zone can take over the name so; the message says which can, or what hinders it."""
