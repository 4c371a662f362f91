"""What is compared at one size: the photo, the styles and where each goes, and their features."""

from dataclasses import dataclass, replace
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from . import tiles
from .columns import LAYERS, MARGIN, on_pixels
from .equalizing import equalized
from .hold import Hold, hold
from .matching import Matcher, Matches, density
from .networks import Network, halved, reflected
from .salience import salience
from .voting import vote

BLUR = 3  # places over which counts of matches are averaged, since a match stands for its surroundings
# The photo's part of the picture that is matched; the rest is the painting so far; 1 where the photo holds firmly. With
# 0.35, motifs were larger and subjects harder to make out.
PHOTO_SHARE = 0.5
ENLARGED = 1.6  # times that a style is enlarged before its finest detail is only interpolation
MOST = 4.0  # times the mean: the most that a place of a style counts


@dataclass(frozen=True)
class Region:
    """A part of the picture, and the styles painted in it."""

    styles: tuple[Tensor, ...]  # (1, 3, H', W') each
    shares: tuple[float, ...]  # of the region; they add up to 1
    mask: Tensor | None = None  # (1, 1, H, W), 1 where the styles go; None: everywhere
    enlarged: float = 1.0  # how many times a style was enlarged at most: finer detail than that is not the style's

    def blurred(self, level: int = 0) -> bool:
        """Whether a style was enlarged so much that its detail, after `level` halvings, is only interpolation."""
        return self.enlarged > ENLARGED * 2**level


@dataclass(frozen=True)
class Found:
    """What the next size goes on from."""

    matches: list[Matches]  # one per region
    held: Hold


