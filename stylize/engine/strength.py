"""Strength: what one slider, from a hint of the style to nearly nothing but it, does to the targets."""

from ..settings import Settings


def style_share(settings: Settings) -> float:
    """How far the targets lie from the photo's own statistics (0) towards the style's (1).

    Below 0, strength moves them back towards the photo's. Weights that strength changes are in their terms.
    """
    return 1.0 if settings.reference else 2 ** (min(0.0, settings.strength) / 2)


def photo_hold(settings: Settings) -> float:
    """How firmly the photo holds where nothing is painted yet: its part of the picture that is matched, and of the fine
    detail that is put back when the painting is enlarged. Above 0, strength lowers it."""
    return 1 - max(0.0, settings.strength) / 4


def patch_share(settings: Settings) -> float:
    """How much of the style's patches is painted. Below 0, each step of strength takes three quarters of it: patches
    alone hide the photo's colours."""
    return 4 ** min(0.0, settings.strength) if settings.patch_weight and not settings.reference else 0.0
