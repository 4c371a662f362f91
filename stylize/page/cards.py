"""HTML of the page's cards (styles, photos, presets, sizes, variations, history) and of its fixed parts.

Texts come from a dict of one language, see texts/i18n.py. page.js gives the buttons their behaviour: `data-card` is
sent to the server, `data-set` sets controls, `data-press` presses another button, `data-do` calls a function.
"""

import html
import json
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stylize import Settings

from . import limits, samples

Words = dict[str, str]
STOPS = (-4, -2, 0, 2, 4)  # strengths with a word
SIZES = {"S": 256, "M": 512, "L": 768, "XL": 1024}
MAIN = ("iterations", "learning_rate", "content_weight", "style_weight")  # settings in sight without a click
DEFAULTS = {"recipe": "live"} | {name: getattr(Settings(), name) for name in MAIN}
PRESETS: dict[str, dict[str, Any]] = {  # a press sets these, and resets the settings in sight
    "wash": {"strength": -2.5, "style_scale": 1.0} | DEFAULTS,
    "classic": {"strength": 0.0, "style_scale": 1.0} | DEFAULTS,
    "wild": {"strength": 2.5, "style_scale": 1.0} | DEFAULTS,
    "fine": {"strength": 0.0, "style_scale": 0.5} | DEFAULTS,
    "broad": {"strength": 0.0, "style_scale": 1.75} | DEFAULTS,
}
ICONS = {
    "crop": "M6 2v16h16M2 6h16v16",
    "brush": "M4 20c4 1 6-1 6-4l9-11c1-2-2-4-3-2l-9 11c-2 0-4 2-3 6",
    "swap": "M4 8h15l-4-4M20 16H5l4 4",
    "show": "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
    "info": "M12 11v6M12 7v.5M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20",
}


@dataclass(frozen=True)
class Card:
    """A button with a picture and a name."""

    key: str  # what the server gets
    name: str
    picture: Path | str | None = None  # a file that is served; None: a tile of the sprite
    tile: int = -1  # of the sprite; -1: nothing
    data: dict[str, str] = field(default_factory=dict)  # more data attributes, for page.js


def url(path: Path | str) -> str:
    """URL of a served file, relative to the page, since a proxy may serve the page at any path."""
    return "gradio_api/file=" + quote(str(path))


def grid(cards: Iterable[Card], label: str, kind: str = "card") -> str:
    """HTML of a group of cards; `kind` is the data attribute that says what a press does: card, set."""
    parts = "".join(_card(card, kind) for card in cards)
    return f'<div class="cards" role="toolbar" aria-label="{_safe(label)}">{parts}</div>'


def titled(cards: Iterable[Card], label: str, kind: str = "card") -> str:
    """HTML of a group of cards below its label."""
    return f"<h2>{_safe(label)}</h2>{grid(cards, label, kind)}"


def _card(card: Card, kind: str) -> str:
    if card.picture is None:
        look = "tile blank" if card.tile < 0 else "tile"
        picture = f'<i class="{look}" style="--at:{card.tile}"></i>'
    else:
        picture = f'<img src="{_safe(url(card.picture))}" alt="">'
    data = attributes({kind: card.key} | card.data)
    return f'<button type="button"{data}>{picture}<span>{_safe(card.name)}</span></button>'


def attributes(values: dict[str, str]) -> str:
    """HTML attributes of these names and values."""
    return "".join(f' data-{name}="{_safe(value)}"' for name, value in values.items())


def _safe(text: str) -> str:
    return html.escape(text)


def _chip(words: Words, key: str, icon: str = "", worded: bool = True, **data: str) -> str:
    word = _safe(words[key])
    path = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{ICONS[icon]}"/></svg>' if icon else ""
    name = "" if worded else f' title="{word}"'  # the title is its accessible name as well
    return f'<button type="button" class="chip"{attributes(data)}{name}>{path}{word if worded else ""}</button>'


def sizes(size: int, seconds: dict[int, float], largest: int, words: Words) -> str:
    """HTML of the sizes S, M, L, XL, each with its expected time."""
    parts = []
    for name, value in SIZES.items():
        if value <= largest:
            told = words["about"].format(time=rounded(seconds[value])) if value in seconds else "…"
            data = attributes({"set": json.dumps({"size": value})})
            state = f'aria-pressed="{str(value == size).lower()}"'
            said = f"<span><b>{name}</b> {value} px</span><small>{_safe(told)}</small>"
            parts.append(f'<button type="button"{data} {state}>{said}</button>')
    return f'<div class="sizes" role="toolbar" aria-label="{_safe(words["sizes"])}">{"".join(parts)}</div>'


