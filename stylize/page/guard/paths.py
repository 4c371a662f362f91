"""Rule 1: a request can name only files in this server's own folder."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from starlette.requests import Request
from starlette.types import Send

from stylize import StylizeError

from .base import Layer, RefusedError
from .routes import FILE, matches
from .storage import folder


def checked(path: object) -> Path:
    """The resolved path of a file that a request names; call it wherever such a file is opened.

    Raises StylizeError unless it is a regular file in this server's folder. Its time of use is set (for LRU).
    """
    with suppress(OSError, ValueError, RuntimeError):
        real = Path(str(path)).resolve(strict=True)
        if real.is_relative_to(folder()) and stat.S_ISREG(real.stat().st_mode):
            os.utime(real)
            return real
    raise StylizeError("This picture is not on the server (any more); upload it again.")


class ServedFiles(Layer):
    """Check the file of a download, which Gradio opens."""

    async def handle(self, request: Request, send: Send) -> None:
        if match := matches(request, [("GET", FILE)]):
            try:
                checked(match[1])
            except StylizeError as error:
                raise RefusedError(403, str(error)) from None
        await self.app(request.scope, request.receive, send)
