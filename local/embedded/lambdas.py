"""Lambda workers as AWS runs them: a bare interpreter that sees nothing of its parent."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from ministack.core import lambda_runtime

_FORGOTTEN_AFTER = 24 * 3600  # seconds
# What a worker may see of the server's environment; a function's own variables and
# Lambda's are added by MiniStack.
_KEPT = frozenset({"PATH", "LANG", "LC_ALL", "TZ", "TMPDIR"})


def install(workspace: Path, unpacked_code: Path) -> None:
    """Run workers with an interpreter of their own, made in `workspace`; call once.

    Deployment packages are unpacked in `unpacked_code`.
    """
    interpreter = bare_interpreter(workspace / "python")
    detect = lambda_runtime._detect_runtime_binary

    def detect_runtime_binary(runtime: str) -> tuple[str, str]:
        binary, script = detect(runtime)
        return (str(interpreter) if runtime.startswith("python") else binary), script

    lambda_runtime._detect_runtime_binary = detect_runtime_binary
    lambda_runtime.subprocess = _Substitute(subprocess, Popen=_start_scrubbed)
    unpacked_code.mkdir(parents=True, exist_ok=True)
    _forget_unused(unpacked_code)
    _SharedCode.unpacked = unpacked_code
    lambda_runtime.zipfile = _Substitute(zipfile, ZipFile=_SharedCode)


def _forget_unused(unpacked_code: Path) -> None:
    """Delete the packages that no worker was started with for a day."""
    for package in unpacked_code.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - package.stat().st_mtime > _FORGOTTEN_AFTER:
                shutil.rmtree(package, ignore_errors=True)


def bare_interpreter(directory: Path) -> Path:
    """A Python with the standard library and nothing else, not even pip."""
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(directory)],
        check=True,
        capture_output=True,
    )
    return directory / "bin" / "python"


class _Substitute:
    """A module with some members replaced, for the one module that is given it."""

    def __init__(self, module: ModuleType, **members: Any) -> None:
        self._module = module
        self.__dict__.update(members)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._module, name)


def _start_scrubbed(
    command: list[str], *, env: Mapping[str, str], **options: Any
) -> subprocess.Popen[str]:
    home = {"HOME": os.environ["TMPDIR"]}
    return subprocess.Popen(command, env={**_scrubbed(env), **home}, **options)


def _scrubbed(env: Mapping[str, str]) -> dict[str, str]:
    """Without what came from the server's environment.

    A function's own variable that happens to equal the server's is not lost: the worker
    is handed the function's variables once more when it starts.
    """
    return {
        name: value for name, value in env.items() if name in _KEPT or os.environ.get(name) != value
    }


class _SharedCode(zipfile.ZipFile):
    """A deployment package that is unpacked once for all workers that run it.

    MiniStack unpacks it for each worker, some 85 MB, and each compiles it anew. As on AWS,
    functions must not write into their own code.
    """

    unpacked: Path

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        """Make `path` a link to the unpacked package; layers are unpacked as usual."""
        if Path(path).name != "code":
            super().extractall(path, members, pwd)
            return
        digest = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        shared = self.unpacked / digest
        if not shared.exists():
            own = Path(tempfile.mkdtemp(prefix="partial-", dir=self.unpacked))
            super().extractall(own, members, pwd)
            try:
                own.rename(shared)
            except OSError:  # another worker was faster
                shutil.rmtree(own)
        os.utime(shared)
        Path(path).rmdir()
        Path(path).symlink_to(shared)
