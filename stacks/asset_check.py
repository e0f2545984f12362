"""Whether a zip of functions can run on AWS, without running it: `python -m stacks.asset_check`.

Wheels for another machine cannot be imported here, so the zip is read: every shared object is
built for the target, every distribution has the distributions that it needs, and every import
of our code ends at a file of the zip or at the standard library.
"""

import ast
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from email.parser import HeaderParser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from stacks.packaging import SOURCES, Target, build_asset

TARGET_MACHINE = 183  # EM_AARCH64, elf.h
TARGET_SUFFIXES = (".cpython-313-aarch64-linux-gnu.so", ".abi3.so")
TARGET_MARKERS = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "aarch64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.13.0",
    "python_version": "3.13",
    "sys_platform": "linux",
    "extra": "",
}
# Gone from the standard library by 3.13 (PEP 594, PEP 632), whatever this Python still has.
_GONE = (
    "aifc asynchat asyncore audioop cgi cgitb chunk crypt distutils imghdr imp lib2to3 mailcap "
    "msilib nis nntplib ossaudiodev pipes smtpd sndhdr spwd sunau telnetlib uu xdrlib"
)
STANDARD_LIBRARY = sys.stdlib_module_names - set(_GONE.split())


def problems_of(asset: Path) -> list[str]:
    """List what would fail on AWS, a line each; empty when nothing would."""
    with zipfile.ZipFile(asset) as opened:
        names = frozenset(opened.namelist())
        return [
            *_bytecode(names),
            *_shared_objects(opened),
            *_distributions(opened),
            *_Imports(opened, names).problems(),
        ]


def _bytecode(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        if name.endswith(".pyc"):
            yield f"{name}: bytecode, of whichever Python made it"


def _shared_objects(asset: zipfile.ZipFile) -> Iterator[str]:
    for name in asset.namelist():
        is_extension = name.endswith(".so")
        if not is_extension and ".so." not in name:
            continue
        if is_extension and not name.endswith(TARGET_SUFFIXES):
            yield f"{name}: not an extension module of CPython 3.13 on aarch64"
        with asset.open(name) as opened:
            header = opened.read(20)
        # e_ident, e_type, e_machine: elf(5)
        machine = int.from_bytes(header[18:20], "little")
        if header[:4] != b"\x7fELF" or machine != TARGET_MACHINE:
            yield f"{name}: an object for machine {machine}, not {TARGET_MACHINE} (aarch64)"


def _distributions(asset: zipfile.ZipFile) -> Iterator[str]:
    """Each distribution's requirements, as they read on the target, are in the zip."""
    parsed = [
        HeaderParser().parsestr(asset.read(name).decode())
        for name in asset.namelist()
        if name.endswith(".dist-info/METADATA")
    ]
    present = {canonicalize_name(each["Name"]): each["Version"] for each in parsed}
    for each in parsed:
        for line in each.get_all("Requires-Dist", []):
            wanted = Requirement(line)
            if wanted.marker is not None and not wanted.marker.evaluate(TARGET_MARKERS):
                continue
            version = present.get(canonicalize_name(wanted.name))
            if version is None or not wanted.specifier.contains(version, prereleases=True):
                yield f"{each['Name']} needs {wanted}; the zip has {version or 'none'}"


@dataclass
class _Imports:
    """What is imported when our modules are, followed from file to file.

    In our own code every import counts, in others' only what surely runs at import: what stands
    in a `try` or under an `if` is theirs to do without.
    """

    asset: zipfile.ZipFile
    names: frozenset[str]
    seen: set[str] = field(default_factory=set)

    def problems(self) -> Iterator[str]:
        """Follow every import of our sources."""
        todo = [name for name in sorted(self.names) if _is_ours(name) and name.endswith(".py")]
        while todo:
            name = todo.pop()
            if name in self.seen:
                continue
            self.seen.add(name)
            for module, members in self._imported_by(name):
                files = self._files(module, members)
                if files is None:
                    yield f"{name}: imports {module}, which is not in the zip"
                else:
                    todo += files

    def _imported_by(self, name: str) -> Iterator[tuple[str, list[str]]]:
        tree = ast.parse(self.asset.read(name), name)
        for node in _everywhere(tree) if _is_ours(name) else tree.body:
            if isinstance(node, ast.Import):
                yield from ((alias.name, []) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                yield _absolute(name, node), [alias.name for alias in node.names]

    def _files(self, module: str, members: list[str]) -> list[str] | None:
        """The files that importing a module runs; None when it is nowhere."""
        top = module.partition(".")[0]
        if top in STANDARD_LIBRARY:
            return []
        found = self._file(module)
        if found is None:
            # six makes its `moves` at run time; there is no file to find.
            return [] if module.startswith("six.moves") and self._file("six") else None
        parts = module.split(".")
        packages = [self._file(".".join(parts[:end])) for end in range(1, len(parts))]
        submodules = [self._file(f"{module}.{member}") for member in members]
        return [
            file
            for file in (*packages, found, *submodules)
            if file is not None and file.endswith(".py")
        ]

    def _file(self, module: str) -> str | None:
        path = module.replace(".", "/")
        for candidate in (f"{path}/__init__.py", f"{path}.py"):
            if candidate in self.names:
                return candidate
        for name in self.names:  # an extension, or a package without __init__.py (PEP 420)
            if name.startswith(f"{path}.") and name.endswith(".so"):
                return name
            if name.startswith(f"{path}/"):
                return name if name.endswith("/") else f"{path}/"
        return None


def _is_ours(name: str) -> bool:
    return name.partition("/")[0] in SOURCES


def _everywhere(tree: ast.Module) -> Iterator[ast.AST]:
    """All nodes but those that only type checkers see."""
    todo: list[ast.AST] = [tree]
    while todo:
        node = todo.pop()
        yield node
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            todo += node.orelse
        else:
            todo += ast.iter_child_nodes(node)


def _absolute(name: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = name.split("/")[: -node.level]
    return ".".join([*package, *([node.module] if node.module else [])])


def main() -> int:
    """Build the asset for AWS where it is missing, and say what is wrong with it."""
    asset = build_asset(Path(__file__).resolve().parents[1], Target.aws())
    found = problems_of(asset)
    for problem in found:
        print(f"{asset.name}: {problem}", file=sys.stderr)
    if not found:
        print(f"{asset.name}: every shared object and every import fits python3.13 on arm64")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
