"""The mesh definition of a local world, as text."""

from collections.abc import Sequence
from typing import Any

import yaml

CLIENT_KEY = "local-client."
CLIENT = "local-client"
LOOPBACK = ["127.0.0.0/8", "::1/128"]


def default_mesh(hubs: Sequence[str]) -> str:
    """Some hubs that serve every public hosted zone of the account."""
    return yaml.safe_dump(
        {
            "integrations": {"main": {}},
            "zones": [{"discover": "*", "integration": "main"}],
            "hubs": {hub: {} for hub in hubs},
        },
        sort_keys=False,
    )


def for_this_machine(text: str, secret: str, resolver: int) -> str:
    """Let a client on loopback transfer every zone from every hub of a mesh definition.

    `secret` is the reference of its TSIG key. What the zones point to is asked on the loopback port
    `resolver`, where an integration names no resolver. What cannot be read is left for validation
    to tell.
    """
    try:
        mesh: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    if not isinstance(mesh, dict) or not isinstance(mesh.get("hubs"), dict):
        return text
    keys, secondaries = mesh.get("tsig_keys") or {}, mesh.get("secondaries") or {}
    mesh["tsig_keys"] = {**keys, CLIENT_KEY: {"secret": secret}}
    client = {"transfer_from": LOOPBACK, "tsig_key": CLIENT_KEY}
    mesh["secondaries"] = {**secondaries, CLIENT: client}
    if isinstance(integrations := mesh.get("integrations"), dict):
        here = {"resolver": {"address": "127.0.0.1", "port": resolver}}
        for name, integration in integrations.items():
            integrations[name] = {**here, **(integration or {})}
    for name, hub in mesh["hubs"].items():
        hub = dict(hub or {})
        others = [each for each in hub.get("secondaries") or [] if each != CLIENT]
        mesh["hubs"][name] = {**hub, "secondaries": [*others, CLIENT]}
    return yaml.safe_dump(mesh, sort_keys=False)
