"""The page as a person uses it, in a real browser: watching, stopping, going on, comparing, coming back."""

import json
import re
import time

import pytest
from PIL import Image, ImageChops

from stylize import Settings

from .conftest import EXAMPLES

SMALL = "?size=64&iterations=20"
LONG = "?size=96&iterations=10000"


def record(path):
    return json.loads(Image.open(path).info["stylize"])


# ---- watching


@pytest.mark.parametrize("width", [1440, pytest.param(390, marks=pytest.mark.slow)])
def test_a_person_paints_strengthens_stops_goes_on_compares_and_downloads_without_scrolling(visit, tmp_path, width):
    visitor = visit(width=width, query=LONG.replace("96", "256"))
    page = visitor.page
    page.locator("#examples tbody tr").first.click()
    page.wait_for_selector("#content img")
    page.wait_for_selector("#style img")
    page.click("#paint")
    visitor.wait_for("painting")
    visitor.wait_frames(4)
    for reach in ("#painting img", "#stop", "#strength input[type=range]"):
        assert visitor.in_sight(reach), reach
    assert visitor.topmost("#painting img") == "IMG"  # nothing covers the picture while it grows
    before = visitor.iteration()
    visitor.set("strength", 3)
    visitor.wait_frames(2)
    assert visitor.iteration() > before
    assert re.search(r"\d+ % · stylize", page.title())

    page.click("#stop")
    visitor.wait_for("stopped")
    stopped = visitor.iteration()
    assert "enlarged" in visitor.status()  # at the size asked for, and said so
    first = visitor.download("#png", tmp_path)
    assert first.name == "ruins-night-256.png"
    assert Image.open(first).size == (256, 192)
    told = record(first)
    assert told["stylize"]["strength"] == 3
    assert told["stylize"]["iterations"] == stopped
    assert told["asked"]["iterations"] == 10_000
    assert told["moved"][0]["strength"] == 3

    visitor.set("strength", -2)
    page.click("#continue")
    visitor.wait_for("done")
    assert visitor.iteration() == stopped + 100
    second = visitor.download("#png", tmp_path / "again")
    assert Image.open(second).tobytes() != Image.open(first).tobytes()
    assert record(second)["stylize"]["strength"] == -2
    assert visitor.thumbnails(2)
    assert visitor.in_sight("#png")
    visitor.tab("Compare")
    page.click("#left input")
    one_before = page.get_by_role("option", name="1 · strength +3, 256 px")
    assert visitor.in_sight("#left input")
    one_before.click()
    page.wait_for_function("document.querySelector('#left input').value.startsWith('1 · ')")
    for reach in ("#compare", "#left input", "#right input", "#png"):
        assert visitor.in_sight(reach), reach
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def test_the_first_screen_shows_an_example_and_only_buttons_that_do_something(visit):
    visitor = visit()
    page = visitor.page
    assert "lapse" in page.get_attribute("#painting img", "src")
    example = Image.open(EXAMPLES / "lapse.webp")
    example.load()
    first = example.info["duration"]
    example.seek(1)
    example.load()
    assert first > 5 * example.info["duration"]  # the finished painting comes first, and stays a while
    assert "- or -" not in page.inner_text("body")
    edge = page.locator("#keep input").evaluate("e => getComputedStyle(e).borderColor")
    assert max(map(int, re.findall(r"\d+", edge)[:3])) < 150, edge  # an empty box is seen on white, 3 to 1 or more
    for button in ("paint", "stop", "continue", "png", "use", "previews"):
        assert visitor.disabled(f"#{button}") or page.locator(f"#{button}").count() == 0, button
    visitor.choose(EXAMPLES / "content_face.jpg", EXAMPLES / "style_ink.jpg")
    assert not visitor.disabled("#paint")
    assert visitor.disabled("#stop")


def test_the_painting_stays_in_sight_while_controls_far_down_are_moved(visit, photo_file, painting_file):
    visitor = visit(query=LONG)
    visitor.choose(photo_file, painting_file)
    visitor.open("Settings")
    visitor.page.click("#paint")
    visitor.wait_for("painting")
    field = visitor.page.locator("#tv_weight input[type=number]")
    field.scroll_into_view_if_needed()
    assert visitor.in_sight("#painting img")
    assert visitor.in_sight("#stop")
    visitor.set("tv_weight", 0)
    visitor.wait_frames(3)
    visitor.page.click("#stop")
    visitor.wait_for("stopped")


