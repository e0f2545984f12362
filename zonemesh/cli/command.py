"""What every command has: `--stack` beside `--table`, and examples in its help."""

import inspect
import os
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, TypeVar

import typer

from zonemesh.deployment import STACK, STACK_NAME, TABLE

_Function = TypeVar("_Function", bound=Callable[..., Any])

_VERBATIM = "\b\n"  # before a paragraph of a help text whose lines are kept as they are
_STACK_HELP = f"The stack whose table it is, where none is named.  [default: {STACK_NAME}]"
_Stack = Annotated[str | None, typer.Option("--stack", envvar=STACK, help=_STACK_HELP)]


class Commands(typer.Typer):
    """A group of commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(no_args_is_help=True, rich_markup_mode=None, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[_Function], _Function]:
        """Register a command as typer does, with what all commands have.

        Paragraphs of its docstring whose lines are all commands are its examples.
        """

        def register(function: _Function) -> _Function:
            text = help_text(function.__doc__ or "")
            typer.Typer.command(self, name, help=text, **settings)(with_stack(function))
            return function

        return register


def help_text(docstring: str) -> str:
    """Give a docstring as a help text, in which examples stay one a line."""
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(_VERBATIM + each if is_example(each) else each for each in paragraphs)


def is_example(paragraph: str) -> bool:
    """Tell whether a paragraph holds commands and nothing else."""
    return all(line.startswith("zonemesh ") for line in paragraph.splitlines())


def with_stack(function: Callable[..., Any]) -> Callable[..., Any]:
    """Let a command that is told the table take `--stack` besides.

    It goes where `access` looks for it and where its variable is, into this process's environment.
    One that is typed counts more than a table's variable, which stands there for every command.
    """
    signature = inspect.signature(function)
    names = list(signature.parameters)
    if "table" not in names or "stack" in names:
        return function

    @wraps(function)
    def run(*arguments: Any, stack: str | None = None, **options: Any) -> Any:
        if stack and stack != os.environ.get(STACK):
            if options["table"] not in ("", os.environ.get(TABLE)):
                raise typer.BadParameter("choose one of `--table` and `--stack`")
            options["table"] = ""
            os.environ[STACK] = stack
        return function(*arguments, **options)

    parameters = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for each in signature.parameters.values()
    ]  # fmt: skip
    option = inspect.Parameter(
        "stack", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=_Stack
    )
    parameters.insert(names.index("table") + 1, option)
    run.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {**function.__annotations__, "stack": _Stack}
    return run
