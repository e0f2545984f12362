"""The functions' asset, built without Docker: locked dependencies and our code in one zip.

The same inputs give the same bytes, so that an unchanged function is not deployed again, and
what was built is kept in `build/` under a digest of its inputs, so that a synth is quick.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from stacks.errors import SynthRefused

LOCK = Path("requirements", "functions.txt")
SOURCES = ("functions", "zonemesh")
# Used by people and hubs, not by functions.
LEFT_OUT = tuple(
    Path("zonemesh", name) for name in ("__main__.py", "cli", "dashboard", "targets/octodns")
)
FORGOTTEN_AFTER = 24 * 3600  # seconds
LAYOUT = "1"  # of the zip; a new number builds all anew

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest time that a zip can tell
_READABLE = 0o100644 << 16
_EXECUTABLE = 0o100755 << 16


@dataclass(frozen=True, slots=True)
class Target:
    """What a set of wheels is for: `pip_options` choose them, `interpreter` runs pip."""

    name: str
    interpreter: Path
    pip_options: tuple[str, ...] = ()

    @classmethod
    def aws(cls) -> Self:
        """Lambda's python3.13 on arm64 (Amazon Linux 2023, glibc 2.34)."""
        platforms = ("manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux_2_34_aarch64")
        options = [option for each in platforms for option in ("--platform", each)]
        options += ["--implementation", "cp", "--python-version", "3.13"]
        return cls("aws", Path(sys.executable), tuple(options))

    @classmethod
    def local(cls, interpreter: Path) -> Self:
        """An interpreter of this machine, which need not have pip; raises SynthRefused."""
        asked = "import sys; print('%d.%d' % sys.version_info[:2], sys.implementation.name)"
        try:
            answer = subprocess.run(
                [interpreter, "-c", asked], check=True, capture_output=True, text=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            raise SynthRefused(
                f"context localPython: {interpreter} does not run ({error}); name a Python that "
                f"the functions are to run on"
            ) from None
        version, implementation = answer.stdout.split()
        # An interpreter without pip is installed for by this one, which pip calls --python.
        return cls(f"local-{implementation}{version}", interpreter)


def build_asset(project: Path, target: Target) -> Path:
    """Give the zip with the functions and all that they import; builds it where it is missing."""
    base = _kept(
        project,
        f"dependencies-{target.name}",
        ".zip",
        _dependencies_digest(project, target),
        lambda made: _zip_dependencies(project, target, made),
    )
    sources = [*_source_files(project)]
    digest = _digest(base.name, *(_named_content(project, each) for each in sources))

    def with_sources(made: Path) -> None:
        shutil.copyfile(base, made)
        _append(made, ((each.as_posix(), project / each) for each in sources))

    return _kept(project, f"functions-{target.name}", ".zip", digest, with_sources)


def _kept(project: Path, stem: str, suffix: str, digest: str, make: Callable[[Path], None]) -> Path:
    """Give what was made before under this digest, else make it; whole or not at all."""
    folder = project / "build"
    wanted = folder / f"{stem}-{digest}{suffix}"
    if wanted.exists():
        wanted.touch()
        return wanted
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{stem}-") as scratch:
        made = Path(scratch, "made")
        make(made)
        made.rename(wanted)
    _forget_older(folder, stem, suffix)
    return wanted


def _forget_older(folder: Path, stem: str, suffix: str) -> None:
    """Delete what nothing has asked for in a day; somebody may be deploying a younger one."""
    for old in folder.glob(f"{stem}-*{suffix}"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - old.stat().st_mtime > FORGOTTEN_AFTER:
                old.unlink()


def _dependencies_digest(project: Path, target: Target) -> str:
    lock = (project / LOCK).read_text(encoding="utf-8")
    return _digest(LAYOUT, target.name, json.dumps(target.pip_options), lock)


def _zip_dependencies(project: Path, target: Target, made: Path) -> None:
    with tempfile.TemporaryDirectory(dir=made.parent) as scratch:
        installed = Path(scratch, "installed")
        _install(project / LOCK, target, installed)
        files = sorted(each for each in installed.rglob("*") if each.is_file())
        named = ((each.relative_to(installed).as_posix(), each) for each in files)
        with zipfile.ZipFile(made, "w"):
            pass
        _append(made, (each for each in named if not _varies(each[0])))


def _install(lock: Path, target: Target, into: Path) -> None:
    pip = [sys.executable, "-m", "pip"]
    if not target.pip_options:
        pip += ["--python", str(target.interpreter)]
    command = [
        *pip, "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile",
        "--no-deps", "--require-hashes", "--only-binary=:all:", *target.pip_options,
        "--requirement", str(lock), "--target", str(into),
    ]  # fmt: skip
    # Bytecode is left out: pip would compile it for the Python that runs pip.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SynthRefused(
            f"the functions' dependencies ({lock.name}) could not be installed for "
            f"{target.name}: pip said\n{done.stderr.strip()}"
        )


def _varies(name: str) -> bool:
    """Whether a file of an installation tells of the machine that installed it."""
    top, _, rest = name.partition("/")
    if top == "bin":  # scripts begin with the path of an interpreter
        return True
    return top.endswith(".dist-info") and rest in {"RECORD", "INSTALLER", "REQUESTED"}


def _source_files(project: Path) -> Iterator[Path]:
    for folder in SOURCES:
        for file in sorted((project / folder).rglob("*")):
            relative = file.relative_to(project)
            if any(relative.is_relative_to(each) for each in LEFT_OUT):
                continue
            if file.is_file() and "__pycache__" not in relative.parts:
                yield relative


def _append(archive: Path, files: Iterator[tuple[str, Path]]) -> None:
    with zipfile.ZipFile(archive, "a", zipfile.ZIP_DEFLATED) as opened:
        for name, file in files:
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = _EXECUTABLE if ".so" in file.name else _READABLE
            opened.writestr(entry, file.read_bytes())


def _named_content(project: Path, file: Path) -> str:
    return f"{file.as_posix()} {hashlib.sha256((project / file).read_bytes()).hexdigest()}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
