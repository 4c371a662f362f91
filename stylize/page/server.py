"""Serving the page: gradio's settings for it, its own folder, its middleware, and what uvicorn and Pillow may do."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import gradio as gr
from PIL import Image
from starlette.middleware import Middleware

from stylize import images

from . import limits, uploads
from .i18n import i18n
from .jobs import Keeper
from .layout import CSS
from .middleware import Guard

HEAD_SECONDS = 10.0  # for a request's head to come
STALL_SECONDS = 60.0  # for an answer that is not taken
MAX_CONNECTIONS = 2000


def launch(build: Callable[[], gr.Blocks], block: bool = False, mcp_server: bool = False, **options: Any) -> gr.Blocks:
    """Build the page and serve it; where `block` is set, until it is interrupted or terminated."""
    if os.environ.get("SPACE_ID"):  # a Space is reached through Hugging Face's proxy alone, which tells who asks
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "*")
    uploads.private_folder()  # before anything is built: gradio copies the page's own pictures there
    for name in set(Image.OPEN) - set(images.FORMATS):  # gradio must decode nothing that stylize would not
        del Image.OPEN[name]
    demo = build()
    uploads.keep_what_is_there()
    keeper = Keeper(demo)

    @asynccontextmanager
    async def lifespan(_: Any) -> AsyncIterator[None]:
        asyncio.get_running_loop().set_exception_handler(_once_for_full_tables)
        task = asyncio.create_task(keeper.run())
        yield
        task.cancel()

    demo.launch(
        prevent_thread_lock=True,
        theme=gr.themes.Soft(),
        css=CSS,
        i18n=i18n,
        show_error=False,
        run_history=False,
        enable_monitoring=False,
        max_file_size=limits.MAX_UPLOAD,
        footer_links=["api", "settings"],
        strict_cors=True,
        state_session_capacity=200,
        mcp_server=mcp_server,
        app_kwargs={"middleware": [Middleware(Guard, keeper=keeper, mcp=mcp_server)], "lifespan": lifespan},
        **options,
    )
    _bound_connections(demo.server.config)
    if block:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C, so that files are removed
        demo.block_thread()
    return demo


def _once_for_full_tables(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Without it, each connection that cannot be accepted for want of file descriptors is a traceback."""
    if not str(context.get("message", "")).startswith("socket.accept()"):
        loop.default_exception_handler(context)


def _bound_connections(config: Any) -> None:
    """Gradio passes no settings on to uvicorn, which has none for slow heads and answers that nobody takes."""
    most = MAX_CONNECTIONS
    try:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        soft = hard if 0 < hard < 65536 else max(soft, 65536)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        most = min(most, soft // 2)  # the other half is for files
    except (ImportError, ValueError, OSError):
        pass

    class Bounded(config.http_protocol_class):  # type: ignore[misc]
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if len(self.connections) > most:
                transport.abort()
            self._wait(HEAD_SECONDS)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            if self.cycle is not None and not self.cycle.response_complete:
                self._wait(None)
            elif self._timer is None:
                self._wait(HEAD_SECONDS)

        def pause_writing(self) -> None:
            super().pause_writing()
            self._wait(STALL_SECONDS)

        def resume_writing(self) -> None:
            super().resume_writing()
            self._wait(None)

        def connection_lost(self, error: Exception | None) -> None:
            self._wait(None)
            super().connection_lost(error)

        def _wait(self, seconds: float | None) -> None:
            if self._timer:
                self._timer.cancel()
            loop = asyncio.get_running_loop()
            self._timer = None if seconds is None else loop.call_later(seconds, self.transport.abort)

    config.http_protocol_class = Bounded
