"""The page in a real browser: nothing is lost, and what goes wrong is said. Tests share visits, as in test_page.py."""

import re

import pytest
from PIL import Image

from stylize.page.visits import sessions, storage

from .conftest import EXAMPLES
from .visitor import Visitor, answers_held

KEEP = EXAMPLES.parent / "stylize" / "page" / "web" / "keep.js"


# ---- nothing is lost


def test_a_reload_brings_back_pictures_choices_and_the_painting_also_after_the_server_restarted(desk):
    page = desk.page
    desk.choose(content=EXAMPLES / "content_face.jpg", style=EXAMPLES / "style_ink.jpg")
    desk.open("A second style")
    page.set_input_files("#second_style input[type=file]", EXAMPLES / "style_wave.jpg")
    desk.set(mix=0.25)
    desk.open("For researchers")
    page.check("#early_stop input")
    page.check("#content_layer input[value=conv3_1]")
    page.click("[data-do=edit][data-which=content]")
    page.click("#editor [data-which='1']")
    page.click("#editor [data-do=tool][data-which=brush]")
    desk.drag("#editor canvas", (0.2, 0.3), (0.8, 0.3))
    page.click("#editor [data-do=close]")
    region = page.input_value("#region textarea")
    desk.paint(strength=1)
    shown = desk.shown()
    page.wait_for_selector(
        "html[data-kept='content_face.jpg style_ink.jpg style_wave.jpg portrait-ink_wash-woodblock_wave-64.png']"
    )

    def all_is_there():
        desk.until("document.querySelector('#content img')?.src.includes('content_face')")
        desk.until("document.querySelector('#second_style img')?.src.includes('style_wave')")
        desk.wait_value("strength", "1")
        desk.wait_value("mix", "0.25")
        desk.until("region => document.querySelector('#region textarea').value === region", region)
        assert page.is_checked("#early_stop input")
        assert page.is_checked("#content_layer input[value=conv3_1]")
        assert "active" in page.get_attribute("[data-do=edit][data-which=content]", "class")

    frames = len(desk.frames)
    with answers_held(page):
        page.reload()
        page.wait_for_selector("html.there.restoring")
        desk.until("document.querySelector('#viewer').dataset.restoring === 'Restoring…'")
        assert not page.is_visible("#painting img")  # not the example
    page.wait_for_selector("html:not(.restoring)")
    all_is_there()
    page.wait_for_selector("html[data-kept$='portrait-ink_wash-woodblock_wave-64.png']")
    all_is_there()  # still, when things have settled
    desk.wait_for("done")
    desk.until("document.querySelector('#said').innerText === document.querySelector('#status .now').innerText")
    assert desk.shown() == shown
    assert len(desk.frames) == frames  # nothing is painted again

    with sessions._lock:  # what a server that was killed and started again knows
        sessions._visits.clear()
        sessions._sessions.clear()
    for path in storage.folder().rglob("*"):
        if path.is_file() and path not in storage._permanent:
            path.unlink()
    page.reload()
    desk.wait_for("done")
    desk.until("document.querySelector('#painting img').src.includes('portrait-ink')")
    all_is_there()
    desk.arrived()
    desk.errors.clear()  # the browser's own, of files that the server lost


def test_a_duplicated_tab_is_a_tab_of_its_own(desk):
    """With keep.js alone: the token is claimed before anything of the page is there."""

    def tab(token):
        page = desk.context.new_page()
        page.goto("robots.txt")
        page.evaluate(f"sessionStorage.setItem('stylize', '{token}')")
        page.add_script_tag(content=KEEP.read_text() + "window.keep = stylizeKeep({$: () => null});")
        return page, page.evaluate("keep.own()")

    first, token = tab("a" * 32)
    second, other = tab("a" * 32)  # as a browser duplicates it
    assert token == "a" * 32
    assert other != token
    assert re.fullmatch("[0-9a-f]{32}", other)
    first.close()
    second.close()


