"""The objective at one size: what the painting should become, and how far an image is from it."""

from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from ..facts import STYLE_LAYERS
from ..settings import Settings
from . import losses, tiles, transport
from .neighbors import GRID, LAYERS, Columns
from .networks import Network, halved, reflected
from .strength import weights_of

# px, of the picture mirrored around it. A network's own edges, where it sees padding, are a cheap place for what the
# style has and the photo has not: a bright frame would be painted there.
MARGIN = 8
NEIGHBOR_PIXELS = 128_000  # of the largest picture whose neighbours are sought: forms have come by then
PHOTO_SHARE = 0.4  # of the picture whose neighbours are sought; the rest is what is painted so far
PALETTE_PIXELS = 25_000  # to which pictures are averaged down before their colours are compared
PALETTE_DIRECTIONS = 12
BANDS = 2  # the finest, which the grain term compares
COLOR_FLOOR = 0.05  # least variance of a band's colours, as a part of its brightness's
FLOOR = 1e-5  # least variance of a band, and a hundredth of a palette's, of pixels in [0, 1]


@dataclass
class Losses:
    """One evaluation: scalars, those of the style by layer and unweighted; `content` is nan where its weight is 0."""

    content: Tensor
    style: dict[str, Tensor]
    terms: dict[str, Tensor]  # neighbors, palette and grain, those in use, unweighted
    total: Tensor


