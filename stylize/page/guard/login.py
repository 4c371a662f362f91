"""Rule 8: with --auth everything but the login needs it, and guesses of passwords are rate-limited."""

import time
from collections import Counter

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Send

from . import internals
from .base import Layer, RefusedError, address_of
from .routes import LOGIN, PUBLIC, matches

GUESSES = 5  # wrong passwords of one address in a minute
SHARED_GUESSES = 50  # of all clients together that no address tells apart


class Login(Layer):
    """Gradio itself asks for the login on some of its routes only."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._wrong: Counter[str | None] = Counter()  # by address, in this minute
        self._since = 0.0

    async def handle(self, request: Request, send: Send) -> None:
        login = ("POST", LOGIN)
        if not internals.is_logged_in(request) and not matches(request, [*PUBLIC, login]):
            raise RefusedError(401, "Log in first.")
        if matches(request, [login]):
            send = self._counted(address_of(request.scope), send)
        await self.app(request.scope, request.receive, send)

    def _counted(self, address: str | None, send: Send) -> Send:
        """Count a guess before it is answered, so that many at once are counted; take it back if it was right."""
        if time.monotonic() - self._since > 60:
            self._wrong.clear()
            self._since = time.monotonic()
        if self._wrong[address] >= (GUESSES if address else SHARED_GUESSES):
            raise RefusedError(429, "Too many wrong passwords; wait a minute.")
        self._wrong[address] += 1

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < 400:
                self._wrong[address] -= 1
            await send(message)

        return counted
