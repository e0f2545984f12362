"""The commands about the keys of transfers: tsig generate, tsig list, tsig check."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from rich.table import Table
from rich.text import Text

from zonemesh.cli.access import secret_reader, secret_store, table_ports
from zonemesh.cli.app import (
    PROBLEMS,
    USAGE,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    app,
    aws_trouble,
    fail,
    mesh_in,
    tsig,
)
from zonemesh.cli.display import console
from zonemesh.cli.files import replace_file, write_new
from zonemesh.mesh.values import NO_KEY, key_name
from zonemesh.tsig_keys import Checked, KeyUse, check, keys_in
from zonemesh.tsig_secret import LENGTHS, new_secret

app.add_typer(tsig, name="tsig")

PREFIX = "zonemesh/tsig/"  # of names in Secrets Manager
# docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_SECRET_NAME = re.compile(r"[A-Za-z0-9/_+=.@-]{1,512}")


def _key(text: str) -> str:
    try:
        name = key_name(text)
    except ValueError as problem:
        raise typer.BadParameter(str(problem)) from None
    if name == NO_KEY:
        raise typer.BadParameter("`none` means that there is no key; give it another name")
    return name


def _algorithm(text: str) -> str:
    if text not in LENGTHS:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(LENGTHS)}")
    return text


KeyName = Annotated[
    str, typer.Argument(metavar="NAME", parser=_key, help="The key's name, alike at both ends.")
]


@tsig.command()
def generate(
    name: KeyName,
    algorithm: Annotated[
        str, typer.Option(parser=_algorithm, metavar="ALGORITHM", help=", ".join(LENGTHS))
    ] = "hmac-sha256",
    secret_name: Annotated[
        str | None,
        typer.Option(help="Its name in Secrets Manager.", show_default=f"{PREFIX}NAME"),
    ] = None,
    kms_key: Annotated[
        str | None,
        typer.Option(help="A KMS key to encrypt it with; hubs' roles must be let decrypt with it."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(help="Keep it in this file instead, which only its owner can read."),
    ] = None,
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Give a secret that is there another value.")
    ] = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Make a key's secret, and keep it.

    It is printed this once, with what mesh.yaml has to say of it.

    zonemesh tsig generate paris
    zonemesh tsig generate paris --file /etc/zonemesh/paris.key
    """
    if file and (secret_name or kms_key):
        raise typer.BadParameter("`--file` keeps it in a file, and nothing in Secrets Manager")
    secret = new_secret(algorithm)
    if file:
        reference = _keep_in_file(file.absolute(), secret, rotate)
    else:
        where = secret_name or f"{PREFIX}{name}"
        if not _SECRET_NAME.fullmatch(where):
            raise typer.BadParameter(f"{where!r} is no name for Secrets Manager; `--secret-name`")
        with aws_trouble():
            store = secret_store(region, endpoint_url, profile)
            if rotate:
                reference = store.replace(where, secret)
            else:
                reference = store.create(where, secret, f"zonemesh: TSIG key {name}", kms_key)
    block = {"tsig_keys": {name: {"algorithm": algorithm, "secret": reference}}}
    if as_json:
        made = {"name": name, "algorithm": algorithm, "reference": reference, "secret": secret}
        typer.echo(json.dumps(made, indent=2))
    else:
        _show_made(name, secret, block, rotate)


def _keep_in_file(file: Path, secret: str, rotate: bool) -> str:
    if "\n" in str(file):
        fail(USAGE, f"{str(file)!r}: a reference to it could not be written; name another file.")
    if rotate:
        if not file.is_file():
            fail(USAGE, f"{file}: there is none to be rotated; leave out --rotate.")
        replace_file(file, f"{secret}\n", private=True)
    else:
        write_new(file, f"{secret}\n")
    return f"file:{file}"


def _show_made(name: str, secret: str, block: dict[str, Any], rotated: bool) -> None:
    typer.echo(f"The secret of the key {name}, for the other end; it is not shown again:\n")
    typer.echo(f"    {secret}\n")
    if rotated:
        typer.echo(
            "Hubs read it within 10 minutes; until the other end has it too, transfers fail."
        )
        return
    typer.echo("For mesh.yaml:\n")
    typer.echo("".join(f"    {line}\n" for line in yaml.safe_dump(block).splitlines()))
    typer.echo("Then `zonemesh apply`; where the secret is new, `cdk deploy` lets hubs read it.")


@tsig.command("list")
def list_keys(
    table: TableName,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """List the mesh's keys, and who signs with them.

    zonemesh tsig list
    """
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        keys = keys_in(mesh_in(ports.mesh_store))
    if as_json:
        typer.echo(json.dumps([key.document() for key in keys], indent=2))
    elif keys:
        console().print(_rows(keys))
    else:
        typer.echo("The mesh has no TSIG key; `zonemesh tsig generate NAME` makes one.")


def _rows(keys: Sequence[KeyUse]) -> Table:
    rows = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    rows.add_column("KEY", overflow="fold")
    rows.add_column("ALGORITHM", no_wrap=True)
    rows.add_column("SIGNED BY", overflow="fold")
    rows.add_column("HUBS", overflow="fold")
    rows.add_column("SECRET KEPT IN", overflow="fold")
    for key in keys:
        users = ", ".join((*key.secondaries, *key.primaries)) or Text("nobody", style="dim")
        rows.add_row(key.name, key.algorithm, users, ", ".join(key.hubs), key.reference)
    return rows


@tsig.command("check")
def check_keys(
    table: TableName,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these keys.")
    ] = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the keys' secrets can be read, and are good.

    They are not shown. Ends with 1 where one is not good.

    zonemesh tsig check
    """
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        keys = _named(keys_in(mesh_in(ports.mesh_store)), names or ())
        reader = secret_reader(ports)
        found = [check(key, reader) for key in keys]
    if as_json:
        typer.echo(json.dumps([_checked_document(each) for each in found], indent=2))
    else:
        for each in found:
            console().print(_verdict(each), soft_wrap=True)
    if any(each.problem for each in found):
        raise typer.Exit(PROBLEMS)


def _named(keys: Sequence[KeyUse], names: Sequence[str]) -> list[KeyUse]:
    known = {key.name: key for key in keys}
    for name in names:
        if name not in known:
            fail(
                USAGE, f"no TSIG key `{name}` in the mesh; there are: {', '.join(known) or 'none'}."
            )
    return [known[name] for name in names] or list(keys)


def _checked_document(found: Checked) -> dict[str, Any]:
    document = found.key.document()
    return document | {"problem": found.problem or None, "remark": found.remark or None}


def _verdict(found: Checked) -> Text:
    if found.problem:
        return Text.assemble((found.key.name, "bold"), ": ", (found.problem, "red"))
    if found.remark:
        return Text.assemble((found.key.name, "bold"), f": {found.remark}")
    return Text.assemble((found.key.name, "bold"), ": ", ("good", "green"))
