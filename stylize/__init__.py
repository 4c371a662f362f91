"""stylize: neural style transfer you watch happen."""

from .painting import NotFiniteError, Step, stylize
from .settings import Settings, StylizeError

__all__ = ["NotFiniteError", "Settings", "Step", "StylizeError", "stylize"]
