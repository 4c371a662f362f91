"""Rule 3, uploads: each has a size limit, and all together the disk's budget."""

from starlette.requests import Request
from starlette.types import Send

from stylize import StylizeError

from .. import limits
from .base import Layer, RefusedError
from .routes import MCP, UPLOAD, matches
from .storage import reserve

WRAPPING = 10_000  # bytes of the form around an uploaded file


class Uploads(Layer):
    """Bound a whole upload, of which Gradio bounds each file (max_file_size), and make room for it on the disk."""

    async def handle(self, request: Request, send: Send) -> None:
        if not matches(request, [("POST", UPLOAD), ("POST", MCP)]):  # MCP's data: URLs become files too
            await self.app(request.scope, request.receive, send)
            return
        told = request.headers.get("content-length", "")
        if not (told.isascii() and told.isdecimal()):
            raise RefusedError(411, "The request does not tell its length (Content-Length).")
        if int(told[:20]) > limits.MAX_UPLOAD + WRAPPING:
            raise RefusedError(413, f"An upload may have {limits.MAX_UPLOAD / 1e6:.0f} MB at most.")
        try:
            async with reserve(int(told)):
                await self.app(request.scope, request.receive, send)
        except StylizeError as error:
            raise RefusedError(507, str(error)) from None
