"""stylize(): from two pictures and settings to a generator of Steps."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from PIL import Image

from ..errors import StylizeError, quoted
from ..pictures import decode
from ..settings import Settings
from ..step import Step
from .device import autograd, best_device, is_out_of_memory, release_memory
from .networks import Network, load_network
from .painting import Painting, Steps, changed
from .sources import Sources


def stylize(
    content: Image.Image,
    style: Image.Image | Sequence[tuple[Image.Image, float]],
    settings: Settings | None = None,
    *,
    mask: Image.Image | None = None,
    masks: Sequence[Image.Image | None] | None = None,
    network: Network | None = None,
    begun: tuple[Image.Image, int] | None = None,
    device: str | torch.device | None = None,
) -> Steps:
    """Paint `content` in the manner of `style`, both PIL images: yields a Step an iteration, and one for the end.

    Several styles, as (image, weight) pairs, are mixed: the target is the weighted mean of their Gram matrices.
    `mask`, stretched to the content's shape, says where the style goes: white is painted, black stays as it is.
    `masks`, one for each style, say where each goes; a style whose mask is None goes where no other does.
    `begun`, a picture of this painting and its iteration: the painting goes on from there.
    `device` is "cpu", "cuda" or "mps", by default the fastest there is; a `network` is on its device already.

    Gatys, Ecker, Bethge 2015, "A Neural Algorithm of Artistic Style". The live recipe works from coarse to fine
    and shows averaged iterates, as Crowson's style-transfer-pytorch does. Settings sent into the generator
    (`painting.send(settings)`) change what may change mid-run, settings.MID_RUN, from the next iteration on. Sent at
    the last Step, more iterations go on from there. Closing it frees everything.

    Raises:
        StylizeError: an input cannot be used, weights are missing, or memory is exhausted; at the first step or later.
        NotFiniteError: the loss is not finite any more; its `step` is the last good one.
    """

    def begin(chosen: Settings) -> Painting:
        chosen_network = network or load_network(chosen.network, best_device(device), chosen.reference)
        photo = decode.to_rgb(content)
        styles = _checked_styles(style)
        places = [
            None if mask is None else decode.to_mask(mask) for mask in (mask, *_checked_masks(masks, len(styles)))
        ]
        sources = Sources(photo, styles, chosen, next(chosen_network.parameters()).device, places[0], places[1:])
        return Painting(chosen_network, sources, chosen, _checked_begun(begun))

    settings = Settings() if settings is None else settings
    if not isinstance(settings, Settings):
        raise StylizeError("{value} is not a Settings; write Settings(size=384) and the like.", value=quoted(settings))
    if network is not None and not isinstance(network, Network):
        raise StylizeError("{value} is not a Network; choose one with Settings(network=...).", value=quoted(network))
    return _Steps(begin, settings)


def _checked_styles(style: Any) -> list[tuple[Image.Image, float]]:
    """RGB pictures and their shares, which add up to 1. Raises StylizeError."""
    pairs = [(style, 1.0)] if isinstance(style, Image.Image) else style
    if not isinstance(pairs, list | tuple) or not all(isinstance(p, list | tuple) and len(p) == 2 for p in pairs):
        raise StylizeError("Give the style as one PIL image, or several as pairs of image and weight.")
    try:
        weights = [float(weight) for _, weight in pairs]
    except (TypeError, ValueError, OverflowError):
        weights = []
    if not weights or not all(weight > 0 for weight in weights) or not sum(weights) < float("inf"):
        raise StylizeError("Every style needs a weight above 0, and there must be one style at least.")
    return [(decode.to_rgb(image), weight / sum(weights)) for (image, _), weight in zip(pairs, weights, strict=True)]


def _checked_masks(masks: Any, styles: int) -> list[Any]:
    """One mask or None for each style. Raises StylizeError."""
    if masks is None:
        return [None] * styles
    if not isinstance(masks, list | tuple) or len(masks) != styles:
        raise StylizeError("Give masks as a list with one mask, or None, for each style.")
    return list(masks)


def _checked_begun(begun: Any) -> tuple[Image.Image, int] | None:
    """An RGB picture and its iteration. Raises StylizeError."""
    if begun is None:
        return None
    if not isinstance(begun, tuple | list) or len(begun) != 2 or not isinstance(begun[1], int) or begun[1] < 0:
        raise StylizeError("{value} is nothing to go on from; give a PIL image and its iteration.", value=quoted(begun))
    return decode.to_rgb(begun[0]), begun[1]


class _Steps(Steps):
    """What stylize returns: a generator that paints with autograd on and leaves the caller's own modes as they are.

    Nothing is begun before the first step, so settings can be sent before it too.
    """

    def __init__(self, begin: Callable[[Settings], Painting], settings: Settings) -> None:
        self._begin, self._settings = begin, settings
        self._steps: Steps | None = None

    def send(self, settings: Settings | None) -> Step:
        if settings is not None and not isinstance(settings, Settings):
            raise StylizeError("{value} was sent to the painting; send it a Settings.", value=quoted(settings))
        if settings is not None:  # what is refused here ends no painting
            settings = changed(self._settings, settings)
        with autograd():
            if self._steps is None:
                self._settings = settings or self._settings
                self._steps, settings = self._paint(), None
            return self._steps.send(settings)

    def throw(self, *error: Any) -> Step:
        with autograd():
            self._steps = self._steps or self._paint()
            return self._steps.throw(*error)

    def _paint(self) -> Steps:
        try:
            yield from self._begin(self._settings).paint()
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            raise StylizeError(
                "This machine ran out of memory at {size} px; choose a smaller size.", size=self._settings.size
            ) from None
        finally:
            release_memory()
