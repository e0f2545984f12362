"""The mesh's TSIG keys: who signs with each, and whether its secret is good."""

from dataclasses import dataclass
from typing import Any

from zonemesh.errors import InvalidSecret, SecretUnreadable
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Secrets
from zonemesh.tsig_secret import weakness

_ON_HUBS_ONLY = ("env:", "file:")


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key, where its secret is kept, and who signs with it: secondaries, primaries, their hubs.

    `algorithm` is as in `hmac-sha256`; `reference` leads to the secret and is none.
    """

    name: str
    algorithm: str
    reference: str
    secondaries: tuple[str, ...]
    primaries: tuple[str, ...]
    hubs: tuple[str, ...]

    @property
    def only_on_hubs(self) -> bool:
        """Whether the secret is in a hub's own environment or files, and nowhere else."""
        return self.reference.startswith(_ON_HUBS_ONLY)

    def document(self) -> dict[str, Any]:
        """Give it as JSON-able data."""
        return {
            "name": self.name,
            "algorithm": self.algorithm,
            "reference": self.reference,
            "secondaries": list(self.secondaries),
            "primaries": list(self.primaries),
            "hubs": list(self.hubs),
        }


def keys_in(mesh: Mesh) -> list[KeyUse]:
    """Give the keys of a mesh, by name."""
    return [
        KeyUse(
            name,
            key.algorithm,
            key.secret,
            tuple(sorted(each for each, it in mesh.secondaries.items() if it.tsig_key == name)),
            tuple(sorted(each for each, it in mesh.primaries.items() if it.tsig_key == name)),
            tuple(sorted(hub for hub in mesh.hubs if name in mesh.tsig_keys_of(hub))),
        )
        for name, key in sorted(mesh.tsig_keys.items())
    ]


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of a key: what is wrong, or else a remark; both may be empty."""

    key: KeyUse
    problem: str = ""
    remark: str = ""


def check(key: KeyUse, secrets: Secrets) -> Checked:
    """Read a key's secret and judge it; one that only hubs can read is left to them."""
    if key.only_on_hubs:
        return Checked(
            key, remark="only hubs can read it: `zonemesh status` tells where one cannot"
        )
    try:
        weak = weakness(key.name, key.algorithm, secrets.read(key.reference))
    except (InvalidSecret, SecretUnreadable) as problem:
        return Checked(key, problem=str(problem))
    return Checked(key, problem=weak)
