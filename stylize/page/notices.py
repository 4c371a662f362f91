"""Notices: messages over the page, with the buttons that lead out of what they tell."""

import html
import time
from collections.abc import Collection

from stylize import StylizeError

from . import cards, views
from .texts.i18n import FALLBACK, say, translated
from .views import Shown
from .visits.inputs import NoSecondStyleError
from .visits.runs import Run
from .visits.sessions import Visit


class MissingWeightsError(StylizeError):
    """The chosen network's weights are missing; the notice offers to download them."""


Actions = dict[str, dict[str, str]]  # {key of a button's text: what it does, see page.js}
ANEW: Actions = {"paint_anew": {"press": "#paint"}}
ACTIONS: dict[type, Actions] = {  # of an error's notice
    MissingWeightsError: {name: {"press": f"#{name}"} for name in ("paint_download", "paint_lite")},
    NoSecondStyleError: {
        "second": {"press": "#second.folded .fold", "do": "focus", "which": "#second_styles [tabindex='0']"}
    },
}


def notice(sentence: str, language: str, actions: Actions | None = None, made: float = 0) -> str:
    """HTML of a message over the page, with buttons.

    `made`: when, of one that is shown again after it was closed; Gradio leaves what is equal to the last one as it is.
    """
    close = html.escape(say(language, "close"))
    buttons = "".join(
        f'<button class="act"{cards.attributes(does)}>{html.escape(say(language, name))}</button>'
        for name, does in (actions or {}).items()
    )
    x = f'<button class="x" aria-label="{close}">&times;</button>'
    return f'<div role="alert" data-made="{made}"><span>{html.escape(sentence)}</span>{buttons}{x}</div>'


def notes(visit: Visit, run: Run) -> Shown:
    """Report what was done to the painting's pictures (a background, a first frame), each once per visit."""
    new = [sentence for note in run.notes if (sentence := translated(note, visit.language)) not in visit.told]
    visit.told.update(new)
    if not new:
        return {}
    visit.warned = visit.slots
    return {"notice": notice(" ".join(new), visit.language)}


def goes_on(visit: Visit) -> Shown:
    """Report that the running painting takes no new picture, style, crop or size."""
    return {"notice": notice(say(visit.language, "goes_on"), visit.language, ANEW)}


def failed(visit: Visit | None, error: StylizeError, outputs: Collection[str]) -> Shown:
    """Report an error; reset the status and buttons if they are among the outputs and nothing is being painted."""
    language = visit.language if visit else FALLBACK
    told: Shown = {"notice": notice(translated(error, language), language, ACTIONS.get(type(error)), time.monotonic())}
    if visit is None or visit.active is not None or "stop" not in outputs:
        return told
    visit.waiting, visit.warned = False, visit.slots
    try:
        return views.finished(visit) | told
    except OSError:  # the disk is full
        return views.empty(visit) | told
