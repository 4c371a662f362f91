"""What the guard's middlewares share: the ASGI layer, refusals, the request's path and the client's address."""

import ipaddress

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class RefusedError(Exception):
    """Answer the request with this status and sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


class Layer:
    """An ASGI middleware for HTTP requests. Subclasses pass them on to `self.app`, or raise RefusedError.

    Websockets get no answer: neither the page nor Gradio's clients open one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            try:
                await self.handle(Request(scope, receive), send)
            except ClientDisconnect:
                pass
            except RefusedError as refusal:
                content = {"detail": str(refusal), "error": str(refusal)}  # Gradio's clients read one or the other
                # Closing the connection spares the server what is left of the request's body.
                await JSONResponse(content, refusal.status, {"connection": "close"})(scope, receive, send)

    async def handle(self, request: Request, send: Send) -> None:
        raise NotImplementedError


def path_of(request: Request) -> str:
    """The path without the prefix of GRADIO_ROOT_PATH; percent signs are decoded, as Gradio's routes see it."""
    path, root = str(request.scope["path"]), str(request.scope.get("root_path", ""))
    return (path[len(root) :] if (path + "/").startswith(root + "/") else path) or "/"


def address_of(scope: Scope) -> str | None:
    """The client's address, or None where it does not tell clients apart: a proxy's, a tunnel's or a local one.

    For IPv6 it is the /64 network, which is what one household has. uvicorn has replaced the address of a proxy that
    it trusts (FORWARDED_ALLOW_IPS) by the client's own, from X-Forwarded-For.
    """
    try:
        address = ipaddress.ip_address((scope.get("client") or ("",))[0])
    except ValueError:
        return None
    if address.version == 6:
        address = address.ipv4_mapped or address
    if not address.is_global:
        return None
    return str(address if address.version == 4 else ipaddress.ip_network((address, 64), strict=False))