class Scene:
    """The inputs of the loss terms at one size."""

    def __init__(
        self,
        network: Network,
        photo: Tensor,
        regions: tuple[Region, ...],
        *,
        painting: Tensor | None = None,
        hold: float = 1.0,
        proportions: float = 0.9,
        before: Found | None = None,
        reference: bool = False,
    ) -> None:
        """`photo` and `painting` (the state at the start of this size; default: the photo) are (1, 3, H, W).

        `hold` (0 to 1): how firmly the photo says what goes where. `proportions`: how much brightness and colour count
        in a match, 0 for form alone.
        `before`: what was found at the previous size. `reference`: the study's arithmetic, no margin.
        """
        self.network, self.photo, self.regions, self.reference = network, photo, regions, reference
        self.painting = photo if painting is None else painting
        self.hold, self.proportions, self.before = hold, proportions, before
        self.size = photo.shape[2], photo.shape[3]
        self.margin = 0 if reference else MARGIN
        self._pooled: dict[tuple[int, tuple[int, int]], Tensor] = {}

    # ---- features

    def in_tiles(self, image: Tensor) -> bool:
        """Whether features of the whole picture would take too much memory."""
        return not self.reference and image.shape[2] * image.shape[3] > tiles.WHOLE_PIXELS

    def features(self, image: Tensor, layers: set[str]) -> dict[str, Tensor]:
        """{layer: (1, C, h, w)} of the whole picture, in one pass; differentiable unless it is taken in tiles."""
        if not layers:
            return {}
        if self.in_tiles(image):
            return tiles.features(image, self.margin, self.network, tuple(layers))
        return self.network(image.to(next(self.network.parameters()).dtype), tuple(layers), self.margin)

    def sums(self, image: Tensor, layers: set[str], measure: tiles.Measure) -> list[Tensor]:
        """What `measure` gives of the picture's features, or of each tile's, added up; differentiable."""
        if layers and self.in_tiles(image):
            return tiles.sums(image, self.margin, self.network, tuple(layers), measure)
        return measure(self.features(image, layers), tiles.Whole())

    def grid(self, image: Tensor, layer: str) -> tuple[int, int]:
        """Rows and columns of a layer's features of a picture."""
        sides = [side + 2 * self.margin for side in image.shape[2:]]
        if self.in_tiles(image):
            sides = [-(-side // tiles.GRID) * tiles.GRID for side in sides]
        for _ in range(tiles.stride(layer).bit_length() - 1):
            sides = [self.network.halved_side(side) for side in sides]
        return sides[0], sides[1]

    @cached_property
    def salience(self) -> Tensor:
        """(1, 1, H, W) in [0, 1]: where the photo carries the likeness."""
        return F.interpolate(salience(self.network, self.photo), size=self.size, mode="bilinear")

    @cached_property
    def guide(self) -> Tensor:
        """(1, 3, H, W): the photo as it is compared, its contrast equalised where it holds firmly.

        What the previous size found tells where; the first size compares the photo as it is.
        """
        if self.reference or self.start is None:
            return self.photo
        return equalized(self.photo, self.start.held.resized(*self.size).firm)

    # ---- regions

    def pooled(self, mask: Tensor | None, layer: str) -> Tensor | None:
        """(1, 1, h, w): a mask (1, 1, H, W) of the picture on the grid of a layer's features."""
        if mask is None:
            return None
        grid = self.grid(self.photo, layer)
        if (id(mask), grid) not in self._pooled:
            whole = reflected(mask, self.margin, tiles.GRID if self.in_tiles(self.photo) else 1)
            self._pooled[id(mask), grid] = F.adaptive_avg_pool2d(whole, grid)
        return self._pooled[id(mask), grid]

    def positions(self, layer: str) -> int:
        """How many features of a layer the photo has."""
        height, width = self.grid(self.photo, layer)
        return height * width

    @cached_property
    def region_parts(self) -> list[float]:
        """Each region's part of what is painted; losses of regions are added up in these parts."""
        if len(self.regions) == 1:
            return [1.0]
        areas = [1.0 if r.mask is None else float(r.mask.mean()) for r in self.regions]
        return [area / max(1e-6, sum(areas)) for area in areas]

    # ---- matches

    @cached_property
    @torch.no_grad()
    def matchers(self) -> list[Matcher]:
        """One for each region."""
        return [Matcher(self, region) for region in self.regions]

    @property
    def large(self) -> bool:
        """Whether an exact search would take too long."""
        return any(matcher.too_many_pairs for matcher in self.matchers)

    @cached_property
    def start(self) -> Found | None:
        """What matching starts from: the previous size, or half this one where it is large and none was painted."""
        return self._halved().found if self.before is None and self.large else self.before

    @cached_property
    @torch.no_grad()
    def matches(self) -> list[Matches]:
        """For each region, which place of its styles each place of the picture is matched with."""
        before = self.start
        held = before.held.resized(*self.size) if before else Hold(self.salience, torch.ones_like(self.salience))
        share = self.hold * held.weight * (PHOTO_SHARE + (1 - PHOTO_SHARE) * held.firm)
        features = self.features(torch.lerp(self.painting, self.guide, share), set(LAYERS))
        matches = before.matches if before else [None] * len(self.regions)
        return [matcher.match(features, m) for matcher, m in zip(self.matchers, matches, strict=True)]

    def _halved(self) -> "Scene":
        """The same at half the size, to start matching from where no smaller size was painted."""

        def half(region: Region) -> Region:
            mask = None if region.mask is None else halved(region.mask)
            return replace(region, styles=tuple(halved(style) for style in region.styles), mask=mask)

        regions = tuple(half(region) for region in self.regions)
        photo, painting = halved(self.photo), halved(self.painting)
        return Scene(self.network, photo, regions, painting=painting, hold=self.hold, proportions=self.proportions)

    @cached_property
    def held(self) -> Hold:
        """How firmly the photo holds; at large sizes as at the one before."""
        return self.start.held.resized(*self.size) if self.start and self.large else hold(self)

    @property
    def found(self) -> Found | None:
        """What was found; None in the reference recipe, which matches nothing."""
        return None if self.reference else Found(self.matches, self.held)

    def rematch(self, painting: Tensor) -> None:
        """Match again, with the painting as it is now. Statistics keep the weights of the first matches."""
        self.painting, self.start = painting, self.found
        for name in ("matches", "votes"):
            vars(self).pop(name, None)

    @cached_property
    def votes(self) -> list[tuple[Tensor, Tensor]]:
        """For each region the mean and variance, (1, 3, H, W) each, of the matched patches at each pixel."""
        return [vote(m, r.styles, self.photo) for m, r in zip(self.matches, self.regions, strict=True)]

    @torch.no_grad()
    def match_weights(self, region: int, style: int, proportions: float) -> Tensor | None:
        """(1, 1, h, w), mean 1: how much each place of a style counts in statistics, on the grid of conv3_1.

        `proportions` 0: all alike (None), so that the painting takes the style's own proportions; 1: as often as it is
        matched, so that they follow the photo.
        """
        if not proportions:
            return None
        counts = density(self.matches[region].counts(style), BLUR).clamp(max=MOST)
        return torch.lerp(torch.ones_like(counts), counts / counts.mean().clamp(min=1e-6), proportions)

    def pixel_weights(self, region: int, style: int, proportions: float) -> Tensor | None:
        """(1, 1, H', W'): match_weights of each pixel of a style."""
        weights = self.match_weights(region, style, proportions)
        if weights is None:
            return None
        height, width = self.regions[region].styles[style].shape[2:]
        return on_pixels(weights, height, width)
