"""Environment variables and process-wide options: only the two programs touch them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stylize import StylizeError
from stylize.cli import paint
from stylize.cli.main import main
from stylize.environment import limit
from stylize.page import __main__ as page
from stylize.page import launch

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def own_environment(monkeypatch):
    """The page's program sets variables, which other tests should not see."""
    monkeypatch.setattr(os, "environ", dict(os.environ))


def python(code, **environment):
    """Run code in a fresh interpreter and parse the JSON that it prints."""
    environment = os.environ | environment
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


# ---- limits


@pytest.mark.parametrize("value", ["1k", "0", "-5", "1e6", "nan", "🙂"])
def test_a_bad_limit_in_the_environment_is_one_sentence(value, monkeypatch):
    monkeypatch.setenv("STYLIZE_MAX_PIXELS", value)
    with pytest.raises(StylizeError, match=f"STYLIZE_MAX_PIXELS is {value}; it must be a whole number above 0"):
        limit("MAX_PIXELS", 5)


def test_a_limit_that_is_empty_is_not_set(monkeypatch):
    for value, want in (("", 5), (" ", 5), ("7", 7), (" 7\n", 7), ("1_000", 1000)):
        monkeypatch.setenv("STYLIZE_MAX_PIXELS", value)
        assert limit("MAX_PIXELS", 5) == want


@pytest.mark.slow
def test_under_low_limits_the_pages_own_values_are_allowed():
    code = """
import gradio, json
from stylize import Settings
from stylize.page import api, form, layout
with gradio.Blocks():
    ui = layout.components()
form.settings_of({name: ui[name].value for name in form.CONTROLS})
form.settings_of(form.controls_at(Settings(recipe="reference")))
print(json.dumps([ui["size"].value, ui["iterations"].value, api.paint_picture.__defaults__[1]]))
"""
    assert python(code, STYLIZE_MAX_SIZE="128", STYLIZE_MAX_ITERATIONS="50") == [128, 50, 128]


@pytest.mark.parametrize("module", ["stylize", pytest.param("stylize.page", marks=pytest.mark.slow)])
def test_a_bad_limit_ends_a_program_with_one_sentence_and_code_2(module):
    environment = os.environ | {"STYLIZE_MAX_PIXELS": "1k"}
    command = [sys.executable, "-m", module, *["a.png"] * 2][: None if module == "stylize" else 3]
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert ended.stderr.endswith(": STYLIZE_MAX_PIXELS is 1k; it must be a whole number above 0.\n")
    assert ended.stderr.count("\n") == 1


# ---- what is set in a process


def test_what_needs_no_torch_imports_none():
    code = """
import json, sys
import stylize.settings, stylize.step, stylize.cli.main, stylize.pictures.images, stylize.pictures.sandbox
print(json.dumps(sorted({"torch", "torchvision", "numpy", "gradio", "pillow_heif"} & sys.modules.keys())))
"""
    assert python(code) == []


@pytest.mark.slow
def test_importing_stylize_changes_nothing_and_its_options_keep_memory():
    code = """
import json, os, resource, signal, sys, warnings
from pathlib import Path
from PIL import Image, PngImagePlugin
import numpy, torch, torchvision
def state():
    pillow = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, list(Image.ID), set(Image.OPEN)
    signals, options = list(map(signal.getsignal, signal.Signals)), list(warnings.filters)
    return dict(os.environ), signals, pillow, options, torch.get_num_threads(), sys.excepthook
before = state()
import stylize
root = Path(stylize.__file__).parent
ours = [".".join(("stylize", *path.relative_to(root).with_suffix("").parts)) for path in root.rglob("*.py")]
ours = [name for name in ours if not name.startswith(("stylize.page", "stylize.training"))]
for name in ours:
    __import__(name)
unchanged = len(ours) > 30 and state() == before
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        torch.ones(4 << 20)  # 16 MB: 4096 pages
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
faults_before, kept = faults(), stylize.process.keep_memory()
faults()
print(json.dumps([unchanged, kept, faults_before, faults()]))
"""
    unchanged, kept, before, after = python(code)
    assert unchanged
    assert after < before / 4 or not kept  # another C library than glibc


# ---- the page's program


@pytest.fixture
def program(monkeypatch):
    """Run the page's program with these arguments, up to where it would serve."""

    def program(*arguments, serve):
        monkeypatch.setattr("stylize.process.keep_memory", bool)
        monkeypatch.setattr(launch, "serve", serve)
        monkeypatch.setattr(page.sys, "argv", ["stylize-page", *arguments])
        monkeypatch.setattr("stylize.page.visits.storage.create_folder", bool)
        page.main()

    return program


HINT = "set TMPDIR to one that can be written."


def no_temporary_folder(*_, **__):
    raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")


def test_a_system_without_a_temporary_folder_is_one_sentence(here, monkeypatch, capsys):
    monkeypatch.setattr(paint, "load_network", no_temporary_folder)
    assert main(["photo.png", "style.png"]) == 2
    assert capsys.readouterr().err == f"stylize: No usable temporary directory found in ['/tmp']; {HINT}\n"
    monkeypatch.setattr(page, "_serve", no_temporary_folder)
    monkeypatch.setattr(sys, "argv", ["stylize-page"])
    with pytest.raises(SystemExit, match="2"):
        page.main()
    assert capsys.readouterr().err == f"stylize-page: No usable temporary directory found in ['/tmp']; {HINT}\n"


def test_an_address_that_cannot_be_listened_at_is_one_sentence(program):
    def serve(*_, **__):
        raise OSError("Cannot find empty port in range: 7-7. You can specify a different port by setting the variable")

    with pytest.raises(SystemExit, match=r"choose another --port, or a --host of this machine\.$"):
        program("--port", "7", serve=serve)


@pytest.mark.parametrize(
    ("arguments", "variable", "name"),
    [([], "", None), (["--host", "::"], "", "[::]"), (["--host", "[::1]"], "", "[::1]"), ([], "::1", "[::1]"),
     (["--host", "0.0.0.0"], "::1", "0.0.0.0")],
    ids=range(5),
)  # fmt: skip
def test_an_ipv6_address_is_in_brackets(arguments, variable, name, program):
    served = {}
    os.environ["GRADIO_SERVER_NAME"] = variable
    program(*arguments, serve=lambda *_, **options: served.update(options))
    assert served["server_name"] == name
    assert not os.environ.get("GRADIO_SERVER_NAME") or arguments  # Gradio would try to bind it as IPv4


PROXIES = {"HTTP_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9", "ALL_PROXY": "socks5://127.0.0.1:9"}


def test_no_proxy_stands_between_gradio_and_its_own_server():
    code = """
from stylize.page.process import bypass_proxies
bypass_proxies("studio.local")
import httpx, json
client, direct = httpx.Client(), []
for host in ("127.0.0.1", "localhost", "[::1]", "studio.local", "intranet.example", "elsewhere.example"):
    direct.append(client._transport_for_url(httpx.URL(f"http://{host}:7860/")) is client._transport)
print(json.dumps(direct))
"""
    assert python(code, **PROXIES, NO_PROXY="intranet.example") == [True] * 5 + [False]
