"""The JSON Schema of mesh.yaml."""

from typing import Any

from zonemesh.mesh import Mesh


def mesh_schema() -> dict[str, Any]:
    """Give the JSON Schema of mesh.yaml, for editors.

    What the schema cannot say (references between sections, names) is found by `parse_mesh`.
    """
    schema = Mesh.model_json_schema()
    for name, section in schema["properties"].items():
        if "type" not in section:  # a section of its own: nothing under its heading is the defaults
            schema["properties"][name] = {"anyOf": [section, {"type": "null"}]}
            continue
        section["type"] = [section["type"], "null"]  # nothing under a heading is none of them
        if inner := section.get("additionalProperties"):
            section["additionalProperties"] = {"anyOf": [inner, {"type": "null"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "zonemesh",
    }
