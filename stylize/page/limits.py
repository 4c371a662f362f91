"""Limits of the page; each can be set by an environment variable, STYLIZE_ and its name."""

from typing import Any

from stylize import Settings, StylizeError, forecast
from stylize.engine.device import best_device, fast_dtype
from stylize.environment import limit
from stylize.settings import SPECS

from . import zero_gpu

MAX_SIZE = limit("MAX_SIZE", 2048)  # px, longer side of the painting
MAX_ITERATIONS = limit("MAX_ITERATIONS", 10_000)
MAX_SECONDS = limit("MAX_SECONDS", 7200)  # of one run, by the clock
MAX_UPLOAD = limit("MAX_UPLOAD", 20_000_000)  # bytes of one file
MAX_QUEUE = limit("MAX_QUEUE", 20)  # visitors waiting
MAX_DISK = limit("MAX_DISK", 2_000_000_000)  # bytes of everybody's files
JOBS_EACH = limit("JOBS_EACH", 8)  # waiting and running, of one session, and of one address
KEPT_BYTES = limit("KEPT_BYTES", 1_000_000_000)  # of memory for all visits' paintings; the oldest go first
KEPT_PAINTINGS = limit("KEPT_PAINTINGS", 24)  # of one visit
KEPT_VISITS = limit("KEPT_VISITS", 200)
KEPT_SECONDS = limit("KEPT_SECONDS", 3600)  # how long a visitor's files and paintings stay
MORE = 100  # iterations that are painted on with one click

CAPS = {"size": MAX_SIZE, "iterations": MAX_ITERATIONS}


def high(name: str) -> float:
    """The maximum of a setting's slider: its own, or the cap."""
    return min(SPECS[name].high("live"), CAPS.get(name, float("inf")))


def capped(settings: dict[str, Any]) -> dict[str, Any]:
    """Values of settings, lowered to this machine's caps where they are above."""
    return {name: min(value, CAPS.get(name, value)) for name, value in settings.items()}


def check(settings: Settings) -> None:
    """Raises StylizeError where a setting is above this machine's cap."""
    for name, cap in CAPS.items():
        if getattr(settings, name) > cap:
            raise StylizeError(
                "{setting} is {value}; this server takes at most {cap}.",
                setting=name,
                value=getattr(settings, name),
                cap=cap,
            )


def check_memory(settings: Settings, shape: tuple[int, int]) -> None:
    """Raises StylizeError, with the largest size that would fit, where a painting would not."""
    if zero_gpu.ZERO:
        return
    device = best_device()
    dtype, free = fast_dtype(device), forecast.memory_free(device)
    needed = forecast.memory_needed(settings, shape, dtype)
    if needed <= free:
        return
    fits = forecast.largest_size(settings, shape, dtype, free)
    amounts = {"needed": f"{needed / 1e9:.1f}", "free": f"{free / 1e9:.1f}"}
    if fits < settings.size:
        raise StylizeError(
            "This painting needs {needed} GB of memory and {free} GB are free; choose a size of {size} px at most.",
            **amounts,
            size=fits,
        )
    raise StylizeError("This painting needs {needed} GB of memory and {free} GB are free; try again later.", **amounts)
