"""What a painting will cost on this machine: seconds and memory, said before it begins."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import torch

from . import machine
from .engine import tiles
from .engine.device import autograd
from .engine.networks import Network
from .engine.objective import Objective
from .engine.scene import Region, Scene
from .engine.schedule import shares, sizes
from .engine.threads import Threads
from .facts import NETWORKS
from .pictures.pixels import fitted
from .settings import SPECS, Settings
from .step import Step

# At the peak, above what the program takes when idle and however small the painting: more than tests/benchmark.py
# measures on the CPU. What each pixel takes is the network's to tell.
BYTES_FIXED = 250_000_000
FIXED_PIXELS = 20_000  # an iteration's fixed cost, as the number of pixels that cost as much (lite on two cores)
IMAGE_BYTES = 330  # a pixel of a painting in tiles: the image, Adam's moments, what is shown, colours and grain
EVALUATIONS, TIMED = 8, 3  # of an objective, and of these the last whose mean is taken: other programs take turns
PACE_SECONDS = 60.0  # for which a measured pace is good


@dataclass(frozen=True)
class Pace:
    """Seconds of one iteration: `fixed`, and `each` for every pixel."""

    fixed: float
    each: float


_paces: WeakKeyDictionary[Network, tuple[float, Pace]] = WeakKeyDictionary()  # and when they were measured
_measuring = threading.Lock()


def pace(network: Network) -> Pace:
    """Of now, not more than PACE_SECONDS ago: iterations at two small sizes, in about a second.

    Other programs, and other paintings of this one, come and go, so it is never kept for good.
    """
    with _measuring:
        measured, found = _paces.get(network, (0.0, None))
        if found is None or time.monotonic() - measured > PACE_SECONDS:
            times = {side: _seconds(network, side) for side in (96, 192)}
            each = max(0.0, (times[192] - times[96]) / (192**2 - 96**2))
            found = Pace(max(0.0, times[96] - each * 96**2), each)
            _paces[network] = time.monotonic(), found
        return found


@autograd()
def _seconds(network: Network, side: int) -> float:
    device = next(network.parameters()).device
    image = torch.rand(1, 3, side, side, device=device, requires_grad=True)
    scene = Scene(network, image.detach(), (Region((image.detach(),), (1.0,)),))
    objective = Objective(scene, Settings())
    threads, times = Threads(device), []
    for _ in range(EVALUATIONS):  # as in a painting: the first also computes targets, the fifth tries fewer threads
        started = time.perf_counter()
        with threads.using():
            torch.autograd.grad(objective(image).total, image)[0].sum().item()
        times.append(time.perf_counter() - started)
    return sum(times[-TIMED:]) / TIMED


def seconds_needed(settings: Settings, shape: tuple[int, int], network: Network) -> float:
    """How long a photo of `shape` (width, height) takes beside what runs now: by the machine's pace at each size."""
    speed = pace(network)
    return sum(iterations * (speed.fixed + speed.each * pixels) for iterations, pixels in _parts(settings, shape))


def seconds_left(step: Step) -> float | None:
    """At the speed of now: later iterations, at larger sizes, take longer. None while the speed is not known."""
    left = end = 0.0
    for iterations, pixels in _parts(step.settings, step.size):
        end += iterations
        left += (FIXED_PIXELS + pixels) * min(iterations, max(0.0, end - step.iteration))
    return left / (FIXED_PIXELS + step.size[0] * step.size[1]) / step.speed if step.speed else None


def _parts(settings: Settings, shape: tuple[int, int]) -> Iterator[tuple[float, int]]:
    """Of each size that a photo of this shape is painted at: iterations, and pixels."""
    sides = [settings.size] if settings.reference else sizes(settings.size)
    for side, share in zip(sides, shares(sides), strict=True):
        width, height = fitted(shape, side, settings.reference)
        yield settings.iterations * share, width * height


def memory_needed(settings: Settings, shape: tuple[int, int], dtype: torch.dtype) -> int:
    """Bytes at the peak, above what the program takes already."""
    width, height = fitted(shape, settings.size, settings.reference)
    network, pixels = NETWORKS[settings.network], width * height
    bytes_a_pixel = network.bytes_a_pixel * (1 if dtype is torch.bfloat16 and not settings.reference else 2)
    if settings.reference or pixels <= tiles.WHOLE_PIXELS:
        return BYTES_FIXED + bytes_a_pixel * pixels
    return BYTES_FIXED + bytes_a_pixel * (tiles.TILE + 2 * network.reach) ** 2 + IMAGE_BYTES * pixels


def memory_free(device: torch.device) -> int:
    """Bytes that a painting may take on this device."""
    return torch.cuda.mem_get_info(device)[0] if device.type == "cuda" else machine.memory_free()


def largest_size(settings: Settings, shape: tuple[int, int], dtype: torch.dtype, free: int) -> int:
    """The largest size, px, whose painting would fit in `free` bytes; the smallest there is if none does."""
    step, low = SPECS["size"].step, SPECS["size"].low
    for size in range(settings.size // step * step, low, -step):
        if memory_needed(replace(settings, size=size), shape, dtype) <= free:
            return size
    return int(low)
