"""A painting under way: its state, and the Adam loop that yields a Step an iteration."""

from collections.abc import Generator
from dataclasses import replace

import torch
from PIL import Image
from torch import Tensor

from ..errors import StylizeError
from ..settings import MID_RUN, Settings
from ..step import NotFiniteError, Step
from . import tensors
from .adam import LEVEL_RATES, Adam
from .clock import Clock
from .enlarging import with_patches, with_photo_detail
from .networks import Network
from .objective import Losses, Objective
from .scene import Found, Region, Scene
from .schedule import learning_rate, levelled_off, shares, sizes, sizes_left
from .sources import Sources, axes_of, painted
from .strength import patch_share, photo_hold
from .texture import with_texture
from .threads import Threads

EMA_DECAY = 0.9  # of the exponential moving average of the iterates, which is what is shown
BETAS = 0.9, 0.95  # of Adam in the live recipe: with second moments of fewer steps, fewer iterations come as far
FINAL_LEARNING_RATE = 0.1  # at the end of a size, as a part of the setting
Steps = Generator[Step, Settings | None, None]


def changed(settings: Settings, wanted: Settings) -> Settings:
    """`settings` with what may change mid-run taken from `wanted`."""
    return replace(settings, **{name: getattr(wanted, name) for name in MID_RUN})


