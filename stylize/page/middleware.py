"""The door: what a stranger's request may carry before gradio reads it. An ASGI middleware."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

MAX_BODY = 256_000  # bytes of a request that is not an upload: settings, and the names of uploaded files
MAX_BRUSH = 8_000_000  # bytes of a picture of brush strokes
OPEN_PROXY = re.compile(r"/(file|proxy)=\s*(https?|ftp):", re.IGNORECASE)
UPLOAD = "/gradio_api/upload"  # streamed to the disk, its size limited by launch(max_file_size=)
BRUSH = "/gradio_api/component_server"
MCP = "/gradio_api/mcp"  # there only where app.py was told --mcp: its pictures come as addresses or data: URLs

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Guard:
    """Refuses what gradio would fetch, decode or stream for anybody.

    - URLs as inputs: gradio downloads them whole, with no limit of size.
    - `data:` URLs as inputs: they pass the limit on uploads, and are decoded even where only a path is asked for.
    - `/file=https://...`: gradio streams any public address through the server.
    - NaN and infinity: JSON has neither, and Python's reader takes both.
    - Bodies larger than settings can be.
    """

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = unquote(scope["path"])
        if OPEN_PROXY.search(path):
            await _refuse(send, 403, "This server fetches no addresses for its visitors.")
            return
        if scope["method"] != "POST" or path.startswith(UPLOAD):
            await self.app(scope, receive, send)
            return
        body, limit = b"", MAX_BRUSH if path.startswith((BRUSH, MCP)) else MAX_BODY
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > limit:
                await _refuse(send, 413, "The request is too large; upload pictures as files, not inside it.")
                return
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                break
        if reason := _objection(body, addresses=path.startswith(MCP)):
            await _refuse(send, 400, reason)
            return
        sent = False

        async def again() -> Message:
            nonlocal sent
            if sent:
                return await receive()
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, send)


def _objection(body: bytes, addresses: bool) -> str:
    """Why this JSON body is refused, or nothing; `addresses` may pass. What is no JSON is left to gradio."""
    if not body.lstrip().startswith((b"{", b"[")):
        return ""
    try:
        content = json.loads(body, parse_constant=_no_number)
    except _NoNumberError:
        return "A setting is not a finite number; give one."
    except (ValueError, RecursionError):
        return "The request is not valid JSON."
    if not addresses and any(_is_address(value) for value in _files(content)):
        return "Pictures must be uploaded as files: this server fetches no addresses and takes no data: URLs."
    return ""


class _NoNumberError(Exception):
    pass


def _no_number(text: str) -> None:
    raise _NoNumberError(text)


def _files(content: Any) -> list[Any]:
    """Everything in it that gradio may take for a file, or for its address."""
    found: list[Any] = []
    rest = [content]
    while rest:
        value = rest.pop()
        if isinstance(value, dict):
            path, url = value.get("path"), value.get("url")
            found.append(path)
            # What gradio sent the page comes back with the page's own address as its url, and is read by its path.
            if not path or str(url).lower().startswith("data:"):
                found.append(url)
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
        elif isinstance(value, str) and value.lower().startswith("data:"):
            found.append(value)
    return found


def _is_address(value: Any) -> bool:
    return isinstance(value, str) and bool(re.match(r"\s*(https?|ftp|data):", value, re.IGNORECASE))


async def _refuse(send: Send, status: int, sentence: str) -> None:
    body = json.dumps({"detail": sentence, "error": sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