def test_paint_during_a_run_starts_the_new_one(visit, photo_file, painting_file):
    visitor = visit(query=LONG)
    visitor.choose(photo_file, painting_file)
    visitor.page.click("#paint")
    visitor.wait_for("painting")
    assert visitor.page.inner_text("#paint") == "Paint anew"
    visitor.set("iterations", 30)
    visitor.page.click("#paint")
    visitor.wait_for("done")
    assert visitor.iteration() == 30
    assert visitor.page.inner_text("#paint") == "Paint"
    assert visitor.thumbnails(2)


@pytest.mark.slow
def test_who_waits_is_told_the_place_in_words_and_can_stop_waiting(visit, photo_file, painting_file):
    one, two = visit(query=LONG), visit(query=SMALL, locale="es-ES")
    for visitor in (one, two):
        visitor.choose(photo_file, painting_file)
        visitor.page.click("#paint")
    one.wait_for("painting")
    two.page.wait_for_function("document.querySelector('#status .status').innerText.includes('número 1 de 1')")
    assert two.page.locator("#status [data-testid=status-tracker]").first.evaluate(
        "e => getComputedStyle(e).opacity"
    ) in ("0", "")
    two.page.click("#stop")
    two.wait_for("ready")
    two.page.click("#paint")
    two.wait_for("waiting")
    one.page.click("#stop")
    two.wait_for("done")


@pytest.mark.slow
def test_two_visitors_never_see_each_others_pictures(visit, photo_file, painting_file):
    one, two = visit(query="?size=64&iterations=30"), visit(query="?size=96&iterations=30")
    for visitor, pair in ((one, (photo_file, painting_file)), (two, (painting_file, photo_file))):
        visitor.choose(*pair)
        visitor.page.click("#paint")
    for visitor, size in ((one, "64 \u00d7 43 px"), (two, "96 \u00d7 96 px")):
        visitor.wait_for("done")
        assert size in visitor.status()
    assert not one.frames & two.frames


# ---- nothing is lost


@pytest.mark.slow
def test_the_history_brings_back_picture_settings_and_frames_and_survives_a_reload(visit, photo_file, painting_file):
    visitor = visit(query=SMALL)
    page = visitor.page
    visitor.paint(photo_file, painting_file)
    first = visitor.shown()
    visitor.set("strength", 2)
    page.click("#paint")
    visitor.wait_for("painting", "done")
    visitor.wait_for("done")
    assert visitor.thumbnails(2)
    assert visitor.shown() != first
    page.locator("#history button:has(img)").last.click()
    visitor.wait_value("strength", "0")
    assert visitor.pixels("#painting img") == first
    visitor.tab("Frames")
    assert page.get_attribute("#frame input[type=range]", "max") == "20"

    page.reload()
    assert visitor.thumbnails(2)
    assert visitor.pixels("#painting img") == first
    assert "Brought back" in visitor.status()
    page.wait_for_selector("#content img")
    page.click("#continue")
    visitor.wait_for("painting")
    visitor.wait_for("done")
    assert visitor.iteration() == 120


@pytest.mark.slow
def test_any_two_paintings_are_compared(visit, photo_file, painting_file):
    visitor = visit(query=SMALL)
    page = visitor.page
    visitor.paint(photo_file, painting_file)
    visitor.set("size", 96)
    page.click("#paint")
    visitor.wait_for("painting")
    visitor.wait_for("done")
    visitor.tab("Compare")
    page.wait_for_selector("#compare img")
    before = page.locator("#compare img").evaluate_all("all => all.map(e => e.src)")
    page.click("#left input")
    assert page.get_by_role("option").all_inner_texts()[0].strip().endswith("The photo")
    page.get_by_role("option", name="1 · strength 0, 64 px").click()
    page.wait_for_function(
        "before => [...document.querySelectorAll('#compare img')].some(e => !before.includes(e.src))", arg=before
    )
    page.wait_for_function("[...document.querySelectorAll('#compare img')].every(e => e.naturalWidth)")
    sizes = page.locator("#compare img").evaluate_all("all => all.map(e => e.naturalWidth + 'x' + e.naturalHeight)")
    assert set(sizes) == {"96x64"}


