"""Every language says everything: the page's texts, the settings', and each sentence that may be raised."""

import ast
import pickle
import string
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from stylize import Settings, StylizeError
from stylize.page import samples
from stylize.page.texts import i18n
from stylize.page.texts.chosen import ChosenLanguage
from stylize.settings import SPECS

ROOT = Path(__file__).parents[1] / "stylize"
OTHERS = [language for language in i18n.LOCALES if language != i18n.FALLBACK]


def fields(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def templates():
    """Yield the template of every sentence that the engine, the pictures or the page may raise."""
    for path in ROOT.rglob("*.py"):
        if path.parent.name in ("cli", "training"):  # they speak English
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if called == "StylizeError" or (called == "__init__" and path.name == "step.py"):
                yield node.args[0].value  # one that is no constant could not be looked up


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_text_with_the_same_fields(language):
    english, other = i18n.LOCALES[i18n.FALLBACK]["page"], i18n.LOCALES[language]["page"]
    assert set(english) == set(other)
    for key, text in english.items():
        assert fields(text) == fields(other[key]), key
        assert text.count("#") == other[key].count("#"), key
    assert i18n.LOCALES[language]["page"]["language"] == language


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_has_every_setting_and_every_error(language):
    assert set(i18n.LOCALES[language]["settings"]) == set(SPECS)
    raised, told = set(templates()), i18n.LOCALES[language]["errors"]
    assert len(raised) > 35
    assert raised <= set(told), raised - set(told)
    for template, other in told.items():
        assert fields(template) == fields(other), template


def test_a_preset_is_not_taken_for_a_place_of_the_strength_slider():
    for locale in i18n.LOCALES.values():
        presets, stops = (
            {word for key, text in locale["page"].items() if key.startswith(kind) for word in text.lower().split()}
            for kind in ("preset_", "stop_")
        )
        assert not presets & stops


def test_every_sample_has_a_name_in_every_language():
    for language in i18n.LOCALES:
        for path in samples.TILES:
            assert i18n.name_of(language, str(path)) == i18n.LOCALES[language]["names"][path.stem]
        assert all(language in names for names in samples.STYLE_NAMES.values())


def test_a_sentence_is_told_in_spanish_with_the_settings_own_name():
    with pytest.raises(StylizeError) as error:
        Settings(learning_rate=9)
    assert i18n.translated(error.value, "en") == "Learning rate is 9; it must be a number from 0.0005 to 0.2."
    assert i18n.translated(error.value, "es") == "Tasa de aprendizaje: 9 no vale; debe ser un número de 0.0005 a 0.2."
    wrong = StylizeError("{setting} is {value}; choose one of {choices}.", setting="init", value="x", choices="a, b")
    assert "a, b" in i18n.translated(wrong, "es")  # separators are of numbers alone
    again = pickle.loads(pickle.dumps(error.value))
    assert i18n.translated(again, "es") == i18n.translated(error.value, "es")


def test_what_no_file_has_is_told_in_english(monkeypatch):
    monkeypatch.delitem(i18n.LOCALES["es"]["settings"], "size")  # as when a setting is new
    assert i18n._shown_by_the_browser("es")["stylize_size_label"] == "Size"
    assert i18n.translated(StylizeError("Something {what} altogether.", what="else"), "es") == (
        "Something else altogether."
    )


def test_the_chosen_language_is_put_into_the_page_and_other_answers_stay_whole():
    page, error = HTMLResponse("<html><head></head>x</html>"), HTMLResponse("no")
    pages = {"/": page, "/error": error, "/text": Response("<head>", media_type="text/plain")}
    routes = [Route(path, lambda _, page=page: page) for path, page in pages.items()]
    client = TestClient(Starlette(routes=routes, middleware=[Middleware(ChosenLanguage)]))
    client.cookies = {"stylize-language": "es"}
    assert "{value: 'es'}" in client.get("/").text
    assert client.get("/").text.endswith("</head>x</html>")
    assert (client.get("/error").text, client.get("/text").text) == ("no", "<head>")
    client.cookies = {"stylize-language": "'});alert(1)//"}  # no language of ours
    assert "script" not in client.get("/").text