@pytest.mark.parametrize(
    ("state", "pressed"),
    [("painting", "#resume"), ("waiting", "#paint"), ("trying", "#vary_styles"), ("done", None)],
)
def test_silence_is_mended_by_nothing_that_was_not_asked_for(desk, state, pressed):
    """With keep.js alone, and a clock that is moved by hand."""
    page = desk.context.new_page()
    page.clock.install()
    page.goto("robots.txt")
    page.add_script_tag(content=KEEP.read_text())
    page.evaluate(
        """state => {
            document.body.innerHTML = '<div id="grid_row"><button id="vary_styles"></button></div><p id="paint"></p>';
            Object.assign(window, {reached: false, pressed: [], fetch: async () => ({ok: reached})});
            const tools = {$: id => void pressed.push(id), words: () => ({}), notice: () => {}, state: () => state};
            stylizeKeep(tools).listen();
            document.querySelector(state === 'waiting' ? '#paint' : 'button').click();
        }""",
        state,
    )
    page.clock.run_for(22_000)
    page.evaluate("reached = true")
    page.clock.run_for(25_000)
    assert page.evaluate("pressed[0]") == pressed
    page.close()


def test_a_lost_connection_is_said_and_mended(desk):
    desk.paint_long()
    desk.context.set_offline(True)
    desk.page.wait_for_selector("#lost", timeout=12_000)
    assert "connection is lost" in desk.page.inner_text("#lost")
    desk.context.set_offline(False)
    desk.until("!document.querySelector('#lost')")
    desk.wait_for("painting")
    desk.wait_frames(3)
    desk.errors.clear()  # the browser's own, of requests that failed meanwhile
    desk.rest()


def test_what_waits_or_is_tried_goes_on_after_a_reload(desk, phone):
    phone.set(size=64, iterations=12)
    desk.paint_long()
    phone.page.locator("#photos button").first.click()
    phone.press("#styles button >> nth=2")
    phone.until("document.querySelector('#status .now').innerText.includes('Número 1')")
    phone.page.reload()
    phone.until("document.querySelector('#status .now')?.innerText.includes('Número 1')")
    desk.rest()
    phone.wait_for("done")
    assert "content_city" in phone.source("#content img")
    assert "style_wave" in phone.source("#style img")
    assert re.search(r"Ola .* · Listo", phone.page.inner_text("#status"))

    with answers_held(phone.page):  # a reload right after the press
        phone.press("#styles button >> nth=3")
        phone.page.reload(wait_until="domcontentloaded")
    phone.until("document.querySelector('#status .now')?.innerText.match(/Neón .* Listo/)")
    assert "style_neon" in phone.source("#style img")

    desk.tab("Try all")
    desk.press("#vary_styles")
    desk.page.wait_for_selector("#grid img >> nth=1")
    first = desk.source("#grid img")
    desk.page.reload()
    desk.page.wait_for_selector("html:not(.restoring)")
    desk.cards("#grid", 16)
    assert desk.source("#grid img") == first  # not painted again
    desk.wait_for("stopped")


# ---- what goes wrong is said


def test_a_missing_network_offers_two_ways_out(desk):
    desk.set(size=64, iterations=12)
    desk.open("For researchers")
    desk.page.get_by_label("vgg19", exact=True).check()
    desk.page.click("#paint")
    desk.wait_notice("548 MB")
    assert desk.page.locator("#notice .act").all_inner_texts() == ["Download and paint", "Paint with lite"]
    assert desk.findings() == []
    desk.press("#notice .act >> nth=-1")
    desk.wait_for("done")
    assert desk.page.get_by_label("lite", exact=True).is_checked()


def test_a_reload_where_nothing_was_painted_is_quick(browser, demo):
    visitor = Visitor(browser, demo.local_url)
    visitor.page.reload()
    visitor.page.wait_for_selector("html.there:not(.restoring)", timeout=10_000)
    visitor.context.close()


