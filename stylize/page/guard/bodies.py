"""Rule 3: bodies are bounded JSON objects without URLs or data: values; uploads have a limit and need room."""

import json
import re
from contextlib import nullcontext
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Receive, Send

from .. import limits
from ..visits.storage import reserve
from .base import Layer
from .paths import checked
from .routes import LOGIN, MCP, UPLOAD, matches

MAX_BODY = 256_000  # bytes: settings, brush strokes and the names of uploaded files
MAX_MCP = 8_000_000  # MCP's clients send pictures as data: URLs
FORM = 10_000  # bytes around the file in an upload
MAX_DEPTH = 20
URL = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
DATA = re.compile(r"\s*data:", re.IGNORECASE)
SESSION = re.compile(r"[A-Za-z0-9-]{1,64}")


class Bodies(Layer):
    """Check a body and forward the same bytes. `request.state.session` becomes the Gradio session that it names."""

    async def handle(self, request: Request, send: Send) -> None:
        if request.method != "POST":
            await super().handle(request, send)
            return
        upload, mcp = matches(request, UPLOAD), matches(request, MCP)
        length = _length(request, limits.MAX_UPLOAD + FORM if upload else MAX_MCP if mcp else MAX_BODY)
        receive = request.receive if upload else await _checked(request)
        async with reserve(length) if upload or mcp else nullcontext():  # Gradio makes files of MCP's data: URLs
            await self.app(request.scope, receive, send)


def _length(request: Request, limit: int) -> int:
    """Check and return Content-Length, which uvicorn enforces."""
    told = request.headers.get("content-length", "")
    if not (told.isascii() and told.isdecimal()) or "transfer-encoding" in request.headers:
        raise HTTPException(411, "The request must tell its length (Content-Length).")
    if len(told) > 18 or int(told) > limit:
        raise HTTPException(413, f"This is too large; at most {limit / 1e6:.3g} MB are allowed.")
    return int(told)


async def _checked(request: Request) -> Receive:
    """Check the body; returns an ASGI receive that replays it, and then waits for the client's disconnection."""
    body = await request.body()
    if not matches(request, LOGIN):  # which is a form
        content = _parsed(body)
        session = request.state.session = content.get("session_hash", "")
        if "session_hash" in content and not (isinstance(session, str) and SESSION.fullmatch(session)):
            raise HTTPException(400, "The session's name is not valid; reload the page.")  # "" ends Gradio's queue
        if matches(request, MCP):
            params = content.get("params")
            check(params.get("arguments") if isinstance(params, dict) else params, data_urls=True)
        else:
            check(content)
    left: list[Message] = [{"type": "http.request", "body": body}]

    async def receive() -> Message:
        return left.pop() if left else await request.receive()

    return receive


def _parsed(body: bytes) -> dict[str, Any]:
    """Parse the JSON object in a body, by the same function as Gradio does."""
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise HTTPException(400, "The request is not a JSON object.")
    return content


def check(value: Any, data_urls: bool = False, depth: int = 0) -> None:
    """Raises HTTPException for URLs and deep nesting, StylizeError for files outside this server's folder."""
    if depth > MAX_DEPTH:
        raise HTTPException(400, "The request is nested too deeply.")
    if isinstance(value, dict):
        if "path" in value:
            checked(value["path"])
            if not DATA.match(str(value.get("url"))):
                value = value | {"url": None}  # where the page shows the file; Gradio does not use it
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            check(item, data_urls, depth + 1)
    elif isinstance(value, str) and (URL.match(value) or (DATA.match(value) and not data_urls)):
        raise HTTPException(400, "Pictures must be uploaded as files: this server takes no addresses or data: URLs.")
