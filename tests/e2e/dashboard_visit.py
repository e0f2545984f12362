"""`zonemesh dashboard` as it is typed, and somebody who uses it over HTTP."""

import contextlib
import http.client
import re
import signal
import subprocess
import sys
from collections.abc import Mapping
from email.message import Message
from typing import NamedTuple, Self
from urllib.parse import urlencode, urlsplit

from local.embedded.process import PROJECT

PATIENCE = 60.0  # seconds


class Answer(NamedTuple):
    status: int
    headers: Message
    text: str


class Visit:
    """The command, running, and a visitor that it has let in."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "zonemesh", "dashboard", "--no-open"],
            cwd=PROJECT,
            env=environment | {"PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._stream: http.client.HTTPConnection | None = None

    def __enter__(self) -> Self:
        assert self._process.stdout
        said = self._process.stdout.readline()
        found = re.search(r"http://\S+", said)
        if not found:
            self._process.kill()
        assert found, said + self._process.communicate()[1]
        address = urlsplit(found[0])
        self._port = address.port
        self._cookie = ""
        answer = self._ask("GET", f"{address.path}?{address.query}")
        self._cookie = answer.headers["Set-Cookie"].split(";")[0]
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.communicate()
        if self._stream:
            self._told.close()
            self._stream.close()

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        headers = {"Cookie": self._cookie, "Origin": f"http://127.0.0.1:{self._port}"}
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return Answer(answer.status, answer.headers, answer.read().decode())

    def get(self, path: str) -> str:
        """Read a page."""
        answer = self._ask("GET", path)
        assert answer.status == 200, answer.text
        return answer.text

    def post(self, path: str, **form: str) -> None:
        """Send a form as a page has it."""
        token = re.search(r'name="csrf" value="([^"]+)"', self.get("/hub/east"))
        assert token
        answer = self._ask("POST", path, urlencode(form | {"csrf": token[1]}))
        assert answer.status == 303, answer.text

    def listen(self) -> None:
        """Listen to what open pages are told, until this ends."""
        self._stream = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        mark = re.search(r'connect="(/live[^"]*)"', self.get("/"))
        assert mark
        self._stream.request("GET", mark[1], headers={"Cookie": self._cookie})
        self._told = self._stream.getresponse()

    def hear(self, line: str) -> None:
        """Wait until a line is told."""
        while (told := self._told.readline()) and told.decode().strip() != line:
            pass
        assert told, f"the stream ended without {line!r}"

    def interrupt(self) -> None:
        """Press Ctrl-C: it ends soon and well, though somebody listens."""
        self._process.send_signal(signal.SIGINT)
        said, complaints = self._process.communicate(timeout=PATIENCE)
        assert self._process.returncode == 0, complaints
        assert "has ended" in said
        assert complaints == ""
