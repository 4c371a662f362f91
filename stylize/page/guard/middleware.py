"""Every request passes here before gradio sees it: only the routes that the page needs exist. ASGI middleware."""

import asyncio
import logging
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode
from weakref import WeakValueDictionary

from stylize import StylizeError

from .. import limits
from ..visits import uploads
from . import bodies, streams
from .bodies import RefusedError
from .jobs import Keeper
from .receiving import Receiver
from .requests import Message, Receive, Request, Send

MAX_MCP_BODY = 8_000_000  # bytes: pictures come as data: URLs there
MCP_HEADERS = (
    b"host", b"origin", b"accept", b"content-type", b"x-forwarded-host", b"x-forwarded-proto", b"mcp-protocol-version",
    b"mcp-session-id",
)  # fmt: skip
OPEN_REQUESTS = 300  # of one address at a time: a school class, each browser with six
POSTS_A_SECOND = 60  # of one address; what is more waits
PACE_SECONDS = 20.0  # that it waits
JOIN_SECONDS = 240.0  # that a painting waits for a place in the queue, where others at the address have theirs
PAGE_COSTS = 3  # posts: gradio writes its description of the page anew for each who asks
WAITING_CALLS = 60  # of one address, for functions outside the queue, and as many for a place in it
CALLS_AT_ONCE = 4  # of those functions, of all visitors
WRONG_PASSWORDS = 5  # of one address in a minute

# These answer without a login, where one is asked for.
OPEN = r"/|/login/?|/theme\.css|/favicon\.ico|/robots\.txt|/(assets|static)/.*|/gradio_api/startup-events"
# These change nothing and name nothing.
PLAIN = rf"{OPEN}|/config/?|/logout|/gradio_api/(info|app_id|login_check|theme\.css|upload_progress)/?"
OTHER_SITES = "cross-site", "same-site"  # as browsers tell; a site's other ports are others' too
CALL = r"/gradio_api/call/(?:v2/)?(\w+)"

Handler = Callable[[Request, str], Awaitable[None]]


