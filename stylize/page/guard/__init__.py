"""What a stranger may do to the server: nine rules, each in a file of its own.

1. A request can name only files in this server's own folder (paths.py).
2. Only the routes that the page and Gradio's clients need exist (routes.py).
3. Bodies are bounded JSON objects without URLs (bodies.py); uploads are bounded too (uploads.py).
4. Pictures of strangers are decoded by one function, with limits (stylize/pictures).
5. A tab paints one picture at a time; a tab and an address have few jobs (jobs.py). The queue is bounded (wiring.py).
6. A painting ends at its time limit (visits/runs.py), and when its listener disconnects (Gradio).
7. Memory and disk have budgets with LRU eviction (visits/sessions.py, storage.py).
8. With --auth everything but the login needs it; guesses are rate-limited (login.py).
9. Other websites can neither frame the page nor send requests to it (sites.py).
"""

from starlette.middleware import Middleware

from .bodies import JsonBodies
from .jobs import JobLimit
from .login import Login
from .paths import ServedFiles
from .routes import AllowedRoutes
from .sites import OtherSites
from .uploads import Uploads


def middleware(mcp: bool = False) -> list[Middleware]:
    """The guard, for FastAPI; the first sees a request first."""
    later = [Middleware(layer) for layer in (Login, ServedFiles, JsonBodies, JobLimit, Uploads)]
    return [Middleware(OtherSites), Middleware(AllowedRoutes, mcp=mcp), *later]