def test_odd_files_are_shown_or_named(desk, tmp_path):
    page = desk.page

    def drop_in(name):
        remove = page.locator("#content [data-en='Remove Image']")
        if remove.count():
            remove.click()
        page.set_input_files("#content input[type=file]", tmp_path / name)

    (tmp_path / "letter.png").write_text("no picture")
    drop_in("letter.png")
    desk.wait_notice("letter.png is not a picture")
    desk.until("paint.disabled && getComputedStyle(paint).cursor === 'not-allowed'")
    desk.until("document.querySelector('#status').innerText.includes('No photo yet')")
    stays = [{"__type__": "update"}]
    assert stays == page.evaluate(  # a slow answer replaces no newer picture
        """stylize.replace(['content'], '{"content": ["/a.heic", null], "made": 1}', [{path: '/b.png'}])"""
    )
    assert [[None], stays] == page.evaluate(  # an answer of before does not take away what is chosen again
        """[1, 2].map(
            () => stylize.replace(['content'], '{"content": ["/a.heic", null], "made": 2}', [{path: '/a.heic'}]))"""
    )
    page.wait_for_selector("#content input[type=file][accept$='.AVIF']", state="attached")
    Image.open(EXAMPLES / "content_face.jpg").save(tmp_path / "IMG_0001.TIF")
    drop_in("IMG_0001.TIF")  # which browsers do not show
    desk.until("document.querySelector('#content img')?.naturalWidth > 100")
    assert desk.source("#content img").endswith("IMG_0001.jpg")
    logo = Image.new("RGBA", (64, 64))
    logo.paste("white", (16, 16, 48, 48))
    logo.save(tmp_path / "logo.png")
    drop_in("logo.png")
    desk.until("document.querySelector('#content img')?.src.includes('logo')")  # else Paint is still that of the TIFF
    desk.enabled("#paint")
    desk.press("#paint")
    desk.wait_notice("put on a dark background")
    desk.wait_for("done")
    page.set_input_files("#content input[type=file]", tmp_path / "letter.png")
    desk.wait_notice("letter.png is not a picture")
    desk.until("document.querySelector('#content img')?.src.endsWith('logo.png')")  # the picture before is back
    with page.expect_response(lambda last: "/run/" in last.url and "content_face" in (last.request.post_data or "")):
        page.set_input_files("#content input[type=file]", EXAMPLES / "content_face.jpg")
    desk.until("!document.querySelector('#notice').innerText")
    desk.errors.clear()  # the browser's own, of a file that is no picture


def test_a_file_that_is_too_large_changes_nothing_and_a_notice_goes_when_it_no_longer_applies(browser, demo, tmp_path):
    visitor = Visitor(browser, demo.local_url)  # with no answers to the tests before on their way
    visitor.arrived()
    page, shown = visitor.page, "document.querySelector('#style img')?.src"  # in full, as its attribute may not be
    before = page.evaluate(shown)
    (tmp_path / "big.png").write_bytes(bytes(20_000_001))
    (tmp_path / "letter.png").write_text("no picture")
    page.set_input_files("#style input[type=file]", tmp_path / "big.png")
    visitor.wait_notice("big.png is larger than 20 MB; choose a smaller file.")
    assert page.evaluate(shown) == before
    for end in ("Escape", "a card"):  # the same notice twice
        page.set_input_files("#style input[type=file]", tmp_path / "letter.png")
        visitor.wait_notice("letter.png is not a picture")
        visitor.until(f"src => {shown} === src", before)
        visitor.enabled("#paint")
        with answers_held(page):
            page.keyboard.press("Escape") if end == "Escape" else page.locator("#photos button").first.click()
            page.wait_for_selector("#notice [role=alert]", state="detached")
    visitor.close()


def test_a_wrong_file_is_named_also_when_another_picture_came_with_it(desk, tmp_path):
    page = desk.page
    desk.paint()
    (tmp_path / "cut.jpg").write_bytes((EXAMPLES / "style_wave.jpg").read_bytes()[:20_000])
    with answers_held(page, "**/gradio_api/upload?**"):  # so that both are looked at together
        page.set_input_files("#content input[type=file]", EXAMPLES / "content_robots.jpg")
        page.set_input_files("#style input[type=file]", tmp_path / "cut.jpg")
    desk.wait_for("other")  # the answer to the photo, with the style before
    assert "cut.jpg is damaged or cut short" in page.inner_text("#notice")
