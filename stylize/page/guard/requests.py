"""One request as the middleware handles it: who sends it, its body, its way on to gradio, and its refusal."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs

from starlette._utils import get_route_path

from . import bodies, visitors
from .bodies import RefusedError

MAX_BODY = 256_000  # bytes of a request that is not an upload: settings, and the names of uploaded files
BODY_SECONDS = 20.0  # for a body to come; of an upload, for its next piece
FRAMES = {False: "'self'", True: "'self' https://huggingface.co https://*.huggingface.co https://*.hf.space"}

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Request:
    def __init__(self, app: Any, scope: Message, receive: Receive, send: Send) -> None:
        kept = "; ".join(map("=".join, visitors.cookies(scope).items())).encode()  # gradio would parse the others too
        headers = [pair for pair in scope["headers"] if pair[0] != b"cookie"] + [(b"cookie", kept)]
        self.app, self.scope, self.receive, self._send = app, scope | {"headers": headers}, receive, send
        self.path = get_route_path(scope) or "/"
        self.method = "GET" if scope["method"] == "HEAD" else str(scope["method"])
        self.query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode("latin-1")).items()}
        self.headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        self.address, self.visitor = visitors.address(scope), visitors.visitor(scope)
        self.answered = False

    @property
    def blocks(self) -> Any:
        return self.scope["app"].get_blocks()

    @property
    def logged_in(self) -> bool:
        """Or no login is asked for."""
        app, cookies = self.scope["app"], visitors.cookies(self.scope)
        names = (f"access-token{kind}-{app.cookie_id}" for kind in ("", "-unsecure"))
        return app.auth is None or any(cookies.get(name) in app.tokens for name in names)

    async def json(self, limit: int = MAX_BODY) -> dict[str, Any]:
        if self.headers.get(b"content-type", "").split(";")[0].strip() != "application/json":
            raise RefusedError(415, "The request's body must be JSON, and say so.")
        return bodies.parsed(await self.body(limit))

    async def body(self, limit: int) -> bytes:
        async def whole() -> bytes:
            body, more = b"", True
            while more:
                message = await self.receive()
                body += message.get("body", b"")
                more = message.get("more_body", False)
                if len(body) > limit:
                    raise RefusedError(413, "The request is too large; upload pictures as files, not inside it.")
            return body

        try:
            return await asyncio.wait_for(whole(), BODY_SECONDS)
        except asyncio.TimeoutError:
            raise RefusedError(408, "The request came too slowly.") from None

    @contextmanager
    def while_there(self) -> Iterator[None]:
        """What waits in this block ends when the client goes. For requests whose body was read."""
        task = asyncio.current_task()

        async def watch() -> None:
            while (await self.receive())["type"] != "http.disconnect":
                pass
            task.cancel()  # type: ignore[union-attr]

        watching = asyncio.create_task(watch())
        try:
            yield
        except asyncio.CancelledError:
            if watching.done():
                raise RefusedError(499, "You have gone.") from None
            raise
        finally:
            watching.cancel()

    async def go_on(self, body: bytes | None = None, receive: Receive | None = None, send: Send | None = None) -> None:
        """To gradio, with another body where one is given."""
        scope = self.scope
        if body is not None:
            kept = [(name, value) for name, value in scope["headers"] if name != b"content-length"]
            scope = scope | {"headers": [*kept, (b"content-length", str(len(body)).encode())]}
            left = [{"type": "http.request", "body": body, "more_body": False}]

            async def again() -> Message:
                return left.pop() if left else await self.receive()

            receive = again
        await self.app(scope, receive or self.receive, send or self.send)

    async def answer(self, body: bytes | None = None, receive: Receive | None = None) -> list[Message]:
        """Gradio's answer, not sent yet: whoever does not take it keeps nobody out of what is locked meanwhile."""
        kept: list[Message] = []

        async def keep(message: Message) -> None:
            kept.append(message)

        await self.go_on(body, receive, keep)
        return kept

    async def send(self, message: Message) -> None:
        """The answer, with what a browser must know of every page here."""
        if message["type"] == "http.response.start":
            self.answered = True
            frames = FRAMES[bool(os.environ.get("SPACE_ID"))]
            policy = f"frame-ancestors {frames}; object-src 'none'; base-uri 'self'"
            added = {"content-security-policy": policy, "x-content-type-options": "nosniff"}
            if self.path == "/" and self.visitor == self.address:
                added["set-cookie"] = visitors.new_cookie(self.scope)
            headers = [(name.encode(), value.encode()) for name, value in added.items()]
            message = message | {"headers": [*message.get("headers", []), *headers]}
        await self._send(message)

    async def send_all(self, answer: list[Message]) -> None:
        for message in answer:
            await self.send(message)

    async def refuse(self, status: int, sentence: str) -> None:
        body = bodies.written({"detail": sentence, "error": sentence})
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        headers.append((b"connection", b"close"))  # what is left of the request is not waited for
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})
