"""The strict Route 53: HTTP requests in MiniStack's handler shape, one store an account.

    world = StrictRoute53(on_write=trail)
    ministack.app.SERVICE_HANDLERS["route53"] = world.handle

Requests run on threads of their own, one at a time within an account, off the event loop.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Lock
from uuid import uuid4

from .account import Account, Call, Json, account_from_json
from .cloudtrail import ApiCall, request_parameters, response_elements
from .errors import Route53Error
from .model import find_operation, is_write
from .operations import OPERATIONS
from .protocol import QueryParams, Reply, error_reply, parse_params, result_reply
from .records import from_api
from .settings import Route53Settings

STATE_VERSION = 1
THREADS = 4
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/")
logger = logging.getLogger(__name__)


def ministack_account() -> str:
    """The account that MiniStack found for the request being handled."""
    from ministack.core.responses import get_account_id

    return str(get_account_id())


def ministack_address() -> str:
    """The caller's address that MiniStack found for the request being handled."""
    from ministack.core.responses import get_request_client_ip

    return str(get_request_client_ip())


def ignore(call: ApiCall) -> None:
    """Record no call."""


class StrictRoute53:
    """Route 53 for every account of the local world."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        settings: Route53Settings | None = None,
        on_write: Callable[[ApiCall], None] = ignore,
        account_id: Callable[[], str] = ministack_account,
        source_ip: Callable[[], str] = ministack_address,
        random: Random | None = None,
    ) -> None:
        """`clock` gives epoch seconds; `settings` may be replaced at any time.

        `on_write` is called on the event loop, in the request's own context, after every write
        call, accepted or refused; what it raises is logged and does not fail the call.
        `account_id` and `source_ip` are asked in the request's context as well.
        """
        self.settings = settings or Route53Settings()
        self._clock = clock
        self._on_write = on_write
        self._account_id = account_id
        self._source_ip = source_ip
        self._random = random or Random()
        self._accounts: dict[str, Account] = {}
        self._accounts_lock = Lock()
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="route53")

    async def handle(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes,
        query_params: QueryParams,
    ) -> Reply:
        """Answer one request; → (status, headers, body)."""
        served = _Served(self._account_id(), headers, self._source_ip())
        loop = asyncio.get_running_loop()
        request = (method, path, query_params, body)
        reply = await loop.run_in_executor(self._threads, self._serve, served, *request)
        if served.call is not None:
            self._record(served.call)
        return reply

    def _serve(
        self, served: _Served, method: str, path: str, query: QueryParams, body: bytes
    ) -> Reply:
        account = self._account(served.account_id)
        try:
            served.operation, path_values = find_operation(method, path)
            with account.lock:
                served.time = self._clock()
                account.throttle.admit(self.settings, served.time)
            served.params = parse_params(served.operation, path_values, query, body)
            with account.lock:
                result = self._perform(account, served)
                served.finish(result, None)
                return result_reply(served.operation, result, served.request_id)
        except Route53Error as error:
            served.finish(None, error)
            return error_reply(error, served.request_id)

    def _perform(self, account: Account, served: _Served) -> Json:
        assert served.operation is not None and served.params is not None
        if served.operation not in OPERATIONS:
            raise Route53Error(
                "NotImplemented", f"The local Route 53 does not have {served.operation}", status=501
            )
        served.time = self._clock()
        call = Call(account, self.settings, served.time, self._random)
        return OPERATIONS[served.operation](call, served.params)

    def _record(self, call: ApiCall) -> None:
        try:
            self._on_write(call)
        except Exception:
            logger.exception("%s %s could not be recorded", call.event_name, call.request_id)

    def _account(self, account_id: str) -> Account:
        with self._accounts_lock:
            return self._accounts.setdefault(account_id, Account(account_id))

    def link_service(self, account_id: str, zone_id: str, principal: str) -> None:
        """Make the zone one that an AWS service manages, as Cloud Map's are: records cannot be
        edited through Route 53. No API call does this, so a world does it here."""
        account = self._account(account_id)
        with account.lock:
            zone = account.zone(zone_id)
            zone.linked_service = {"ServicePrincipal": principal, "Description": f"by {principal}"}

    def put_traffic_policy_record(self, account_id: str, zone_id: str, rrset: Json) -> None:
        """Give the zone a record as an instance of a traffic policy makes it: its name, type and
        TrafficPolicyInstanceId. Traffic policies are not had here, so a world does it."""
        account = self._account(account_id)
        with account.lock:
            zone = account.zone(zone_id)
            record_set = from_api(rrset)
            kept = zone.records.at(record_set.name)
            zone.records.replace(record_set.name, kept | {record_set.key: record_set})

    def dump(self) -> bytes:
        """All accounts' state, for `load`."""
        with self._accounts_lock:
            accounts = dict(self._accounts)
        state: Json = {"version": STATE_VERSION, "accounts": []}
        for account in accounts.values():
            with account.lock:
                state["accounts"].append(account.to_json())
        return zlib.compress(json.dumps(state, separators=(",", ":")).encode(), level=1)

    def load(self, dumped: bytes) -> None:
        """Replace all state by what `dump` returned; ValueError for anything else."""
        try:
            state = json.loads(zlib.decompress(dumped))
        except (zlib.error, ValueError) as error:
            raise ValueError(f"not a state of the local Route 53: {error}") from None
        if state.get("version") != STATE_VERSION:
            raise ValueError(
                f"state of the local Route 53 has version {state.get('version')}, "
                f"this code reads {STATE_VERSION}: start from an empty world"
            )
        try:
            loaded = [account_from_json(account) for account in state["accounts"]]
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a state of the local Route 53: {error!r}") from error
        with self._accounts_lock:
            self._accounts = {account.id: account for account in loaded}

    def reset(self) -> None:
        """Forget everything."""
        with self._accounts_lock:
            self._accounts = {}

    def close(self) -> None:
        """Stop the threads once the requests under way are answered."""
        self._threads.shutdown(wait=True)


class _Served:
    """One request, as it becomes known while it is served."""

    def __init__(self, account_id: str, headers: Mapping[str, str], source_ip: str) -> None:
        known = {name.lower(): value for name, value in headers.items()}
        credential = CREDENTIAL.search(known.get("authorization", ""))
        forwarded = known.get("x-forwarded-for", "").split(",")[0].strip()
        self.account_id = account_id
        self.request_id = str(uuid4())
        self.access_key_id = credential[1] if credential else None
        self.user_agent = known.get("user-agent", "")
        self.source_ip = forwarded or source_ip
        self.time = 0.0
        self.operation: str | None = None
        self.params: Json | None = None
        self.call: ApiCall | None = None

    def finish(self, result: Json | None, error: Route53Error | None) -> None:
        """Set `call`, while the account is still locked, if this was a write."""
        if self.operation is None or not is_write(self.operation):
            return
        params = self.params
        self.call = ApiCall(
            account_id=self.account_id,
            event_name=self.operation,
            event_time=self.time,
            request_id=self.request_id,
            request_parameters=(
                None if params is None else request_parameters(self.operation, params)
            ),
            response_elements=None if result is None else response_elements(self.operation, result),
            error_code=error.code if error else None,
            error_message=error.message if error else None,
            user_agent=self.user_agent,
            source_ip=self.source_ip,
            access_key_id=self.access_key_id,
        )