class Guard:
    """Refuses every request but those that the page, gradio's clients and curl need, in the shape they have."""

    def __init__(self, app: Any, keeper: Keeper, mcp: bool = False) -> None:
        self.app, self.keeper = app, keeper
        self._open: Counter[str] = Counter()  # requests by address
        self._waiting: Counter[str] = Counter()  # calls by address, and by pool and address
        self._beating: set[str] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._joining, self._calling = asyncio.Lock(), asyncio.Semaphore(CALLS_AT_ONCE)
        self._routes: list[tuple[str, str, Handler]] = [
            ("GET", PLAIN, self._plain),
            ("GET", r"/gradio_api/file=(.+)", self._file),
            ("GET", r"/gradio_api/heartbeat/([^/]+)", self._heartbeat),
            ("GET", r"/gradio_api/queue/data", self._read),
            ("GET", CALL + r"/([0-9a-f]{32})", self._read_call),
            ("POST", r"/gradio_api/queue/join", self._join),
            ("POST", r"/gradio_api/run/\w+/?", self._run),
            ("POST", CALL, self._call),
            ("POST", r"/gradio_api/cancel", self._cancel),
            ("POST", r"/gradio_api/reset/?", self._reset),
            ("POST", r"/gradio_api/upload", Receiver()),
            ("POST", r"/login/?", self._login),
        ]
        if mcp:
            self._routes.append(("GET", r"/gradio_api/mcp(/http|/schema)?/?", self._plain))
            self._routes.append(("POST", r"/gradio_api/mcp(/http)?/?", self._mcp))

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        request = Request(self.app, scope, receive, send)
        self._open[request.address] += 1
        try:
            await self._answer(request)
        except RefusedError as refused:
            await request.refuse(refused.status, str(refused))
        except StylizeError as error:
            await request.refuse(507, str(error))
        except Exception as error:
            if request.answered:
                raise
            logging.getLogger("stylize").warning("%s %.80s: %.200r", request.method, request.path, error)
            full = uploads.is_full(error)
            await request.refuse(507 if full else 500, str(uploads.FULL) if full else "This could not be answered.")
        finally:
            self._open[request.address] -= 1
            self._open += Counter()  # forgets those at 0

    async def _answer(self, request: Request) -> None:
        if self._open[request.address] > OPEN_REQUESTS:
            raise RefusedError(429, "Too many requests at once; close some tabs.")
        if cost := 1 if request.method == "POST" else PAGE_COSTS * bool(re.fullmatch("/|/config/?", request.path)):
            await self._pace(request.address, cost)
        is_open = re.fullmatch(OPEN, request.path)
        if request.headers.get(b"sec-fetch-site") in OTHER_SITES and not (is_open and request.method == "GET"):
            raise RefusedError(403, "Another website may not ask for this.")
        if not is_open and not request.logged_in:
            raise RefusedError(401, "Log in first.")
        for method, pattern, handler in self._routes:
            if method == request.method and (match := re.fullmatch(pattern, request.path, re.DOTALL)):
                await handler(request, match.group(match.lastindex or 0))
                return
        raise RefusedError(404, "There is no such page.")

    # ---- reading

    async def _plain(self, request: Request, _: str) -> None:
        if len(request.query.get("upload_id", "")) > 64:
            raise RefusedError(400, "The upload's name is too long.")
        await request.go_on()

    async def _file(self, request: Request, path: str) -> None:
        try:
            uploads.usable(path, request.visitor)
        except StylizeError as error:
            raise RefusedError(403, str(error)) from None
        await request.go_on()

    async def _heartbeat(self, request: Request, name: str) -> None:
        session = self._session(request, name)
        if session in self._beating:
            raise RefusedError(409, "This session has its heartbeat already.")
        self._beating.add(session)
        try:
            await request.go_on()
        finally:
            self._beating.discard(session)

    async def _read(self, request: Request, _: str) -> None:
        session = self._session(request, request.query.get("session_hash"))
        if session not in request.blocks._queue.pending_messages_per_session:
            await streams.tell(request, "This job is over, or its messages were not read; begin it again.")
            return
        request.scope["query_string"] = urlencode({"session_hash": session}).encode()
        await self._read_call(request, session)

    async def _read_call(self, request: Request, name: str) -> None:
        self.keeper.readers[name] += 1
        try:
            await streams.relay(request, lambda: self.keeper.paints(name))
        finally:
            self.keeper.readers[name] -= 1
            self.keeper.readers += Counter()  # forgets those at 0

    # ---- calling functions

    async def _join(self, request: Request, _: str) -> None:
        body = bodies.call(await request.json(), request.visitor)
        function = self._function(request, body["fn_index"], queued=True)
        await self._enqueue(request, function, self._session(request, body["session_hash"]), body)

    async def _call(self, request: Request, name: str) -> None:
        public = {fn.api_name: fn for fn in request.blocks.fns.values() if fn.api_visibility == "public"}
        if name not in public:
            raise RefusedError(404, "There is no such endpoint.")
        content = bodies.clean(await request.json(), request.visitor)
        if "/v2/" not in request.path:
            content = {"data": bodies.items(content.get("data"))}
        try:
            await self._enqueue(request, public[name], "", content)
        except (TypeError, ValueError):
            raise RefusedError(400, "The endpoint has not these parameters; the page's footer leads to them.") from None

    async def _enqueue(self, request: Request, function: Any, session: str, body: dict[str, Any]) -> None:
        """Into the queue. Who has no job there waits for others at the address; who has too many is refused."""
        pool, end = function.concurrency_id, time.monotonic() + JOIN_SECONDS
        self._has_room(request, session, pool)  # whoever is refused is so at once
        async with self._turn(request, f"{pool} {request.address}"):
            while time.monotonic() < end:
                async with self._joining:  # nobody slips in between the count and the push
                    if self._has_room(request, session, pool):
                        self.keeper.expect(session)
                        answer = await request.answer(bodies.written(body))
                        break
                with request.while_there():
                    await asyncio.sleep(0.5)
            else:
                raise RefusedError(429, "Many at your address are painting; try again in a while.")
        await request.send_all(answer)

    def _has_room(self, request: Request, session: str, pool: str) -> bool:
        """Whether the address has; raises RefusedError for who has too many jobs, or cannot be told from others."""
        crowded, has_enough = self.keeper.crowded(session, request.visitor, request.address, pool)
        nobody = request.visitor == request.address
        if crowded and (nobody or has_enough):
            sentence = f"You have {limits.JOBS_EACH} jobs running or waiting already; wait for one, or stop it."
            raise RefusedError(429, sentence)
        return not crowded

    async def _run(self, request: Request, _: str) -> None:
        """A function outside the queue: one at a time of an address, few of all."""
        body = bodies.call(await request.json(), request.visitor)
        self._function(request, body["fn_index"], queued=False)
        self._session(request, body["session_hash"])
        async with self._turn(request, request.address), self._calling:
            answer = await request.answer(bodies.written(body))
        await request.send_all(answer)

    async def _cancel(self, request: Request, _: str) -> None:
        body = bodies.cancelling(await request.json())
        session = self._session(request, body["session_hash"])
        event = request.blocks._queue.event_ids_to_events.get(body["event_id"])
        if event is not None and event.session_hash != session:
            raise RefusedError(403, "This is somebody else's.")
        await request.go_on(bodies.written(body))

    async def _reset(self, request: Request, _: str) -> None:
        await request.json()
        await request.go_on(bodies.written({"event_id": ""}))  # gradio does nothing there any more

    async def _mcp(self, request: Request, _: str) -> None:
        body = bodies.written(await request.json(MAX_MCP_BODY))
        uploads.expect(len(body))  # gradio writes the pictures inside to files at once
        uploads.expected(len(body))
        # Gradio calls its own server with these headers: nobody says there who he is, or where from.
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] in MCP_HEADERS]
        await request.go_on(body)

    def _session(self, request: Request, name: Any) -> str:
        session = bodies.session(name)
        if not self.keeper.sessions.admit(session, request.visitor, request.address):
            raise RefusedError(403, "This is somebody else's session; reload the page.")
        return session

    def _function(self, request: Request, number: int, queued: bool) -> Any:
        function = request.blocks.fns.get(number)
        if function is None or not function.fn or bool(function.queue) != queued:
            raise RefusedError(400, "The page has changed; reload it.")
        return function

    # ---- one after the other

    async def _pace(self, address: str, cost: int) -> None:
        """What is too much for this second waits for a later one: a class that opens the page is one address."""
        end = time.monotonic() + PACE_SECONDS
        while self.keeper.posts[address] + cost > POSTS_A_SECOND:
            if time.monotonic() > end:
                raise RefusedError(429, "Too many requests; wait a moment.")
            await asyncio.sleep(0.2)  # the keeper counts from 0 each second
        self.keeper.posts[address] += cost

    @asynccontextmanager
    async def _turn(self, request: Request, whose: str) -> AsyncIterator[None]:
        """One at a time of an address, the first to come first, and few that wait."""
        lock = self._turns.setdefault(whose, asyncio.Lock())
        if self._waiting[whose] >= WAITING_CALLS:
            raise RefusedError(429, "Too many requests; wait until some are answered.")
        self._waiting[whose] += 1
        try:
            with request.while_there():
                await lock.acquire()
            try:
                yield
            finally:
                lock.release()
        finally:
            self._waiting[whose] -= 1
            self._waiting += Counter()

    async def _login(self, request: Request, _: str) -> None:
        body = await request.body(4000)
        async with self._turn(request, request.address):
            if self.keeper.wrong_passwords[request.address] >= WRONG_PASSWORDS:
                raise RefusedError(429, "Too many wrong passwords; wait a minute.")
            answer = await request.answer(body)
            self.keeper.wrong_passwords[request.address] += answer[0]["status"] != 200
        await request.send_all(answer)
