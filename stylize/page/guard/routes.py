"""Rule 2: only the routes that the page and Gradio's clients need exist."""

import re

from starlette.requests import Request
from starlette.types import ASGIApp, Send

from .base import Layer, RefusedError, path_of

API = "/gradio_api"
FILE = rf"{API}/file=(.+)"
JOIN = rf"{API}/queue/join|{API}/call/(v2/)?\w+"  # a job is put into the queue
UPLOAD = rf"{API}/upload"
LOGIN = r"/login/?"
MCP = rf"{API}/mcp(/http)?/?"

# These need no login, and other websites may link to them.
PUBLIC = [
    ("GET", r"/"),
    ("GET", r"/(assets|static)/.*"),
    ("GET", rf"(/|{API}/)theme\.css"),
    ("GET", r"/favicon\.ico|/robots\.txt"),
    ("GET", rf"{API}/startup-events"),
]
PRIVATE = [
    ("GET", r"/config/?|/logout"),
    ("GET", rf"{API}/(info|app_id|login_check)/?"),
    ("GET", rf"{API}/upload_progress"),
    ("GET", FILE),
    ("GET", rf"{API}/heartbeat/[A-Za-z0-9-]{{1,64}}"),
    ("GET", rf"{API}/queue/data"),
    ("GET", rf"{API}/call/(v2/)?\w+/[0-9a-f]{{32}}"),
    ("POST", JOIN),
    ("POST", rf"{API}/run/\w+/?"),
    ("POST", rf"{API}/(cancel|reset/?)"),
    ("POST", UPLOAD),
    ("POST", LOGIN),
]
WITH_MCP = [("GET", rf"{MCP}|{API}/mcp/schema/?"), ("POST", MCP)]


def matches(request: Request, routes: list[tuple[str, str]]) -> re.Match[str] | None:
    """The match of the first route that the request asks for."""
    method = "GET" if request.method == "HEAD" else request.method
    found = (re.fullmatch(pattern, path_of(request), re.DOTALL) for allowed, pattern in routes if allowed == method)
    return next(filter(None, found), None)


class AllowedRoutes(Layer):
    """Answer 404 for every route that is not in the tables above."""

    def __init__(self, app: ASGIApp, mcp: bool) -> None:
        super().__init__(app)
        self._routes = PUBLIC + PRIVATE + (WITH_MCP if mcp else [])

    async def handle(self, request: Request, send: Send) -> None:
        if not matches(request, self._routes):
            raise RefusedError(404, "There is no such page.")
        await self.app(request.scope, request.receive, send)
