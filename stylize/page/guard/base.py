"""Base class of the guard's ASGI middlewares, and the client's address."""

import ipaddress

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from stylize import StylizeError


class Layer:
    """An ASGI middleware. Subclasses pass a request on to `self.app`, or raise HTTPException or StylizeError."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # the server's start and end; Gradio has no websockets
            await self.app(scope, receive, send)
            return
        try:
            await self.handle(Request(scope, receive), send)
        except ClientDisconnect:
            pass
        except (HTTPException, StylizeError) as refusal:
            status = getattr(refusal, "status_code", 400)
            content = dict.fromkeys(("detail", "error"), getattr(refusal, "detail", str(refusal)))  # clients read one
            # Closing the connection spares the server what is left of the request's body.
            await JSONResponse(content, status, {"connection": "close"})(scope, receive, send)

    async def handle(self, request: Request, send: Send) -> None:
        await self.app(request.scope, request.receive, send)


def address_of(scope: Scope) -> str:
    """The client's address (its /64 network for IPv6), "" for a local one: a proxy or tunnel may pass on everybody's.

    uvicorn has replaced a trusted proxy's address (FORWARDED_ALLOW_IPS) by the one in X-Forwarded-For.
    """
    host = (scope.get("client") or ("",))[0]
    try:
        if ipaddress.ip_address(host).is_global:
            return str(ipaddress.ip_network(f"{host}/{64 if ':' in host else 32}", strict=False))
    except ValueError:
        pass
    return ""
