"""How the page is served: gradio's options, this process's own folder, and what is put before gradio."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TextIO

import gradio as gr
import gradio.mcp
from PIL import Image
from starlette.middleware import Middleware

from stylize.pictures import formats, images

from . import limits
from .guard import connections
from .guard.jobs import Keeper
from .guard.middleware import Guard
from .texts.i18n import i18n
from .visits import uploads

WEB = Path(__file__).parent / "web"
PRIVATE_NETWORKS = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10"
LOG_A_MINUTE = 200_000  # characters
SHADES = (("", "*primary_800"), ("_dark", "white"))


class BoundedLog:
    """What is written to a stream, up to so many characters a minute: errors of strangers' making fill no disk."""

    def __init__(self, stream: TextIO, most: int = LOG_A_MINUTE) -> None:
        self._stream, self._most, self._left, self._since = stream, most, most, time.monotonic()

    def write(self, text: str) -> int:
        if time.monotonic() - self._since > 60:
            self._left, self._since = self._most, time.monotonic()
        if self._left > 0:
            self._stream.write(text[: self._left])
            if len(text) >= self._left:
                self._stream.write("\n... more was to be said in this minute, and is left out\n")
            self._left -= len(text)
        return len(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


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
        "max_file_size": limits.MAX_UPLOAD,
        "footer_links": ["api", "settings"],
        "strict_cors": True,
        "state_session_capacity": 2000,
    }


def _theme() -> gr.themes.Base:
    """Fonts that are there, and colours that can be read."""
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
    """Build the page and serve it; where `block` is set, until it is interrupted or terminated."""
    if os.environ.get("SPACE_ID"):  # a Space is reached through Hugging Face's proxy, which tells who asks
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PRIVATE_NETWORKS)
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")  # gradio would make a table of the last 10,000 each time
    if block:  # uvicorn keeps the stream that it finds
        sys.stderr = BoundedLog(sys.stderr)  # type: ignore[assignment]
    own = uploads.private_folder()  # before anything is built: gradio copies the page's own pictures there
    gradio.mcp.DEFAULT_TEMP_DIR = str(own)  # where it writes the pictures of MCP's clients
    Image.init()
    Image.ID[:] = [name for name in Image.ID if name in formats.FORMATS]  # for what gradio may decode
    Image.MAX_IMAGE_PIXELS = images.MAX_PIXELS // 2  # Pillow raises above twice its limit
    demo = build()
    uploads.keep_what_is_there()
    keeper = Keeper(demo)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(connections.on_loop_error)
        task = asyncio.create_task(keeper.run())
        yield
        task.cancel()

    guard = Middleware(Guard, keeper=keeper, mcp=mcp)
    app: dict[str, Any] = {"middleware": [guard], "lifespan": lifespan}
    demo.launch(prevent_thread_lock=True, mcp_server=mcp, app_kwargs=app, **launch_options(), **options)
    connections.bound(demo.server.config)
    if block:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that files are removed
        demo.block_thread()
    return demo
