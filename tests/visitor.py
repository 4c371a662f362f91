"""Somebody with the page open in a browser, for the tests of the page."""

import hashlib
import re
import time
from typing import ClassVar


class Visitor:
    """A tab, which counts streamed frames and collects console errors.

    Tabs of one width, language and shade share a browser context, whose cache halves the time a page takes to load.
    """

    contexts: ClassVar = {}  # by browser and options

    def __init__(self, browser, url, width=1440, height=900, locale="en-US", query="", scheme="light"):
        size = {"width": width, "height": 844 if width < 768 else height}
        options = {"viewport": size, "locale": locale, "color_scheme": scheme, "has_touch": width < 768}
        key = id(browser), str(options)
        if key not in self.contexts:
            self.contexts[key] = browser.new_context(**options)
            self.contexts[key].grant_permissions(["clipboard-read", "clipboard-write"])
        self.context = self.contexts[key]
        self.page = self.context.new_page()
        self.page.set_default_timeout(30_000)
        self.errors, self.frames = [], set()
        self.page.on("console", lambda m: self.errors.append(f"{m.text} {m.location}") if m.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda r: self.frames.add(r.url) if re.search(r"/\d{9,}-now\.jpg", r.url) else None)
        self.url = url
        if query != "about:blank":
            self.go(query)

    def go(self, query):
        self.page.goto(self.url + query)
        self.page.wait_for_selector("#paint")

    # ---- doing

    def choose(self, content, style):
        for name, file in (("content", content), ("style", style)):
            before = self.source(f"#{name} img")
            self.page.locator(f"#{name} [data-en='Remove Image'], #{name} [aria-label='Remove Image']").click()
            self.page.set_input_files(f"#{name} input[type=file]", file)
            self.page.wait_for_function(
                "([name, before]) => ![before, undefined].includes(document.querySelector(`#${name} img`)?.src)",
                arg=[name, before],
            )
        self.enabled("#paint")

    def paint(self):
        self.page.click("#paint")
        self.wait_for("done")

    def set(self, name, value):
        self.page.fill(f"#{name} input[type=number]", str(value))
        self.page.press(f"#{name} input[type=number]", "Tab")

    def open(self, title):
        button = self.page.locator("button.fold, button.label-wrap", has_text=title).first
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
        self.page.locator(selector).scroll_into_view_if_needed()
        box = self.page.locator(selector).bounding_box()
        points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
        self.page.mouse.move(*points[0])
        self.page.mouse.down()
        self.page.mouse.move(*points[1], steps=8)
        self.page.mouse.up()

    # ---- seeing

    def status(self):
        return self.page.inner_text("#status .status")

    def numbers(self):
        """The line of numbers, which is hidden until it is asked for."""
        return self.page.text_content("#status .numbers")

    def iteration(self):
        return int(next(word for word in self.numbers().split() if word.isdigit()))

    def shown(self):
        return self.pixels("#painting img")

    def source(self, selector):
        return self.page.get_attribute(selector, "src")

    def pixels(self, selector):
        """What the picture shows, not where it comes from."""
        self.page.wait_for_function("s => document.querySelector(s)?.complete", arg=selector)
        return hashlib.sha256(self.context.request.get(self.source(selector)).body()).hexdigest()

    def disabled(self, selector):
        return self.page.evaluate("s => document.querySelector(s)?.disabled ?? false", selector)

    def in_sight(self, selector):
        """Whether all of it is inside the window."""
        box = self.page.locator(selector).bounding_box()
        window = self.page.viewport_size
        return box and box["y"] >= -1 and box["y"] + box["height"] <= window["height"] + 1 and box["x"] >= -1

    def topmost(self, selector):
        """The tag of what lies on top of the middle of `selector`."""
        box = self.page.locator(selector).bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        return self.page.evaluate(f"document.elementFromPoint({x}, {y}).tagName")

    # ---- waiting

    def wait_for(self, *states, seconds=60):
        self.page.wait_for_function(
            "states => states.includes(document.documentElement.dataset.state)",
            arg=list(states), timeout=seconds * 1000,
        )  # fmt: skip

    def wait_frames(self, count, seconds=60):
        before, until = len(self.frames), time.monotonic() + seconds
        while len(self.frames) < before + count and time.monotonic() < until:
            self.page.wait_for_timeout(50)
        assert len(self.frames) >= before + count

    def wait_value(self, name, value):
        self.page.wait_for_function(
            "([name, value]) => document.querySelector(`#${name} input[type=number]`)?.value === value",
            arg=[name, value],
        )

    def wait_notice(self, text):
        self.page.wait_for_function(
            "text => document.querySelector('#notice')?.innerText.toLowerCase().includes(text.toLowerCase())", arg=text
        )

    def wait_other(self, pixels):
        until = time.monotonic() + 30
        while self.shown() == pixels and time.monotonic() < until:
            self.page.wait_for_timeout(50)
        assert self.shown() != pixels

    def enabled(self, selector):
        self.page.wait_for_function("s => document.querySelector(s)?.disabled === false", arg=selector)

    def cards(self, where, count):
        self.page.wait_for_function(
            "([where, n]) => [...document.querySelectorAll(`${where} img`)].filter(i => i.naturalWidth).length === n",
            arg=[where, count],
        )

    def close(self):
        self.page.close()
        aborted = "ERR_ABORTED", "signal is aborted", "Connection errored out", "-now.jpg"  # by a reload; old frames
        complaints = [error for error in self.errors if not any(word in error for word in aborted)]
        assert not complaints, complaints
