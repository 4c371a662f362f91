"""stylize: neural style transfer you watch happen."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .engine.run import stylize
    from .errors import StylizeError
    from .many import Painted, Workers, paint_many
    from .process import configure_process
    from .settings import Settings
    from .step import NotFiniteError, Step

__all__ = [
    "NotFiniteError",
    "Painted",
    "Settings",
    "Step",
    "StylizeError",
    "Workers",
    "configure_process",
    "paint_many",
    "stylize",
]

_MODULES = {
    "NotFiniteError": "step",
    "Painted": "many",
    "Settings": "settings",
    "Step": "step",
    "StylizeError": "errors",
    "Workers": "many",
    "configure_process": "process",
    "paint_many": "many",
    "stylize": "engine.run",
}


def __getattr__(name: str) -> Any:
    """Import a public name at first use, since torch takes seconds to load."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_MODULES[name]}", __name__), name)
