"""The configurations in docs/secondaries.md, as the servers' own checkers read them."""

import re
import subprocess
from pathlib import Path

import pytest

from zonemesh.mesh.definition import parse_mesh

TEXT = (Path(__file__).parents[2] / "docs" / "secondaries.md").read_text()
KEY = 'key "paris" { algorithm hmac-sha256; secret "c2VjcmV0"; };\n'
INSIDE = "named.conf, inside of options { … }"
NSD_KEY = 'key:\n  name: "paris"\n  algorithm: hmac-sha256\n  secret: "c2VjcmV0"\n'


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def checked(command: list[str]) -> str:
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert said.returncode == 0, said.stdout + said.stderr
    return said.stdout + said.stderr


def test_the_mesh_is_one() -> None:
    mesh = parse_mesh(blocks("yaml")[0])
    assert list(mesh.secondaries_of("hq")) == ["ns-paris", "appliance"]


@pytest.mark.parametrize("block", blocks("named"))
def test_bind_takes_its_configuration(block: str, tmp_path: Path) -> None:
    path = tmp_path / "named.conf"
    text = block if 'key "paris" {' in block else KEY + block
    beside, _, inside = text.partition(f"// {INSIDE}\n")
    path.write_text(f'options {{ directory "{tmp_path}";\n{inside}}};\n{beside}')
    checked(["named-checkconf", str(path)])


@pytest.mark.parametrize("block", blocks("knot"))
def test_knot_takes_its_configuration(block: str, tmp_path: Path) -> None:
    path = tmp_path / "knot.conf"
    path.write_text(f"database:\n    storage: {tmp_path}\n{block}")
    checked(["knotc", "-c", str(path), "conf-check"])


@pytest.mark.parametrize("block", blocks("nsd"))
def test_nsd_takes_its_configuration(block: str, tmp_path: Path) -> None:
    path = tmp_path / "nsd.conf"
    path.write_text(block if "key:\n" in block else NSD_KEY + block)
    checked(["nsd-checkconf", str(path)])


def test_there_is_something_to_check() -> None:
    assert [len(blocks(language)) for language in ("yaml", "named", "knot", "nsd")] >= [1, 3, 2, 2]
