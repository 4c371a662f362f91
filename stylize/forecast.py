"""Forecast the seconds and memory of a painting before it begins. (While it paints: engine/clock.py.)"""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import torch

from . import machine
from .engine import tiles
from .engine.clock import FINISH, SETUP
from .engine.device import autograd
from .engine.networks import Network
from .engine.objective import Objective
from .engine.scene import Region, Scene
from .engine.schedule import shares, sizes
from .engine.threads import Threads
from .facts import NETWORKS
from .pictures.pixels import fitted
from .settings import SPECS, Settings

# Peak memory above the idle program's, for any size; the benchmark measures less on a CPU. See facts.py for the rest.
BYTES_FIXED = 250_000_000
IMAGE_BYTES = 380  # a pixel of a painting in tiles: the image, Adam's moments, what is shown, colours, patches
EVALUATIONS, TIMED = 8, 3  # of the larger square, and how many of the last count; twice as many of the smaller
SIDES = 64, 256  # px, the squares whose evaluations are measured, in about a second
LEAST_SECONDS = 3.0  # of a painting that forecasts are corrected by: shorter ones say little of longer ones
MOST_RATIO = 4.0  # a painting corrects them by so many times its forecast at most: other programs may have computed


@dataclass(frozen=True)
class Pace:
    """Model the seconds of one iteration: `fixed`, and `each` for every pixel."""

    fixed: float
    each: float


_paces: WeakKeyDictionary[Network, Pace] = WeakKeyDictionary()
_scales: WeakKeyDictionary[Network, float] = WeakKeyDictionary()  # seconds paintings took over those forecast
_measuring = threading.Lock()


@autograd()
def pace(network: Network) -> Pace:
    """Return the network's pace, measured once: other programs, which come and go, must not move the forecasts."""
    with _measuring:
        if network not in _paces:
            small, large = (_evaluations(network, side) for side in SIDES)
            # In turn, so that other programs slow both; of each the least, since they can only slow one down.
            times = [(min(next(small), next(small)), next(large)) for _ in range(EVALUATIONS)][-TIMED:]
            least, most = (min(column) for column in zip(*times, strict=True))
            each = max(0.0, (most - least) / (SIDES[1] ** 2 - SIDES[0] ** 2))
            _paces[network] = Pace(max(0.0, least - each * SIDES[0] ** 2), each)
        return _paces[network]


def learn(settings: Settings, shape: tuple[int, int], network: Network, seconds: float) -> None:
    """Move the forecasts halfway (geometrically) to the seconds that a painting really took."""
    if seconds >= LEAST_SECONDS:
        ratio = seconds / seconds_needed(settings, shape, network)
        _scales[network] = _scales.get(network, 1.0) * max(1 / MOST_RATIO, min(MOST_RATIO, ratio)) ** 0.5


def _evaluations(network: Network, side: int) -> Iterator[float]:
    """Evaluate the objective and its gradient on a square, again and again; yields the seconds of each."""
    device = next(network.parameters()).device
    image = torch.rand(1, 3, side, side, device=device, requires_grad=True)
    scene = Scene(network, image.detach(), (Region((image.detach(),), (1.0,)),))
    objective = Objective(scene, Settings())
    threads = Threads(device)
    while True:  # as in a painting, the first also computes targets, and the fifth tries fewer threads
        started = time.perf_counter()
        with threads.using():
            torch.autograd.grad(objective(image).total, image)[0].sum().item()
        yield time.perf_counter() - started


def seconds_needed(settings: Settings, shape: tuple[int, int], network: Network) -> float:
    """Forecast the seconds for a photo of `shape` (width, height), see `pace` and `learn`."""
    speed, parts = pace(network), list(_parts(settings, shape))
    costs = [speed.fixed + speed.each * pixels for _, pixels in parts]  # of an iteration at each size
    seconds = sum((count + SETUP) * cost for (count, _), cost in zip(parts, costs, strict=True)) + FINISH * costs[-1]
    return _scales.get(network, 1.0) * seconds


def _parts(settings: Settings, shape: tuple[int, int]) -> Iterator[tuple[float, int]]:
    """Iterations and pixels of each size that a photo of this shape is painted at."""
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
