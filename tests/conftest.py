"""What the tests share: two drawn pictures, a VGG-19 weights file with random weights, a served page."""

import os
import shutil
import signal
import socket
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, one on each core
os.environ.setdefault("GOMP_SPINCOUNT", "1500")  # as configure_process: waiting threads should not use a core

import pytest
from PIL import Image, ImageDraw

from .visitor import Visitor

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
SHARED = Path(__file__).parents[2] / "shared"
EXAMPLES = Path(__file__).parents[1] / "examples"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start the page's files first: they take longest, and each runs on one worker, see pyproject.toml."""
    items.sort(key=lambda item: not item.path.name.startswith("test_page"))


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """Handle Ctrl-C as in a terminal: a shell that starts the tests in the background leaves SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """Draw a sky, a hill and a house, 96 x 64 px."""
    image = Image.new("RGB", (96, 64), (120, 170, 230))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 64), (30, 20), (70, 64)], fill=(60, 110, 50))
    draw.rectangle([60, 38, 84, 64], fill=(190, 90, 60))
    draw.ellipse([70, 4, 86, 20], fill=(250, 240, 160))
    return image


@pytest.fixture(scope="session")
def painting() -> Image.Image:
    """Draw slanted strokes in ochre, blue and white, 80 x 80 px."""
    image = Image.new("RGB", (80, 80), (200, 150, 60))
    draw = ImageDraw.Draw(image)
    for n in range(-80, 80, 6):
        colour = [(30, 50, 120), (240, 230, 210), (140, 60, 30)][n // 6 % 3]
        draw.line([(n, 0), (n + 80, 80)], fill=colour, width=2)
    return image


@pytest.fixture(scope="session")
def photo_file(photo, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "photo.png"
    photo.save(path)
    return path


@pytest.fixture(scope="session")
def painting_file(painting, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "painting.png"
    painting.save(path)
    return path


@pytest.fixture
def set_threads():
    """Set torch's number of threads until the test ends."""
    import torch

    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.fixture
def here(tmp_path, monkeypatch, photo, painting):
    """Work in a folder of its own, with photo.png and style.png in it."""
    monkeypatch.chdir(tmp_path)
    photo.save("photo.png")
    painting.save("style.png")
    return tmp_path


@pytest.fixture(scope="session")
def a_step(photo, painting):
    """Make the first Step of a painting of 48 x 32 px."""
    from stylize import Settings, stylize

    return next(stylize(photo, painting, Settings(size=48, iterations=3)))


@pytest.fixture
def quick(monkeypatch, a_step):
    """Let the command line repeat one step instead of painting, where files, flags and messages are tested."""

    def steps(content, styles, settings, **_):
        known = {"settings": settings, "history": ((0, settings),), "iterations": settings.iterations}
        for n in range(settings.iterations + 1):
            yield replace(a_step, iteration=n, last=n == settings.iterations, keep_colors=settings.keep_colors, **known)

    monkeypatch.setattr("stylize.cli.paint.stylize", steps)
    return steps


@pytest.fixture(scope="session")
def vgg_file(tmp_path_factory) -> Path:
    """Write torchvision's state dict, features alone, with random weights: the real file is 548 MB."""
    import torch  # here, since xdist's own process needs none
    from torchvision.models import vgg19

    torch.manual_seed(0)
    with torch.device("meta"):
        features = vgg19(weights=None).features
    state = {}
    for key, value in features.state_dict().items():
        if value.dim() == 4:
            state[f"features.{key}"] = torch.randn(value.shape) * (2 / value[0].numel()) ** 0.5
        else:
            state[f"features.{key}"] = torch.randn(value.shape) * 0.1
    path = tmp_path_factory.mktemp("weights") / "vgg19.pth"
    torch.save(state, path)
    return path


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@contextmanager
def served(**options):
    """Serve the page from this process."""
    from stylize.page import launch
    from stylize.page.wiring import build

    demo = launch.serve(build, quiet=True, server_port=free_port(), **options)
    try:
        yield demo
    finally:
        demo.close(verbose=False)


def calm(steps):
    """Rest between the iterations of a long painting: what a test waits for meanwhile needs the cores."""
    sent = None
    with suppress(StopIteration):
        while True:
            step = steps.send(sent)
            if step.iteration > 50:
                time.sleep(0.02)
            sent = yield step


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Serve the page, with quick variations, more frames a second, and uploads decoded in this process."""
    from stylize import forecast
    from stylize.page import form, limits
    from stylize.page.visits import runs
    from stylize.pictures import sandbox

    paint_steps = runs.paint_steps
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        patch.setattr(form, "SMALL", {"size": 64, "iterations": 2})
        patch.setattr(runs, "FRAME", 0.15)
        patch.setattr(runs, "paint_steps", lambda *arguments: calm(paint_steps(*arguments)))
        patch.setattr(limits, "MORE", 10)
        patch.setattr(forecast, "SIDES", (32, 64))
        patch.setattr(sandbox, "HAS_LIMITS", False)
        with served() as demo:
            yield demo


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.skip("there is no Chromium on this machine")
    flags = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=chromium, args=flags.split())
        yield browser
        browser.close()


# ---- visitors of a served page, in a browser


@pytest.fixture(scope="module")
def visits(browser, demo):
    """Opens the page as somebody; of the same options, only once."""
    opened = {}

    def visit(**options):
        if str(options) not in opened:
            opened[str(options)] = Visitor(browser, demo.local_url, **options)
        return opened[str(options)]

    yield visit
    for visitor in opened.values():
        visitor.close()


@pytest.fixture
def desk(visits):
    """The page on a wide screen, in English. What its console complains of fails the test."""
    visitor = visits(query="?size=64&iterations=12&bogus=1")
    yield visitor
    visitor.settle()
    assert visitor.complaints() == []


@pytest.fixture
def phone(visits):
    """The page on a phone, in Spanish and in the dark."""
    visitor = visits(width=390, locale="es-MX", scheme="dark", query="?size=64&iterations=12")
    yield visitor
    visitor.settle()
    assert visitor.complaints() == []


@pytest.fixture
def done(desk):
    """The desk, with a small painting that is done."""
    desk.have_painted()
    return desk
