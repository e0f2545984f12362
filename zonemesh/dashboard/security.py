"""Who may use the dashboard: the browser that was given its address, and no other page or user.

Each request is checked before anything else sees it:

- its `Host` is this server by an address of loopback, so that no name of somebody else's leads
  here (DNS rebinding);
- its `Origin`, where it has one, is this server, and a POST has one;
- it has the session's cookie, which the address that was printed gives (`SameSite=Strict`).

Actions need the session's CSRF token besides. Each answer forbids frames, other origins' content
and any inline script or style.
"""

import hmac
import secrets
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENTER, STATIC = "/enter", "/static/"
OPEN = (ENTER, STATIC)  # served without a cookie; they tell nothing of the mesh

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`, under which a browser sends `Origin: null` with a form.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Session:
    """The secrets of one run of the dashboard, on `port`.

    `token` is in the address that is printed. `tickets` are those of addresses that are handed to
    a browser, which other users of the machine may see on its command line: each is good once.
    """

    port: int
    token: str = field(default_factory=_secret, repr=False)
    cookie: str = field(default_factory=_secret, repr=False)
    csrf: str = field(default_factory=_secret, repr=False)
    tickets: set[str] = field(default_factory=set, repr=False)

    @property
    def cookie_name(self) -> str:
        """The cookie's name: cookies know no ports, and several dashboards may run."""
        return f"zonemesh-{self.port}"

    @property
    def hosts(self) -> frozenset[str]:
        """What a request may call this server."""
        names = ("127.0.0.1", "localhost")
        bare = names if self.port == 80 else ()
        return frozenset({*(f"{name}:{self.port}" for name in names), *bare})

    def address(self) -> str:
        """Give the address to be printed."""
        return f"http://127.0.0.1:{self.port}{ENTER}?token={self.token}"

    def address_for_once(self) -> str:
        """Give an address that is good for one visit."""
        ticket = _secret()
        self.tickets.add(ticket)
        return f"http://127.0.0.1:{self.port}{ENTER}?token={ticket}"

    def admits(self, token: str) -> bool:
        """Tell whether a token gives the cookie; a ticket is used up."""
        if same(token, self.token):
            return True
        ticket = next((each for each in self.tickets if same(token, each)), None)
        self.tickets.discard(ticket or "")
        return ticket is not None


def same(given: str, expected: str) -> bool:
    """Compare without telling by the time how much is right."""
    return hmac.compare_digest(given.encode(), expected.encode())


def refusal(request: Request, session: Session) -> str:
    """Say why a request is refused; empty where it is not."""
    headers = request.headers
    host = headers.get("host", "").lower()
    if host not in session.hosts:
        return "This server is asked for by another name than its own."
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return "The request comes from a page of another origin."
    if request.method == "POST" and origin is None:
        return "The request does not say which page it comes from."
    if request.url.path.startswith(OPEN):
        return ""
    if not same(request.cookies.get(session.cookie_name, ""), session.cookie):
        return (
            "This browser was not let in, or the dashboard has been started again since. "
            "Open the address that `zonemesh dashboard` printed."
        )
    return ""


class Guarded:
    """An ASGI application behind those checks."""

    def __init__(self, app: ASGIApp, session: Session) -> None:
        self._app, self._session = app, session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        app = self._app
        if why := refusal(Request(scope), self._session):
            app = refused(why)
        await app(scope, receive, _with_headers(scope, send))


def refused(why: str) -> Response:
    """Give the answer to a request that is refused."""
    return HTMLResponse(
        "<!doctype html><html lang=en><meta charset=utf-8><title>zonemesh: refused</title>"
        "<meta name=viewport content='width=device-width'>"
        f"<link rel=stylesheet href={STATIC}dashboard.css>"
        f"<main class=page><h1>Not from here</h1><p>{why}</p></main>",
        status_code=403,
    )


def _with_headers(scope: Scope, send: Send) -> Send:
    cache = "no-cache" if Request(scope).url.path.startswith(STATIC) else "no-store"

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.update({**HEADERS, "Cache-Control": cache})
        await send(message)

    return sending


def media_type(headers: Headers) -> str:
    """Give a request's media type without its parameters."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()