@pytest.mark.slow
def test_back_to_a_frame_and_on_from_there_and_a_png_of_it(visit, photo_file, painting_file, tmp_path):
    visitor = visit(query="?size=64&iterations=40")
    visitor.paint(photo_file, painting_file)
    visitor.tab("Frames")
    visitor.set("frame", 10)
    visitor.enabled("#frame_png")
    png = visitor.download("#frame_png", tmp_path)
    assert png.name == "photo-painting-64-0010.png"
    assert record(png)["stylize"]["iterations"] == 10
    visitor.page.click("#from_here")
    visitor.wait_for("painting", "done")
    visitor.wait_for("done")
    assert visitor.iteration() == 40
    assert visitor.thumbnails(2)


@pytest.mark.slow
def test_keep_colours_can_be_switched_after_stop_and_undone(visit, photo_file, painting_file, tmp_path):
    visitor = visit(query=LONG)
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    page.click("#paint")
    visitor.wait_for("painting")
    visitor.wait_frames(2)
    visitor.set("strength", 1)
    page.locator("#keep input").check()
    visitor.wait_frames(2)
    page.click("#stop")
    visitor.wait_for("stopped")
    kept = visitor.shown()
    page.locator("#keep input").uncheck()
    visitor.wait_other(kept)
    own = visitor.shown()
    assert record(visitor.download("#png", tmp_path))["stylize"]["keep_colors"] is False
    page.locator("#keep input").check()
    visitor.wait_other(own)
    assert visitor.shown() == kept
    assert record(visitor.download("#png", tmp_path))["stylize"]["keep_colors"] is True


@pytest.mark.slow
def test_a_painting_brings_back_its_second_style_crop_and_brush_also_after_a_reload(visit, photo_file, painting_file):
    visitor = visit(query=SMALL)
    page = visitor.page

    def mixed_and_marked():
        field = page.input_value("#region textarea") or "{}"
        return page.locator("#second_style img").count(), json.loads(field)

    def wait(expected):
        page.wait_for_function("n => document.querySelectorAll('#second_style img').length === n", arg=expected[0])
        page.wait_for_timeout(500)  # until the canvas has followed
        assert mixed_and_marked() == expected

    visitor.choose(photo_file, painting_file)
    visitor.open("A second style")
    visitor.open("Crop the photo")
    page.set_input_files("#second_style input[type=file]", photo_file)
    visitor.set("mix", 0.25)
    page.wait_for_selector("#second_style img")
    visitor.drag("#canvas canvas", (0.1, 0.1), (0.7, 0.9))
    page.click("#tool_brush")
    visitor.drag("#canvas canvas", (0.3, 0.5), (0.5, 0.5))
    page.get_by_label("is painted, the rest stays a photo").check()
    marked = mixed_and_marked()
    assert marked[1]["strokes"]
    page.click("#paint")
    visitor.thumbnails(1)
    visitor.wait_for("done")
    page.locator("#second_style button[aria-label='Remove Image']").click()
    page.set_input_files("#content input[type=file]", painting_file)
    wait((0, {}))
    page.click("#paint")
    visitor.thumbnails(2)
    visitor.wait_for("done")
    page.locator("#history button:has(img)").last.click()
    wait(marked)
    page.locator("#history button:has(img)").first.click()
    wait((0, {}))
    page.locator("#history button:has(img)").last.click()
    wait(marked)
    page.reload()
    visitor.thumbnails(2)
    visitor.open("A second style")
    wait(marked)
    visitor.wait_value("mix", "0.25")
    page.set_input_files("#content input[type=file]", painting_file)
    wait((1, {}))  # another photo has no crop, though the canvas was not opened
    page.locator("#history button:has(img)").last.click()
    wait(marked)
    visitor.open("Crop the photo")
    page.wait_for_selector("#canvas canvas[data-ready]")
    wait(marked)
    assert page.get_by_label("is painted, the rest stays a photo").is_checked()


# ---- the rest


