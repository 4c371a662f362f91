"""How the page is served: Gradio's options, the guard in front of it, and the work in the background."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import gradio as gr

from . import guard, limits, theme
from .guard import internals, storage
from .guard.background import repeat
from .texts.i18n import i18n
from .visits import sessions

PRIVATE_NETWORKS = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10"


def launch_options() -> dict[str, Any]:
    """For Blocks.launch."""
    return {
        "theme": theme.theme(),
        "head": theme.head(),
        "i18n": i18n,
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "pwa": False,
        "max_file_size": limits.MAX_UPLOAD,
        "footer_links": ["api", "settings"],
        "strict_cors": True,
        "state_session_capacity": 2000,
    }


def serve(build: Callable[[], gr.Blocks], block: bool = False, mcp: bool = False, **options: Any) -> gr.Blocks:
    """Build the page and serve it; if `block` is set, until it is interrupted or terminated."""
    if os.environ.get("SPACE_ID"):  # Hugging Face's proxy, in a private network, tells the client's address
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PRIVATE_NETWORKS)
    # After each job Gradio summarises the last 10,000 for its dashboard, which is off.
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    internals.set_mcp_folder(storage.create_folder())  # before the page is built: Gradio copies its pictures there
    demo = build()
    looks = launch_options()
    storage.keep_present_files()
    app = {"middleware": guard.middleware(mcp), "lifespan": _background_work}
    demo.launch(prevent_thread_lock=True, mcp_server=mcp, app_kwargs=app, **looks, **options)
    if block:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that the folder is removed
        demo.block_thread()
    return demo


@asynccontextmanager
async def _background_work(app: Any) -> AsyncIterator[None]:
    """While the app is served: budgets are kept, and a dead queue is restarted."""
    internals.log_missing(app)
    tasks = [
        asyncio.create_task(repeat(partial(internals.restart_dead_queue, app), seconds=1)),
        asyncio.create_task(repeat(partial(asyncio.to_thread, storage.sweep), seconds=10)),
        asyncio.create_task(repeat(partial(asyncio.to_thread, sessions.sweep), seconds=60)),
    ]
    yield
    for task in tasks:
        task.cancel()
