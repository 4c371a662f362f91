"""Uploads as they come in: their number, size and time are bounded, and whose they are is written down."""

import asyncio
import json
from collections import Counter
from pathlib import Path

from starlette.formparsers import MultiPartException

from .. import limits
from ..visits import uploads
from . import requests
from .bodies import RefusedError
from .requests import Message, Receive, Request

MAX_FILES = 10  # of one upload
UPLOAD_SECONDS = 300.0
UPLOADS_AT_ONCE = 6  # of one address


class Receiver:
    def __init__(self) -> None:
        self._uploading: Counter[str] = Counter()  # by address

    async def __call__(self, request: Request, _: str) -> None:
        length, most = _length(request)
        if self._uploading[request.address] >= UPLOADS_AT_ONCE:
            raise RefusedError(429, "Too many uploads at once; wait until some have come.")
        uploads.expect(length)
        self._uploading[request.address] += 1
        try:
            answer = await request.answer(receive=_counted(request.receive, most))
        finally:
            uploads.expected(length)
            self._uploading[request.address] -= 1
            self._uploading += Counter()
        if answer[0]["status"] == 200:
            for path in json.loads(b"".join(message.get("body", b"") for message in answer)):
                uploads.record(Path(path).resolve(), request.visitor, request.address)
        await request.send_all(answer)


def _length(request: Request) -> tuple[int, int]:
    """Of the request, as told or at most; and the most. Raises RefusedError."""
    most = limits.MAX_UPLOAD + 10_000  # and what goes around the file
    told = request.headers.get(b"content-length", str(most))
    if len(request.query.get("upload_id", "")) > 64 or not (told.isascii() and told.isdecimal()):
        raise RefusedError(400, "The upload's name or length is wrong.")
    if (length := int(told[:20])) > most:
        raise RefusedError(413, f"An upload may have {limits.MAX_UPLOAD / 1e6:.0f} MB at most.")
    return length, most


def _counted(receive: Receive, most: int) -> Receive:
    """An upload's pieces. Where gradio meets this exception it removes what it has of the upload."""
    loop, size, parts, tail = asyncio.get_running_loop(), 0, 0, b""
    end = loop.time() + UPLOAD_SECONDS

    async def counted() -> Message:
        nonlocal size, parts, tail
        try:
            message = await asyncio.wait_for(receive(), min(requests.BODY_SECONDS, end - loop.time()))
        except asyncio.TimeoutError:
            raise MultiPartException("The upload came too slowly.") from None
        chunk = message.get("body", b"")
        size, parts = size + len(chunk), parts + (tail + chunk).lower().count(b"content-disposition:")
        tail = chunk[-19:]  # one letter less than what is counted
        if size > most or parts > MAX_FILES:
            raise MultiPartException("The upload is over the maximum allowed size.")
        if message["type"] == "http.disconnect":
            raise MultiPartException("The upload was broken off.")
        return message

    return counted
