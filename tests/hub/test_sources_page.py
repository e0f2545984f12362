"""What docs/sources.md shows is what the mesh and the servers take."""

import re
import subprocess
from pathlib import Path

from zonemesh.mesh.definition import parse_mesh

PAGE = Path(__file__).parents[2] / "docs" / "sources.md"


def blocks(language: str) -> list[str]:
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    return [text for name, text in fenced if name == language]


def test_the_mesh_on_the_page_is_one() -> None:
    mesh = parse_mesh(blocks("yaml")[0])
    (zone,) = mesh.pulled_by("hq")
    assert zone.primaries == ("ns1", "ns2")
    assert mesh.primaries_of("hq")["ns2"].port == 5353


def test_the_primaries_on_the_page_are_what_their_servers_take(tmp_path: Path) -> None:
    bind, nsd = blocks("")
    knot = blocks("yaml")[1]
    checks = {
        "named.conf": (bind, ["named-checkconf"], []),
        "nsd.conf": (nsd, ["nsd-checkconf"], []),
        "knot.conf": (knot, ["knotc", "-c"], ["conf-check"]),
    }
    for name, (text, before, after) in checks.items():
        path = tmp_path / name
        path.write_text(text.replace("…", "PP9O+O1nc8ysAGOsu6J0aNA9iMkXzYYR7brZcmj6UZ0="))
        command = [*before, str(path), *after]
        said = subprocess.run(command, capture_output=True, text=True, check=False)
        assert said.returncode == 0, f"{name}: {said.stdout}{said.stderr}"
