"""Rule 9: other websites can neither frame the page (Hugging Face can frame a Space) nor send requests to it."""

import os

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message, Send

from .base import Layer
from .routes import PUBLIC, matches

SPACES = "https://huggingface.co https://*.huggingface.co https://*.hf.space"


class OtherSites(Layer):
    """Browsers tell who sends a request (Sec-Fetch-Site), and obey a Content-Security-Policy."""

    async def handle(self, request: Request, send: Send) -> None:
        if request.headers.get("sec-fetch-site") in ("cross-site", "same-site") and not matches(request, *PUBLIC):
            raise HTTPException(403, "Another website may not ask for this.")
        frames = f"'self' {SPACES}" if os.environ.get("SPACE_ID") else "'self'"

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = f"frame-ancestors {frames}; object-src 'none'; base-uri 'self'"
                headers["x-content-type-options"] = "nosniff"
            await send(message)

        await super().handle(request, send_with_policy)