@pytest.mark.slow
def test_a_contact_sheet_shows_whole_pictures_can_be_stopped_and_one_click_paints(visit, photo_file, painting_file):
    visitor = visit(query=SMALL)
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    visitor.tab("Strengths")
    page.click("#previews")
    visitor.wait_for("trying")
    assert "Preview 1 of 6" in visitor.status()
    page.wait_for_selector("#sheet img")
    assert (
        page.locator("#sheet .grid-container").evaluate(
            "e => getComputedStyle(e).gridTemplateColumns.split(' ').length"
        )
        == 3
    )
    page.click("#stop")
    visitor.wait_for("ready")
    page.click("#previews")
    visitor.wait_for("trying")
    visitor.wait_for("ready", seconds=150)
    boxes = [page.locator(name).last.bounding_box() for name in ("#sheet", "#sheet button:has(img)")]
    assert boxes[1]["y"] + boxes[1]["height"] <= boxes[0]["y"] + boxes[0]["height"]  # all six are in sight
    assert page.locator("#sheet .caption-label").all_inner_texts() == ["-4", "-2", "-1", "0", "1", "3"]
    assert page.locator("#sheet img").first.evaluate("e => getComputedStyle(e).objectFit") == "contain"
    page.locator("#sheet button:has(img)").last.click()
    visitor.wait_for("painting", "done")
    assert visitor.in_sight("#painting img")
    visitor.wait_for("done")
    visitor.wait_value("strength", "3")


@pytest.mark.slow
def test_presets_dice_swap_and_the_result_as_photo(visit, photo_file, painting_file):
    visitor = visit(query=SMALL)
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    page.click("#preset_strong")
    visitor.wait_value("strength", "2.5")
    visitor.open("Settings")
    page.click("#preset_study")
    visitor.wait_value("iterations", "3000")
    assert page.get_by_label("vgg19", exact=True).is_checked()
    page.get_by_label("live", exact=True).check()
    visitor.wait_value("iterations", str(Settings().iterations))
    visitor.open("More settings")
    page.click("#dice")
    page.wait_for_function("document.querySelector('#seed input').value !== '0'")
    photo, style = visitor.source("#content img"), visitor.source("#style img")
    page.click("#swap")
    page.wait_for_function("s => document.querySelector('#content img')?.src === s", arg=style)
    assert visitor.source("#style img") == photo
    visitor.set("size", 64)
    visitor.set("iterations", 10)
    page.click("#paint")
    visitor.wait_for("painting", "done")
    visitor.wait_for("done")
    page.click("#use")
    page.wait_for_function("document.querySelector('#content img')?.src.includes('painting-photo-64.png')")


def test_a_slider_of_factors_moves_its_number_and_follows_it(visit):
    visitor = visit()
    page = visitor.page
    visitor.open("Settings")
    slider = page.locator("#style_weight_factor input[type=range]")
    usual = float(page.input_value("#style_weight input[type=number]"))
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    visitor.wait_value("style_weight", f"{2 * usual:g}")
    slider.press("Home")
    visitor.wait_value("style_weight", "0")
    visitor.set("style_weight", usual / 2)
    page.wait_for_function("document.querySelector('#style_weight_factor input[type=range]').value === '-1'")


