"""The services that a hub stands on, and what it serves: what a test looks at."""

import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TYPE_CHECKING

from hub_container.ordered.checks import Check
from hub_container.ordered.naming import counted, few
from hub_container.ordered.progress import StepFailed
from hub_container.ordered.secondary_checks import checks_of as checks_of_secondary
from hub_container.ordered.served import differing, serials_on_disk
from hub_container.settings import Endpoint
from hub_container.soa import Answer, ask_tcp
from hub_container.soa import ask as ask_udp
from zonemesh.services import Services

if TYPE_CHECKING:
    from hub_container.hub import Hub

LEAST_FREE = 100 * 2**20  # bytes; a zone of a million records takes 30 MB twice
CLOCKS_APART = 60.0  # seconds; TSIG (RFC 8945 10) and AWS's signatures both end at five minutes
ZONES_MOST = 50  # asked for at each address
# Seconds: after a reload NSD's old processes answer for a moment, and a new one has to start.
SETTLES_WITHIN, _PAUSE = 5.0, 0.2

Ask = Callable[[Endpoint, str], Answer | None]


def checks_of(hub: "Hub") -> list[Check]:
    """Give all checks of a hub: what it serves, what it stands on, whom it has to do with."""
    return [
        *_dns(hub),
        Check("state directory", lambda: _state_directory(hub)),
        *_aws(hub.ports.services),
        *_secrets(hub),
        *hub.companions.checks(),
        *(
            check
            for secondary in hub.configuration.secondaries
            for check in checks_of_secondary(secondary, serials_on_disk(hub))
        ),
    ]


def _dns(hub: "Hub") -> Iterator[Check]:
    transports: Mapping[str, Ask] = {"UDP": ask_udp, "TCP": ask_tcp}
    for endpoint in hub.settings.dns_listen:
        for transport, ask in transports.items():
            yield Check(
                f"DNS over {transport} at {endpoint}",
                lambda ask=ask, at=endpoint.reachable: _answers(hub, ask, at),  # type: ignore[misc]
            )


def _answers(hub: "Hub", ask: Ask, server: Endpoint) -> str:
    until = time.monotonic() + SETTLES_WITHIN
    while wrong := _wrong(ask, server, expected := serials_on_disk(hub)):
        if time.monotonic() > until:
            raise StepFailed(few(wrong))
        time.sleep(_PAUSE)
    if not expected:
        return "answers; no zone is served yet"
    return f"{_asked_for(expected)} asked for, all at their serials"


def _asked_for(zones: Collection[str]) -> str:
    if len(zones) <= ZONES_MOST:
        return counted(len(zones), "zone")
    return f"{ZONES_MOST} of {len(zones):,} zones"


def _wrong(ask: Ask, server: Endpoint, expected: Mapping[str, int]) -> list[str]:
    """Name the zones that are answered otherwise; of an address that is silent the first."""
    wrong = []
    for apex in [*expected][:ZONES_MOST] or ["."]:
        if (answer := ask(server, apex)) is None:
            return [f"no answer for {apex}"]
        if apex in expected and answer.serial != expected[apex]:
            wrong.append(differing(apex, answer, expected[apex]))
    return wrong


def _state_directory(hub: "Hub") -> str:
    directory = hub.settings.state_dir
    probe = directory / f".probe-{os.getpid()}"
    try:
        with probe.open("wb") as file:
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
    except OSError as problem:
        raise StepFailed(f"{directory} cannot be written: {problem.strerror}") from problem
    finally:
        probe.unlink(missing_ok=True)
    free = shutil.disk_usage(directory).free
    if free < LEAST_FREE:
        raise StepFailed(f"{free / 2**20:.0f} MB are free at {directory}; zone files need more")
    return f"writable, {free / 2**30:.1f} GB free"


def _aws(services: Services) -> Iterator[Check]:
    for name in services.names():
        yield Check(f"AWS {name}", lambda name=name: _service(services, name))  # type: ignore[misc]
    yield Check("clock", lambda: _clock(services))


def _service(services: Services, name: str) -> str:
    answer = services.ask(name)
    return f"{answer.endpoint} answers ({counted(answer.addresses, 'address', 'addresses')})"


def _clock(services: Services) -> str:
    """Compare the clocks by a service's answer, whose time is cut to a second."""
    answer = services.ask(services.names()[0])
    if answer.time is None:
        return "AWS did not tell its time"
    apart = time.time() - answer.time
    if abs(apart) > CLOCKS_APART:
        said = "ahead of" if apart > 0 else "behind"
        raise StepFailed(
            f"{abs(apart):.0f} s {said} AWS's: signatures of transfers and of AWS's calls are "
            "refused at five minutes. Have the machine's time synchronized"
        )
    return f"within {max(1.0, abs(apart)):.0f} s of AWS's"


def _secrets(hub: "Hub") -> Iterator[Check]:
    """Read each secret that the mesh refers to; the check says which, and never what it is."""
    for reference in hub.mesh.secrets_of(hub.settings.hub) if hub.mesh else ():

        def look(reference: str = reference) -> str:
            hub.ports.secrets.read(reference)
            return "can be read"

        yield Check(f"secret {reference}", look)
