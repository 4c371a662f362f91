"""How the page is served: Gradio's options, the guard in front of it, and the work in the background."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from . import guard, limits
from .guard import internals, storage
from .guard.background import repeat
from .texts.i18n import i18n
from .visits import sessions

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
    internals.set_mcp_folder(storage.create_folder())  # before the page is built: Gradio copies its pictures there
    demo = build()
    storage.keep_present_files()
    app = {"middleware": guard.middleware(mcp), "lifespan": _background_work}
    demo.launch(prevent_thread_lock=True, mcp_server=mcp, app_kwargs=app, **launch_options(), **options)
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
