"""Rule 5: one tab, and one address, have few jobs waiting or running. Gradio bounds the queue, Visit each tab."""

from collections import Counter

from starlette.requests import Request
from starlette.types import ASGIApp, Send

from .. import limits
from . import internals
from .base import Layer, RefusedError, address_of
from .routes import JOIN, matches


class JobLimit(Layer):
    """Refuse a job where its session or its address has JOBS_EACH of them in the queue."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._joining: Counter[str] = Counter()  # jobs that Gradio is putting into the queue, by session and address

    async def handle(self, request: Request, send: Send) -> None:
        if not matches(request, [("POST", JOIN)]):
            await self.app(request.scope, request.receive, send)
            return
        owners = {owner for owner in (request.state.session, address_of(request.scope)) if owner}
        held = self._joining.copy()
        for session, scope in internals.jobs(request.app):
            held.update(owners & {session, address_of(scope) or session})
        if any(held[owner] >= limits.JOBS_EACH for owner in owners):
            sentence = f"{limits.JOBS_EACH} jobs of yours are running or waiting already; wait for one, or stop it."
            raise RefusedError(429, sentence)
        self._joining.update(owners)
        try:
            await self.app(request.scope, request.receive, send)
        finally:
            self._joining.subtract(owners)
            self._joining += Counter()  # drop zeros
