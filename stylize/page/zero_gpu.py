"""Run the painting loop in this process or, on Hugging Face's ZeroGPU, in a forked worker that reserves a GPU."""

import os
from collections.abc import Iterator
from time import monotonic
from typing import Any

from PIL import Image

from stylize import Settings, Step, stylize
from stylize.engine.device import best_device
from stylize.engine.networks import load_network
from stylize.engine.painting import Steps
from stylize.facts import NETWORKS

try:
    import spaces  # installed on Hugging Face's machines only
except ImportError:
    spaces = None

# On ZeroGPU only a worker may initialise CUDA, for the time that it has reserved.
ZERO = spaces is not None and os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
FRAME = 0.3  # seconds between two steps that a worker sends
Start = tuple[Image.Image, int] | None  # a picture to go on from, and its iteration
Masks = list[Image.Image | None] | None  # one for each style


def paint_steps(
    content: Image.Image,
    styles: list[tuple[Image.Image, float]],
    settings: Settings,
    mask: Image.Image | None,
    start: Start = None,
    masks: Masks = None,
) -> Steps:
    """The generator of stylize(); on ZeroGPU it ignores settings that are sent to it while it runs."""
    arguments = content, styles, settings, mask, start, masks
    return _relay(*arguments) if ZERO else _steps(*arguments)


def _steps(content: Any, styles: Any, settings: Settings, mask: Any, start: Start, masks: Masks) -> Steps:
    network = load_network(settings.network, best_device(), settings.reference)
    return stylize(content, styles, settings, mask=mask, masks=masks, network=network, begun=start)


def _relay(*arguments: Any) -> Steps:
    for step in iter(_worker(*arguments)):  # sent settings are dropped: the worker is another process
        _ = yield step


def _seconds(content: Image.Image, styles: Any, settings: Settings, *_: Any) -> int:
    """Seconds of GPU to reserve: an overestimate, since ZeroGPU aborts a worker at the end of its time.

    Shorter reservations are served earlier. Time per pixel is assumed proportional to the network's memory per pixel.
    """
    size = NETWORKS[settings.network].bytes_a_pixel * settings.size**2
    return min(120, 10 + round(settings.iterations * (0.004 + size * 2.6e-11)))


def _work(*arguments: Any) -> Iterator[Step]:
    """Paint in the worker. Steps hold no CUDA tensors, so they can be pickled through its pipe."""
    shown = 0.0
    for step in _steps(*arguments):
        if step.last or monotonic() - shown >= FRAME:
            shown = monotonic()
            yield step


_worker = spaces.GPU(duration=_seconds)(_work) if ZERO else _work
