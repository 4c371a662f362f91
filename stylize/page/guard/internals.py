"""All private names of Gradio that this project uses. What is missing at start costs one rule, and one line of log."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio.mcp
import gradio.queueing
from starlette.requests import Request
from starlette.types import Scope

NAMES = {  # rule: the names it needs, as paths from the app that Gradio serves, or from gradio itself
    "few jobs for each tab and address (rule 5)": (
        "app.blocks._queue.active_jobs",
        "app.blocks._queue.event_queue_per_concurrency_id",
        "Event.session_hash",
        "Event.request",
    ),
    "a dead queue is restarted": ("app.blocks._queue.stopped", "app.blocks._queue.start", "app.blocks.is_running"),
    "a login for every route (rule 8)": ("app.auth", "app.tokens", "app.cookie_id"),
}


def missing(app: Any) -> dict[str, list[str]]:
    """The rules that this release of Gradio cannot hold, with the names that it lacks."""
    found = {rule: [name for name in names if not _exists(app, name)] for rule, names in NAMES.items()}
    return {rule: names for rule, names in found.items() if names}


def _exists(app: Any, name: str) -> bool:
    first, *parts = name.split(".")
    if first == "Event":  # its attributes exist once there is a job
        return parts[0] in gradio.queueing.Event.__init__.__code__.co_names
    for part in parts:
        if not hasattr(app, part):
            return False
        app = getattr(app, part)
    return True


def log_missing(app: Any) -> None:
    """Write one line for each rule that cannot be held."""
    for rule, names in missing(app).items():
        logging.getLogger("stylize").warning("This Gradio has no %s. Left out: %s.", ", ".join(names), rule)


def set_mcp_folder(folder: Path) -> None:
    """Let Gradio write the pictures of MCP's clients to this folder; it read GRADIO_TEMP_DIR when it was imported."""
    gradio.mcp.DEFAULT_TEMP_DIR = str(folder)


def jobs(app: Any) -> Iterator[tuple[str, Scope]]:
    """The session, and the scope of the request, of each job that is waiting or running."""
    try:
        queue = app.blocks._queue
        running = [event for events in queue.active_jobs if events for event in events]
        waiting = [event for pool in queue.event_queue_per_concurrency_id.values() for event in pool.queue]
        yield from [(event.session_hash, event.request.scope) for event in running + waiting]
    except AttributeError:
        return


async def restart_dead_queue(app: Any) -> None:
    """An error in Gradio's own loop ends its queue; without this nobody could paint until the server is restarted."""
    queue = app.blocks._queue
    if queue.stopped and app.blocks.is_running:
        logging.getLogger("stylize").warning("Gradio's queue ended; it is started again.")
        queue.stopped = False
        queue.start()


def is_logged_in(request: Request) -> bool:
    """Whether the request has the cookie of a login, or none is asked for."""
    app = request.app
    try:
        if app.auth is None:
            return True
        return any(
            request.cookies.get(f"access-token{kind}-{app.cookie_id}") in app.tokens for kind in ("", "-unsecure")
        )
    except AttributeError:
        return True  # Gradio's own checks remain
