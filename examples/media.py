"""The media of the example styles: thick paint in light, washes of water, sticks that hatch."""

import numpy as np
from brush import BIG, Array, Part, Rng, at, blur, hues, lay, patch, smooth, step
from PIL import Image, ImageDraw


def light(pixels: Array, height: Array, depth: float, gloss: float = 0) -> Array:
    """Light a relief (height in px) from the upper left."""
    dy, dx = np.gradient(height * depth)
    slope = (dx + dy) / np.sqrt(1 + dx * dx + dy * dy)
    return pixels * (1 + 0.55 * slope)[..., None] + 255 * gloss * (np.clip(slope, 0, 1) ** 3)[..., None]


class Paint:
    """A canvas of thick paint: colours, and how high they stand."""

    def __init__(self, ground: tuple[int, int, int]) -> None:
        self.image, self.height = Image.new("RGB", (BIG, BIG), ground), Image.new("L", (BIG, BIG), 60)
        self.draw, self.raised = ImageDraw.Draw(self.image), ImageDraw.Draw(self.height)

    def strokes(
        self, rng: Rng, base: Array, angle: Array, count: int, size: tuple[float, float], spread: float = 9,
        where: Array | None = None, knife: bool = False,
    ) -> None:  # fmt: skip
        """Strokes of `size` (length, width) along the angles in the base's colours; a knife's are straight."""
        starts = rng.uniform(-60, BIG + 20, (count, 2))
        if where is not None:
            starts = starts[rng.random(count) < at(where, *starts.T)]
        reach, width = np.array(size)[:, None] * rng.uniform(0.6, 1.25, (2, len(starts)))
        a, line = at(angle, *starts.T), [starts]
        for _ in range(5):
            a = a if knife else at(angle, *line[-1].T)
            line.append(line[-1] + np.stack([np.cos(a), np.sin(a)], 1) * reach[:, None] / 5)
        lines = np.array(line)
        if knife:
            lines -= (lines[-1] - lines[0]) / 2
        tones, far = at(base, *starts.T), at(base, *lines[-1].T)
        for k in range(len(starts)):
            self._stroke(rng, lines[:, k], width[k], tones[k], far[k] - tones[k], spread, knife)

    def _stroke(
        self, rng: Rng, line: Array, width: float, tone: Array, change: Array, spread: float, knife: bool
    ) -> None:
        """Hairs side by side, each with its own start, tone and height; a knife leaves a slab with a ridge."""
        n = max(3, int(width / 3.5))
        side = np.linspace(-0.5, 0.5, n)[:, None]
        ahead = (line[-1] - line[0]) / (np.hypot(*(line[-1] - line[0])) + 1e-6)
        shift = side * [-ahead[1], ahead[0]] * width + rng.normal(0, width * (0.08 if knife else 0.25), (n, 1)) * ahead
        tone = tone + rng.normal(0, spread) + rng.normal(0, spread * 0.6, 3)
        if knife:  # picks up two colours, and tilts
            tones = tone + (side + 0.5) * 0.6 * change + rng.normal(0, spread * 0.35, (n, 1))
            tall = 90 + rng.uniform(-70, 70) * side + rng.uniform(0, 14, (n, 1)) + 75 * (np.abs(side) > 0.44)
        else:
            tones = tone + rng.normal(0, spread, (n, 1))
            tall = rng.uniform(80, 150) + rng.uniform(0, 60, (n, 1))
        hairs = (line[None] + shift[:, None]).reshape(n, -1).tolist()
        inks = np.clip(np.concatenate([tones, tall], 1), 0, 255).astype(int).tolist()
        for hair, (*ink, high) in zip(hairs, inks, strict=True):
            self.draw.line(hair, fill=tuple(ink), width=4)
            self.raised.line(hair, fill=high, width=4)

    def lit(self, depth: float, gloss: float = 0.25, soft: float = 1.6) -> Array:
        relief = blur(np.asarray(self.height, np.float32), soft)
        return light(np.asarray(self.image, np.float32), relief, depth, gloss)


class Water:
    """Washes on paper: pigment that gathers at the edges, flows, and settles in the paper's hollows."""

    def __init__(self, rng: Rng, paper: str) -> None:
        self.tooth, self.flow = smooth(rng, 420, 2), smooth(rng, 7, 4)
        self.rng, self.paper = rng, hues(paper)[0] * (1 + 0.025 * self.tooth[..., None])
        self.pixels = self.paper.copy()

    def wash(
        self, line: Array, colour: str, strength: float = 1, edge: float = 0.6, ragged: float = 0,
        fade: Array | None = None, width: int = 0,
    ) -> None:  # fmt: skip
        """Glaze an outline with a colour, as much as `fade` says; a ragged wash is that of a dry brush."""
        part, mask = patch(line, width=width)
        mask = mask if fade is None else mask * fade[part]
        turned, tooth = self.rng.choice((-1, 1), 2), self.tooth[part]
        flow = self.flow[:: turned[0], :: turned[1]][part]
        amount = mask * (0.62 + 0.5 * flow + 0.16 * tooth + edge * 1.2 * np.clip(mask - blur(mask, 22), 0, 1))
        if ragged:
            amount = amount * step(mask - ragged * (0.45 + 0.45 * tooth + 0.3 * flow), 0, 0.2)
        self.pixels[part] *= (np.maximum(hues(colour)[0], 4) / 255) ** (strength * np.clip(amount, 0, 2))[..., None]

    def draw(self, parts: list[Part], strength: float, ragged: float = 0) -> None:
        """Wash the parts in their colours; white ones lift."""
        for codes, line, width in parts:
            if codes == "ffffff":
                self.lift(line)
            else:
                self.wash(line, codes, strength, 0.9, ragged, None, width)

    def lift(self, line: Array, amount: float = 0.9) -> None:
        """Take wet paint off with a sponge, down to the paper."""
        part, mask = patch(line)
        lay(self.pixels[part], amount * mask, self.paper[part])


def hatch(rng: Rng, tone: Array, angle: Array, gap: float, length: float, width: int) -> Array:
    """How hard a stick presses in parallel strokes, each as hard as the tone (0 to 1) asks along its way."""
    image = Image.new("L", (BIG, BIG))
    draw = ImageDraw.Draw(image)
    middle = rng.uniform(-40, BIG + 40, (int(BIG * BIG / gap / length), 2))
    a = at(angle, *middle.T) + rng.normal(0, 0.05, len(middle))
    ahead, bow = np.stack([np.cos(a), np.sin(a)], 1), rng.normal(0, 0.03, (len(middle), 1))
    t = np.linspace(-0.5, 0.5, 9)[:, None, None] * length * rng.uniform(0.6, 1.3, (len(middle), 1))
    points = middle + t * ahead + bow * (t**2 / length) * ahead[:, ::-1] * [-1, 1]
    press = at(tone, points[..., 0], points[..., 1]) * rng.uniform(0.7, 1.1, len(middle))
    hards = np.clip(press * 255, 0, 255).astype(int).T.tolist()
    for line, hard in zip(points.transpose(1, 0, 2).tolist(), hards, strict=True):
        for p, q, h in zip(line, line[1:], hard, strict=False):
            if h > 12:
                draw.line([*p, *q], fill=h, width=width)
    return np.asarray(image, np.float32) / 255
