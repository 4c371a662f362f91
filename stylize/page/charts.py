"""The loss curves as an SVG: smaller than a chart library's plot, since it is sent with each streamed frame."""

import html
import math
from collections.abc import Callable

WIDTH, HEIGHT, DECADES = 600, 200, 4
COLORS = "var(--curve-1)", "var(--curve-2)"  # of content and style; colour-blind people can tell them apart
POINTS = 150


def curves(
    curve: list[tuple[int, float, float]], iterations: int, words: dict[str, str], number: Callable[[float], str]
) -> str:
    """HTML of `curve`, [(iteration, content loss, style loss)]: each loss divided by its maximum, on a log scale.

    `words`: the texts, by the keys content, style, x, y (axes), none (for an empty curve) and why.
    `number` writes a number as their language does.
    """
    words = {key: html.escape(text) for key, text in words.items()}
    if not curve:
        return f'<p class="curves">{words["none"]}</p>'
    lines, legend = [], []
    thin = curve[:: max(1, len(curve) // POINTS)] + curve[-1:]
    for column, (name, color) in enumerate(zip((words["content"], words["style"]), COLORS, strict=True), 1):
        values = [(point[0], point[column]) for point in thin if math.isfinite(point[column])]
        top = max((value for _, value in values), default=0.0)
        if not top:
            continue
        points = " ".join(f"{WIDTH * n / max(1, iterations):.1f},{_height(value / top):.1f}" for n, value in values)
        lines.append(f'<polyline points="{points}" stroke="{color}"/>')
        legend.append(f'<span><i style="background:{color}"></i>{name} {number(values[-1][1])}</span>')
    powers = ["1", *(f"1/{10**n}" for n in range(1, DECADES + 1))]
    ticks = "".join(f"<span>{power}</span>" for power in powers)
    grid = "".join(
        f'<line x1="0" x2="{WIDTH}" y1="{y}" y2="{y}" stroke="currentColor" opacity=".2"/>'
        for y in (HEIGHT * n / DECADES for n in range(DECADES + 1))
    )
    title = f"{words['content']}, {words['style']}"
    return (
        f'<figure class="curves"><div class="axis-y"><em>{words["y"]}</em><div>{ticks}</div></div>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{title}">'
        f'{grid}{"".join(lines)}</svg><div class="axis-x"><span>0</span><em>{words["x"]}</em>'
        f"<span>{iterations}</span></div><figcaption>{''.join(legend)}</figcaption><p>{words['why']}</p></figure>"
    )


def _height(part: float) -> float:
    return min(HEIGHT, HEIGHT / DECADES * -math.log10(max(part, 10.0**-DECADES)))
