"""What one visitor may ask of this machine; each limit can be set by an environment variable of its name."""

import os

import torch

from stylize import Settings, StylizeError, resources
from stylize.device import best_device, fast_dtype

from . import zero_gpu


def _limit(name: str, default: float) -> int:
    return int(os.environ.get(f"STYLIZE_{name}", default))


MAX_SIZE = _limit("MAX_SIZE", 2048)  # px, longer side of the painting
MAX_ITERATIONS = _limit("MAX_ITERATIONS", 10_000)
MAX_SECONDS = _limit("MAX_SECONDS", 7200)  # of one run, by the clock
MAX_UPLOAD = _limit("MAX_UPLOAD", 20_000_000)  # bytes of one file
MAX_QUEUE = _limit("MAX_QUEUE", 20)  # visitors waiting
MAX_DISK = _limit("MAX_DISK", 2_000_000_000)  # bytes of everybody's files
JOBS_EACH = _limit("JOBS_EACH", 3)  # running and waiting, of one visitor, and of one address
KEPT_RUNS = _limit("KEPT_RUNS", 8)  # paused paintings whose state is kept for Continue
KEPT_SECONDS = _limit("KEPT_SECONDS", 3600)  # how long a visitor's files and a finished run stay

CAPS = {"size": MAX_SIZE, "iterations": MAX_ITERATIONS}


def high(name: str, recipe: str, spec: dict[str, dict[str, float]]) -> float:
    """The highest value the page offers of a setting: its own range's, or the cap."""
    return min(spec["high"][recipe], CAPS.get(name, float("inf")))


def check(settings: Settings) -> None:
    """Raises StylizeError where a setting is above this machine's cap."""
    for name, cap in CAPS.items():
        if getattr(settings, name) > cap:
            raise StylizeError(f"{name} is {getattr(settings, name)}; this server takes at most {cap}.")


def check_memory(settings: Settings, shape: tuple[int, int]) -> None:
    """Raises StylizeError, with the largest size that would fit, where a painting would not."""
    if zero_gpu.ZERO:
        return
    device = best_device()
    bfloat16, free = fast_dtype(device) is torch.bfloat16, resources.memory_free(device)
    needed = resources.memory_needed(settings, shape, settings.network, bfloat16)
    if needed > free:
        fits = resources.largest_size(settings, shape, settings.network, bfloat16, free)
        hint = f"choose a size of {fits} px at most" if fits < settings.size else "try again later"
        raise StylizeError(
            f"This painting needs {needed / 1e9:.1f} GB of memory and {free / 1e9:.1f} GB are free; {hint}."
        )
