"""Somebody with the page open in a browser, for the tests of the page."""

import hashlib
import re
from contextlib import contextmanager

import pytest

SERIOUS = ("serious", "critical")
# Of a reload, of frames that a newer one replaced, and of a connection that a test cut.
EXPECTED = ("ERR_ABORTED", "signal is aborted", "Connection errored out", "-now.jpg", "ERR_INTERNET_DISCONNECTED")


@contextmanager
def answers_held(page, requests="**/gradio_api/{run,queue/join}**"):
    """What the page asks for inside the block reaches the server only at its end."""
    page.route(requests, lambda route: None)
    yield
    page.unroute(requests)  # which lets them go on


class Visitor:
    """A tab, which counts streamed frames and collects console errors."""

    def __init__(self, browser, url, query="", width=1440, locale="en-US", scheme="light"):
        size = {"width": width, "height": 844 if width < 768 else 900}
        self.context = browser.new_context(
            viewport=size,
            locale=locale,
            color_scheme=scheme,
            has_touch=width < 768,
            base_url=url,
            reduced_motion="reduce",
        )
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)  # on a busy machine
        self.errors, self.frames = [], set()
        self.page.on("console", lambda m: self.errors.append(f"{m.text} {m.location}") if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda r: self.frames.add(r.url) if re.search(r"/\d{9,}-now\.jpg", r.url) else None)
        self.page.add_init_script("""
            window.shift = 0;
            new PerformanceObserver(list => {
                for (const e of list.getEntries()) if (!e.hadRecentInput) shift += e.value;
            }).observe({type: 'layout-shift', buffered: true});
        """)
        self.page.goto(query)
        self.arrived()
        self.shift = self.page.evaluate("shift")  # how far things moved by themselves, as browsers measure it

    def arrived(self):
        """Until the page is there, with everything that the server tells."""
        self.until("document.querySelector('#painting img')?.naturalWidth >= 64")
        self.until("document.querySelector('#before img')?.naturalWidth >= 64")
        self.until(r"/\d s/.test(document.querySelector('#expected')?.innerText)")
        self.enabled("#paint")
        self.page.add_style_tag(content="*, *::before, *::after {transition: none !important}")

    # ---- doing

    def choose(self, **files):
        """Upload a picture to each of these slots."""
        for name, file in files.items():
            self.page.locator(f"#{name} [data-en='Remove Image']").click()
            self.page.wait_for_selector(f"#{name} img", state="detached")
            self.page.set_input_files(f"#{name} input[type=file]", file)
            self.page.wait_for_selector(f"#{name} img")
        self.enabled("#paint")

    def press(self, button):
        """Press a button that paints. What state the page was in counts no more, for `wait_for`."""
        self.page.evaluate("""document.addEventListener(
            'click', () => { document.documentElement.dataset.state = 'pressed' }, {capture: true, once: true})""")
        self.page.locator(button).click()

    def paint(self, **values):
        """Paint to the end, at these values of the controls."""
        self.set(**{"size": 64, "iterations": 12, "strength": 0} | values)
        self.press("#paint:visible, #again button:visible")
        self.wait_for("done")

    def have_painted(self):
        """Paint, unless a painting is done."""
        if self.page.evaluate("document.documentElement.dataset.state") != "done":
            self.paint()

    def paint_long(self):
        """Begin a painting that does not end by itself."""
        self.set(size=64, iterations=10_000, strength=0)
        self.press("#paint:visible, #again button:visible")
        self.wait_frames(1)
        self.page.wait_for_timeout(450)  # page.js takes an earlier Stop for the second press of a double one

    def rest(self):
        """Stop what is painted."""
        self.page.click("#stop")
        self.wait_for("stopped")

    def settle(self):
        """Stop what a failed test left painting: it would hold the queue of the tests that follow."""
        busy = "['waiting', 'painting', 'trying'].includes(document.documentElement.dataset.state)"
        if self.page.evaluate(busy):
            self.page.evaluate("document.querySelector('#stop').click()")
            self.until(f"!{busy}")
        if self.value("iterations") == "10000":
            self.set(iterations=12)

    def set(self, **values):
        """Set controls, in sight or not, as page.js does for a preset."""
        for name, value in values.items():
            self.page.evaluate(
                """([id, value]) => {
                    const field = document.querySelector(`#${id} input[type=number]`);
                    if (field.value === value) return;
                    field.value = value;
                    for (const kind of ['input', 'change']) field.dispatchEvent(new Event(kind, {bubbles: true}));
                }""",
                [name, str(value)],
            )

    def open(self, title):
        button = self.page.locator("button.fold, button.label-wrap", has_text=title).first
        if button.get_attribute("aria-expanded") != "true":
            button.evaluate("e => e.scrollIntoView({block: 'center'})")
            button.click()

    def tab(self, name):
        self.page.get_by_role("tab", name=name).click()

    def download(self, button, folder):
        self.enabled(button)
        with self.page.expect_download() as download:
            self.page.click(button)
        path = folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def drag(self, selector, start, end):
        """From one place to another, in parts of the width and height of what is dragged on."""
        self.page.locator(selector).scroll_into_view_if_needed()
        box = self.page.locator(selector).bounding_box()
        points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        self.page.mouse.move(*points[1], steps=8)
        self.page.mouse.up()

    # ---- seeing

    def value(self, name):
        return self.page.input_value(f"#{name} input[type=number]")

    def numbers(self):
        """The line of numbers, which is hidden until it is asked for."""
        return self.page.text_content("#status .numbers")

    def iteration(self):
        return int(next(word for word in self.numbers().split() if word.isdigit()))

    def source(self, selector):
        return self.page.get_attribute(selector, "src")

    def shown(self):
        """What the painting shows, not where it comes from."""
        self.until("document.querySelector('#painting img')?.complete")
        return hashlib.sha256(self.context.request.get(self.source("#painting img")).body()).hexdigest()

    def places(self, *selectors):
        """Left, top, width and height of each in the page, which may be scrolled."""
        return self.page.evaluate(
            "names => names.map(name => (box => [box.x, box.y + scrollY, box.width, box.height].map(Math.round))"
            "(document.querySelector(name).getBoundingClientRect()))",
            selectors,
        )

    def in_sight(self, selector):
        """Whether all of it is inside the window."""
        box = self.page.locator(selector).bounding_box()
        window = self.page.viewport_size
        return box and box["y"] >= -1 and box["y"] + box["height"] <= window["height"] + 1 and box["x"] >= -1

    def on_top(self, selector):
        """Whether nothing lies over the middle of it."""
        return self.page.locator(selector).evaluate(
            "e => (box => e.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2)))"
            "(e.getBoundingClientRect())"
        )

    def findings(self):
        """What axe-core calls serious or critical in the page's present state."""
        axe = pytest.importorskip("axe_playwright_python.sync_playwright")
        self.page.mouse.move(0, 0)  # colours change under the pointer
        self.until("!document.querySelector('.pressed')")  # and while a button is pressed
        found = axe.Axe().run(self.page).response["violations"]
        return [
            f"{one['id']}: {node['target']} {node['html'][:160]}"
            for one in found
            if one["impact"] in SERIOUS
            for node in one["nodes"]
        ]

    # ---- waiting

    def until(self, condition, arg=None):
        self.page.wait_for_function(condition, arg=arg, polling=50)  # not each frame, which would be drawn for it

    def wait_for(self, *states):
        self.until("states => states.includes(document.documentElement.dataset.state)", list(states))

    def wait_frames(self, count):
        wanted = len(self.frames) + count
        while len(self.frames) < wanted:
            self.page.wait_for_event("request")

    def wait_value(self, name, value):
        self.until(
            "([name, value]) => document.querySelector(`#${name} input[type=number]`)?.value === value", [name, value]
        )

    def wait_notice(self, text):
        self.until("text => document.querySelector('#notice')?.innerText.includes(text)", text)

    def enabled(self, selector):
        self.until("s => document.querySelector(s)?.disabled === false", selector)

    def cards(self, where, count):
        self.until(
            "([where, n]) => [...document.querySelectorAll(`${where} img`)].filter(i => i.naturalWidth).length === n",
            [where, count],
        )

    def complaints(self):
        """What the console complained of since the last call."""
        found = [error for error in self.errors if not any(word in error for word in EXPECTED)]
        self.errors.clear()
        return found

    def close(self):
        self.context.close()
