"""The routes: each reads what its page needs, has the page made, and renders it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from zonemesh.dashboard.actions import Action, perform
from zonemesh.dashboard.deciding import DECISIONS
from zonemesh.dashboard.following import Following
from zonemesh.dashboard.links import hub_url, zone_url
from zonemesh.dashboard.live import Reader, Reading
from zonemesh.dashboard.notices import Notices
from zonemesh.dashboard.ordering import ORDERS
from zonemesh.dashboard.pages.differing import checked_view, read_diff
from zonemesh.dashboard.pages.hub import hub_page
from zonemesh.dashboard.pages.overview import Wanted, overview
from zonemesh.dashboard.pages.place import secondary_page, target_page
from zonemesh.dashboard.pages.syncs import last_syncs
from zonemesh.dashboard.pages.zone import zone_page
from zonemesh.dashboard.pages.zone_material import read_material
from zonemesh.dashboard.ports import DashboardPorts
from zonemesh.dashboard.rendering import environment
from zonemesh.dashboard.security import ENTER, STATIC, Guarded, Session, refused, same
from zonemesh.dashboard.stream import events
from zonemesh.errors import NothingRecorded, ZonemeshError
from zonemesh.history import head_of
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.syncs.reading import Wanted as SyncsWanted

EVENTS, EVENTS_MORE, EVENTS_MOST = 20, 80, 1_000  # of a zone's history
FORM_MOST = 10_000  # bytes

Endpoint = Callable[[Request], Response]


@dataclass(frozen=True)
class Dashboard:
    """The pages of one mesh, and who may see them; with `read_only` nothing can be done there."""

    ports: DashboardPorts
    reader: Reader
    following: Following
    session: Session
    read_only: bool = False
    actions: tuple[Action, ...] = (*DECISIONS, *ORDERS)

    def app(self) -> ASGIApp:
        """Make the application."""
        pages = _Pages(self)
        static = StaticFiles(directory=Path(__file__).with_name("static"))
        routes = [
            Route("/", pages.overview),
            Route("/zone/{key:path}", pages.zone),
            Route("/diff/{key:path}", pages.diff),
            Route("/hub/{name}", pages.hub),
            Route("/target/{name}", pages.target),
            Route("/secondary/{name}", pages.secondary),
            Route("/live", pages.live),
            Route(ENTER, pages.enter),
            Route("/do/{name}", pages.do, methods=["POST"]),
            Mount(STATIC.rstrip("/"), static),
        ]
        return Guarded(Starlette(routes=routes), self.session)


class _Pages:
    def __init__(self, dashboard: Dashboard) -> None:
        self._dashboard = dashboard
        self._ports, self._reader = dashboard.ports, dashboard.reader
        self._following, self._session = dashboard.following, dashboard.session
        self._actions = {action.name: action for action in dashboard.actions}
        self._notices = Notices()
        self._templates = environment()

    def overview(self, request: Request) -> Response:
        query = request.query_params
        wanted = Wanted(query.get("q", ""), query.get("only") == "amiss", _number(query, "page", 1))
        return self._page(
            request, "overview.html", lambda status: {"page": overview(status, wanted)}
        )

    def zone(self, request: Request) -> Response:
        key, most = request.path_params["key"], _number(request.query_params, "events", EVENTS)
        most = min(most, EVENTS_MOST)

        def made(status: MeshStatus) -> dict[str, Any] | None:
            if (zone := _zone(status, key)) is None:
                return None
            material = read_material(self._ports, zone, most)
            page = zone_page(status, zone, material, self._following.zone(key))
            return {"page": page, "more": most + EVENTS_MORE}

        return self._page(request, "zone.html", made)

    def diff(self, request: Request) -> Response:
        key, query = request.path_params["key"], request.query_params

        def made(status: MeshStatus) -> dict[str, Any] | None:
            if (zone := _zone(status, key)) is None:
                return None
            asked = query.get("from", ""), query.get("to", ""), query.get("view", "served")
            return {"zone": zone.member, "asked": asked} | self._diff_of(key, *asked)

        return self._page(request, "diff.html", made)

    def _diff_of(self, key: str, before: str, after: str, view: str) -> dict[str, Any]:
        store = self._ports.store
        try:
            head = head_of(store, key)
            return {"diff": read_diff(store, head, before, after, checked_view(view)), "why": ""}
        except NothingRecorded as problem:
            return {"diff": None, "why": str(problem)}
        except ZonemeshError as problem:
            return {"diff": None, "why": f"It cannot be read: {problem}"}

    def hub(self, request: Request) -> Response:
        name = request.path_params["name"]

        def made(status: MeshStatus) -> dict[str, Any] | None:
            if all(hub.name != name for hub in status.hubs):
                return None
            last = last_syncs(self._ports, [name], SyncsWanted())
            return {"page": hub_page(status, name, self._following.hub(name)), "syncs": last}

        return self._page(request, "hub.html", made)

    def target(self, request: Request) -> Response:
        name = request.path_params["name"]

        def made(status: MeshStatus) -> dict[str, Any] | None:
            if (page := target_page(status, name)) is None:
                return None
            last = last_syncs(self._ports, page.hubs, SyncsWanted(target=name))
            return {"page": page, "syncs": last}

        return self._page(request, "place.html", made)

    def secondary(self, request: Request) -> Response:
        name = request.path_params["name"]

        def made(status: MeshStatus) -> dict[str, Any] | None:
            page = secondary_page(status, name)
            return {"page": page, "syncs": None} if page else None

        return self._page(request, "place.html", made)

    async def live(self, request: Request) -> Response:
        seen = request.headers.get("last-event-id") or request.query_params.get("seen", "")
        return StreamingResponse(events(self._reader, seen), media_type="text/event-stream")

    def enter(self, request: Request) -> Response:
        if not self._session.admits(request.query_params.get("token", "")):
            return refused(
                "That address is not good, or not any more. Open the one that "
                "`zonemesh dashboard` printed."
            )
        # A page that goes on by itself: a redirect of a link followed from elsewhere would count
        # as that other site's request, which brings no `SameSite=Strict` cookie.
        response = HTMLResponse(self._templates.get_template("enter.html").render())
        response.set_cookie(
            self._session.cookie_name,
            self._session.cookie,
            path="/",
            httponly=True,
            samesite="strict",
        )
        return response

    async def do(self, request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > FORM_MOST:
                return HTMLResponse("too long", status_code=413)
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return await run_in_threadpool(self._act, request.path_params["name"], form)

    def _act(self, name: str, form: Mapping[str, str]) -> Response:
        if self._dashboard.read_only:
            return refused("This dashboard was started with `--read-only`.")
        if not same(form.get("csrf", ""), self._session.csrf):
            return refused("The page is out of date; load it again.")
        if (action := self._actions.get(name)) is None:
            return HTMLResponse("no such action", status_code=404)
        notice = self._notices.put(perform(action, self._ports, self._following, form))
        self._reader.anew()
        return RedirectResponse(f"{_page_after(form)}?notice={notice}#notice", status_code=303)

    def _page(
        self,
        request: Request,
        template: str,
        made: Callable[[MeshStatus], dict[str, Any] | None],
    ) -> Response:
        reading = self._reader.fresh()
        if reading.status is None or reading.status.version is None:
            return self._rendered(request, "waiting.html", reading, {})
        found = made(reading.status)
        if found is None:
            return self._rendered(request, "missing.html", reading, {}, status_code=404)
        return self._rendered(request, template, reading, found)

    def _rendered(
        self,
        request: Request,
        template: str,
        reading: Reading,
        values: dict[str, Any],
        status_code: int = 200,
    ) -> Response:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        text = self._templates.get_template(template).render(
            reading=reading,
            here=here,
            notice=self._notices.get(request.query_params.get("notice", "")),
            read_only=self._dashboard.read_only,
            csrf=self._session.csrf,
            can=self._actions.keys() if not self._dashboard.read_only else (),
            **values,
        )
        return HTMLResponse(text, status_code=status_code)


def _zone(status: MeshStatus, key: str) -> ZoneStatus | None:
    return next((zone for zone in status.zones if zone.member.zone == key), None)


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise


def _page_after(form: Mapping[str, str]) -> str:
    if form.get("zone"):
        return zone_url(form["zone"])
    return hub_url(form["hub"]) if form.get("hub") else "/"
