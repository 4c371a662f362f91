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

        held: list[Message] = []  # the headers, until the page's beginning has come

        async def send_chosen(message: Message) -> None:
            headers = MutableHeaders(scope=message) if message["type"] == "http.response.start" else None
            if headers is not None and headers.get("content-type", "").startswith("text/html"):
                held.append(message)
                return
            if held:
                headers, body = MutableHeaders(scope=held[0]), message.get("body", b"")
                if b"<head>" in body[:2000] and "content-length" in headers:
                    message["body"] = body.replace(b"<head>", script.encode(), 1)
                    headers["content-length"] = str(len(message["body"]) - len(body) + int(headers["content-length"]))
                await send(held.pop())
            await send(message)

        await super().handle(request, send_chosen if language in LOCALES and request.method == "GET" else send)
