"""The language that the visitor chose in the footer, in a cookie: Gradio itself knows the browser's alone."""

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Message, Send

from ..guard.base import Layer
from .i18n import LOCALES


class ChosenLanguage(Layer):
    """Begin the page with a script that replaces the browser's language: Gradio adds scripts of ours too late."""

    async def handle(self, request: Request, send: Send) -> None:
        language = request.cookies.get("stylize-language", "")
        script = f"<head><script>Object.defineProperty(navigator, 'language', {{value: '{language}'}})</script>"

        async def send_chosen(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers["content-length"] = str(int(headers["content-length"]) + len(script) - len("<head>"))
            elif b"<head>" in message.get("body", b"")[:2000]:
                message["body"] = message["body"].replace(b"<head>", script.encode(), 1)
            await send(message)

        await super().handle(request, send_chosen if language in LOCALES and request.method == "GET" else send)
