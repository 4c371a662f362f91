"""Limits of the page, so that many people can share one server. STYLIZE_<name> in the environment overrides each."""

from typing import Any

import torch

from stylize import Settings, StylizeError, forecast
from stylize.engine.device import best_device, fast_dtype
from stylize.environment import limit
from stylize.machine import usable_cpus
from stylize.settings import SPECS

from . import zero_gpu

# Cores for each painting at a time; but two at a time on two cores, which paint 11.1 pictures of 512 px a minute, one
# at a time 8.3. A painting that is alone uses all cores.
CORES_EACH = 4


def at_once(size: int) -> int:
    """How many paintings of up to `size` px this machine can run at the same time, by its cores and memory."""
    if zero_gpu.ZERO or (device := best_device()).type != "cpu":
        return 1  # on a GPU several were never tried
    settings, cpus = Settings(size=size), min(torch.get_num_threads(), usable_cpus())
    needed = forecast.memory_needed(settings, (size, size), fast_dtype(device))
    return max(1, min(max(min(cpus, 2), cpus // CORES_EACH), forecast.memory_free(device) // needed))


MAX_SIZE = limit("MAX_SIZE", 2048)  # px, longer side of a painting
MAX_ITERATIONS = limit("MAX_ITERATIONS", 10_000)
MAX_SECONDS = limit("MAX_SECONDS", 7200)  # of wall time for one painting; __main__.py sets 600 for a public page
MAX_UPLOAD = limit("MAX_UPLOAD", 20_000_000)  # bytes of one file
MAX_QUEUE = limit("MAX_QUEUE", 20)  # waiting jobs of all visitors
MAX_DISK = limit("MAX_DISK", 2_000_000_000)  # bytes of files of all visitors; the least recently used are removed
JOBS_EACH = limit("JOBS_EACH", 8)  # jobs waiting or running, of one session and of one address
KEPT_BYTES = limit("KEPT_BYTES", 1_000_000_000)  # of memory for the paintings of all visits; the oldest are dropped
KEPT_PAINTINGS = limit("KEPT_PAINTINGS", 24)  # of one visit
KEPT_VISITS = limit("KEPT_VISITS", 200)
KEPT_SECONDS = limit("KEPT_SECONDS", 3600)  # how long files and paintings are kept after their last use
AT_ONCE = limit("AT_ONCE", at_once(MAX_SIZE))  # paintings at the same time, which share the cores
MORE = 100  # iterations that are painted on with one click

CAPS = {"size": MAX_SIZE, "iterations": MAX_ITERATIONS}


def high(name: str) -> float:
    """A setting's maximum: its own, or this server's cap if that is lower."""
    return min(SPECS[name].high("live"), CAPS.get(name, float("inf")))


def capped(settings: dict[str, Any]) -> dict[str, Any]:
    """Lower the values of settings to this server's caps."""
    return {name: min(value, CAPS.get(name, value)) for name, value in settings.items()}


def check(settings: Settings) -> None:
    """Raises StylizeError if a setting is above this server's cap."""
    for name, cap in CAPS.items():
        if getattr(settings, name) > cap:
            raise StylizeError(
                "{setting} is {value}; this server takes at most {cap}.",
                setting=name,
                value=getattr(settings, name),
                cap=cap,
            )


def check_memory(settings: Settings, shape: tuple[int, int]) -> None:
    """Raises StylizeError if a painting does not fit into free memory; it names the largest size that would."""
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
