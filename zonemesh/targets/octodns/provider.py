"""A provider's class, found by its path and made with a target's settings and secrets."""

import importlib
import json
import threading
from base64 import b64encode
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import quote, quote_plus

from zonemesh.mesh.places import OctodnsTarget
from zonemesh.targets.ports import TargetFailed

_TOLD = 500  # characters of a provider's own words
_SHORT = 4  # a secret under so many characters is found in any text
_LONG = 16  # characters of one of a secret's lines that is a secret by itself
_INSTALL = "pip install 'zonemesh[octodns]'"
_setting_up = threading.Lock()


def need_octodns() -> None:
    """Have octoDNS ready; raises TargetFailed where it is not installed.

    Its validators, which advise on good practice, are switched off: what the source serves is
    published as it is. octoDNS would switch some on at the first record, not safe for threads.
    """
    try:
        record = importlib.import_module("octodns.record").Record
    except ImportError as problem:
        raise TargetFailed(f"octoDNS is not installed here ({problem}): {_INSTALL}") from problem
    with _setting_up:
        if not record.validators.configured:
            record.enable_validators(())


def make_provider(name: str, target: OctodnsTarget, secrets: Mapping[str, str]) -> Any:
    """Make the provider of a target, `octodns.provider.base.BaseProvider`, with nothing cached.

    `secrets` are the values of those of the target. What the provider has no form for, it leaves
    out, unless `strict_supports` is among the settings: then it refuses the whole zone. Raises
    TargetFailed.
    """
    found = _provider_class(target.provider)
    arguments = {**deepcopy(target.settings), **secrets}
    strict = arguments.pop("strict_supports", False)
    try:
        provider = found(name, **arguments)
    except Exception as problem:
        said = in_words(problem, secrets.values())
        raise TargetFailed(
            f"target `{name}`: {target.provider} cannot be made of these settings "
            f"({', '.join(sorted(arguments)) or 'none'}): {said}"
        ) from None  # whose text may hold a secret
    provider.strict_supports = strict
    return provider


def _provider_class(path: str) -> Any:
    need_octodns()
    from octodns.provider.base import BaseProvider

    module_name, _, class_name = path.rpartition(".")
    try:
        module = importlib.import_module(module_name)
    except ImportError as problem:
        package = module_name.split(".")[0].replace("_", "-")
        raise TargetFailed(
            f"{path} is not installed here ({problem}): pip install {package}, or give it to the "
            "hub image's OCTODNS_PROVIDERS"
        ) from problem
    found = getattr(module, class_name, None)
    if not (isinstance(found, type) and issubclass(found, BaseProvider)):
        raise TargetFailed(
            f"{path} is no octoDNS provider that can be written; the package's own page "
            "says what its class is called"
        )
    return found


def in_words(problem: BaseException, secrets: Iterable[str]) -> str:
    """Tell what a provider raised, with what its server answered, and without any secret."""
    parts = [f"{type(problem).__name__}: {problem}"]
    answer = getattr(getattr(problem, "response", None), "text", None)
    if isinstance(answer, str) and answer.strip():
        parts.append(answer.strip())
    text = "; ".join(parts)
    for spelling in sorted(_spellings(secrets), key=len, reverse=True):
        text = text.replace(spelling, "***")
    return text if len(text) <= _TOLD else text[: _TOLD - 3] + "..."


def _spellings(secrets: Iterable[str]) -> set[str]:
    """Give secrets as messages spell them: as they are, in URLs, in JSON, in headers."""
    found: set[str] = set()
    for secret in secrets:
        raw = secret.strip()
        if len(raw) >= _SHORT:
            coded = b64encode(raw.encode()).decode()
            quoted = {quote(raw, safe=""), quote(raw), quote_plus(raw)}
            found |= {raw, coded, json.dumps(raw)[1:-1], repr(raw)[1:-1], *quoted}
            found |= {line for line in raw.splitlines() if len(line) >= _LONG}  # a key in PEM
    return found
