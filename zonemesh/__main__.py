"""`python -m zonemesh`."""

from zonemesh.cli.main import app

app(prog_name="zonemesh")
