"""The page: in a real browser as a person would, and through gradio_client as a program would."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from .conftest import EXAMPLES

gradio_client = pytest.importorskip("gradio_client")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
BROWSER_FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SMALL = {"size": 128, "iterations": 60}


def files(photo_file, painting_file):
    return {name: gradio_client.handle_file(f) for name, f in (("content", photo_file), ("style", painting_file))}


# ---- a program


def test_the_endpoint_streams_different_frames_and_ends_in_a_png(url, photo_file, painting_file):
    client = gradio_client.Client(url, verbose=False)
    job = client.submit(**files(photo_file, painting_file), **SMALL, api_name="/stylize")
    outputs = list(job)
    assert len({Path(picture).read_bytes() for picture, *_ in outputs}) >= 4
    iterations = [int(told.split("/")[0]) for _, told, _ in outputs]
    assert iterations[0] == 0
    assert iterations[-1] == 60
    assert iterations == sorted(iterations)
    picture, told, file = job.result()
    assert Image.open(picture).size == (128, 85)
    assert "style loss" in told
    assert json.loads(Image.open(file).info["stylize"])["stylize"]["iterations"] == 60


def test_one_call_for_one_picture(url, photo_file, painting_file):
    client = gradio_client.Client(url, verbose=False)
    sent = files(photo_file, painting_file)
    faint, strong = (
        client.predict(**sent, strength=strength, size=64, api_name="/paint_picture") for strength in (-4, 4)
    )
    assert Image.open(faint).size == (64, 43)
    assert Path(faint).read_bytes() != Path(strong).read_bytes()


def test_the_page_tells_programs_of_these_two_alone(url):
    api = gradio_client.Client(url, verbose=False).view_api(return_format="dict", print_info=False)
    assert set(api["named_endpoints"]) == {"/stylize", "/paint_picture"}
    names = [p["parameter_name"] for p in api["named_endpoints"]["/stylize"]["parameters"]]
    assert names[:4] == ["content", "style", "recipe", "network"]
    assert "style_layer_weights" in names


# ---- a person


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS.split())
        yield browser
        browser.close()


class Visitor:
    """Somebody with the page open; counts frames, and collects what the console complains of."""

    def __init__(self, browser, url, width=1440, locale="en-US", query=""):
        self.context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale)
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors, self.frames = [], set()
        self.page.on("console", lambda m: self.errors.append(m.text) if m.type == "error" else None)
        self.page.on("request", lambda r: self.frames.add(r.url) if "/stylize-" in r.url else None)
        self.page.goto(url + query)
        self.page.wait_for_selector("#paint")

    def choose(self, content, style):
        self.page.set_input_files("#content input[type=file]", content)
        self.page.set_input_files("#style input[type=file]", style)
        self.page.wait_for_selector("#content img")
        self.page.wait_for_selector("#style img")

    def set(self, name, value):
        self.page.fill(f"#{name} input[type=number]", str(value))
        self.page.press(f"#{name} input[type=number]", "Tab")

    def open(self, title):
        self.page.locator("button.label-wrap", has_text=title).first.click()

    def told(self):
        return self.page.inner_text("#status")

    def wait_told(self, text, seconds=120):
        self.page.wait_for_function(
            "text => document.querySelector('#status')?.innerText.includes(text)", arg=text, timeout=seconds * 1000
        )

    def iteration(self):
        return int(self.told().split("/")[0])

    def wait_frames(self, count, seconds=120):
        before, until = len(self.frames), time.monotonic() + seconds
        while len(self.frames) < before + count and time.monotonic() < until:
            self.page.wait_for_timeout(100)
        assert len(self.frames) >= before + count

    def topmost(self, selector):
        """The tag of what lies on top of the middle of `selector`."""
        self.page.locator(selector).scroll_into_view_if_needed()
        box = self.page.locator(selector).bounding_box()
        x, y = box["x"] + box["width"] / 2, min(box["y"] + box["height"] / 2, 890)
        return self.page.evaluate(f"document.elementFromPoint({x}, {y}).tagName")

    def close(self):
        self.context.close()
        assert [e for e in self.errors if "ERR_ABORTED" not in e] == []


@pytest.fixture
def visit(browser, url):
    visitors = []

    def visit(**more):
        visitors.append(Visitor(browser, url, **more))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_person_paints_moves_the_strength_stops_goes_on_and_downloads(visit, tmp_path, width):
    visitor = visit(width=width, query="?size=256")
    page = visitor.page
    page.locator("#examples tbody tr, #examples button.gallery-item").first.click()
    page.wait_for_selector("#content img")
    page.wait_for_selector("#style img")
    visitor.open("Settings")
    visitor.set("iterations", 10_000)
    page.click("#paint")
    page.wait_for_selector("#painting img")
    visitor.wait_frames(5)
    first = visitor.iteration()
    assert visitor.topmost("#painting img") == "IMG"  # nothing covers the picture while it grows
    assert page.locator("#curves polyline").count() == 2

    visitor.set("strength", 3)
    page.wait_for_function("document.querySelector('#style_weight input[type=number]')?.value === '40'")
    visitor.wait_frames(2)
    assert visitor.iteration() > first

    page.click("#stop")
    visitor.wait_told("Stopped.")
    stopped = int(visitor.told().split("Stopped. ")[1].split(" ")[0])
    assert stopped > first
    page.click("#continue")
    visitor.wait_told(f"Done. {stopped + 100} iterations")

    with page.expect_download() as download:
        page.click("#png")
    download.value.save_as(tmp_path / "painting.png")
    record = json.loads(Image.open(tmp_path / "painting.png").info["stylize"])["stylize"]
    assert record["style_weight"] == 40
    assert record["iterations"] == stopped + 100
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_what_can_be_done_with_a_finished_painting(visit, photo_file, painting_file, tmp_path):
    visitor = visit(query="?size=96&iterations=40&style_weight=7&bogus=1")
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    visitor.open("Settings")
    page.wait_for_function("document.querySelector('#size input[type=number]')?.value === '96'")
    assert "s" in page.inner_text("#expected")
    page.click("#paint")
    visitor.wait_told("Done. 40 iterations")
    page.wait_for_selector("#compare img")

    with page.expect_download() as download:
        page.click("#png")
    download.value.save_as(tmp_path / "painted.png")
    before = Image.open(tmp_path / "painted.png").tobytes()
    seen = page.get_attribute("#painting img", "src")
    page.locator("#keep input").check()
    page.wait_for_function("src => document.querySelector('#painting img')?.src !== src", arg=seen)
    with page.expect_download() as download:
        page.click("#png")
    download.value.save_as(tmp_path / "kept.png")
    assert Image.open(tmp_path / "kept.png").tobytes() != before
    assert json.loads(Image.open(tmp_path / "kept.png").info["stylize"])["stylize"]["keep_colors"] is True

    page.get_by_role("tab", name="Frames").click()
    visitor.set("frame", 3)
    page.wait_for_selector("#kept img")
    page.get_by_role("tab", name="Time-lapse").click()
    page.click("#film")
    page.wait_for_selector("#lapse video, #lapse img", timeout=30_000)
    with page.expect_download() as download:
        page.locator("#film_file a[download]").first.click()
    download.value.save_as(tmp_path / "lapse")
    assert (tmp_path / "lapse").stat().st_size > 1000

    page.click("#make_link")
    page.wait_for_function("document.querySelector('#link textarea, #link input')?.value.startsWith('http')")
    link = page.locator("#link textarea, #link input").input_value()
    assert "size=96" in link
    assert "style_weight=7" in link
    visitor.set("size", 224)
    with page.expect_file_chooser() as chooser:
        page.click("#load")
    chooser.value.set_files(tmp_path / "painted.png")
    page.wait_for_function("document.querySelector('#size input[type=number]')?.value === '96'")


def test_a_contact_sheet_and_a_click_that_paints_one_large(visit, photo_file, painting_file):
    visitor = visit(query="?size=64&iterations=20")
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    page.get_by_role("tab", name="Try strengths").click()
    page.click("#previews")
    page.wait_for_function("document.querySelectorAll('#gallery img').length === 6", timeout=90_000)
    page.wait_for_timeout(1000)
    page.locator("#gallery button:has(img)").last.click()
    visitor.wait_told("Done. 20 iterations")
    assert page.input_value("#strength input[type=number]") == "3"


def test_a_brush_keeps_what_it_covers(visit, photo_file, painting_file, tmp_path):
    visitor = visit(query="?size=96&iterations=40")
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    visitor.open("Where the style goes")
    page.click("#put")
    page.wait_for_selector("#brush canvas")
    page.wait_for_timeout(2500)
    page.locator("#brush canvas").first.scroll_into_view_if_needed()
    box = page.locator("#brush canvas").first.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.47, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=12)
    page.mouse.up()
    page.wait_for_timeout(1000)
    page.click("#paint")
    visitor.wait_told("Done. 40 iterations")
    with page.expect_download() as download:
        page.click("#png")
    download.value.save_as(tmp_path / "painting.png")
    painted = Image.open(tmp_path / "painting.png").convert("RGB")
    photo = Image.open(photo_file).convert("RGB").resize(painted.size, Image.Resampling.LANCZOS)
    difference = ImageChops.difference(painted, photo).convert("L").point(lambda v: 255 if v < 3 else 0)
    kept = difference.histogram()[255] / (painted.width * painted.height)
    assert 0.05 < kept < 0.95


def test_in_spanish_nothing_is_left_in_english(visit, photo_file, painting_file):
    visitor = visit(locale="es-ES", query="?size=64&iterations=20")
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    visitor.open("Ajustes")
    page.get_by_role("button", name="Pintar", exact=True).click()
    visitor.wait_told("Hecho. 20 iteraciones")
    text = page.inner_text("body")
    page.set_viewport_size({"width": 390, "height": 900})
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    for word in ("Descargar PNG", "Parar", "Fuerza", "Tasa de aprendizaje", "lado mayor", "Cargar los ajustes"):
        assert word in text
    for word in ("__i18n__", "stylize_", "Paint", "Stop", "Learning", "Download", "Settings", "iterations"):
        assert word not in text.replace("stylize\n", "")


def test_the_recipe_brings_its_own_defaults(visit):
    visitor = visit()
    page = visitor.page
    visitor.open("Settings")
    page.get_by_label("reference", exact=True).check()
    page.wait_for_function("document.querySelector('#iterations input[type=number]')?.value == '3000'")
    assert page.input_value("#style_weight input[type=number]") == "100000000"
    assert page.get_by_label("vgg19", exact=True).is_checked()


def test_two_visitors_never_see_each_others_pictures(visit, photo_file, painting_file):
    one, two = visit(query="?size=64&iterations=30"), visit(query="?size=96&iterations=30")
    for visitor, pair in ((one, (photo_file, painting_file)), (two, (painting_file, photo_file))):
        visitor.choose(*pair)
        visitor.page.click("#paint")
    for visitor, size in ((one, "64 x 43 px"), (two, "96 x 96 px")):
        visitor.wait_told("Done. 30 iterations")
        assert size in visitor.told()
    assert not one.frames & two.frames


def test_closing_the_page_frees_the_worker_and_forgets_the_visitor(visit, photo_file, painting_file):
    from stylize.page import sessions

    visitor = visit(query="?iterations=10000")
    visitor.choose(EXAMPLES / "content_ruins.jpg", EXAMPLES / "style_night.jpg")
    visitor.page.click("#paint")
    visitor.wait_frames(3)
    before = sessions.count()
    visitor.page.close()
    until = time.monotonic() + 10
    while sessions.count() >= before and time.monotonic() < until:
        time.sleep(0.1)
    assert sessions.count() == before - 1
    other = visit(query="?size=64&iterations=20")
    other.choose(photo_file, painting_file)
    other.page.click("#paint")
    other.wait_told("Done. 20 iterations", seconds=10)
