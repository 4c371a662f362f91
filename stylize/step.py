"""Step: the state of a painting after an iteration, as plain data that can be kept, compared and pickled."""

import io
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PIL import Image

from .errors import StylizeError
from .pictures import pixels
from .settings import SPECS, Settings

if TYPE_CHECKING:
    from torch import Tensor

TENSORS = ("pixels", "photo")


@dataclass(frozen=True)
class Step:
    """The painting after `iteration` steps of Adam. The losses are of that state, before its next step.

    `dataclasses.replace(step, keep_colors=...)` is the same painting in the other colours.
    """

    iteration: int
    iterations: int
    last: bool  # the generator ends after it, unless settings with more iterations are sent
    size: tuple[int, int]  # (width, height) in px, as painted now; the live recipe grows
    seconds: float  # spent painting; what the caller does between two steps is not counted
    speed: float  # iterations a second over the last few seconds, long pauses not counted; 0 until it is known
    seconds_left: float | None  # until the last step, estimated; None until the pace is known
    content_loss: float  # nan where its weight is 0, since it is not computed then
    style_loss: float
    total_loss: float
    style_losses: dict[str, float]  # unweighted, by layer
    terms: dict[str, float]  # the other terms, unweighted, by name
    settings: Settings  # in force at this step
    history: tuple[tuple[int, Settings], ...]  # (iteration, settings from it on), first those asked for
    pixels: "Tensor" = field(repr=False, compare=False)  # (height, width, 3), uint8, CPU, in the painting's own colours
    photo: "Tensor" = field(repr=False, compare=False)  # the content likewise, shared by all steps of a size
    keep_colors: bool = False  # whether `picture` is in the photo's colours

    @cached_property
    def picture(self) -> Image.Image:
        """Make the RGB picture of this step, once."""
        image = pixels.from_pixels(self.pixels)
        return pixels.keep_colors(image, pixels.from_pixels(self.photo)) if self.keep_colors else image

    def _repr_png_(self) -> bytes:
        """Encode the picture for notebooks, where a cell that ends in a Step shows it."""
        buffer = io.BytesIO()
        self.picture.save(buffer, "PNG")
        return buffer.getvalue()

    def __getstate__(self) -> dict[str, Any]:
        """Pickle tensors as bytes: torch would share their memory between processes, which ends with the sender."""
        packed = {name: (tuple(getattr(self, name).shape), getattr(self, name).numpy().tobytes()) for name in TENSORS}
        return {name: value for name, value in vars(self).items() if name != "picture"} | packed

    def __setstate__(self, state: dict[str, Any]) -> None:
        import torch

        for name in TENSORS:
            shape, raw = state[name]
            state[name] = torch.frombuffer(bytearray(raw), dtype=torch.uint8).view(shape)
        vars(self).update(state)

    @property
    def record(self) -> dict[str, Any]:
        """Collect what `images.save` writes: settings that paint this picture, those asked for, changes mid-run."""
        painted = asdict(self.settings) | {"iterations": max(1, self.iteration), "keep_colors": self.keep_colors}
        moved = []
        for (_, before), (iteration, after) in zip(self.history, self.history[1:], strict=False):
            names = [name for name in SPECS if getattr(after, name) != getattr(before, name)]
            if names:
                moved.append({"iteration": iteration, **{name: getattr(after, name) for name in names}})
        return {"stylize": painted, "asked": asdict(self.history[0][1]), "moved": moved}


class NotFiniteError(StylizeError):
    """The loss is not finite any more; `step` is the last Step with a finite loss."""

    def __init__(self, step: Step) -> None:
        super().__init__(
            "The loss grew beyond all numbers after {iteration} iterations; "
            "the last good picture is kept: try a lower learning rate or lower weights.",
            iteration=step.iteration,
        )
        self.step = step

    def __reduce__(self) -> tuple[Any, ...]:
        return NotFiniteError, (self.step,)