class Objective:
    """Compares an image with its targets at one size. Targets are worked out once, when a term is first in use.

    Its settings may be replaced at any time, by others of the same recipe, network and layers.
    """

    def __init__(
        self,
        network: Network,
        photo: Tensor,
        styles: list[tuple[Tensor, float]],
        mask: Tensor | None,
        settings: Settings,
        painting: Tensor | None = None,
    ) -> None:
        """`photo` and `painting` (what is painted so far) are (1, 3, H, W); `styles` are pairs of (1, 3, H', W') and
        weight; `mask` (1, 1, H, W) is 1 where the style goes."""
        self.network, self.photo, self.mask, self.settings = network, photo, mask, settings
        self.painting = photo if painting is None else painting
        self.styles = [image for image, _ in styles]
        whole = sum(weight for _, weight in styles)
        self.shares = [weight / whole for _, weight in styles]
        self.margin = 0 if settings.reference else MARGIN
        self._grams: dict[tuple[str, bool], Tensor] = {}

    def __call__(self, image: Tensor) -> Losses:
        """The losses of `image` (1, 3, H, W), differentiable."""
        s, w = self.settings, weights_of(self.settings)
        neighbors = w.neighbors > 0 and image.shape[2] * image.shape[3] <= NEIGHBOR_PIXELS
        content, terms = image.new_tensor(float("nan")), {}
        if self.in_tiles(image) and (w.content or self.layer_weights):
            content, style = self.tiled_losses(image, bool(w.content), w.pull)
        else:
            wanted = {*self.layer_weights, *([s.content_layer] if w.content else ()), *(LAYERS if neighbors else ())}
            features = self.features(image, wanted)
            if w.content:
                content = self.content_loss(features[s.content_layer])
            style = {name: self.style_loss(name, features[name], w.pull) for name in self.layer_weights}
        weighted = [w.content * content] if w.content else []
        weighted += [w.style * self.layer_weights[name] * loss for name, loss in style.items()]
        if neighbors:
            terms["neighbors"] = losses.neighbor_error(self.columns(features), self.matches, self.positions)
            weighted.append(w.neighbors * terms["neighbors"])
        if w.palette:
            terms["palette"] = self.palette_loss(image, w.pull)
            weighted.append(w.palette * terms["palette"])
        if w.grain:
            terms["grain"] = self.grain_loss(image, w.pull)
            weighted.append(w.grain * terms["grain"])
        if w.tv:
            weighted.append(w.tv * losses.total_variation(image))
        # Where every weight is 0, the picture stays as it is.
        total = sum(weighted, start=image.new_zeros(())) if weighted else 0 * image.sum()
        return Losses(content, style, terms, total)

    @property
    def layer_weights(self) -> dict[str, float]:
        """Of the style layers that are compared: no work is done for a weight of 0."""
        weights = zip(STYLE_LAYERS, self.settings.style_layer_weights, strict=True)
        return {name: weight for name, weight in weights if weight and self.settings.style_weight}

    def features(self, image: Tensor, layers: set[str]) -> dict[str, Tensor]:
        """{layer: (1, C, h, w)}, in one pass."""
        if not layers:
            return {}
        return self.network(image.to(next(self.network.parameters()).dtype), tuple(layers), self.margin)

    def in_tiles(self, image: Tensor) -> bool:
        """Whether the features of the whole would take too much memory."""
        return not self.settings.reference and image.shape[2] * image.shape[3] > tiles.WHOLE_PIXELS

    def tiled_losses(self, image: Tensor, with_content: bool, pull: float) -> tuple[Tensor, dict[str, Tensor]]:
        """The content's loss (nan where it has no weight) and the style's by layer."""
        content, layer = None, self.settings.content_layer
        if with_content:
            target, energy = self.content
            content = tiles.Content(layer, target, self.network.metric(layer), 1 / energy)
        layers = tuple(self.layer_weights)
        grams, loss = tiles.statistics(image, self.margin, self.network, layers, content, self.mask)
        style = {}
        for name, gram in grams.items():
            target, norm = self.style_target(name, pull)
            style[name] = losses.gram_miss(gram, target / norm, self.network.metric(name), 1 / norm)
        return loss if content else loss.new_tensor(float("nan")), style

    def pooled_mask(self, shape: tuple[int, int]) -> Tensor:
        """(1, 1, h, w): the mask on the grid of features."""
        assert self.mask is not None
        return F.adaptive_avg_pool2d(reflected(self.mask, self.margin), shape)

    # ---- content

    @cached_property
    @torch.no_grad()
    def content(self) -> tuple[Tensor, float]:
        """The photo's features, and their energy: errors are relative to it."""
        layer = self.settings.content_layer
        if self.in_tiles(self.photo):
            f = tiles.features(self.photo, self.margin, self.network, layer)
        else:
            f = self.features(self.photo, {layer})[layer]
        energy = losses.feature_error(f, torch.zeros_like(f), self.network.metric(layer))
        return f, energy.clamp(min=1e-8).item()

    def content_loss(self, features: Tensor) -> Tensor:
        target, energy = self.content
        if self.settings.reference:
            return losses.squared_error(features, target)
        return losses.feature_error(features, target, self.network.metric(self.settings.content_layer), 1 / energy)

    # ---- style: Gram matrices

    @torch.no_grad()
    def gram(self, name: str, of_photo: bool = False) -> Tensor:
        """(1, C, C): the styles' target at a layer, in their shares, or the photo's own.

        Raw in the study, over as many positions as the content has; in the live recipe, a mean over positions.
        """
        if (name, of_photo) not in self._grams:
            layers = {n for n in (name, *self.layer_weights) if (n, of_photo) not in self._grams}
            images = [(self.photo, 1.0)] if of_photo else list(zip(self.styles, self.shares, strict=True))
            for image, share in images:
                for layer, gram in self.mean_grams(image, layers).items():
                    metric = self.network.metric(layer)
                    gram = gram if metric is None else metric @ gram @ metric
                    self._grams[layer, of_photo] = self._grams.get((layer, of_photo), 0) + share * gram
        return self._grams[name, of_photo]

    def mean_grams(self, image: Tensor, layers: set[str]) -> dict[str, Tensor]:
        """{layer: (1, C, C)}: Gram matrices as means over positions."""
        if self.in_tiles(image):
            return tiles.statistics(image, self.margin, self.network, tuple(layers))[0]
        return {name: losses.gram(f) / f[0, 0].numel() for name, f in self.features(image, layers).items()}

    def style_target(self, name: str, pull: float) -> tuple[Tensor, float]:
        """What a Gram matrix should become, and the size of the style's own, to which errors are relative."""
        target = self.gram(name)
        norm = target.norm().clamp(min=1e-4).item()
        return (torch.lerp(self.gram(name, of_photo=True), target, pull) if pull < 1 else target), norm

    def style_loss(self, name: str, features: Tensor, pull: float) -> Tensor:
        """Gatys, Ecker, Bethge 2015, equations 4 and 5. Under a mask, features are weighed by it: Gatys et al. 2017,
        "Controlling perceptual factors in neural style transfer", its guided Gram matrices."""
        whole = features[0, 0].numel()
        positions = float(whole)
        if self.mask is not None:
            part = self.pooled_mask((features.shape[2], features.shape[3]))
            positions = part.sum().clamp(min=1e-6).item()  # a speck of a mask may vanish when small
            features = features * part.sqrt().to(features.dtype)
        if self.settings.reference:
            return losses.squared_error(losses.gram(features) * (whole / positions), self.gram(name) * whole)
        target, norm = self.style_target(name, pull)
        return losses.gram_error(features, target / norm, self.network.metric(name), 1 / (positions * norm))

    # ---- forms: nearest neighbours

    @cached_property
    @torch.no_grad()
    def columns(self) -> Columns:
        return Columns(self.network, [self.features(style, set(LAYERS)) for style in self.styles], self.shares)

    @cached_property
    @torch.no_grad()
    def positions(self) -> Tensor | None:
        """(P,): how much each position of the grid counts; None where all do."""
        if self.mask is None:
            return None
        grid = self.features(self.photo, {GRID})[GRID].shape
        return self.pooled_mask((grid[2], grid[3])).flatten()

    @cached_property
    @torch.no_grad()
    def matches(self) -> Tensor:
        """(P, C): found once a size, from a blend of the photo and what is painted so far."""
        blend = torch.lerp(self.painting, self.photo, PHOTO_SHARE * weights_of(self.settings).hold)
        return self.columns.matches(self.features(blend, set(LAYERS)), self.shares, self.positions)

    # ---- colours and grain: optimal transport

    @cached_property
    def pooling(self) -> int:
        """How often pictures are halved before their colours are compared."""
        halvings, pixels = 0, self.photo.shape[2] * self.photo.shape[3]
        while pixels > PALETTE_PIXELS * 4**halvings:
            halvings += 1
        return halvings

    def colors(self, image: Tensor, mask: Tensor | None = None) -> Tensor:
        """(directions, N): the pixels under the mask, projected; means of blocks, so that every pixel has a say."""
        for _ in range(self.pooling):
            if min(image.shape[2:]) > 1:
                image = halved(image)
                mask = None if mask is None else halved(mask)
        return transport.directions(PALETTE_DIRECTIONS, image.device) @ transport.under(image, mask)

    @cached_property
    @torch.no_grad()
    def palettes(self) -> dict[str, Tensor]:
        """The quantiles of the styles' colours and of the photo's, (directions, LEVELS)."""
        styles = [transport.quantiles(self.colors(style)) for style in self.styles]
        return {
            "style": transport.mixed(styles, self.shares),
            "photo": transport.quantiles(self.colors(self.photo, self.mask)),
        }

    def palette_loss(self, image: Tensor, pull: float) -> Tensor:
        target = self.palettes["photo" if self.settings.keep_colors else "style"]
        variance = target.var(1).mean().clamp(min=FLOOR * 100)
        if pull < 1:
            target = torch.lerp(self.palettes["photo"], target, pull)
        return losses.transport_error(self.colors(image, self.mask), target, variance)

    def bands(self, image: Tensor, mask: Tensor | None = None) -> list[Tensor]:
        """[(3, N)]: the finest bands of brightness and colour, the pixels under the mask."""
        found = []
        for band in losses.laplacian_bands(losses.opponent(image), BANDS):
            found.append(transport.under(band, mask))
            mask = None if mask is None else halved(mask)
        return found

    @cached_property
    @torch.no_grad()
    def grains(self) -> dict[str, list[Tensor]]:
        """The quantiles of the styles' bands and of the photo's, [(3, LEVELS)] each."""
        styles = [[transport.quantiles(band) for band in self.bands(style)] for style in self.styles]
        return {
            "style": [transport.mixed(list(bands), self.shares) for bands in zip(*styles, strict=False)],
            "photo": [transport.quantiles(band) for band in self.bands(self.photo, self.mask)],
        }

    def grain_loss(self, image: Tensor, pull: float) -> Tensor:
        """The transport error of each band. Of a grey style, colour's variance is next to nothing; over that alone it
        would drown all else in Adam's steps, which are as long whatever the gradient: hence the floor."""
        total = image.new_zeros(())
        targets = zip(self.bands(image, self.mask), self.grains["photo"], self.grains["style"], strict=False)
        for band, own, target in targets:
            variance = target.var(1, keepdim=True).clamp(min=FLOOR)
            variance = variance.clamp(min=COLOR_FLOOR * variance[0])
            target = torch.lerp(own, target, pull) if pull < 1 else target
            total = total + losses.transport_error(band, target, variance)
        return total
