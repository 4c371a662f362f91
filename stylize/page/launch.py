"""How the page is served: Gradio's options, the guard in front of it, and the work in the background."""

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from . import guard, limits
from .guard import internals
from .texts.i18n import i18n
from .visits import sessions, storage

WEB = Path(__file__).parent / "web"
PRIVATE_NETWORKS = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10"
SHADES = (("", "*primary_800"), ("_dark", "white"))


def launch_options() -> dict[str, Any]:
    """For Blocks.launch."""
    scripts = "".join((WEB / name).read_text(encoding="utf-8") for name in ("region.js", "page.js"))
    return {
        "theme": _theme(),
        "css_paths": WEB / "page.css",
        "head": f"<script>{scripts}</script>",
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


def _theme() -> gr.themes.Base:
    """Soft, with fonts that are installed everywhere, and colours of enough contrast (WCAG AA)."""
    theme = gr.themes.Soft(font=("system-ui", "sans-serif"), font_mono=("ui-monospace", "monospace"))
    text = {f"{part}_text_color{dark}": shade for part in ("block_label", "block_title") for dark, shade in SHADES}
    return theme.set(
        **text,
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_dark="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_background_fill_hover_dark="*primary_600",
        checkbox_label_background_fill_selected="*primary_700",
        checkbox_label_background_fill_selected_dark="*primary_700",
        checkbox_border_color="*neutral_500",
        checkbox_border_color_dark="*neutral_400",
        link_text_color="*primary_700",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
    )


def serve(build: Callable[[], gr.Blocks], block: bool = False, mcp: bool = False, **options: Any) -> gr.Blocks:
    """Build the page and serve it; if `block` is set, until it is interrupted or terminated."""
    if os.environ.get("SPACE_ID"):  # Hugging Face's proxy, in a private network, tells the client's address
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PRIVATE_NETWORKS)
    # After each job Gradio summarises the last 10,000 for its dashboard, which is off.
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")
    demo = build()
    storage.keep_present_files()
    app = {"middleware": guard.middleware(demo, mcp), "lifespan": partial(_background_work, demo)}
    demo.launch(prevent_thread_lock=True, mcp_server=mcp, app_kwargs=app, **launch_options(), **options)
    if block:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that the folder is removed
        demo.block_thread()
    return demo


@asynccontextmanager
async def _background_work(demo: gr.Blocks, app: Any) -> AsyncIterator[None]:
    """While the page is served: keep the budgets, and restart a dead queue."""
    jobs: list[tuple[Callable[[], Awaitable[object]], float]] = [(partial(asyncio.to_thread, storage.sweep), 10)]
    jobs += [(partial(asyncio.to_thread, sessions.sweep), 60)]
    if internals.holds("restart of a dead queue", demo):
        jobs.append((partial(internals.restart_dead_queue, demo), 1))
    tasks = [asyncio.create_task(repeat(job, seconds)) for job, seconds in jobs]
    yield
    for task in tasks:
        task.cancel()


async def repeat(job: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Run a job again and again until this task is cancelled. An error in it is logged, and ends nothing."""
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except Exception:
            logging.getLogger("stylize").exception("Background work failed; the next try is in %g s.", seconds)
