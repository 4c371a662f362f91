"""The loss curves as a small SVG: lighter than a chart library's plot when it changes twice a second."""

import math

WIDTH, HEIGHT, DECADES = 600, 150, 4
COLORS = "#2a9d8f", "#e76f51"  # of content and style, told apart by the colour-blind, on light and dark
POINTS = 150


def curves(curve: list[tuple[int, float, float]], iterations: int, title: str, names: tuple[str, str]) -> str:
    """`curve` holds (iteration, content loss, style loss); each is drawn below its own highest value, log scale."""
    parts = [f'<line x1="0" x2="{WIDTH}" y1="{y}" y2="{y}" stroke="currentColor" opacity=".15"/>' for y in _decades()]
    legend = []
    thin = curve[:: max(1, len(curve) // POINTS)] + curve[-1:]
    for column, (name, color) in enumerate(zip(names, COLORS, strict=True), 1):
        values = [(point[0], point[column]) for point in thin if math.isfinite(point[column])]
        top = max((value for _, value in values), default=0.0)
        if not top:
            continue
        points = " ".join(f"{WIDTH * n / max(1, iterations):.1f},{_height(value / top):.1f}" for n, value in values)
        parts.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2.5"/>')
        legend.append(f'<span style="color:{color}">&#9632;</span> {name} {values[-1][1]:.4g}')
    drawing = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{title}">'
    return f'<div class="curves">{drawing}{"".join(parts)}</svg><small>{title}: {" &nbsp; ".join(legend)}</small></div>'


def bar(done: float, text: str) -> str:
    """A progress bar with its text below; `done` from 0 to 1."""
    return f'<div class="bar"><progress value="{done:.4f}" max="1"></progress><div>{text}</div></div>'


def _decades() -> list[float]:
    return [HEIGHT * n / DECADES for n in range(DECADES + 1)]


def _height(part: float) -> float:
    return min(HEIGHT, HEIGHT / DECADES * -math.log10(max(part, 10.0**-DECADES)))
