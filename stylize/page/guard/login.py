"""Rule 8: with --auth everything but the login needs it, and guesses are rate-limited."""

import time
from collections import Counter

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Send

from . import internals
from .base import Layer, address_of
from .routes import LOGIN, PUBLIC, matches

GUESSES = 5  # wrong passwords of one address in a minute
SHARED_GUESSES = 50  # of all clients that no address tells apart, who would otherwise be locked out as one


class Login(Layer):
    """Ask for the login on every route; Gradio itself does on some only."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._wrong, self._end = Counter[str](), 0.0  # guesses by address, and the end of their minute

    async def handle(self, request: Request, send: Send) -> None:
        if not internals.is_logged_in(request) and not matches(request, *PUBLIC, LOGIN):
            raise HTTPException(401, "Log in first.")
        if not matches(request, LOGIN):
            await super().handle(request, send)
            return
        address, now = address_of(request.scope), time.monotonic()
        if now > self._end:
            self._end, self._wrong = now + 60, Counter()
        if self._wrong[address] >= (GUESSES if address else SHARED_GUESSES):
            raise HTTPException(429, "Too many wrong passwords; wait a minute.")
        self._wrong[address] += 1  # at once, so that guesses at the same time are counted

        async def forget_right_guess(message: Message) -> None:
            if message.get("status") == 200:
                self._wrong[address] -= 1
            await send(message)

        await super().handle(request, forget_right_guess)
