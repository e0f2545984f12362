"""What the types found wrong with a mesh, said in the words of mesh.yaml."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from zonemesh.mesh.document import Path, Problem
from zonemesh.mesh.values import shown

_MISSING = {
    "tsig_key": "say which key signs its transfers, or `none` for transfers without a signature",
    "name": "write `name: example.com` for one zone, or `discover: '*'` for all that match",
    "integration": "name the integration whose account holds the zone",
    "hub": "name the hub that publishes it",
    "provider": "name its class as octoDNS does, like `octodns_cloudflare.CloudflareProvider`",
    "primaries": "name the servers that it is transferred from, as they are under `primaries`",
    "pulled_by": "name the hub that transfers it",
    "address": "write its IP address, like `192.0.2.53`",
    "secret": "write `env:NAME`, `file:/absolute/path` or `secretsmanager:ARN`",
}
_EXPECTED = {
    "model_type": "a mapping (`key: value` lines)",
    "model_attributes_type": "a mapping (`key: value` lines)",
    "dict_type": "a mapping (`key: value` lines)",
    "tuple_type": "a list (`[a, b]`, or `- a` lines)",
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "`true` or `false`",
    "bool_parsing": "`true` or `false`",
}
_ACCESS_KEY = "access keys are not stored in the mesh; write the `role_arn` of a role to assume"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Give ` (did you mean ...?)`, or nothing where nothing is near."""
    near = get_close_matches(word, sorted(known), n=1)
    return f" (did you mean `{near[0]}`?)" if near else ""


def explain(error: ValidationError, keys: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Turn validation errors into problems; `keys` are the known keys of each section."""
    for found in error.errors(include_url=False):
        location: Path = found["loc"]
        path = tuple(step for step in location if not _is_tag(step))
        yield Problem(path, _sentence(dict(found), location, keys))


def _is_tag(step: str | int) -> bool:
    return isinstance(step, str) and (step.startswith("<") or step == "[key]")


def _sentence(found: dict[str, Any], location: Path, keys: Mapping[str, Sequence[str]]) -> str:
    kind, value, context = found["type"], found["input"], found.get("ctx", {})
    if kind == "missing":
        step = str(location[-1])
        return f"missing; {_MISSING.get(step, 'it is required')}"
    if kind == "kind_of_target":
        return f"has no usable `type`; {found['msg']}"
    if kind == "extra_forbidden":
        return _unknown_key(location, keys)
    if kind in _EXPECTED:
        return (
            f"expected {_EXPECTED[kind]}, found {_written(value, location)}{_advice(kind, value)}"
        )
    if kind in ("literal_error", "enum"):
        choices = str(context["expected"]).replace("'", "`")
        timers = " or timers (`refresh`, `retry`, `expire`)" if location[-1] == "<word>" else ""
        return f"{_written(value, location)} is not possible; write {choices}{timers}"
    if kind == "value_error":
        return str(context["error"])
    message = found["msg"].removeprefix("Input ").removeprefix("Value ")
    return f"{_written(value, location)}: {message[:1].lower()}{message[1:]}"


def _unknown_key(location: Path, keys: Mapping[str, Sequence[str]]) -> str:
    key, parents = str(location[-1]), location[:-1]
    if "access_key" in key:
        return _ACCESS_KEY
    section = str(parents[-1]) if parents else ""
    known = list(keys.get(section) or keys.get(str(location[0]), ()))
    if section == "<listed>":
        known.append("discover")
    if section == "<discovered>" and key == "name":
        return "an entry has `name` or `discover`, not both; make two entries of it"
    return f"unknown key{did_you_mean(key, known)}; known: {', '.join(known)}"


def _written(value: object, location: Path) -> str:
    """Describe what was written, without repeating what may be a secret."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if location[:1] == ("tsig_keys",) and location[-1] != "algorithm":
        return "something else (not shown, it may be a secret)"
    return shown(value)


def _advice(kind: str, value: object) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return "; put it in quotes"
    if kind == "tuple_type" and isinstance(value, str):
        return "; put it in brackets"
    return ""
