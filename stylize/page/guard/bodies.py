"""Rule 3, bodies: bounded JSON objects without URLs or data: values, forwarded as they came."""

import json
import re
from typing import Any

from starlette.requests import Request
from starlette.types import Message, Receive, Send

from stylize import StylizeError

from .base import Layer, RefusedError
from .paths import checked
from .routes import LOGIN, MCP, UPLOAD, matches

MAX_BODY = 256_000  # bytes: settings, brush strokes and the names of uploaded files
MAX_MCP_BODY = 8_000_000  # MCP's clients send pictures as data: URLs
MAX_DEPTH = 20
URL = re.compile(r"\s*[a-z][a-z0-9+.-]*://", re.IGNORECASE)
DATA = re.compile(r"\s*data:", re.IGNORECASE)
SESSION = re.compile(r"[A-Za-z0-9-]{1,64}")


class JsonBodies(Layer):
    """Check the body of every POST request but uploads, and forward the same bytes.

    `request.state.session` is set to the Gradio session that the body names.
    """

    async def handle(self, request: Request, send: Send) -> None:
        if request.method != "POST" or matches(request, [("POST", UPLOAD)]):
            await self.app(request.scope, request.receive, send)
            return
        mcp = bool(matches(request, [("POST", MCP)]))
        body = await _read(request, MAX_MCP_BODY if mcp else MAX_BODY)
        if not matches(request, [("POST", LOGIN)]):  # which is a form
            content = parse(request.headers.get("content-type", ""), body)
            if mcp:
                check(content.get("params"), data_urls=True)
            else:
                check(content)
            request.state.session = _session(content)
        await self.app(request.scope, _replay(body, request.receive), send)


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise RefusedError(413, "The request is too large; upload pictures as files, not inside it.")
    return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body that was read, and then what comes after it (the client's disconnection)."""
    left: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return left.pop() if left else await receive()

    return replay


def parse(kind: str, body: bytes) -> dict[str, Any]:
    """The JSON object in a body, read by the same function as Gradio reads it. Raises RefusedError."""
    if kind.split(";")[0].strip() != "application/json":
        raise RefusedError(415, "The request's body must be JSON, and say so (Content-Type).")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "The request is not valid JSON.") from None
    if not isinstance(content, dict):
        raise RefusedError(400, "The request is not a JSON object.")
    return content


def check(value: Any, data_urls: bool = False, depth: int = 0) -> None:
    """Raise RefusedError for URLs, for files that are not uploaded ones, and for deep nesting."""
    if depth > MAX_DEPTH:
        raise RefusedError(400, "The request is nested too deeply.")
    if isinstance(value, dict):
        if "path" in value:
            _check_file(value["path"])
            if isinstance(value.get("url"), str) and not DATA.match(value["url"]):
                value = value | {"url": None}  # browsers add where the page shows the file; Gradio ignores it
        for item in value.values():
            check(item, data_urls, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check(item, data_urls, depth + 1)
    elif isinstance(value, str) and (URL.match(value) or (DATA.match(value) and not data_urls)):
        raise RefusedError(400, "Pictures must be uploaded as files: this server takes no addresses or data: URLs.")


def _check_file(path: Any) -> None:
    try:
        checked(path)
    except StylizeError as error:
        raise RefusedError(400, str(error)) from None


def _session(content: dict[str, Any]) -> str | None:
    session = content.get("session_hash")
    if session is None and "session_hash" not in content:
        return None
    if not (isinstance(session, str) and SESSION.fullmatch(session)):  # Gradio's queue dies of an empty one
        raise RefusedError(400, "The session's name is not valid; reload the page.")
    return session
