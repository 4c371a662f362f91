"""stylize: neural style transfer you watch happen."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from . import environment  # noqa: F401  isort: skip  (before torch is loaded)

if TYPE_CHECKING:
    from .engine.run import stylize
    from .errors import StylizeError
    from .settings import Settings
    from .step import NotFiniteError, Step

__all__ = ["NotFiniteError", "Settings", "Step", "StylizeError", "stylize"]

_WHERE = {
    "NotFiniteError": "step",
    "Settings": "settings",
    "Step": "step",
    "StylizeError": "errors",
    "stylize": "engine.run",
}


def __getattr__(name: str) -> Any:
    """At first use: torch takes seconds to load, in which the programs already heed Ctrl-C."""
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
