"""Who a request comes from, and which sessions are whose."""

import ipaddress
import re
import secrets
from collections import OrderedDict
from typing import Any

COOKIE = "stylize"
OURS = re.compile(rf"({COOKIE}|access-token[\w-]*)=([\w-]+)", re.ASCII)  # the others are gradio's, of a login
SESSION = re.compile(r"(?!None$)[A-Za-z0-9-]{1,64}")  # None: what stands for "no session" where one is left out
MAX_SESSIONS = 500  # at a time
SESSIONS_EACH = 100  # of one address


def address(scope: dict[str, Any]) -> str:
    """Where the request comes from; of an IPv6 address its network, since one household has a whole one."""
    host = str((scope.get("client") or ("",))[0])
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host
    if found.version == 6 and not found.ipv4_mapped:
        return str(ipaddress.ip_network((found, 64), strict=False))
    return host


def cookies(scope: dict[str, Any]) -> dict[str, str]:
    """Those of this page. Python's own parser takes many seconds for some of 60 kB."""
    headers = b";".join(value for name, value in scope["headers"] if name == b"cookie").decode("latin-1")
    found = (OURS.fullmatch(part.strip()) for part in headers.split(";"))
    return {match[1]: match[2] for match in found if match}


def visitor(scope: dict[str, Any]) -> str:
    """The browser, by the cookie that the page gave it; a program, or a browser without cookies, by its address."""
    value = cookies(scope).get(COOKIE, "")
    return value if re.fullmatch("[0-9a-f]{32}", value) else address(scope)


def new_cookie(scope: dict[str, Any]) -> str:
    # Inside a Space's frame a browser sends only cookies that are marked for use in frames, over HTTPS.
    framed = "SameSite=None; Secure; Partitioned" if scope.get("scheme") == "https" else "SameSite=Lax"
    return f"{COOKIE}={secrets.token_hex(16)}; Path=/; HttpOnly; {framed}"


class Sessions:
    """A session is the visitor's who named it first. Those not used for longest end, an address's own first."""

    def __init__(self) -> None:
        self._owners: OrderedDict[str, tuple[str, str]] = OrderedDict()  # visitor and address

    def __len__(self) -> int:
        return len(self._owners)

    def __contains__(self, session: str) -> bool:
        return session in self._owners

    def admit(self, session: str, visitor: str, where: str) -> bool:
        """Whether it is this visitor's, who becomes its owner where it has none."""
        if self._owners.setdefault(session, (visitor, where))[0] != visitor:
            return False
        self._owners.move_to_end(session)
        mine = [name for name, (_, address) in self._owners.items() if address == where]
        for name in mine[: max(0, len(mine) - SESSIONS_EACH)]:
            del self._owners[name]
        while len(self) > MAX_SESSIONS:
            self._owners.popitem(last=False)
        return True