def rounded(seconds: float) -> str:
    """Round an estimate to what it is good for, so that it stays when measured again: 7 s, 14 s, 40 s, 4 min."""
    step = 1 if seconds < 9.5 else 2 if seconds < 19 else 5 if seconds < 57.5 else 10 if seconds < 115 else 60
    return f"{round(seconds / 60)} min" if step == 60 else f"{max(1, step * round(seconds / step))} s"


def choice(label: str, choices: dict[str, str]) -> str:
    """HTML of a native list of choices, {key: text}, with the first one chosen; it sends the key as a card does.

    Gradio changes it in place, where what was chosen before stays: cards.js sets each new list to its first choice.
    """
    options = "".join(f'<option value="{_safe(key)}">{_safe(text)}</option>' for key, text in choices.items())
    return f'<label data-made="{time.monotonic()}">{_safe(label)} <select>{options}</select></label>'


def before(path: Path | str) -> str:
    """HTML of the picture that the painting is compared with, and of the handle's slider."""
    picture = f'<img src="{_safe(url(path))}" alt="" draggable="false"><i class="line"></i>'
    return picture + '<input type="range" min="0" max="100" step="0.5" value="0" aria-label="">'  # page.js names it


def status(
    state: str,
    part: float,
    line: str,
    numbers: str = "",
    taken: int = 0,
    waits: Iterable[int] = (),
    marks: Iterable[str] = (),
) -> str:
    """HTML of the status line.

    `taken`: applied changes of settings; `waits`: seconds for each place in the queue; `marks`: "changed" where the
    pictures or settings on the page are not those of the painting, or a picture is missing; "differs" likewise,
    and for a painting opened from the history while the page had other choices; "painted" where the stage shows a
    painting of the visit.
    """
    detail = f'<p class="numbers">{_safe(numbers)}</p>' if numbers else ""
    waiting = [*waits]
    return (
        f'<div class="status" data-state="{state}" data-part="{part:.3f}" data-taken="{taken}" data-waits="{waiting}"'
        f"{attributes(dict.fromkeys(marks, ''))}>"
        f'<progress value="{part:.4f}" max="1" aria-label="{_safe(line)}"></progress>'
        f'<p class="now">{_safe(line)}</p>{detail}</div>'
    )


# ---- fixed parts, which the browser shows in its own language


def fixed(words: Words, names: Words, aria: Words, languages: Words) -> dict[str, str]:
    """HTML of the static parts, by name. `aria`: translations of Gradio's labels; `languages`: names of the others."""
    presets = [
        Card(json.dumps(values), words[f"preset_{name}"], tile=place, data={"preset": name})
        for place, (name, values) in enumerate(PRESETS.items())
    ]
    chips = _chip(words, "tool_edit", "brush", do="edit", which="content")
    chips += _chip(words, "tool_edit_style", "crop", do="edit", which="style")
    chips += _chip(words, "swap", "swap", press="#swap")
    bar_chips = _chip(words, "numbers", "info", False, do="numbers") + _chip(words, "show", "show", False, do="show")
    to_painting = _chip(words, "to_painting", do="focus", which="#stop, #result button, #paint")
    close = _chip(words, "close", do="close")
    title = _safe(words["styles_title"].format(count=len(samples.STYLES)))
    arrows = "".join(  # for the mouse: the keyboard and a finger scroll the cards themselves
        f'<i class="chip" aria-hidden="true" data-do="scroll" data-which="{way}">{sign}</i>'
        for way, sign in (("-1", "&#8249;"), ("1", "&#8250;"))
    )
    return {
        "status": status("ready", 0, words["example"]),
        "expected": sizes(512, {}, limits.MAX_SIZE, words),
        "head": f"<h1>stylize</h1><p>{_safe(words['intro'])}</p>",
        "photos": titled((_sample(path, names) for path in samples.PHOTOS.values()), words["photos"]),
        "styles": grid((_sample(path, names) for path in samples.STYLES.values()), words["styles"]),
        "presets": titled(presets, words["presets"], "set"),
        "stops": "".join(f'<span data-strength="{at}">{_safe(words[f"stop_{at}"])}</span>' for at in STOPS),
        "chips": chips,
        "bar_chips": bar_chips + _chip(words, "to_styles", do="focus", which="#styles [tabindex='0']"),
        "styles_title": f"<h2>{title}</h2>{arrows}{to_painting}",
        "fold_second": _fold(words, "second"),
        "fold_researchers": _fold(words, "researchers"),
        "grid": f'<p class="hint">{_safe(words["grid_hint"])}</p>',
        "again": f'<button type="button" data-press="#paint">{_safe(words["paint"])}</button>',
        "mine": f'<button type="button" data-press="#content input[type=file]">{_safe(words["mine"])}</button>',
        "editor": _editor(words),
        "show": f'<dialog aria-label="{_safe(words["show"])}"><img alt=""><img alt=""><p></p>{close}</dialog>',
        "foot": _foot(words, languages),
        "client": _client(words, aria),
    }


