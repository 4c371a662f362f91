"""stylize: neural style transfer you watch happen."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine.run import stylize
    from .errors import StylizeError
    from .process import configure_process
    from .settings import Settings
    from .step import NotFiniteError, Step

__all__ = ["NotFiniteError", "Settings", "Step", "StylizeError", "configure_process", "stylize"]

_MODULES = {
    "NotFiniteError": "step",
    "Settings": "settings",
    "Step": "step",
    "StylizeError": "errors",
    "configure_process": "process",
    "stylize": "engine.run",
}


def __getattr__(name: str) -> Any:
    """Import a public name at first use, since torch takes seconds to load."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
