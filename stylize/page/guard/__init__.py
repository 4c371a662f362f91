"""Protect the server from strangers: nine rules.

1. A request can name only files in this server's own folder (paths.py).
2. Only the routes that the page and Gradio's clients need exist (routes.py).
3. Bodies are bounded JSON objects without URLs; uploads are bounded too (bodies.py).
4. Pictures of strangers are decoded by one function, with limits (stylize/pictures).
5. A tab paints one picture at a time (visits/sessions.py), an address has few jobs (jobs.py), the queue is limited
   (wiring.py).
6. A painting ends at its time limit (visits/runs.py), and when its listener disconnects (Gradio).
7. Memory and disk have budgets with LRU eviction (visits/sessions.py, visits/storage.py).
8. With --auth everything but the login needs it; guesses are rate-limited (login.py).
9. Other websites can neither frame the page nor send requests to it (sites.py).
"""

from typing import Any

from starlette.middleware import Middleware

from . import bodies, internals, jobs, login, routes, sites


def middleware(blocks: Any, mcp: bool = False) -> list[Middleware]:
    """The guard's layers for FastAPI, in the order in which a request meets them."""
    layers = [Middleware(sites.OtherSites)]
    layers += [Middleware(login.Login)] * internals.holds("login on every route", blocks)
    layers += [Middleware(routes.AllowedRoutes, mcp=mcp), Middleware(bodies.Bodies)]
    return layers + [Middleware(jobs.JobLimit)] * internals.holds("few jobs", blocks)