def _client(words: Words, aria: Words) -> str:
    """The texts that page.js shows, and the live region for screen readers."""
    told = {key.removeprefix("js_"): text for key, text in words.items() if key.startswith("js_")}
    told_json = json.dumps(told | {"aria": aria} | {key: words[key] for key in ("language", "close", "about")})
    return f'<p id="said" role="status"></p><p data-words="{_safe(told_json)}"></p>'


def _sample(path: Path, names: dict[str, str]) -> Card:
    name = path.stem.partition("_")[2]
    return Card(path.stem, names.get(path.stem, name.capitalize()), tile=samples.tile(path), data={"file": path.name})


def _fold(words: Words, name: str) -> str:
    """The title of a fold. Not gr.Accordion, which mounts its controls when opened: page.js sets them earlier."""
    data = attributes({"do": "fold", "which": name})
    return f'<button type="button" class="fold"{data} aria-expanded="false">{_safe(words[name])}</button>'


def _editor(words: Words) -> str:
    tools = _chip(words, "tool_crop", "crop", do="tool", which="crop")
    tools += _chip(words, "tool_brush", "brush", do="tool", which="brush")
    ratios = _chip(words, "ratio_free", do="ratio", which="0")
    for name, ratio in (("1:1", "1"), ("4:5", "0.8"), ("16:9", "1.7778")):
        ratios += f'<button type="button" class="chip" data-do="ratio" data-which="{ratio}">{name}</button>'
    uses = "".join(
        f'<label><input type="radio" name="use" value="{use}"> {_safe(words[f"region_{use}"])}</label>'
        for use in ("not", "only", "second")
    )
    return (
        f'<dialog aria-label="{_safe(words["tool_edit"])}"><div class="bar">'
        f'<span class="tools">{tools}</span>'
        f'<span class="ratios">{ratios}</span><label class="width">{_safe(words["brush_size"])} '
        '<input type="range" min="1" max="30" value="8"></label>'
        f"{_chip(words, 'undo', do='undo')}{_chip(words, 'tool_clear', do='clear')}"
        f"{_chip(words, 'cancel', do='cancel')}"
        f'<button type="button" class="chip strong" data-do="close">{_safe(words["finish"])}</button></div>'
        f'<p class="crop" id="about_crop">{_safe(words["crop_help"])} <span>{_safe(words["crop_keys"])}</span></p>'
        f'<p class="brush" id="about_brush">{_safe(words["brush_help"])} <span>{_safe(words["brush_keys"])}</span></p>'
        f'<canvas tabindex="0" role="application" aria-label="{_safe(words["where_help"])}"></canvas>'
        f'<fieldset><legend>{_safe(words["region_use"])}</legend>{uses}</fieldset><p role="status"></p></dialog>'
    )


def _foot(words: Words, languages: Words) -> str:
    parts = [f'<button type="button" data-press="footer .show-api">{_safe(words["foot_api"])}</button>']
    parts += [
        f'<button type="button" lang="{code}" data-do="language" data-which="{code}">{_safe(name)}</button>'
        for code, name in languages.items()
    ]
    space = os.environ.get("SPACE_ID")
    if space:
        source = f"https://huggingface.co/spaces/{_safe(space)}/tree/main"
        parts.append(f'<a href="{source}">{_safe(words["foot_source"])}</a>')
    return f'<nav aria-label="stylize">{"".join(parts)}</nav><p>{_safe(words["caps"])}</p>'
