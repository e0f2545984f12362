"""The text of mesh.yaml as plain data, with the line of every part of it."""

import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from zonemesh.errors import InvalidMesh

Path = tuple[str | int, ...]

_QUOTED = re.compile(r"'[^'<]{3,}'")  # from the text itself: a tag, an alias
LARGEST = 350_000  # bytes; a version is one DynamoDB item, of at most 400 KB


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at one place of the document, and what to write instead."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """Mappings (keys always text), lists and scalars; `lines` counts from 1."""

    data: Any
    lines: dict[Path, int]
    problems: tuple[Problem, ...]

    def line(self, path: Path) -> int:
        """Give the line of the nearest part that was written."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)

    def describe(self, problem: Problem) -> str:
        """Give a problem as one line: path, text, line."""
        where = path_text(problem.path) or "mesh"
        return f"{where}: {problem.text} (line {self.line(problem.path)})"


def path_text(path: Path) -> str:
    """Write a path as `zones[2].policy.soa`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def read_document(text: str) -> Document:
    """Read YAML (1.1, the safe subset).

    Raises InvalidMesh, with line and column, where the text is no YAML at all. Never repeats a line
    of the text: it may hold a secret.
    """
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise InvalidMesh([f"mesh: larger than {LARGEST:,} bytes; discover zones by a pattern"])
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        nodes = _Nodes({}, [], set())
        if root is not None:
            nodes.visit(root, ())  # first: merge keys are expanded in place
        data = None if root is None else loader.construct_document(root)
        if data is None:
            raise InvalidMesh(["mesh: the file is empty; it needs `integrations`, `zones`, `hubs`"])
        return Document(data, nodes.lines, tuple(nodes.problems))
    except yaml.MarkedYAMLError as problem:
        raise InvalidMesh([_syntax_problem(problem)]) from None
    except yaml.reader.ReaderError as problem:
        raise InvalidMesh([_character_problem(text, problem)]) from None
    except RecursionError:
        raise InvalidMesh(["mesh: nested too deeply to be a mesh"]) from None
    except ValueError as problem:
        if isinstance(problem, InvalidMesh):
            raise
        raise InvalidMesh([f"mesh: a number or date that cannot exist: {problem}"]) from None


def _syntax_problem(problem: yaml.MarkedYAMLError) -> str:
    mark = problem.problem_mark or problem.context_mark
    where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"
    context = f" ({problem.context})" if problem.context else ""
    text = f"{problem.problem or 'cannot be read'}{context}"
    return f"mesh: not YAML at {where}: {_QUOTED.sub('`...`', text)}"


def _character_problem(text: str, problem: yaml.reader.ReaderError) -> str:
    before = text[: problem.position]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    return f"mesh: not YAML at line {line}, column {column}: a character that YAML does not allow"


class _Loader(yaml.SafeLoader):
    """The safe loader, with keys as they are written: a hub may be called `no` or `1`."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self.flatten_mapping(node)
        return {
            key.value if isinstance(key, yaml.ScalarNode) else "?": self.construct_object(
                value, deep=deep
            )
            for key, value in node.value
        }


@dataclass(frozen=True, slots=True)
class _Nodes:
    """A walk over the parsed nodes, each once, whatever the aliases."""

    lines: dict[Path, int]
    problems: list[Problem]
    seen: set[int]

    def visit(self, node: yaml.Node, path: Path) -> None:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if id(node) in self.seen:
            return
        self.seen.add(id(node))
        for step, line, child in self._children(node, path):
            self.lines.setdefault((*path, step), line)
            self.visit(child, (*path, step))

    def _children(self, node: yaml.Node, path: Path) -> Iterator[tuple[str | int, int, yaml.Node]]:
        if isinstance(node, yaml.SequenceNode):
            for index, child in enumerate(node.value):
                yield index, child.start_mark.line + 1, child
        elif isinstance(node, yaml.MappingNode):
            first: dict[str, int] = {}
            for key, child in node.value:
                line = key.start_mark.line + 1
                if not isinstance(key, yaml.ScalarNode):
                    self.problems.append(Problem(path, f"a key is not plain text in line {line}"))
                    continue
                if key.value in first:
                    self._duplicate((*path, key.value), line, first[key.value])
                first.setdefault(key.value, line)
                yield key.value, line, child

    def _duplicate(self, path: Path, line: int, first: int) -> None:
        text = f"written twice, in lines {first} and {line}; keep one"
        self.problems.append(Problem(path, text))
