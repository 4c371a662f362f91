"""Rule 2: only the routes that the page and Gradio's clients need exist."""

import re

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Send

from .base import Layer
from .paths import checked

API = "/gradio_api"
FILE = rf"GET {API}/file=(.+)"
JOIN = rf"POST {API}/(queue/join|call/(v2/)?\w+)"  # put a job into the queue
UPLOAD = rf"POST {API}/upload"
LOGIN = r"POST /login/?"
MCP = rf"POST {API}/mcp(/http)?/?"
PUBLIC = [  # these need no login, and other websites may link to them
    r"GET /((assets|static)/.*|theme\.css|favicon\.ico|robots\.txt)?",
    rf"GET {API}/(startup-events|theme\.css)",
]
ALLOWED = [
    *(LOGIN, FILE, JOIN, UPLOAD),
    r"GET /(config/?|logout)",
    rf"GET {API}/((info|app_id|login_check)/?|upload_progress|queue/data)",
    rf"GET {API}/heartbeat/[A-Za-z0-9-]{{1,64}}",
    rf"GET {API}/call/(v2/)?\w+/[0-9a-f]{{32}}",
    rf"POST {API}/(run/\w+/?|cancel|reset/?)",
]
WITH_MCP = [MCP, rf"GET {API}/mcp(/http|/schema)?/?"]


def matches(request: Request, *routes: str) -> re.Match[str] | None:
    """The match of the first route asked for: by the decoded path, without GRADIO_ROOT_PATH, as Gradio matches."""
    path, prefix = str(request.scope["path"]), str(request.scope.get("root_path", ""))
    path = path[len(prefix) :] if (path + "/").startswith(prefix + "/") else path
    asked = f"{'GET' if request.method == 'HEAD' else request.method} {path or '/'}"
    return next(filter(None, (re.fullmatch(route, asked, re.DOTALL) for route in routes)), None)


class AllowedRoutes(Layer):
    """Answer 404 for every route that is not listed above, and 400 for files outside this server's folder."""

    def __init__(self, app: ASGIApp, mcp: bool) -> None:
        super().__init__(app)
        self._allowed = [*PUBLIC, *ALLOWED, *(WITH_MCP if mcp else ())]

    async def handle(self, request: Request, send: Send) -> None:
        if not matches(request, *self._allowed):
            raise HTTPException(404, "There is no such page.")
        if match := matches(request, FILE):
            checked(match[1])
        await super().handle(request, send)
