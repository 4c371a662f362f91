"""Both languages say everything: the page's texts, the settings', and the core's sentences."""

import ast
import string
from pathlib import Path

import pytest

from stylize.page import i18n, spanish
from stylize.settings import SPECS

ROOT = Path(__file__).parents[1]


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_have_every_text_with_the_same_holes():
    assert set(i18n.EN) == set(i18n.ES)
    for key, text in i18n.EN.items():
        assert fields(text) == fields(i18n.ES[key]), key
        assert i18n.ES[key] != text or key in ("recipe", "network"), key


def test_every_setting_has_its_words():
    for name in SPECS:
        assert {name, f"{name}_help"} <= set(i18n.ES)


def sentences():
    """The template of every sentence that the core or the page may raise."""
    for path in [*(ROOT / "stylize").glob("*.py"), *(ROOT / "stylize/page").glob("*.py")]:
        if path.name == "cli.py":  # the command line speaks English
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called == "StylizeError" or (called == "__init__" and path.name == "painting.py"):
                value = node.args[0]
                parts = value.values if isinstance(value, ast.JoinedStr) else [value]
                yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in parts)


def test_every_sentence_has_its_spanish():
    found = set(sentences())
    assert len(found) > 35
    assert found == set(spanish.SENTENCES)


@pytest.mark.parametrize(
    ("english", "want"),
    [
        (
            "learning rate is 9; it must be a number from 0.0005 to 0.2.",
            "Tasa de aprendizaje es 9; debe ser un número de 0.0005 a 0.2.",
        ),
        (
            "This painting needs 3.1 GB of memory and 1.0 GB are free; choose a size of 512 px at most.",
            "Esta pintura necesita 3.1 GB de memoria y quedan 1.0 GB; elige un tamaño de 512 px como máximo.",
        ),
        ("a; b.jpg is damaged or cut short; save or download it again.", "a; b.jpg está dañado o cortado"),
        ("Something else altogether.", "Something else altogether."),
    ],
)
def test_a_sentence_is_told_in_spanish(english, want):
    names = {name.replace("_", " "): i18n.ES[name] for name in SPECS}
    assert spanish.spanish(english, names).startswith(want)
