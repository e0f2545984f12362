"""What the commands share: the application, exit codes, options, and how trouble is told.

A module of commands registers them on `app`; `main` imports those modules.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

from zonemesh.cli.display import console, show_problems
from zonemesh.deployment import STACK, TABLE
from zonemesh.errors import CommandRefused, InvalidMesh, StoreError, TooManyRetries
from zonemesh.mesh import Mesh, parse_mesh
from zonemesh.ports import MeshStore

PROBLEMS, USAGE, UNAVAILABLE = 1, 2, 3

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 100},
    help="Keeps every copy of a DNS zone current.\n\n"
    "Exit codes: 0 done; 1 the mesh definition has problems, or what was verified differs; 2 wrong "
    "usage, a file that cannot be read, or a zone or snapshot that is not there; 3 AWS does not "
    "answer, or refuses.",
)

zones = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The zones of the mesh.")
hubs = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="The hubs that serve zones.")
targets = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Where zones go besides.")
hub = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Do something with one hub.")
mesh = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Versions of the mesh.")
tsig = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Keys of transfers.")


def _http(url: str | None) -> str | None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url!r} is no URL; write it like http://127.0.0.1:4566")
    return url


Zone = Annotated[str, typer.Argument(metavar="ZONE", help="A zone's name, or its key in the mesh.")]
TableName = Annotated[
    str, typer.Option("--table", envvar=TABLE, help="The stack's table (its output TableName).")
]
StackName = Annotated[str, typer.Option("--stack", envvar=STACK, help="The deployed stack's name.")]
Region = Annotated[str | None, typer.Option(help="The table's Region.")]
Endpoint = Annotated[
    str | None, typer.Option(callback=_http, help="Another AWS endpoint, like a local one.")
]
Profile = Annotated[str | None, typer.Option(help="A profile of the AWS configuration.")]


def ask(question: str) -> None:
    """Go on when somebody at the terminal agrees; where nobody is there, `--yes` is needed."""
    if not sys.stdin.isatty():
        fail(USAGE, "nothing was changed: nobody is there to ask; add `--yes` to do it.")
    typer.confirm(question, abort=True)


def agree(question: str, is_as_shown: Callable[[], bool], what: str) -> None:
    """Ask, and end where what was shown (as in `the source is`) has changed by the answer."""
    ask(question)
    if not is_as_shown():
        changed_meanwhile(what)


def changed_meanwhile(what: str) -> NoReturn:
    """End because something was changed by others since it was shown."""
    fail(USAGE, f"nothing was changed: {what} other than shown by now; again?")


def mesh_in(store: MeshStore) -> Mesh:
    """Give the newest mesh definition; raises InvalidMesh for one of a newer zonemesh."""
    newest = store.newest()
    return parse_mesh(newest.text) if newest else Mesh()


def now() -> int:
    """Give the time in epoch seconds."""
    return int(time.time())


@contextmanager
def aws_trouble() -> Iterator[None]:
    """End with a sentence instead of a traceback."""
    try:
        yield
    except InvalidMesh as refused:
        show_problems(console(stderr=True), "the mesh in the table", refused.problems)
        raise typer.Exit(PROBLEMS) from None
    except CommandRefused as problem:
        fail(USAGE, str(problem))
    except (StoreError, TooManyRetries) as problem:
        fail(UNAVAILABLE, str(problem))


def fail(code: int, sentence: str) -> NoReturn:
    """End with a sentence on standard error."""
    typer.echo(f"zonemesh: {sentence}", err=True)
    raise typer.Exit(code)
