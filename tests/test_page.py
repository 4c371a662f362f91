"""The page as people use it, in a real browser: arriving, painting, comparing, cropping, coming back."""

import json
import re
import time
from contextlib import contextmanager

import pytest
from PIL import Image

from stylize import Settings

from .conftest import EXAMPLES

TINY = "?size=64&iterations=12"
LONG = "?size=64&iterations=10000"
USABLE = "document.querySelector('#painting img')?.naturalWidth >= 768 && !document.querySelector('#paint').disabled"
SERIOUS = ("serious", "critical")
ENGLISH = ("Paint", "Stop", "Photo", "Style", "Learning", "Download", "iterations", "Done", "Remove", "Upload", "Clear",
           "Empty", "upload", "Adjust", "play", "screen", "tabs")  # fmt: skip


def record(path):
    return json.loads(Image.open(path).info["stylize"])


def slowness():
    """How many times longer a fixed piece of work takes than on the idle machine: other programs run beside tests."""
    started = time.perf_counter()
    sum(n * n for n in range(2_000_000))
    return max(1.0, (time.perf_counter() - started) / 0.12)


def findings(visitor):
    """What axe-core calls serious or critical in the page's present state."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    visitor.page.mouse.move(0, 0)  # colours change under the pointer
    visitor.page.wait_for_timeout(500)  # and fade in
    found = axe.Axe().run(visitor.page).response["violations"]
    return [
        f"{one['id']}: {node['target']} {node['html'][:160]}"
        for one in found
        if one["impact"] in SERIOUS
        for node in one["nodes"][:3]
    ]


# ---- arriving


@pytest.mark.parametrize("width", [1440, 390])
def test_the_page_arrives_alive_and_nothing_moves(visit, width):
    visitor = visit(width=width, query="about:blank")
    page = visitor.page
    page.add_init_script("""
        window.shift = 0;
        new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) shift += e.value })
            .observe({type: 'layout-shift', buffered: true});
    """)
    visitor.go("")
    page.wait_for_function(USABLE)
    page.wait_for_function("document.querySelector('#before img')?.naturalWidth >= 700")
    page.wait_for_timeout(1200)
    page.wait_for_function("/about \\d+ s/.test(document.querySelector('#expected')?.innerText)")
    assert page.evaluate("shift") <= 0.02
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    assert visitor.in_sight("#paint")
    for slot in ("#content img", "#style img"):
        assert page.locator(slot).count() == 1
    assert findings(visitor) == []
    if width > 1000:
        for name in ("iterations", "learning_rate", "content_weight", "style_weight"):
            assert visitor.in_sight(f"#{name}_factor input[type=range]"), name
        box = page.locator("#easel").bounding_box()
        assert box["width"] >= 0.6 * width
        assert box["height"] >= 0.6 * 900
        for _ in range(8):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == "paint":
                break
        assert page.evaluate("document.activeElement.id") == "paint"


@pytest.mark.slow  # its times would be of what the other tests leave of the cores
def test_the_page_is_usable_after_two_seconds_and_shows_a_frame_after_one(visit):
    visitor, busy = visit(query="about:blank"), slowness()
    started = time.monotonic()
    visitor.go(LONG)
    visitor.page.wait_for_function(USABLE)
    assert time.monotonic() - started < 2 * busy + 1
    busy, started = slowness(), time.monotonic()
    visitor.page.click("#paint")
    visitor.wait_frames(1)
    assert time.monotonic() - started < busy + 1


@contextmanager
def answers_held(page, requests="**/gradio_api/{run,queue/join}**"):
    """What the page asks for inside the block reaches the server only at its end."""
    page.route(requests, lambda route: None)
    yield
    page.unroute(requests)  # which lets them go on


def test_no_answer_overwrites_what_was_touched_meanwhile(visit):
    visitor = visit(query="about:blank", scheme="dark")  # a browser that keeps the hint of another test's visitor
    page = visitor.page
    with answers_held(page):
        visitor.go("?size=64&iterations=12&strength=2&learning_rate=0.05")
        page.wait_for_selector("html.there")
        visitor.set("strength", -1)
        page.focus("#learning_rate_factor input[type=range]")
        page.keyboard.press("ArrowRight")
        moved = page.input_value("#learning_rate input[type=number]")
    visitor.wait_value("size", "64")
    assert page.input_value("#strength input[type=number]") == "-1"
    assert page.input_value("#learning_rate input[type=number]") == moved != "0.05"
    visitor.paint()
    page.wait_for_selector("html[data-kept$='ruins-night-64.png']")
    with answers_held(page):
        page.reload()
        page.wait_for_selector("html.there")
        visitor.set("strength", 1)
        page.locator("#photos button").first.click()
    visitor.wait_for("done", "other")
    visitor.wait_value("size", "64")
    page.wait_for_timeout(1000)
    assert page.input_value("#strength input[type=number]") == "1"
    assert "content_city" in visitor.source("#content img")
    visitor.open("For researchers")
    with answers_held(page):
        page.get_by_label("reference", exact=True).check()
        visitor.set("strength", 2)
    page.wait_for_function("document.querySelector('#iterations input[type=number]').value !== '12'")
    assert page.input_value("#strength input[type=number]") == "2"


def test_a_press_is_seen_before_the_server_answers(visit, tmp_path):
    visitor = visit(query=TINY)
    page = visitor.page
    page.wait_for_function(USABLE)
    visitor.open("For researchers")
    Image.new("RGB", (64, 64)).save(tmp_path / "a.png")
    with answers_held(page, "**/gradio_api/{run,queue/join,upload}**"):
        for cards in ("#photos", "#styles"):
            page.locator(f"{cards} button").nth(1).click()
            page.wait_for_selector(f"{cards} button:nth-child(2)[aria-pressed=true]", timeout=2000)
        page.set_input_files("#load + input, input:has(+ #load)", tmp_path / "a.png")
        page.wait_for_selector("#load.pressed", timeout=500)
    visitor.wait_notice("a.png carries no settings")
    visitor.wait_for("done")


# ---- painting


def test_a_person_paints_strengthens_stops_goes_on_compares_and_saves(visit, tmp_path):
    visitor = visit(query=LONG)
    page = visitor.page
    page.click("#paint")
    visitor.wait_frames(1)
    assert visitor.topmost("#painting img") == "IMG"  # nothing covers the picture while it grows
    page.wait_for_function("document.querySelector('#strength_box').dataset.hint")
    before = visitor.iteration()
    visitor.set("strength", 3)
    page.wait_for_selector("#status [data-taken='1']", state="attached")
    assert visitor.iteration() > before
    assert re.search(r"\d+ % · stylize", page.title())
    assert findings(visitor) == []

    page.press("#stop", "Enter")
    visitor.wait_for("stopped")
    page.wait_for_function("document.activeElement.id === 'paint'")  # Stop is hidden: the keyboard goes on from here
    first = visitor.download("#png", tmp_path)
    assert first.name == "ruins-night-64.png"
    told = record(first)
    assert told["stylize"]["strength"] == 3
    assert told["asked"]["iterations"] == 10_000
    stopped = visitor.iteration()

    visitor.set("strength", -2)
    page.click("#more")
    visitor.wait_for("painting")
    visitor.wait_for("done")
    assert visitor.iteration() == stopped + 100
    visitor.cards("#history", 2)
    assert findings(visitor) == []

    page.wait_for_function("document.querySelector('#before input').value === '0'")
    line = page.locator("#before .line").bounding_box()
    easel = page.locator("#easel").bounding_box()
    page.mouse.move(line["x"] + line["width"] / 2, line["y"] + 300)
    page.mouse.down()
    page.mouse.move(easel["x"] + easel["width"] / 2, line["y"] + 300, steps=4)
    page.mouse.up()
    assert 45 < float(page.input_value("#before input")) < 55
    page.focus("#before input")
    page.keyboard.press("Home")
    assert page.input_value("#before input") == "0"

    page.click("#share")
    page.wait_for_selector("#share[data-flash=Copied]")
    page.click("#to_film")
    page.wait_for_function("document.querySelector('#lapse :is(video, img)')?.src")
    film = visitor.download("#film_file", tmp_path)
    assert film.suffix in (".mp4", ".webp")
    page.get_by_label("9:16").check()
    page.wait_for_function(
        "(film => (film.videoHeight || film.naturalHeight) > 1.5 * (film.videoWidth || film.naturalWidth))"
        "(document.querySelector('#lapse :is(video, img)') || {})"
    )
    page.locator("#history button").last.click()  # the painting before a hundred more
    page.wait_for_function(
        "n => document.querySelector('#status .numbers').textContent.startsWith(n)", arg=str(stopped)
    )
    assert page.input_value("#strength input[type=number]") == "-2"  # a look changes nothing else
    page.click("#restore")
    visitor.wait_value("strength", "3")
    page.click("#use")
    page.wait_for_function("document.querySelector('#content img').src.includes('ruins-night-64.png')")
    visitor.wait_for("other")  # and the stage says that the painting is of another photo


def test_two_fingers_zoom_the_show_and_the_next_painting_is_whole_again(visit):
    visitor = visit(width=390)
    page = visitor.page
    page.wait_for_function(USABLE)
    page.click("[data-do=show]")
    page.wait_for_function("document.querySelector('#show img:last-of-type').complete")
    touch = visitor.context.new_cdp_session(page)
    for kind, spread in [("touchStart", 40), *(("touchMove", 40 + 20 * n) for n in range(1, 5)), ("touchEnd", 0)]:
        points = [{"x": 195 + side * spread, "y": 400, "id": side + 1} for side in (-1, 1) if spread]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    scale = "new DOMMatrix(getComputedStyle(document.querySelector('#show img:last-of-type')).transform).a"
    assert page.evaluate(scale) == pytest.approx(3, abs=0.1)
    assert page.evaluate("visualViewport.scale") == 1  # not the whole page
    assert page.locator("#show dialog.photo").count() == 0  # nor was it a tap
    page.keyboard.press("ArrowRight")
    assert page.evaluate(scale) == 1


def test_a_style_is_tapped_and_a_variation(visit):
    from stylize.page import samples

    visitor = visit(query=TINY)
    page = visitor.page
    page.locator("#styles button").nth(1).click()
    visitor.wait_for("done")
    assert page.locator("#styles [aria-pressed=true]").count() == 1
    for width in (1280, 1024, 768, 390):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("(bar => bar.scrollWidth <= bar.clientWidth + 1)(document.querySelector('#bar'))"), width
    page.set_viewport_size({"width": 1440, "height": 900})
    visitor.tab("Try all")
    page.click("#vary_styles")
    visitor.cards("#grid", len(samples.STYLES))
    visitor.wait_for("done")
    page.locator("#grid button").last.click()
    visitor.wait_for("painting", "waiting")
    visitor.wait_for("done")
    visitor.cards("#history", 2)
    assert page.locator("#history span").first.inner_text().startswith(page.locator("#grid span").last.text_content())


def test_two_visitors_wait_for_each_other_and_the_second_is_told_its_place(visit):
    one, two = visit(query=LONG), visit(query=TINY, locale="es-ES")
    for visitor in (one, two):
        visitor.page.click("#paint")
    one.wait_for("painting")
    two.page.wait_for_function("document.querySelector('#status .now').innerText.includes('Número 1 de 1')")
    one.page.close()  # which frees the worker
    two.wait_for("done")
    assert not one.frames & two.frames


# ---- presets, sizes, crop and brush


def test_presets_sizes_recipe_and_a_link(visit):
    visitor = visit(query="?recipe=reference&size=96&bogus=1")
    page = visitor.page
    visitor.wait_value("size", "96")
    page.locator("#presets button").nth(2).click()
    visitor.wait_value("strength", "2.5")
    visitor.wait_value("iterations", str(Settings().iterations))  # a preset leaves the study's recipe ...
    assert page.input_value("#size input[type=number]") == "96"  # ... and keeps the size
    page.wait_for_selector("#presets [aria-pressed=true]")
    page.locator("#expected button").first.click()
    visitor.wait_value("size", "256")
    page.wait_for_selector("#expected [aria-pressed=true] >> text=S")
    page.focus("#style_weight_factor input[type=range]")
    usual = float(page.input_value("#style_weight input[type=number]"))
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    visitor.wait_value("style_weight", f"{2 * usual:g}")
    visitor.open("For researchers")
    page.click("#link")
    page.wait_for_selector("#link[data-flash=Copied]")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(page.url.split("?")[0])
    for part in ("strength=2.5", "size=256", f"style_weight={2 * usual:g}"):
        assert part in copied


def test_a_crop_and_a_brush_on_the_photo(visit, tmp_path):
    visitor = visit(query="?size=96&iterations=6")
    page = visitor.page
    page.click("[data-do=edit][data-which=content]")
    assert page.locator("#editor [name=use][value=not]").is_checked()
    page.click("#editor [data-which='1']")  # a square
    page.click("#editor [data-do=tool][data-which=brush]")
    visitor.drag("#editor canvas", (0.2, 0.3), (0.8, 0.3))
    region = json.loads(page.input_value("#region textarea"))
    assert region["crop"] == pytest.approx([0.125, 0, 0.875, 1])
    assert findings(visitor) == []
    page.click("#editor [data-do=undo]")
    assert not json.loads(page.input_value("#region textarea"))["strokes"]
    visitor.drag("#editor canvas", (0.2, 0.3), (0.8, 0.3))
    page.click("#editor [data-do=close]")
    assert "active" in page.get_attribute("[data-do=edit][data-which=content]", "class")
    visitor.paint()
    assert Image.open(visitor.download("#png", tmp_path)).size == (96, 96)
    visitor.choose(EXAMPLES / "content_face.jpg", EXAMPLES / "style_ink.jpg")
    page.wait_for_function("document.querySelector('#region textarea').value === ''")  # another photo has no crop


# ---- languages


def test_in_spanish_on_a_phone_nothing_is_left_in_english(visit):
    visitor = visit(width=390, locale="es-MX", query=TINY, scheme="dark")
    page = visitor.page
    visitor.paint()
    page.set_viewport_size({"width": 390, "height": 560})
    page.evaluate("scrollBy(0, paint.getBoundingClientRect().top - png.getBoundingClientRect().top)")
    assert page.locator("#png").evaluate(
        "e => (box => e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)))"
        "(e.getBoundingClientRect())"
    )  # Paint slides below the bar
    page.set_viewport_size({"width": 390, "height": 844})
    page.click("[data-do=numbers]")
    assert re.search(r"12 iteraciones · 64 . 48 px · \d+,\d s", visitor.numbers())
    page.wait_for_function("document.querySelector(\"#content [data-en='Remove Image']\")")
    for title in ("Para investigar", "Un segundo estilo"):
        visitor.open(title)
    page.wait_for_timeout(300)
    seen = page.inner_text("body") + " ".join(
        page.evaluate("[...document.querySelectorAll('[aria-label]')].map(e => e.getAttribute('aria-label'))")
    )
    for word in ("Hecho.", "Tasa de aprendizaje", "lado mayor", "Usar como foto", "Noche estrellada"):
        assert word in seen, word
    for word in ("__i18n__", "stylize_", *ENGLISH):
        assert word not in seen.replace("stylize\n", ""), word
    assert page.evaluate("document.documentElement.lang") == "es"
    assert not re.search(r"\d\.\d", page.inner_text("#curves"))
    assert findings(visitor) == []


# ---- nothing is lost


def test_a_reload_brings_back_pictures_choices_and_the_painting_also_after_the_server_restarted(visit, server):
    visitor = visit(query=TINY)
    page = visitor.page
    visitor.choose(EXAMPLES / "content_face.jpg", EXAMPLES / "style_ink.jpg")
    visitor.set("strength", 1)
    page.evaluate("delete document.documentElement.dataset.kept")
    page.wait_for_selector("html[data-kept^='content_face.jpg style_ink.jpg']")
    page.reload()
    page.wait_for_function("document.querySelector('#content img')?.src.includes('content_face')")
    visitor.wait_value("strength", "1")
    visitor.paint()
    shown = visitor.shown()
    page.wait_for_selector("html[data-kept$='face-ink-64.png']")
    frames = len(visitor.frames)
    page.reload()
    visitor.wait_for("done")
    assert visitor.shown() == shown
    page.wait_for_selector("html[data-kept$='face-ink-64.png']")
    assert len(visitor.frames) == frames  # nothing is painted again
    visitor.cards("#history", 1)
    server.stop()
    server.start()
    page.reload()
    page.wait_for_function("document.querySelector('#content img')?.src.includes('content_face')")
    visitor.wait_for("done")
    page.wait_for_function("document.querySelector('#painting img').src.includes('face-ink')")
    visitor.errors.clear()  # the browser's own, of requests that failed meanwhile


def test_a_duplicated_tab_is_a_tab_of_its_own(visit):
    visitor = visit(query=TINY)
    token = visitor.page.evaluate("sessionStorage.getItem('stylize')")
    other = visitor.context.new_page()
    other.add_init_script(f"sessionStorage.getItem('stylize') || sessionStorage.setItem('stylize', '{token}')")
    other.goto(visitor.page.url)
    other.wait_for_function("token => sessionStorage.getItem('stylize') !== token", arg=token)
    other.close()


def test_a_lost_connection_is_said_and_mended(visit):
    visitor = visit(query="?size=64&iterations=4000")
    page = visitor.page
    page.click("#paint")
    visitor.wait_for("painting")
    visitor.wait_frames(2)
    visitor.context.set_offline(True)
    page.wait_for_selector("#lost", timeout=12_000)
    assert "connection is lost" in page.inner_text("#lost")
    visitor.context.set_offline(False)
    frames = len(visitor.frames)
    page.wait_for_function("!document.querySelector('#lost')")
    visitor.wait_for("painting")
    visitor.wait_frames(3)
    assert len(visitor.frames) > frames
    visitor.errors.clear()  # the browser's own, of requests that failed meanwhile
    page.click("#stop")
    visitor.wait_for("stopped")


# ---- what goes wrong is said


def test_a_missing_network_offers_two_ways_out_and_odd_files_are_named(visit, tmp_path):
    visitor = visit(query=TINY)
    page = visitor.page
    visitor.open("For researchers")
    page.get_by_label("vgg19", exact=True).check()
    page.click("#paint")
    visitor.wait_notice("548 MB")
    assert page.locator("#notice .act").all_inner_texts() == ["Download and paint", "Paint with lite"]
    assert findings(visitor) == []
    page.locator("#notice .act").last.click()
    visitor.wait_for("done")
    assert page.get_by_label("lite", exact=True).is_checked()
    text = tmp_path / "letter.png"
    text.write_text("no picture")
    page.locator("#content [aria-label='Remove Image']").click()
    page.set_input_files("#content input[type=file]", text)
    visitor.wait_notice("letter.png is not a picture")
    assert visitor.disabled("#paint")
    page.wait_for_selector("#content input[type=file][accept$='.AVIF']", state="attached")
    Image.open(EXAMPLES / "content_face.jpg").save(tmp_path / "IMG_0001.TIF")
    page.set_input_files("#content input[type=file]", tmp_path / "IMG_0001.TIF")  # which browsers do not show
    page.wait_for_function("document.querySelector('#content img')?.naturalWidth > 100")
    assert visitor.source("#content img").endswith("IMG_0001.jpg")
    page.locator("#content [aria-label='Remove Image']").click()
    logo = Image.new("RGBA", (64, 64))
    logo.paste("white", (16, 16, 48, 48))
    logo.save(tmp_path / "logo.png")
    page.set_input_files("#content input[type=file]", tmp_path / "logo.png")
    visitor.enabled("#paint")
    page.click("#paint")
    visitor.wait_notice("put on a dark background")
    visitor.errors.clear()  # the browser's own, of a file that is no picture
