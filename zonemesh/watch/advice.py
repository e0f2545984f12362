"""What is said of each kind of alert: its name, who is affected, and what to type next.

`{zone}` is the first zone concerned, `{subject}` what the alert is about, `{hub}`, `{place}`,
`{serial}` and `{above}` what it has of these.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zonemesh.watch.kinds import AlertKind


@dataclass(frozen=True, slots=True)
class Advice:
    """The words for a kind: `one` names one alert, `many` several of them by their `{count}`.

    `affected` says what is still served, and who notices. `steps` are commands, each with what it
    is for.
    """

    one: str
    many: str
    affected: str
    steps: Mapping[str, str]


_STATUS = {"zonemesh status": "Look at all"}
_TEST = {"zonemesh hub test {hub}": "What it reaches"}
_ON_THE_HUB = "curl -s http://127.0.0.1:8053/status"

ADVICE: Mapping[AlertKind, Advice] = {
    AlertKind.WITHDRAWN: Advice(
        "{apex} is served by no hub: it is signed",
        "{count} zones are served by no hub: they are signed",
        "Validating resolvers take an unsigned copy of it for bogus, so hubs do not serve one. "
        "Route 53 goes on answering; secondaries answer with what they have until it expires.",
        _STATUS | {"dig +short DS {apex}": "Is the DS there"},
    ),
    AlertKind.NOT_SERVED: Advice(
        "{apex} is not served by the mesh",
        "{count} zones are not served by the mesh",
        "Nobody loses an answer that was there: another zone has its name, or lies around it. But "
        "no copy of this one is kept.",
        {"zonemesh status": "See why", "zonemesh adopt {zone}": "Let it take the name over"},
    ),
    AlertKind.HUB_OFFLINE: Advice(
        "hub {subject} is offline",
        "{count} hubs are offline",
        "It may serve on and only be cut off from AWS, or be gone. Its secondaries answer with "
        "what they have, and other hubs serve as before; what changes does not come through it.",
        {"zonemesh status": "Is it back", _ON_THE_HUB: "Ask it, on its machine"},
    ),
    AlertKind.HELD: Advice(
        "a change of {apex} is held",
        "changes of {count} zones are held",
        "Hubs, secondaries and targets serve on what they served before the change. The source "
        "has the change already.",
        {
            "zonemesh diff {zone} newest held": "See it",
            "zonemesh approve {zone} {serial}": "Serve it",
            "zonemesh reject {zone} {serial}": "Leave it",
        },
    ),
    AlertKind.HUB_FAILING: Advice(
        "hub {subject} has trouble",
        "{count} hubs have trouble",
        "It goes on serving the last good version of each zone that it had.",
        _STATUS | _TEST,
    ),
    AlertKind.PROPAGATION: Advice(
        "changes are slow to reach {subject}",
        "changes are slow to reach {count} places",
        "It answers with what was there before the change. Other places are as they should be, "
        "unless they are told of as well.",
        {
            "zonemesh status": "Who lags",
            "zonemesh history {zone}": "What is under way",
            "zonemesh sync {zone}": "Have it looked at now, by all",
        },
    ),
    AlertKind.SECONDARY: Advice(
        "secondary {subject} is behind",
        "{count} secondaries are behind",
        "It answers with what it has, older than the mesh's, until that expires. Hubs and other "
        "secondaries are not affected.",
        {
            "zonemesh status": "Who lags, and why",
            "zonemesh verify {zone}": "Ask everybody who serves it",
        },
    ),
    AlertKind.AHEAD: Advice(
        "secondary {subject} is ahead of the mesh",
        "{count} secondaries are ahead of the mesh",
        "It answers with what it has and takes nothing of the mesh's before a newer serial comes.",
        {"zonemesh status": "See the serials, and what to raise them to"},
    ),
    AlertKind.TARGET: Advice(
        "publishing to target {subject} fails",
        "publishing to {count} targets fails",
        "The target answers with what was published last. Hubs and secondaries are not affected.",
        {"zonemesh status": "See why", "zonemesh verify {zone}": "What the target answers"},
    ),
    AlertKind.TARGET_HELD: Advice(
        "what would change at target {subject} is held",
        "what would change at {count} targets is held",
        "The target answers with what was published last. Hubs and secondaries are not affected.",
        {"zonemesh publish {zone} {place} --approve": "See what would be done, and let it"},
    ),
    AlertKind.PULLING: Advice(
        "hub {subject} does not get zones from their primaries",
        "{count} hubs do not get zones from their primaries",
        "Hubs serve what was transferred last, until its SOA expires; edits at the primaries are "
        "not seen.",
        _STATUS | _TEST,
    ),
    AlertKind.NOT_VERIFIED: Advice(
        "zones of integration {subject} are not compared with their source",
        "zones of {count} integrations are not compared with their source",
        "Events still come through. A change that no event told of would not be found.",
        {"zonemesh status": "Since when, by zone"},
    ),
    AlertKind.GONE: Advice(
        "{apex} is gone at its source",
        "{count} zones are gone at their source",
        "Hubs, secondaries and targets serve on its last content, until somebody decides.",
        {
            "zonemesh history {zone}": "Who deleted it",
            "zonemesh restore {zone}": "A mistake: make it anew at Route 53",
            "zonemesh zones forget {zone}": "Meant: stop serving it",
        },
    ),
    AlertKind.SIGNED: Advice(
        "{apex} is signed at Route 53, and served unsigned",
        "{count} zones are signed at Route 53, and served unsigned",
        "Nobody, as long as its parent has no DS for it. With one, validating resolvers refuse "
        "every copy.",
        {"dig +short DS {apex}": "It must say nothing", **_STATUS},
    ),
    AlertKind.DRIFT: Advice(
        "target {subject} was changed by others",
        "{count} targets were changed by others",
        "The target answers otherwise than the source; the mesh says to leave it so.",
        {"zonemesh publish {zone} {place}": "See what would be undone"},
    ),
    AlertKind.FAILOVER_LOST: Advice(
        "{apex} would not survive its source any more",
        "{count} zones would not survive their source any more",
        "Nobody, as long as the source answers.",
        {"zonemesh verify {zone}": "See what hinders it"},
    ),
}
