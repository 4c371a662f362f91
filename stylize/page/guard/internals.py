"""All private names of Gradio that this project uses. A rule whose names are missing is left out, and logged."""

import logging
from collections.abc import Callable, Iterator
from typing import Any

from gradio import queueing, routes
from starlette.requests import Request
from starlette.types import Scope

LOG = logging.getLogger("stylize")


def _sets(kind: Any, *names: str) -> Any:
    """Raises AttributeError unless a class's __init__ mentions these attributes; there is no instance of it yet."""
    if lacking := set(names) - set(kind.__init__.__code__.co_names):
        raise AttributeError(f"{kind.__name__} has no {', '.join(lacking)}")


RULES: dict[str, Callable[[Any], object]] = {  # each looks up what its rule needs
    "few jobs": lambda blocks: (
        (blocks._queue.active_jobs, blocks._queue.event_queue_per_concurrency_id),
        _sets(queueing.Event, "session_hash", "request"),
    ),
    "restart of a dead queue": lambda blocks: (blocks._queue.stopped, blocks._queue.start, blocks.is_running),
    "login on every route": lambda blocks: _sets(routes.App, "blocks", "auth", "tokens", "cookie_id"),
}


def holds(rule: str, blocks: Any) -> bool:
    """Whether this release of Gradio has the names that a rule needs."""
    try:
        RULES[rule](blocks)
    except AttributeError as error:
        LOG.warning("This release of Gradio does not fit; left out: %s (%s).", rule, error)
        return False
    return True


def jobs(app: Any) -> Iterator[tuple[str, Scope]]:
    """List the session and the ASGI scope of each job that is waiting or running."""
    queue = app.blocks._queue
    running = [event for events in queue.active_jobs if events for event in events]
    waiting = [event for pool in queue.event_queue_per_concurrency_id.values() for event in pool.queue]
    return ((event.session_hash, event.request.scope) for event in running + waiting)


async def restart_dead_queue(blocks: Any) -> None:
    """Restart Gradio's queue if an error ended its loop, which Gradio itself never does."""
    if blocks._queue.stopped and blocks.is_running:
        LOG.warning("Gradio's queue ended; it is started again.")
        blocks._queue.stopped = False
        blocks._queue.start()


def is_logged_in(request: Request) -> bool:
    """Whether the request has a login's cookie, or no login is required."""
    app = request.app
    cookies = [request.cookies.get(f"access-token{kind}-{app.cookie_id}") for kind in ("", "-unsecure")]
    return app.auth is None or any(cookie in app.tokens for cookie in cookies)
