"""Where the loop runs: in this process, or on Hugging Face's ZeroGPU, in a worker that holds the GPU for its time."""

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
    import spaces  # present on Hugging Face's machines alone
except ImportError:
    spaces = None

# True where this process must not touch the GPU: only workers may, for the time they reserve.
ZERO = spaces is not None and os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "t", "true")
FRAME = 0.3  # seconds between two steps that a worker sends
Styles = list[tuple[Image.Image, float]]
Masks = list[Image.Image | None] | None
Start = tuple[Image.Image, int] | None  # a picture to go on from, and its iteration


def paint_steps(
    content: Image.Image,
    styles: Styles,
    settings: Settings,
    mask: Image.Image | None,
    start: Start = None,
    masks: Masks = None,
) -> Steps:
    """stylize's generator; on ZeroGPU a relay of it, which takes no changes mid-run."""
    if not ZERO:
        network = load_network(settings.network, best_device(), settings.reference)
        return stylize(content, styles, settings, mask=mask, masks=masks, network=network, begun=start)
    return _relay(content, styles, settings, mask, start, masks)


def _relay(*arguments: Any) -> Steps:
    for step in iter(_worker(*arguments)):  # what is sent ends here: a worker hears nothing from outside
        _ = yield step


def _seconds(content: Image.Image, styles: Styles, settings: Settings, mask: Any, start: Any, masks: Any = None) -> int:
    """Seconds of GPU to reserve, rather too many; a visitor who reserves fewer waits less.

    A pixel's time is taken as proportional to the memory that the network needs for it.
    """
    size = NETWORKS[settings.network].bytes_a_pixel * settings.size**2
    return min(120, 10 + round(settings.iterations * (0.004 + size * 2.6e-11)))


def _work(
    content: Image.Image,
    styles: Styles,
    settings: Settings,
    mask: Image.Image | None,
    start: Start,
    masks: Masks,
) -> Iterator[Step]:
    """In the worker: steps are plain data on the CPU, which a pipe can carry."""
    network = load_network(settings.network, best_device(), settings.reference)
    shown = 0.0
    for step in stylize(content, styles, settings, mask=mask, masks=masks, network=network, begun=start):
        if step.last or monotonic() - shown >= FRAME:
            shown = monotonic()
            yield step


_worker = spaces.GPU(duration=_seconds)(_work) if ZERO else _work