def test_a_link_is_copied_whole_and_brings_the_settings_back(visit):
    visitor = visit(query="?recipe=reference&size=96&strength=-2&style_weight=7&bogus=1")
    page = visitor.page
    visitor.wait_value("size", "96")
    visitor.wait_value("strength", "-2")
    visitor.open("Settings")
    visitor.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#link")
    page.wait_for_function("document.querySelector('#address :is(textarea, input)').value.startsWith('http')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith(page.url.split("?")[0])
    for part in ("recipe=reference", "size=96", "strength=-2", "style_weight=7"):
        assert part in copied


@pytest.mark.slow
def test_settings_come_back_from_a_png_with_strength_and_weights(visit, photo_file, painting_file, tmp_path):
    visitor = visit(query=SMALL + "&strength=2&style_weight=7")
    visitor.paint(photo_file, painting_file)
    png = visitor.download("#png", tmp_path)
    other = visit()
    other.open("Settings")
    other.load(png)
    other.wait_value("strength", "2")
    assert other.page.input_value("#style_weight input[type=number]") == "7"
    assert other.page.input_value("#iterations input[type=number]") == "20"


def test_a_crop_and_a_brush_on_the_photo(visit, photo_file, painting_file, tmp_path):
    visitor = visit(query="?size=96&iterations=20")
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    visitor.open("Crop the photo")
    page.wait_for_function("document.querySelector('#canvas canvas')?.width === 384")
    visitor.drag("#canvas canvas", (0.0, 0.0), (0.5, 1.0))
    page.click("#tool_brush")
    visitor.drag("#canvas canvas", (0.05, 0.3), (0.45, 0.3))
    page.click("#paint")
    visitor.wait_for("painting", "done")
    visitor.wait_for("done")
    painted = Image.open(visitor.download("#png", tmp_path)).convert("RGB")
    assert painted.size == (72, 96)  # the left half of 96 x 64
    photo = Image.open(photo_file).convert("RGB").crop((0, 0, 48, 64)).resize(painted.size, Image.Resampling.LANCZOS)
    same = ImageChops.difference(painted, photo).convert("L").point(lambda v: 255 if v < 4 else 0)
    band, below = same.crop((8, 26, 64, 31)), same.crop((0, 50, 72, 96))
    share = [part.histogram()[255] / (part.width * part.height) for part in (band, below)]
    assert share[0] > 0.8 > share[1] + 0.2  # what was brushed stays a photo
    page.click("#tool_clear")
    page.wait_for_function("document.querySelector('#region textarea').value === ''")


def zoom(visitor):
    """(x, y, scale) of the picture, in px."""
    return visitor.page.evaluate(
        "(m => [m.e, m.f, m.a])(new DOMMatrix(getComputedStyle(document.querySelector('#painting img')).transform))"
    )


@pytest.mark.slow
def test_zoom_by_keys_double_click_and_wheel_and_full_screen(visit, photo_file, painting_file):
    visitor = visit(query=SMALL)
    page = visitor.page
    visitor.paint(photo_file, painting_file)
    box = page.locator("#painting img").bounding_box()
    where = box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.3
    page.mouse.dblclick(*where)
    assert zoom(visitor) == pytest.approx([-0.2 * box["width"], 0.4 * box["height"], 3], abs=3)  # there it stays
    page.keyboard.press("0")
    assert zoom(visitor)[2] == 1
    page.keyboard.press("+")
    assert zoom(visitor)[2] == 1.25
    page.keyboard.press("0")
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(100)
    assert zoom(visitor)[2] == 1  # the wheel alone scrolls the page
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_timeout(100)
    x, y, scale = zoom(visitor)
    assert scale > 1.2
    assert x < 0 < y
    page.keyboard.press("0")
    for tab, name in (("Painting", "painting"), ("Compare", "compare"), ("Frames", "kept")):
        visitor.tab(tab)
        page.locator(f"#{name} button[aria-label=Fullscreen]").click()
        page.wait_for_function("n => document.querySelector(`#${n} img`).clientHeight > 800", arg=name)
        for point in ((20, 100), (720, 450), (700, 890)):  # nothing lies over it
            assert page.evaluate("([n, x, y]) => !!document.elementFromPoint(x, y).closest('#' + n)", [name, *point])
        page.locator(f"#{name} button[aria-label='Exit fullscreen mode']").click()


@pytest.mark.slow
def test_two_fingers_on_a_phone_zoom_the_picture_not_the_page(visit, photo_file, painting_file):
    visitor = visit(query=SMALL, width=390, locale="es-ES")
    page = visitor.page
    box = page.locator("#style").bounding_box()
    assert box["x"] + box["width"] <= 390  # no words push it out of the window
    visitor.paint(photo_file, painting_file)
    page.wait_for_timeout(300)
    box = page.locator("#painting img").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    devtools = visitor.context.new_cdp_session(page)

    def touch(kind, *points):
        touches = [{"x": point, "y": y, "id": finger} for finger, point in enumerate(points)]
        devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})

    touch("touchStart", x - 20)
    touch("touchStart", x - 20, x + 20)
    for far in range(30, 70, 10):
        touch("touchMove", x - far, x + far)
        page.wait_for_timeout(30)
    touch("touchEnd")
    page.wait_for_timeout(100)
    assert zoom(visitor)[2] == pytest.approx(3, abs=0.3)
    assert page.evaluate("visualViewport.scale") == 1
    touch("touchStart", x)
    for far in (20, 40, 60):
        touch("touchMove", x + far)
        page.wait_for_timeout(30)
    touch("touchEnd")
    assert zoom(visitor)[0] > 30  # one finger moves it


