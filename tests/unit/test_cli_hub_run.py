"""`zonemesh hub run-command`: what cannot be is refused before anything is asked of AWS."""

import pytest
import typer
from typer.testing import CliRunner

from zonemesh.cli.hub_run import _http
from zonemesh.cli.main import app


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--notify-source", "192.0.2.1"), "`--notify-source` needs `--host-network`"),
        (("--notify-source", "here"), "write an address of the host"),
        (("--notify-listen", "192.0.2.1"), "wants a port of its own, and at 53 zones are served"),
        (("--listen", "@5353", "--notify-listen", "@5353"), "and at 5353 zones are served"),
        (("--listen", "@0"), "write ADDRESS[@PORT], or @PORT"),
        (("--tls-certificate", "hub.pem"), "`--tls-certificate` and `--tls-key` belong together"),
        (("--engine", "rkt"), "'rkt' is none of docker, podman"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...], said: str) -> None:
    result = CliRunner().invoke(app, ["hub", "run-command", "hq", *arguments])
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_a_port_alone_does_not_publish_the_status_everywhere() -> None:
    with pytest.raises(typer.BadParameter, match=r"127\.0\.0\.1:8053"):
        _http("8053")
    assert [_http("127.0.0.1:8053"), _http("[::1]:8053")] == ["127.0.0.1:8053", "[::1]:8053"]