class Painting:
    """One painting under way: the owner of its picture, its optimiser, its settings, and its objective at this size."""

    image: Tensor  # (1, 3, H, W), the only thing optimised
    shown: Tensor  # what people see of it: in the live recipe, an average
    photo: Tensor  # the content at this size
    photo_pixels: Tensor  # (H, W, 3), uint8
    regions: tuple[Region, ...]
    mask: Tensor | None  # (1, 1, H, W), the part of each pixel that is painted
    size: tuple[int, int]
    objective: Objective
    before: Found | None  # at the size before
    adam: Adam
    sum: Tensor
    steps_here: int

    def __init__(
        self,
        network: Network,
        sources: Sources,
        settings: Settings,
        begun: tuple[Image.Image, int] | None = None,
    ) -> None:
        """`begun`: a picture of this painting and its iteration, to go on from with a new Adam. Raises StylizeError."""
        if settings.content_layer not in network.facts.layers:
            raise StylizeError(
                "The {network} network has no {layer} to compare; choose one of {layers}.",
                network=settings.network,
                layer=settings.content_layer,
                layers=", ".join(network.facts.layers),
            )
        self.network, self.sources, self.settings, self.begun = network, sources, settings, begun
        self.iteration = begun[1] if begun else 0
        self.history: tuple[tuple[int, Settings], ...] = ((self.iteration, settings),)
        self.clock, self.threads = Clock(sources.device.type), Threads(sources.device)
        self.style_loss_history: list[float] = []  # at this size
        self.sizes = [settings.size] if settings.reference else sizes(settings.size)
        while len(self.sizes) > 1 and min(sources.size(self.sizes[0])) < network.facts.smallest_side:
            del self.sizes[0]
        least = max(begun[0].size) if begun else 0  # more iterations never lead back to a size below its own
        done = [side for n, side in enumerate(self.sizes[:-1])
                if self.last_iteration(n) <= self.iteration or max(sources.size(side)) < least]  # fmt: skip
        self.scale = len(done) - 1 if begun else -1
        self.next_size(first=True)

    # ---- the loop

    def paint(self) -> Steps:
        """The loop: Adam moves the picture, a Step is yielded, settings that come back are taken."""
        good: Step | None = None
        gradient: Tensor | None = None  # the first step shows the picture as it begins
        while True:
            with self.threads.using():
                if gradient is not None:
                    self.advance(gradient)
                while self.scale + 1 < len(self.sizes) and self.iteration >= self.last_iteration():
                    self.next_size()
                losses, gradient = self.evaluate()
                step = self.step(losses)
                if not torch.isfinite(losses.total):
                    raise NotFiniteError(good or step)
                if not gradient.isfinite().all():
                    raise NotFiniteError(step)
                good = step
            self.clock.pause()
            sent = yield step
            self.clock.resume()
            if sent is not None and self.take(sent):
                gradient = self.evaluate()[1]  # the one above was of other weights
            if step.last and (sent is None or self.finished()):
                return
            if self.iteration >= self.settings.iterations:
                gradient = None  # fewer were asked for: this picture is the last

    def take(self, settings: Settings) -> bool:
        """Take over settings that differ in what may change mid-run alone; true where anything does."""
        if settings == self.settings:
            return False
        recolored = settings.keep_colors != self.settings.keep_colors
        self.settings, self.history = settings, (*self.history, (self.iteration, settings))
        self.objective.settings = settings
        if recolored:  # the styles' brightness follows the photo's, or no longer
            self.regions = self.sources.regions(self.sizes[self.scale], self.photo, settings.keep_colors)
            self.objective = self.make_objective(self.shown)
        self.style_loss_history.clear()
        return True

    def evaluate(self) -> tuple[Losses, Tensor]:
        """The losses of the picture as it is, and their gradient (1, 3, H, W).

        Means over all pixels make gradients that shrink with the size, below Adam's epsilon: hence the factor.
        """
        losses = self.objective(self.composed(self.image))
        factor = 1.0 if self.settings.reference else float(self.image.numel())
        (gradient,) = torch.autograd.grad(losses.total * factor, self.image)
        return losses.detached(), gradient

    def advance(self, gradient: Tensor) -> None:
        """One step of Adam."""
        self.adam.step(self.image, gradient, self.learning_rate())
        self.iteration += 1
        if self.settings.reference:
            self.shown = self.composed(self.image.detach())
            return
        with torch.no_grad():
            self.image.clamp_(0, 1)
            self.shown = self.composed(self.average())
        if self.iteration == (self.last_iteration(self.scale - 1) + self.last_iteration()) // 2:
            self.objective.scene.rematch(self.shown)  # halfway: forms have moved towards the style's

    def finished(self) -> bool:
        return self.scale + 1 == len(self.sizes) and self.iteration >= self.last_iteration()

    # ---- what is shown and told

    def average(self) -> Tensor:
        """The bias-corrected exponential moving average of the iterates at this size: it lacks the steps' own noise."""
        self.steps_here += 1
        self.sum = EMA_DECAY * self.sum + (1 - EMA_DECAY) * self.image.detach()
        return self.sum / (1 - EMA_DECAY**self.steps_here)

    def composed(self, image: Tensor) -> Tensor:
        """The image where the mask is white, the photo where it is black."""
        return image if self.mask is None else torch.lerp(self.photo, image, self.mask)

    def on_plateau(self, style_loss: float) -> bool:
        """True when the style loss no longer falls, at the last size: the ones before it end by their share."""
        if self.scale + 1 < len(self.sizes):
            return False
        self.style_loss_history.append(style_loss)
        return levelled_off(self.style_loss_history)

    def textured(self) -> Tensor:
        """The final picture (1, 3, H, W), see texture.py; Adam continues from the picture without texture.

        A finished painting that was opened again, with no iteration since, has its texture already.
        """
        share = 0.0 if self.begun and self.iteration == self.begun[1] else patch_share(self.settings)
        return self.composed(with_texture(self.shown, self.objective.scene, share)) if share else self.shown

    def step(self, losses: Losses) -> Step:
        """A Step of the picture as it is; the losses of the last one are those before its texture."""
        terms = {name: loss.item() for name, loss in losses.terms.items()}
        style_loss, content_loss = (terms.pop(name, float("nan")) for name in ("style", "content"))
        terms.pop("smoothness", None)
        last = self.finished() or (self.settings.early_stop and self.on_plateau(style_loss))
        shown = self.textured() if last else self.shown
        self.clock.mark(self.iteration)
        return Step(
            iteration=self.iteration,
            iterations=self.settings.iterations,
            last=last,
            size=self.size,
            seconds=self.clock.seconds,
            speed=self.clock.speed,
            seconds_left=self.clock.left(
                self.size, sizes_left(self.sizes, self.scale, self.settings.iterations, self.iteration)
            ),
            content_loss=content_loss,
            style_loss=style_loss,
            total_loss=losses.total.item(),
            style_losses={name: loss.item() for name, loss in losses.style.items()},
            terms=terms,
            settings=self.settings,
            history=self.history,
            pixels=tensors.to_pixels(shown),
            photo=self.photo_pixels,
            keep_colors=self.settings.keep_colors,
        )

    # ---- one size

    def last_iteration(self, scale: int | None = None) -> int:
        """The iteration at which a size is done, this one unless told."""
        scale = self.scale if scale is None else scale
        return round(self.settings.iterations * sum(shares(self.sizes)[: scale + 1]))

    def learning_rate(self) -> float:
        """The setting; the live recipe lets it fall at each size, which settles what large steps leave open."""
        if self.settings.reference:
            return self.settings.learning_rate
        first, last = self.last_iteration(self.scale - 1), self.last_iteration()
        done = min(1.0, max(0.0, (self.iteration - first) / max(1, last - first)))  # below 0 after more were asked for
        rate = learning_rate(self.settings.learning_rate, self.sizes[self.scale])
        return rate * (1 - done * (1 - FINAL_LEARNING_RATE))

    def next_size(self, first: bool = False) -> None:
        """Go on at the next size: the content, mask and objective at it, and the painting so far, enlarged."""
        self.scale += 1
        self.size = self.sources.size(self.sizes[self.scale])
        if min(self.size) < self.network.facts.smallest_side:
            raise StylizeError(
                "The content is too narrow for the {network} network, which needs {side} px; "
                "choose a larger size or another network.",
                network=self.settings.network,
                side=self.network.facts.smallest_side,
            )
        self.photo = self.sources.tensor(self.sources.content, self.size)
        self.photo_pixels = tensors.to_pixels(self.photo)
        self.regions = self.sources.regions(self.sizes[self.scale], self.photo, self.settings.keep_colors)
        self.mask = painted(self.regions)
        shape, axes = self.size[::-1], None if self.settings.reference else axes_of(self.regions, self.photo)
        if first:
            image, betas = self.first_image(), (0.9, 0.999) if self.settings.reference else BETAS
            self.adam = Adam(shape, image.device, betas, 1 if self.settings.reference else len(LEVEL_RATES), axes)
        else:
            before = self.sources.tensor(self.sources.content, self.sources.size(self.sizes[self.scale - 1]))
            held, share = self.objective.scene.held, photo_hold(self.settings)
            image = with_photo_detail(self.shown, self.photo, before, held, share, axes)
            self.adam.resize(shape, axes)
        self.before = None if first else self.objective.scene.found
        self.objective = self.make_objective(image)
        if not first and (share := patch_share(self.settings)):
            image = with_patches(image, self.objective.scene, share)
        self.image = image.requires_grad_()
        self.shown, self.sum, self.steps_here = self.composed(image.detach().clone()), torch.zeros_like(image), 0
        self.style_loss_history.clear()
        self.clock.restart()
        self.threads.restart()

    def first_image(self) -> Tensor:
        """What was begun, a copy of the photo, or noise."""
        if self.begun:
            return self.sources.tensor(self.begun[0], self.size)
        if self.settings.init == "content":
            return self.photo.clone()
        draw = torch.Generator().manual_seed(self.settings.seed)  # on the CPU: the same on every device
        return torch.rand(self.photo.shape, generator=draw, dtype=torch.float32).to(self.photo.device)

    def make_objective(self, image: Tensor) -> Objective:
        """Build the objective of this size. `image` is the painting so far; at the first size the photo is matched."""
        settings = self.settings
        scene = Scene(
            self.network,
            self.photo,
            self.regions,
            painting=self.photo if self.scale == 0 else image.detach(),
            hold=photo_hold(settings),
            proportions=settings.photo_proportions,
            before=self.before,
            reference=settings.reference,
        )
        return Objective(scene, settings)
