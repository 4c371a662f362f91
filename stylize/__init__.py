"""stylize: neural style transfer you watch happen."""

from . import environment  # noqa: F401  isort: skip  (before torch is loaded)
from .errors import StylizeError
from .run import stylize
from .settings import Settings
from .step import NotFiniteError, Step

__all__ = ["NotFiniteError", "Settings", "Step", "StylizeError", "stylize"]
