"""What the tests share: two drawn pictures, a VGG-19 weights file with random weights, a served page."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side, one on each core

import pytest
import torch
from PIL import Image, ImageDraw

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
SHARED = Path(__file__).parents[2] / "shared"
EXAMPLES = Path(__file__).parents[1] / "examples"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The page's file first: it takes longest, and is one worker's, see pyproject.toml."""
    items.sort(key=lambda item: item.path.name != "test_page.py")


@pytest.fixture(scope="session", autouse=True)
def ctrl_c() -> None:
    """As a person's terminal has it: a shell that starts the tests in the background leaves SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def photo() -> Image.Image:
    """A sky, a hill and a house, 96 x 64 px."""
    image = Image.new("RGB", (96, 64), (120, 170, 230))
    draw = ImageDraw.Draw(image)
    draw.polygon([(0, 64), (30, 20), (70, 64)], fill=(60, 110, 50))
    draw.rectangle([60, 38, 84, 64], fill=(190, 90, 60))
    draw.ellipse([70, 4, 86, 20], fill=(250, 240, 160))
    return image


@pytest.fixture(scope="session")
def painting() -> Image.Image:
    """Slanted strokes in ochre, blue and white, 80 x 80 px."""
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
def here(tmp_path, monkeypatch, photo, painting):
    """A folder of its own, with photo.png and style.png in it."""
    monkeypatch.chdir(tmp_path)
    photo.save("photo.png")
    painting.save("style.png")
    return tmp_path


def random_vgg19(path: Path) -> Path:
    """Writes torchvision's state dict, features alone, with random weights: no file of real ones can be had here."""
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
    torch.save(state, path)
    return path


@pytest.fixture(scope="session")
def vgg_file(tmp_path_factory) -> Path:
    return random_vgg19(tmp_path_factory.mktemp("weights") / "vgg19.pth")


def free_port() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """The page in a process of its own, with quick previews and many frames a second."""

    PROGRAM = """
from stylize.page import launch, painting, wiring
from stylize.page.visits import runs
painting.SMALL, runs.FRAME = {"size": 64, "iterations": 2}, 0.05
launch.serve(wiring.build, block=True, quiet=True)
"""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        self.start()

    def start(self) -> None:
        self.log = (self.folder / "log.txt").open("ab")
        own = {"GRADIO_TEMP_DIR": str(self.folder), "GRADIO_SERVER_PORT": str(self.port)}
        program = [sys.executable, "-c", self.PROGRAM]
        self.process = subprocess.Popen(program, stdout=self.log, stderr=self.log, env=os.environ | own)
        until = time.monotonic() + 120
        while time.monotonic() < until and self.process.poll() is None:
            with suppress(OSError):
                urllib.request.urlopen(f"{self.url}robots.txt", timeout=5).close()
                return
            time.sleep(0.1)
        pytest.fail((self.folder / "log.txt").read_text())

    def stop(self) -> None:
        """End it as a crash does: a clean end waits for open pages."""
        self.process.kill()
        self.process.wait(20)
        self.log.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def url(server) -> str:
    """The page, served to this machine by another process."""
    return server.url


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


@pytest.fixture
def visit(browser, url):
    """Opens the page as somebody; what their console complained of fails the test."""
    from .visitor import Visitor

    visitors = []

    def visit(**more):
        visitors.append(Visitor(browser, url, **more))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.close()
