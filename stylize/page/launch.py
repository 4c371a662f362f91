"""Serve the page: Gradio's options, the guard, and background work."""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import gradio as gr
from starlette.middleware import Middleware

from . import guard, limits, theme
from .guard import internals
from .texts.chosen import ChosenLanguage
from .texts.i18n import i18n
from .visits import sessions, storage


def launch_options() -> dict[str, Any]:
    """Options for Blocks.launch."""
    return {
        "theme": theme.theme(),
        "head": theme.head(),
        "i18n": i18n,
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "pwa": False,
        "inline": False,  # a notebook would show a frame, which the guard refuses to other sites
        "max_file_size": limits.MAX_UPLOAD,
        "max_threads": 40 + limits.AT_ONCE,  # 40 is the default; each painting holds one
        "footer_links": ["api"],
        "strict_cors": True,
        "state_session_capacity": 2000,
    }


def serve(build: Callable[[], gr.Blocks], block: bool = False, mcp: bool = False, **options: Any) -> gr.Blocks:
    """Build the page and serve it; if `block` is set, until it is interrupted or terminated."""
    demo = build()
    looks = launch_options()
    storage.keep_present_files()
    app = {
        "middleware": [*guard.middleware(demo, mcp), Middleware(ChosenLanguage)],
        "lifespan": partial(_background_work, demo),
    }
    demo.launch(prevent_thread_lock=True, mcp_server=mcp, app_kwargs=app, **looks, **options)
    if block:
        if threading.current_thread() is threading.main_thread():  # `gradio app.py` runs it in another
            signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that the folder is removed
        demo.block_thread()
    return demo


@asynccontextmanager
async def _background_work(demo: gr.Blocks, app: Any) -> AsyncIterator[None]:
    """Enforce the budgets of memory and disk, and restart a dead queue, while the page is served."""
    jobs: list[tuple[Callable[[], Awaitable[object]], float]] = [(partial(asyncio.to_thread, storage.sweep), 10)]
    jobs += [(partial(asyncio.to_thread, sessions.sweep), 60)]
    if internals.holds("restart of a dead queue", demo):
        jobs.append((partial(internals.restart_dead_queue, demo), 1))
    tasks = [asyncio.create_task(repeat(job, seconds)) for job, seconds in jobs]
    yield
    for task in tasks:
        task.cancel()


async def repeat(job: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Run a job periodically until this task is cancelled. Errors in it are logged."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except Exception:
            logging.getLogger("stylize").exception("Background work failed; the next try is in %g s.", seconds)
