"""A job's messages on their way to who listens. Whoever does not read them is gone: their connection is closed."""

import asyncio
import json
from collections.abc import Callable

from gradio_client.utils import ServerMessage

from .requests import Message, Request

# Messages alone would take minutes to fill what a connection holds unread: while a job runs, fillers go with them.
# Clients pass over gradio's own heartbeats, which these look like.
FILLER = "-" * 8000
FIRST_FILLERS = 30  # at once when the job begins, and then one a second


async def relay(request: Request, runs: Callable[[], bool]) -> None:
    """To gradio, for a job's messages. `runs` tells whether the job is under way."""
    filling: asyncio.Task[None] | None = None
    if connection := request.scope.get("state", {}).get("connection"):
        connection.hold_little()

    async def send(message: Message) -> None:
        nonlocal filling
        starts = message["type"] == "http.response.start"
        if starts:  # a connection that holds little is used for nothing else
            message = message | {"headers": [*message["headers"], (b"connection", b"close")]}
        elif filling and not message.get("more_body"):
            filling.cancel()
        await request.send(message)
        if starts and message["status"] == 200:
            filling = asyncio.create_task(_fill(request, runs))

    try:
        await request.go_on(send=send)
    finally:
        if filling:
            filling.cancel()


async def tell(request: Request, sentence: str) -> None:
    """An answer in place of a job's messages, in a form that gradio's clients pass on to whoever waits for a job."""
    said = {"msg": "process_completed", "event_id": None, "success": False, "output": {"error": sentence}}
    text = f"data: {json.dumps(said | {'message': ServerMessage.server_stopped})}\n\n"
    headers = [(b"content-type", b"text/event-stream"), (b"connection", b"close")]
    await request.send({"type": "http.response.start", "status": 200, "headers": headers})
    await request.send({"type": "http.response.body", "body": text.encode()})


async def _fill(request: Request, runs: Callable[[], bool]) -> None:
    text = f'data: {{"msg": "heartbeat", "event_id": null, "filler": "{FILLER}"}}\n\n'
    if "/call/" in request.path:
        text = "event: heartbeat\n" + text
    count = FIRST_FILLERS
    while True:
        if runs():
            for _ in range(count):
                await request.send({"type": "http.response.body", "body": text.encode(), "more_body": True})
                await asyncio.sleep(0)  # until a connection that is lost has been told to be
            count = 1
        await asyncio.sleep(1)