@pytest.mark.slow
def test_a_hidden_tab_tells_when_it_is_done_if_it_may(visit, photo_file, painting_file):
    visitor = visit(query=LONG)
    page = visitor.page
    # As browsers have it: a hidden tab gets no animation frames.
    page.evaluate("""
        window.told = [];
        window.Notification = class { constructor(title, more) { told.push(more.body) } };
        Notification.requestPermission = async () => Notification.permission;
        Notification.permission = 'denied';
    """)
    visitor.open("Settings")
    page.locator("#notify input").click()
    page.wait_for_function("!document.querySelector('#notify input').checked")  # a browser that forbids it
    page.evaluate("Notification.permission = 'granted'")
    page.locator("#notify input").click()
    visitor.choose(photo_file, painting_file)
    visitor.set("iterations", 40)
    page.evaluate("""
        document.querySelector('#paint').click();
        Object.defineProperty(document, 'hidden', {get: () => true});
        window.requestAnimationFrame = () => 0;
    """)
    until = time.monotonic() + 30
    while not (told := page.evaluate("told")) and time.monotonic() < until:
        page.wait_for_timeout(100)
    assert len(told) == 1
    assert told[0].startswith("Done. 40 iterations")
    assert page.title() == "stylize"


# ---- what goes wrong is said


def test_odd_inputs_are_answered_at_once(visit, photo_file, painting_file, tmp_path):
    visitor = visit()
    page = visitor.page
    text, narrow = tmp_path / "letter.png", tmp_path / "narrow.png"
    text.write_text("no picture")
    Image.new("RGB", (4000, 100)).save(narrow)
    page.set_input_files("#content input[type=file]", text)
    visitor.wait_notice("letter.png is not a picture")
    assert visitor.disabled("#paint")
    assert page.locator("#notice span").evaluate("e => getComputedStyle(e).color") == "rgb(255, 255, 255)"
    page.locator("#notice button").click()
    assert not page.evaluate(
        "document.elementFromPoint(720, 16).closest('#notice')"
    )  # what lies under it can be clicked
    page.set_input_files("#content input[type=file]", narrow)
    visitor.wait_notice("40 times as long")
    visitor.wait_notice("its short side gets 51 px")  # as it would be painted, see pixels.fitted
    assert page.locator("[aria-label='Capture from camera']").first.is_hidden()  # there is no camera here
    visitor.errors.clear()  # the browser's own, of a file that is no picture


def test_errors_of_every_handler_are_seen_and_nothing_keeps_spinning(visit, photo_file, painting_file):
    visitor = visit(query="?size=9999")
    visitor.wait_notice("Size is 9999".lower())
    visitor = visit(query=SMALL)
    page = visitor.page
    visitor.choose(photo_file, painting_file)
    visitor.open("Settings")
    visitor.load(EXAMPLES / "content_face.jpg")
    visitor.wait_notice("carries no settings")
    page.get_by_label("vgg19", exact=True).check()
    page.click("#paint")
    visitor.wait_notice("tick the box")
    visitor.wait_for("ready")
    assert not visitor.disabled("#paint")
    assert visitor.disabled("#stop")
    assert page.inner_text("#paint") == "Paint"


def test_closing_the_page_frees_the_worker(visit, photo_file, painting_file):
    from stylize.page.visits import sessions

    visitor = visit(query=LONG)
    visitor.choose(photo_file, painting_file)
    visitor.page.click("#paint")
    visitor.wait_for("painting")
    assert any(visit.active for visit in sessions._visits.values())
    visitor.page.close()
    other = visit(query=SMALL)
    other.choose(photo_file, painting_file)
    other.page.click("#paint")
    other.wait_for("done", seconds=10)
    assert not any(visit.active for visit in sessions._visits.values())
