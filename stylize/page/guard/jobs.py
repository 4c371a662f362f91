"""Rule 5: a session and an address have few jobs waiting or running."""

from collections import Counter

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Send

from .. import limits
from . import internals
from .base import Layer, address_of
from .routes import JOIN, matches


class JobLimit(Layer):
    """Refuse a job where its session or its address has JOBS_EACH of them."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(app)
        self._joining: Counter[str] = Counter()  # jobs on their way into the queue, by session and by address

    async def handle(self, request: Request, send: Send) -> None:
        if not matches(request, JOIN):
            await super().handle(request, send)
            return
        owners = {request.state.session, address_of(request.scope)} - {""}
        held = self._joining.copy()
        for session, scope in internals.jobs(request.app):
            held.update(owners & {session, address_of(scope)})
        if any(held[owner] >= limits.JOBS_EACH for owner in owners):
            raise HTTPException(429, f"You have {limits.JOBS_EACH} jobs running or waiting; wait for one or stop it.")
        self._joining.update(owners)
        try:
            await super().handle(request, send)
        except Exception as error:  # Gradio has put nothing into the queue
            internals.LOG.warning("A job could not be queued: %.200r", error)
            raise HTTPException(400, "There is no such function, or not with these parameters; see /config.") from None
        finally:
            self._joining -= Counter(owners)  # which also drops zeros
