"""The Adam loop: a generator of Steps, from two pictures to a painting."""

import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import torch
from PIL import Image
from torch import Tensor

from . import images
from .device import release_memory
from .networks import VGG19, Network, load_network
from .objective import Losses, Objective
from .schedule import shares, sizes
from .settings import MID_RUN, Settings, StylizeError

AVERAGE = 0.9  # the part that one iteration leaves of the average that is shown
SETTLED = 0.1  # the part of the learning rate that is left at the end of a size
LEVEL = 50, 0.01  # levelled off: the style loss fell by less than 1 % from 50 iterations to the next 50


@dataclass(frozen=True)
class Step:
    """The painting after `iteration` steps of Adam. The losses are of that state, before its next step."""

    iteration: int
    iterations: int
    last: bool  # nothing comes after it, unless settings with more iterations are sent
    size: tuple[int, int]  # (width, height) in px, as painted now; the live recipe grows
    seconds: float  # since the start
    content_loss: float  # nan where its weight is 0, since it is not computed then
    style_loss: float
    total_loss: float
    style_losses: dict[str, float]  # unweighted, by layer
    _look: Callable[[int], Image.Image] = field(repr=False, compare=False)

    @cached_property
    def picture(self) -> Image.Image:
        """The RGB picture at this step. Made only when asked for, so ask before going on to the next step."""
        return self._look(self.iteration)


class NotFiniteError(StylizeError):
    """The loss is no longer a finite number; `step` is the last good one, its picture made."""

    def __init__(self, step: Step) -> None:
        super().__init__(
            f"The loss grew beyond all numbers after {step.iteration} iterations; "
            "the last good picture is kept: try a lower learning rate or lower weights."
        )
        self.step = step


def stylize(
    content: Image.Image,
    style: Image.Image | Sequence[tuple[Image.Image, float]],
    settings: Settings | None = None,
    *,
    mask: Image.Image | None = None,
    network: Network | None = None,
) -> Generator[Step, Settings | None, None]:
    """Paint `content` in the manner of `style`, both PIL images: yields a Step an iteration, and one for the end.

    Several styles, as (image, weight) pairs, are mixed: the target is the weighted mean of their Gram matrices.
    `mask`, of the content's shape, says where the style goes: white is painted, black stays as it is in the photo.

    Gatys, Ecker, Bethge 2015, "A Neural Algorithm of Artistic Style". The live recipe works from coarse to fine
    and shows averaged iterates, as Crowson's style-transfer-pytorch does. Settings sent into the generator
    (`painting.send(settings)`) change what may change mid-run: settings.MID_RUN. Sent at the last Step, more iterations
    go on from there. Closing it frees everything.

    Raises:
        StylizeError: the weights, a picture or the content layer cannot serve (at the first step).
        NotFiniteError: the loss overflowed; it carries the last good step.
    """
    settings = settings or Settings()
    network = network or load_network(settings.network, plain=settings.plain)
    if settings.content_layer not in network.layers:
        raise StylizeError(
            f"The {settings.network} network has no {settings.content_layer} to compare; "
            f"choose one of {', '.join(network.layers)}."
        )
    styles = [(style, 1.0)] if isinstance(style, Image.Image) else list(style)
    if not styles or not all(0 < weight < float("inf") for _, weight in styles):
        raise StylizeError("Every style needs a weight above 0, and there must be one style at least.")
    styles = [(images.to_rgb(image), weight) for image, weight in styles]
    content = images.to_rgb(content)
    if mask is not None:
        mask = images.to_rgb(mask).convert("L")
        if abs(mask.width * content.height / (mask.height * content.width) - 1) > 0.02 + 1 / min(mask.size):
            raise StylizeError("The mask has another shape than the content; draw it on the same picture.")
        if not mask.getbbox():
            raise StylizeError("The mask is black all over, which leaves nothing to paint; leave some of it white.")
    try:
        yield from _Run(network, content, styles, settings, mask).paint()
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError) or "memory" in str(error):  # each device has words of its own for it
            raise StylizeError(
                f"This machine ran out of memory at {settings.size} px; choose a smaller size."
            ) from None
        raise
    finally:
        release_memory()


