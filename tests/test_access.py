"""The page for everybody: axe-core finds nothing serious in any state, on desktop and phone; every text in Spanish."""

import pytest

from .conftest import EXAMPLES

SERIOUS = ("serious", "critical")
ENGLISH = ("Paint", "Stop", "Photo", "Style", "Learning", "Download", "Settings", "iterations", "Done", "Compare")


def findings(visitor):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visitor.page.wait_for_timeout(500)  # until colours have changed
    found = axe.Axe().run(visitor.page).response["violations"]
    return [
        f"{one['id']} ({len(one['nodes'])}): {node['target']} {node['html'][:160]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious_in_any_state(visit, width, scheme):
    visitor = visit(width=width, query="?size=96&iterations=10000", scheme=scheme)
    page = visitor.page
    found = {"empty": findings(visitor)}
    visitor.choose(EXAMPLES / "content_city.jpg", EXAMPLES / "style_dots.jpg")
    for title in ("Settings", "More settings", "Crop the photo", "A second style", "Limits"):
        visitor.open(title)
    found["settings"] = findings(visitor)
    page.click("#paint")
    visitor.wait_for("painting")
    found["painting"] = findings(visitor)
    page.click("#stop")
    visitor.wait_for("stopped")
    found["stopped"] = findings(visitor)
    for tab in ("Compare", "Frames", "Time-lapse", "Strengths", "Curves"):
        visitor.tab(tab)
        page.wait_for_timeout(400)
        found[tab] = findings(visitor)
    page.get_by_label("vgg19", exact=True).check()
    page.click("#paint")
    visitor.wait_notice("tick the box")
    found["error"] = findings(visitor)
    assert not any(found.values()), found


@pytest.mark.slow
def test_in_spanish_nothing_is_left_in_english(visit, photo_file, painting_file):
    visitor = visit(locale="es-MX", query="?size=64&iterations=20")
    page = visitor.page
    assert "Un ejemplo" in visitor.status()
    visitor.paint(photo_file, painting_file)
    for title in ("Ajustes", "Más ajustes", "Recortar", "Un segundo estilo", "Límites"):
        visitor.open(title)
    seen = page.inner_text("body")
    for tab in ("Comparar", "Fotogramas", "Vídeo", "Fuerzas", "Curvas"):
        visitor.tab(tab)
        page.wait_for_timeout(200)
        seen += page.inner_text("body")
    for word in ("Hecho. 20 iteraciones", "Tasa de aprendizaje", "lado mayor", "pérdida de estilo", "Usar como foto"):
        assert word in seen
    for word in ("__i18n__", "stylize_", *ENGLISH):
        assert word not in seen.replace("stylize\n", ""), word
    assert page.evaluate("document.documentElement.lang") == "es"


@pytest.mark.slow
def test_the_footers_switch_speaks_spanish_everywhere_status_and_errors_too(visit, photo_file, painting_file):
    visitor = visit(query="?size=64&iterations=20")
    page = visitor.page
    visitor.paint(photo_file, painting_file)
    assert "Done." in visitor.status()
    visitor.speak("Español")
    page.wait_for_function("document.querySelector('#status .status')?.innerText.includes('Hecho.')")
    assert page.inner_text("#paint") == "Pintar"
    assert page.get_by_role("tab", name="Comparar").count() == 1
    page.click("#continue")
    page.wait_for_function("document.querySelector('#status .status')?.innerText.includes('Hecho. 120 iteraciones')")
    visitor.open("Ajustes")
    visitor.load(EXAMPLES / "content_face.jpg")
    visitor.wait_notice("no lleva ajustes")
