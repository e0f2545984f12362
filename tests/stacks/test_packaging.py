"""The functions' asset: equal inputs, equal bytes; and what would fail on AWS is found."""

import sys
import zipfile
from pathlib import Path

import pytest

from stacks import packaging
from stacks.asset_check import problems_of
from stacks.errors import SynthRefused
from stacks.packaging import Target, build_asset

PROJECT = Path(__file__).resolve().parents[2]
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + (3).to_bytes(2, "little")  # a shared object of
AARCH64, X86_64 = (183).to_bytes(2, "little"), (62).to_bytes(2, "little")
EXTENSION = "thing/_fast.cpython-313-aarch64-linux-gnu.so"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a function and a lock without packages: pip has nothing to fetch."""
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "functions.txt").write_text("# nothing\n")
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "ring.py").write_text("import json\n")
    (tmp_path / "zonemesh" / "cli").mkdir(parents=True)
    (tmp_path / "zonemesh" / "cli" / "main.py").write_text("")
    (tmp_path / "zonemesh" / "zone.py").write_text("")
    (tmp_path / "zonemesh" / "__pycache__").mkdir()
    (tmp_path / "zonemesh" / "__pycache__" / "zone.cpython-311.pyc").write_bytes(b"")
    return tmp_path


def zipped(path: Path, files: dict[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_the_asset_holds_functions_and_core_without_the_command_line(project):
    with zipfile.ZipFile(build_asset(project, Target.aws())) as asset:
        assert asset.namelist() == ["functions/ring.py", "zonemesh/zone.py"]


def test_the_same_sources_give_the_same_bytes_and_others_another_name(project):
    first = build_asset(project, Target.aws())
    content, built_at = first.read_bytes(), first.stat().st_ino
    assert build_asset(project, Target.aws()).stat().st_ino == built_at  # not built again
    for each in (project / "build").iterdir():
        each.unlink()
    assert build_asset(project, Target.aws()) == first
    assert first.read_bytes() == content
    (project / "zonemesh" / "zone.py").write_text("serial = 1\n")
    assert build_asset(project, Target.aws()) != first


def test_a_lock_that_cannot_be_installed_says_what_pip_said(project):
    (project / "requirements" / "functions.txt").write_text("unhashed==1.0\n")
    with pytest.raises(SynthRefused, match=r"functions\.txt.*aws.*pip said(.|\n)*hash"):
        build_asset(project, Target.aws())
    assert list((project / "build").iterdir()) == []  # nothing half-made is left


def test_a_local_python_that_does_not_run_is_refused_by_name(tmp_path):
    with pytest.raises(SynthRefused, match=r"localPython: .*no-python does not run"):
        Target.local(tmp_path / "no-python")


def test_what_was_built_for_one_interpreter_is_not_taken_for_another(project):
    assert build_asset(project, Target.aws()) != build_asset(
        project, Target.local(Path(sys.executable))
    )


def test_what_nothing_asks_for_is_forgotten_after_a_day(project, monkeypatch):
    first = build_asset(project, Target.aws())
    (project / "zonemesh" / "zone.py").write_text("serial = 1\n")
    second = build_asset(project, Target.aws())
    assert first.exists()
    monkeypatch.setattr(packaging, "FORGOTTEN_AFTER", -1)
    (project / "zonemesh" / "zone.py").write_text("serial = 2\n")
    build_asset(project, Target.aws())
    assert not first.exists()
    assert not second.exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({EXTENSION: ELF + X86_64}, "an object for machine 62, not 183"),
        ({"thing/_fast.cpython-311-x86_64-linux-gnu.so": ELF + AARCH64}, "not an extension module"),
        ({"libs/libthing.so.1": ELF + X86_64}, "an object for machine 62"),
        ({EXTENSION: b"not an object at all"}, "an object for machine"),
        ({"zonemesh/zone.pyc": b""}, "bytecode"),
        ({"functions/ring.py": "import nowhere"}, "imports nowhere"),
        ({"functions/ring.py": "def f():\n    from nowhere.deep import x"}, "nowhere.deep"),
        ({"functions/ring.py": "from . import gone\nfrom .gone import x"}, "functions.gone"),
        ({"functions/ring.py": "import cgi"}, "imports cgi"),  # gone since 3.13
        ({"functions/ring.py": "import a", "a.py": "import b", "b.py": "import c"}, "b.py: imp"),
        (
            {"t-1.dist-info/METADATA": "Name: t\nVersion: 1\nRequires-Dist: other>=2\n"},
            "t needs other>=2; the zip has none",
        ),
        (
            {
                "t-1.dist-info/METADATA": "Name: t\nVersion: 1\nRequires-Dist: o-t>=2\n",
                "o_t-1.dist-info/METADATA": "Name: O_t\nVersion: 1\n",
            },
            "the zip has 1",
        ),
        (
            {
                "t-1.dist-info/METADATA": "Name: t\nVersion: 1\n"
                "Requires-Dist: arm; platform_machine == 'aarch64'\n"
            },
            "t needs arm",
        ),
    ],
)
def test_what_would_fail_on_aws_is_found(tmp_path, files, said):
    assert said in "\n".join(problems_of(zipped(tmp_path / "asset.zip", files)))


@pytest.mark.parametrize(
    "files",
    [
        {EXTENSION: ELF + AARCH64, "a.abi3.so": ELF + AARCH64, "libs/l.so.1": ELF + AARCH64},
        {"functions/ring.py": "import json\nimport thing._fast", EXTENSION: ELF + AARCH64},
        {"functions/ring.py": "from zonemesh import zone", "zonemesh/zone.py": ""},
        {"functions/ring.py": "import a", "a.py": "try:\n    import b\nexcept ImportError: pass"},
        {
            "functions/ring.py": "from typing import TYPE_CHECKING\n"
            "if TYPE_CHECKING:\n    import types_only"
        },
        {
            "t-1.dist-info/METADATA": "Name: t\nVersion: 1\n"
            "Requires-Dist: w; sys_platform == 'win32'\nRequires-Dist: e; extra == 'more'\n"
        },
    ],
)
def test_what_would_run_on_aws_is_not_complained_of(tmp_path, files):
    assert problems_of(zipped(tmp_path / "asset.zip", files)) == []


def test_the_functions_of_this_project_run_on_aws():
    asset = build_asset(PROJECT, Target.aws())
    with zipfile.ZipFile(asset) as opened:
        names = opened.namelist()
    assert any(name.endswith(".so") for name in names)
    for function in ("record_change", "list_zone", "sweep", "refresh_aliases", "announce"):
        assert f"functions/{function}.py" in names
    assert problems_of(asset) == []


@pytest.mark.parametrize("name", ["functions", "hub", "dev", "uv", "node"])
def test_a_lock_names_no_host_and_every_package_by_hash(name):
    lock = (PROJECT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in lock
    assert "--index" not in lock
    for requirement in lock.replace("\\\n", " ").splitlines():
        if requirement.strip() and not requirement.startswith("#"):
            assert "==" in requirement and "--hash=sha256:" in requirement


def test_the_functions_lock_is_the_same_for_every_platform():
    """pip reads markers for the machine that it runs on, not for the one that it installs for."""
    lock = (PROJECT / "requirements" / "functions.txt").read_text()
    assert " ; " not in lock


def test_the_node_lock_names_no_registry():
    lock = (PROJECT / "package-lock.json").read_text()
    assert "://" not in lock
    assert '"integrity": "sha512-' in lock
