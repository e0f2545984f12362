"""The JSON Schema of mesh.yaml."""

from typing import Any

from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.help import setting_help


def mesh_schema() -> dict[str, Any]:
    """Give the JSON Schema of mesh.yaml, for editors; every setting is described.

    What the schema cannot say (references between sections, names) is found by `parse_mesh`.
    """
    schema = Mesh.model_json_schema()
    for name, section in schema["$defs"].items():
        _describe(name, section)
    _describe(Mesh.__name__, schema)
    for name, section in schema["properties"].items():
        schema["properties"][name] = _may_be_empty(section)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "zonemesh",
    }


def _describe(kind: str, section: dict[str, Any]) -> None:
    """Say beside each setting of a section what it means, as editors show it."""
    for name, setting in section.get("properties", {}).items():
        setting.pop("title", None)  # the setting's own name over again
        if (text := setting_help(kind, name)) is not None:
            setting["description"] = text


def _may_be_empty(section: dict[str, Any]) -> dict[str, Any]:
    """Allow nothing under a heading: it is none of them, or the defaults."""
    if "type" not in section:
        text = section.pop("description")
        return {"description": text, "anyOf": [section, {"type": "null"}]}
    inner = section.get("additionalProperties")
    entries = {"additionalProperties": {"anyOf": [inner, {"type": "null"}]}} if inner else {}
    return section | {"type": [section["type"], "null"]} | entries
