"""Requests to a dashboard, as a browser or somebody else would send them."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from tests.dashboard.serving import Served


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str


def ask(
    run: Served,
    path: str,
    *,
    method: str = "GET",
    cookie: bool = True,
    form: Mapping[str, object] | None = None,
    **headers: str,
) -> Answer:
    """Send one request; a header's name is written with `_`, and an empty one is left out."""
    host = f"127.0.0.1:{run.session.port}"
    sent = {"Host": host} | ({"Cookie": run.cookie} if cookie else {})
    body = None
    if form is not None:
        body = urlencode(form)
        sent["Content-Type"] = "application/x-www-form-urlencoded"
    if method == "POST":
        sent["Origin"] = f"http://{host}"
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", run.session.port, timeout=30)
    try:
        connection.request(method, path, body, {k: v for k, v in sent.items() if v})
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), answer.read().decode())
    finally:
        connection.close()


def act(run: Served, name: str, **form: object) -> Answer:
    """Send a form as the page has it."""
    return ask(run, f"/do/{name}", method="POST", form={"csrf": run.session.csrf} | form)
