"""The page's texts in each language: one JSON file each in locales/. English stands in for what a file lacks."""

import json
import string
from pathlib import Path
from typing import Any

import gradio as gr

from stylize import StylizeError
from stylize.pictures.images import MAX_PIXELS
from stylize.settings import SPECS

from .. import cards, limits, samples

FALLBACK = "en"
FOLDER = Path(__file__).parent / "locales"
# language -> {"page": {key: text}, "settings": {name: [label, help]}, "errors": {English template: template}}
LOCALES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))
}
# A setting's English words are stated with it, but for a few labels ...
_LABELS = {name: name.replace("_", " ").capitalize() for name in SPECS} | LOCALES[FALLBACK]["labels"]
LOCALES[FALLBACK]["settings"] = {name: [_LABELS[name], spec.help] for name, spec in SPECS.items()}
for _language, _locale in LOCALES.items():  # ... and a style's names in examples/styles.json
    _locale["names"] |= {
        f"style_{style}": names.get(_language, names[FALLBACK]) for style, names in samples.STYLE_NAMES.items()
    }
CAPS = {
    "upload": limits.MAX_UPLOAD // 1_000_000,
    "pixels": MAX_PIXELS // 1_000_000,
    "size": limits.MAX_SIZE,
    "iterations": limits.MAX_ITERATIONS,
    "minutes": limits.MAX_SECONDS / 60,
}


class Numbers(string.Formatter):
    """str.format with the decimal and thousands separators of a language."""

    def __init__(self, language: str) -> None:
        self._comma = language == "es"

    def format_field(self, value: Any, format_spec: str) -> str:
        shown = str(super().format_field(value, format_spec))
        if self._comma and isinstance(value, float):
            return shown.replace(".", ",")
        if self._comma and isinstance(value, int):
            return shown.replace(",", "\N{NARROW NO-BREAK SPACE}")
        return shown


def _shown_by_the_browser(language: str) -> dict[str, str]:
    """A language's texts for gr.I18n, with a prefix that sets them apart from Gradio's own."""
    locale = LOCALES[language]
    texts = locale["page"] | {"caps": Numbers(language).format(locale["page"]["caps"], **CAPS)}
    others = {code: other["name"] for code, other in LOCALES.items() if code != language}
    fixed = cards.fixed(texts, locale["names"], locale["aria"], others)
    texts |= {f"fixed_{name}": part for name, part in fixed.items()}
    for name, (label, help) in (LOCALES[FALLBACK]["settings"] | locale["settings"]).items():
        texts |= {f"{name}_label": label, f"{name}_about": help}
        texts[f"{name}_factor"] = locale["page"]["factor"].format(name=label)
    return {f"stylize_{key}": words for key, words in texts.items()}


i18n = gr.I18n(**{language: _shown_by_the_browser(language) for language in LOCALES})


def text(key: str) -> Any:
    """A text for a component, which Gradio shows in the browser's language."""
    return i18n(f"stylize_{key}")


def known(language: str) -> str:
    """`language` if there is a file for it, else English."""
    return language if language in LOCALES else FALLBACK


def say(language: str, key: str, **values: object) -> str:
    """Format a text of the page."""
    return Numbers(language).format(LOCALES[language]["page"][key], **values)


def words_of(language: str) -> dict[str, str]:
    """The unformatted texts of a language."""
    return LOCALES[language]["page"]


def name_of(language: str, path: str) -> str:
    """The name of a picture file: a sample's own, or made from the file's name."""
    stem = Path(path).stem
    return LOCALES[language]["names"].get(stem) or stem.replace("_", " ").replace("-", " ")[:24]


def translated(error: StylizeError, language: str) -> str:
    """Translate an error, with the names that settings have on the page; English if the language lacks its template."""
    locale = LOCALES[language]
    template, values = locale.get("errors", {}).get(error.template, error.template), dict(error.values)
    if "setting" in values:
        values["setting"] = locale["settings"].get(values["setting"], [values["setting"]])[0]
    return Numbers(language).format(template, **values)
