"""What the commands share: the application, exit codes, options, and how trouble is told.

A module of commands registers them on `app`; `main` imports those modules.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

from zonemesh.cli.command import Commands
from zonemesh.cli.completion import hub_names, secondary_names, target_names, zone_names
from zonemesh.cli.display import console, show_problems
from zonemesh.deployment import EVENT_REGION, STACK, TABLE
from zonemesh.errors import CommandRefused, InvalidMesh, StoreError, TooManyRetries
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import MeshStore

PROBLEMS, USAGE, UNAVAILABLE, INTERRUPTED = 1, 2, 3, 130

EXIT_CODES = {
    0: "done",
    PROBLEMS: "the mesh definition has problems, what was looked at is not as it should be, or the "
    "question was answered with no",
    USAGE: "wrong usage, or what was named is not there, or not so that it can be done",
    UNAVAILABLE: "AWS, a source, a target or a hub does not answer, or refuses",
    INTERRUPTED: "broken off by Ctrl-C",
}

app = Commands(
    pretty_exceptions_enable=False,
    context_settings={"max_content_width": 100},
    help="Keeps every copy of a DNS zone current.\n\nExit codes: "
    + "; ".join(f"{code} {meaning}" for code, meaning in EXIT_CODES.items())
    + ".",
)

zones = Commands(help="The zones of the mesh.")
hubs = Commands(help="The hubs that serve zones.")
targets = Commands(help="Where zones go besides.")
secondaries = Commands(help="Who transfers zones from hubs.")
integrations = Commands(help="The accounts that zones come from.")
hub = Commands(help="Do something with one hub.")
mesh = Commands(help="Versions of the mesh.")
tsig = Commands(help="Keys of transfers.")


def _http(url: str | None) -> str | None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url!r} is no URL; write it like http://127.0.0.1:4566")
    return url


Zone = Annotated[
    str,
    typer.Argument(
        metavar="ZONE", autocompletion=zone_names, help="A zone's name, or its key in the mesh."
    ),
]
Zones = Annotated[
    list[str],
    typer.Argument(
        metavar="ZONE...",
        autocompletion=zone_names,
        help="Names, keys or patterns in quotes, like '*.example.com'.",
    ),
]
HubName = Annotated[
    str, typer.Argument(metavar="HUB", autocompletion=hub_names, help="A hub's name.")
]
TargetName = Annotated[
    str, typer.Argument(metavar="TARGET", autocompletion=target_names, help="A target's name.")
]
SecondaryName = Annotated[
    str,
    typer.Argument(metavar="SECONDARY", autocompletion=secondary_names, help="A secondary's name."),
]
Pattern = Annotated[
    str | None,
    typer.Argument(metavar="[PATTERN]", help="Only names that fit, like 'shop-*' in quotes."),
]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead.")]
TableName = Annotated[
    str,
    typer.Option(
        "--table",
        envvar=TABLE,
        default_factory=str,
        show_default=False,
        help="The mesh's table; else the stack tells it.",
    ),
]
StackName = Annotated[str, typer.Option("--stack", envvar=STACK, help="The deployed stack's name.")]
Region = Annotated[str | None, typer.Option(help=f"The stack's Region.  [default: {EVENT_REGION}]")]
Endpoint = Annotated[
    str | None, typer.Option(callback=_http, help="Another AWS endpoint, like a local one.")
]
Profile = Annotated[str | None, typer.Option(help="A profile of the AWS configuration.")]


def ask(question: str) -> None:
    """Go on when somebody at the terminal agrees; where nobody is there, `--yes` is needed."""
    if not sys.stdin.isatty():
        fail(USAGE, "nothing was changed: nobody is there to ask; add `--yes` to do it.")
    typer.confirm(question, abort=True, err=True)


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
        fail(UNAVAILABLE, with_cure(problem))


def with_cure(problem: Exception) -> str:
    """Give an error's sentence, with what to do where it ends with AWS's own words."""
    if problem.__cause__ is None or not str(problem).endswith(str(problem.__cause__)):
        return str(problem)
    from zonemesh.aws.cures import cure  # as boto3 is, imported late

    words = cure(problem.__cause__)
    return f"{problem}; {words}" if words else str(problem)


def fail(code: int, sentence: str) -> NoReturn:
    """End with a sentence on standard error."""
    typer.echo(f"zonemesh: {sentence}", err=True)
    raise typer.Exit(code)
