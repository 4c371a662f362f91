"""Options of the process that serves the page: environment variables, all of them set here."""

import os
from importlib.util import find_spec

LOCAL = ("", "localhost", "127.0.0.1", "::1")
PUBLIC_SECONDS = 600  # longest painting on a page that strangers reach
PRIVATE_NETWORKS = "127.0.0.0/8,10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,100.64.0.0/10"


def configure_server(host: str | None, share: bool) -> str | None:
    """Set the environment variables of a process that serves the page. Call it before gradio is imported.

    Returns the address to listen on: `host` or GRADIO_SERVER_NAME, without brackets; None for Gradio's default.
    """
    host = (host or os.environ.pop("GRADIO_SERVER_NAME", "")).strip("[]") or None  # Gradio would take it as IPv4
    space = os.environ.get("SPACE_ID")
    if share or space or (host or "") not in LOCAL:
        os.environ.setdefault("STYLIZE_MAX_SECONDS", str(PUBLIC_SECONDS))  # limits.py reads it when it is imported
    if space:  # Hugging Face's proxy, in a private network, tells the client's address
        os.environ.setdefault("FORWARDED_ALLOW_IPS", PRIVATE_NETWORKS)
    os.environ.setdefault("GRADIO_ANALYTICS_MAX_EVENTS", "1")  # else each job summarises the last 10,000
    bypass_proxies(host)
    return host


def bypass_proxies(host: str | None) -> None:
    """Make requests to this machine bypass the proxies of the environment: Gradio checks that its server answers.

    Gradio cannot be imported where a SOCKS proxy is set, unless httpx[socks] is installed; the page needs none.
    """
    for name, value in list(os.environ.items()):
        if name.lower().endswith("_proxy") and value.lower().startswith("socks") and not find_spec("socksio"):
            del os.environ[name]
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, (given, *LOCAL, host)))
