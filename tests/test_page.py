"""The page: through gradio_client as a program would, and in a real browser as a person would."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from PIL import Image

gradio_client = pytest.importorskip("gradio_client")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
BROWSER_FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
SMALL = {"size": 128, "iterations": 60}


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    before = os.environ.get("GRADIO_TEMP_DIR")
    os.environ["GRADIO_TEMP_DIR"] = str(tmp_path_factory.mktemp("gradio"))
    import app

    app.FRAME = 0.05
    yield app
    if before is None:
        del os.environ["GRADIO_TEMP_DIR"]


@pytest.fixture(scope="module")
def url(app):
    demo = app.build()
    _, url, _ = demo.launch(prevent_thread_lock=True, quiet=True, **app.LAUNCH)
    yield url
    demo.close()


def test_the_endpoint_streams_different_frames(url, photo_file, painting_file):
    client = gradio_client.Client(url, verbose=False)
    files = {name: gradio_client.handle_file(f) for name, f in (("content", photo_file), ("style", painting_file))}
    job = client.submit(**files, **SMALL, api_name="/stylize")
    outputs = list(job)
    frames = {Path(picture).read_bytes() for picture, *_ in outputs}
    assert len(frames) >= 4
    iterations = [int(told.split("/")[0]) for _, told, _ in outputs]
    assert iterations[0] == 0
    assert iterations[-1] == 60
    assert iterations == sorted(iterations)
    picture, told, file = job.result()
    assert Image.open(picture).size == (128, 85)
    assert "style loss" in told
    assert json.loads(Image.open(file).info["stylize"])["stylize"]["iterations"] == 60


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"iterations": 10**6}, "greater than maximum value 10000"),
        ({"iterations": 2.5}, "iterations is 2.5; it must be a whole number from 1 to 10000"),
        ({"network": "vgg19"}, "tick the box to download them"),
        ({"style": None}, "Choose two pictures first"),
    ],
    ids=str,
)
def test_what_cannot_be_painted_is_one_sentence(url, photo_file, painting_file, monkeypatch, tmp_path, wrong, sentence):
    import torch

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    client = gradio_client.Client(url, verbose=False)
    files = {name: gradio_client.handle_file(f) for name, f in (("content", photo_file), ("style", painting_file))}
    with pytest.raises(Exception, match=sentence):
        client.predict(**files | SMALL | wrong, api_name="/stylize")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if not CHROMIUM:
        pytest.skip("there is no Chromium on this machine")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS.split())
        yield browser
        browser.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_a_person_paints_stops_and_downloads(app, url, browser, photo_file, painting_file, tmp_path, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    errors, frames = [], set()
    page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
    page.on("request", lambda r: frames.add(r.url) if "image.jpeg" in r.url else None)
    page.goto(url)
    page.set_input_files("#content input[type=file]", photo_file)
    page.set_input_files("#style input[type=file]", painting_file)
    page.wait_for_selector("#content img")
    page.wait_for_selector("#style img")
    page.fill("#iterations input[type=number]", "10000")
    page.press("#iterations input[type=number]", "Tab")
    page.click("#paint")
    page.wait_for_selector("#painting img")
    until = time.monotonic() + 60
    while len(frames) < 5 and time.monotonic() < until:
        page.wait_for_timeout(100)
    assert len(frames) >= 5
    # Nothing covers the picture while it grows: at its middle the topmost element is the picture itself.
    page.locator("#painting img").scroll_into_view_if_needed()
    box = page.locator("#painting img").bounding_box()
    x, y = box["x"] + box["width"] / 2, min(box["y"] + box["height"] / 2, 890)
    assert page.evaluate(f"document.elementFromPoint({x}, {y}).closest('#painting') !== null")
    assert page.evaluate(f"document.elementFromPoint({x}, {y}).tagName") == "IMG"
    page.click("#stop")
    page.wait_for_function("document.querySelector('#status textarea').value.includes('Stopped.')", timeout=20_000)
    done, total = page.input_value("#status textarea").split(" ")[0].split("/")
    assert 0 < int(done) < int(total) == 10_000
    with page.expect_download() as download:
        page.click("#file")
    download.value.save_as(tmp_path / "painting.png")
    image = Image.open(tmp_path / "painting.png")
    assert json.loads(image.info["stylize"])["stylize"]["iterations"] == 10_000
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0
    assert [e for e in errors if "ERR_ABORTED" not in e] == []
    page.close()


def test_the_recipe_brings_its_own_defaults(url, browser):
    page = browser.new_page()
    page.goto(url)
    page.get_by_label("reference", exact=True).check()
    page.wait_for_function("document.querySelector('#iterations input[type=number]').value == '3000'")
    assert page.input_value("#style_weight input[type=number]") == "100000000"
    assert page.get_by_label("vgg19", exact=True).is_checked()
    page.close()