class _Run:
    """One painting under way: its image, its optimiser, its goal at the present size."""

    image: Tensor  # (1, 3, H, W), the only thing optimised
    shown: Tensor  # what people see of it: in the live recipe, an average
    photo: Tensor  # the content at this size
    mask: Tensor | None  # (1, 1, H, W), the part of each pixel that is painted
    size: tuple[int, int]
    objective: Objective
    adam: torch.optim.Adam
    sum: Tensor
    steps_here: int

    def __init__(
        self,
        network: Network,
        content: Image.Image,
        styles: list[tuple[Image.Image, float]],
        settings: Settings,
        mask: Image.Image | None = None,
    ) -> None:
        self.network, self.content, self.styles, self.settings = network, content, styles, settings
        self.whole_mask = mask
        self.device = next(network.parameters()).device
        self.iteration = 0
        self.started = time.monotonic()
        self.history: list[float] = []  # of the style loss at this size
        self.sizes = [settings.size] if settings.plain else sizes(settings.size)
        self.scale = -1
        self.next_size()

    # ---- the loop

    def paint(self) -> Generator[Step, Settings | None, None]:
        good: Step | None = None
        while True:
            while self.scale + 1 < len(self.sizes) and self.iteration >= self.last_iteration():
                self.next_size()
            found = self.objective(self.composed(self.image))
            step = self.step(found)
            if not torch.isfinite(found.total):
                raise NotFiniteError(good or step)
            if not step.last:
                self.backward(found.total)
            del found  # its graph: who keeps a paused run should not keep that
            changed = yield step
            if changed:
                self.change(changed)
            if step.last:
                if not changed or self.finished():
                    return
                self.backward(self.objective(self.composed(self.image)).total)
            good = self.advance(step)

    def finished(self) -> bool:
        return self.scale + 1 == len(self.sizes) and self.iteration >= self.last_iteration()

    def backward(self, total: Tensor) -> None:
        # Means over all pixels make gradients that shrink with the size, below Adam's epsilon.
        factor = 1.0 if self.settings.plain else float(self.image.numel())
        (self.image.grad,) = torch.autograd.grad(total * factor, self.image)

    def advance(self, step: Step) -> Step:
        """One step of Adam; returns `step`, able to show its picture even after it."""
        before = self.shown.clone() if self.settings.plain else self.shown
        self.adam.param_groups[0]["lr"] = self.learning_rate()
        self.adam.step()
        self.iteration += 1
        if self.settings.plain:
            self.shown = self.composed(self.image.detach())
        else:
            with torch.no_grad():
                self.image.clamp_(0, 1)
                self.average()
        return replace(step, _look=lambda _: self.picture(before))

    def average(self) -> None:
        """Show the bias-corrected average of the iterates at this size: it lacks the steps' own noise."""
        self.steps_here += 1
        self.sum = AVERAGE * self.sum + (1 - AVERAGE) * self.image.detach()
        self.shown = self.composed(self.sum / (1 - AVERAGE**self.steps_here))

    def composed(self, image: Tensor) -> Tensor:
        """The image where the mask is white, the photo where it is black."""
        return image if self.mask is None else torch.lerp(self.photo, image, self.mask)

    def levelled_off(self, style_loss: float) -> bool:
        """True when the style loss no longer falls, at the last size: the ones before it end by their share."""
        window, least = LEVEL
        if self.scale + 1 < len(self.sizes):
            return False
        self.history.append(style_loss)
        if len(self.history) < 2 * window or len(self.history) % window:
            return False
        before, now = sum(self.history[-2 * window : -window]), sum(self.history[-window:])
        return now > before * (1 - least)

    def step(self, found: Losses) -> Step:
        style_losses = {name: loss.item() for name, loss in found.style.items()}
        weighted = [self.objective.layer_weights[name] * loss for name, loss in style_losses.items()]
        style_loss = sum(weighted) if weighted else float("nan")
        return Step(
            iteration=self.iteration,
            iterations=self.settings.iterations,
            last=self.finished() or (self.settings.early_stop and self.levelled_off(style_loss)),
            size=self.size,
            seconds=time.monotonic() - self.started,
            content_loss=found.content.item(),
            style_loss=style_loss,
            total_loss=found.total.item(),
            style_losses=style_losses,
            _look=self.look,
        )

    def look(self, iteration: int) -> Image.Image:
        if iteration != self.iteration:
            raise StylizeError("This step's picture has been painted over; ask for it before the next step.")
        return self.picture(self.shown)

    def picture(self, shown: Tensor) -> Image.Image:
        image = images.to_image(shown)
        return images.keep_colors(image, self.content) if self.settings.keep_colors else image

    def change(self, settings: Settings) -> None:
        self.history.clear()
        self.settings = replace(self.settings, **{name: getattr(settings, name) for name in MID_RUN})
        self.objective = self.make_objective()  # a weight may have left 0

    # ---- one size

    def last_iteration(self, scale: int | None = None) -> int:
        """The iteration at which a size is done, this one unless told."""
        scale = self.scale if scale is None else scale
        return round(self.settings.iterations * sum(shares(self.sizes)[: scale + 1]))

    def learning_rate(self) -> float:
        """The setting; the live recipe lets it fall at each size, which settles what large steps leave open."""
        if self.settings.plain:
            return self.settings.learning_rate
        first, last = self.last_iteration(self.scale - 1), self.last_iteration()
        done = min(1.0, max(0.0, (self.iteration - first) / max(1, last - first)))  # below 0 after more were asked for
        return self.settings.learning_rate * (1 - done * (1 - SETTLED))

    def next_size(self) -> None:
        """Enlarge the painting, and Adam's moments with it, which spares the burst of noise of a fresh start."""
        self.scale += 1
        plain, side = self.settings.plain, self.sizes[self.scale]
        self.size = images.fitted(self.content.size, side, square=plain)
        if min(self.size) < 16 and isinstance(self.network, VGG19):
            raise StylizeError("The content is too narrow for VGG-19, which needs 16 px; choose a larger size or lite.")
        self.photo = images.to_tensor(self.content, self.size).to(self.device)
        self.mask = None
        if self.whole_mask:
            self.mask = images.to_tensor(self.whole_mask.convert("RGB"), self.size)[:, :1].to(self.device)
        self.objective = self.make_objective()
        state = None
        if self.scale == 0:
            if self.settings.init == "noise":
                draw = torch.Generator().manual_seed(self.settings.seed)  # on the CPU: the same on every device
                start = torch.rand(self.photo.shape, generator=draw).to(self.device)
            else:
                start = self.photo.clone()
        else:
            start = images.resize(self.shown, self.size).clamp(0, 1)
            if state := self.adam.state[self.image]:  # empty where so few iterations are asked for that none fell here
                state["exp_avg"] = images.resize(state["exp_avg"], self.size)
                state["exp_avg_sq"] = images.resize(state["exp_avg_sq"], self.size).relu()
        self.image = start.requires_grad_()
        self.adam = torch.optim.Adam([self.image], lr=self.settings.learning_rate)
        if state:
            self.adam.state[self.image] = state
        self.shown, self.sum, self.steps_here = self.composed(start.detach().clone()), torch.zeros_like(start), 0
        self.history.clear()

    def make_objective(self) -> Objective:
        styles = [(self.strokes(image), weight) for image, weight in self.styles]
        return Objective(self.network, self.photo, styles, self.mask, self.settings)

    def strokes(self, style: Image.Image) -> Tensor:
        """The style at the painting's own scale, enlarged if need be, so that strokes are as broad at every size."""
        side = max(1, round(self.sizes[self.scale] * self.settings.style_scale))
        size = images.fitted(style.size, side, square=self.settings.plain)
        size = max(size[0], images.MIN_STYLE), max(size[1], images.MIN_STYLE)
        return images.to_tensor(style, size).to(self.device)
