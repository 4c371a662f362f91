"""Measures time, memory and quality on this machine: python -m tests.bench.benchmark [--only speed] [--before COMMIT].

Nothing else should run beside it. Random VGG-19 weights cost what the real ones do; quality is of lite.
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from stylize import Settings, configure_process
from stylize.engine.device import best_device, fast_dtype
from stylize.engine.networks import Network, load_network
from stylize.engine.objective import Objective
from stylize.engine.scene import Region, Scene
from stylize.engine.schedule import shares, sizes

from ..conftest import EXAMPLES, SHARED, random_vgg19
from ..test_study import study  # the study's loop, transcribed
from . import measures, peers
from .peers import own

HERE = Path(__file__).parents[2]
SEED = SHARED / "seed"
PEER = SHARED / "forms" / "peer"
MEASURED = ("what", "measured")
QUALITY = ("picture", "conv1_1 / conv2_1 / conv3_1", "forms", "palette", "grain, colour grain", "content")
Row = tuple[str, ...]

# Paints its arguments, content, style, output and size, with the stylize that is in its working folder; tells the
# moments at which each iteration was done, and its size.
PAINT = """
import json, sys, time
from pathlib import Path
from PIL import Image
import stylize
getattr(stylize, "configure_process", int)()  # earlier commits do so by themselves
from stylize import Settings, stylize
content, style = (Image.open(f).convert("RGB") for f in sys.argv[1:3])
list(stylize(content, style, Settings(size=64, iterations=3)))  # the network is loaded
started, moments = time.perf_counter(), []
for step in stylize(content, style, Settings(size=int(sys.argv[4]))):
    if step.iteration == 1:
        step.picture
    moments.append((time.perf_counter() - started, step.size[0]))
step.picture.save(sys.argv[3])
print(json.dumps(moments))
"""


def pictures(folder: Path) -> tuple[Path, Path]:
    """The study's first pair where it is to be had, else two of the examples, 512 x 512 px."""
    files = SEED / "content_machu_picchu.png", SEED / "style_starry_night.png"
    if not files[0].exists():
        files = EXAMPLES / "content_ruins.jpg", EXAMPLES / "style_night.jpg"
    out = folder / "content.png", folder / "style.png"
    for file, copy in zip(files, out, strict=True):
        Image.open(file).convert("RGB").resize((512, 512)).save(copy)
    return out


def paint(content: Path, style: Path, out: Path, size: int = 512, tree: Path = HERE) -> list[tuple[float, int]]:
    """By the stylize of a tree: (seconds since the start, size) of each iteration."""
    told = own(PAINT, content, style, out, size, within=tree)
    return [(seconds, side) for seconds, side in json.loads(told)]


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
    objective = Objective(Scene(network, goal, (Region((goal,), (1.0,)),)), Settings())
    return lambda: torch.autograd.grad(objective(image.clone()).total, image)


def plain_study(weights: Path, content: Path, style: Path, iterations: int) -> float:
    """Seconds an iteration of the study's own loop, torch.nn and float32, at 256 px."""
    moments = []
    for _ in study(Image.open(content), Image.open(style), weights, 256, iterations, 21):
        moments.append(time.perf_counter())
    return statistics.median(b - a for a, b in itertools.pairwise(moments[1:]))


def speed(weights: Path, folder: Path, before: Path | None) -> Iterator[Row]:
    """Whole pictures against the study's and the default before; iterations against VGG-19's."""
    files, out = pictures(folder), folder / "out.png"
    plain = plain_study(weights, *files, 8)
    yield "plain study: VGG-19, torch.nn, float32, 256 px, one iteration", f"{plain * 1000:.0f} ms"
    yield "its 3000 iterations, extrapolated", f"{plain * 3000 / 60:.1f} min"
    runs: dict[Path, list[list[tuple[float, int]]]] = {}
    for tree in 2 * [HERE, *([before] if before else [])]:  # by turns, since machines' pace drifts
        runs.setdefault(tree, []).append(paint(*files, out, tree=tree))
    whole = min(run[-1][0] for run in runs[HERE])
    yield "default settings, 512 px, a whole picture", f"{whole:.1f} s = 1/{plain * 3000 / whole:.0f} of that"
    if before:
        earlier = min(run[-1][0] for run in runs[before])
        yield "the default before, by turns with it", f"{earlier:.1f} s: now {whole / earlier:.2f} of that"
    moments = runs[HERE][-1]
    yield "its first visible change, network loaded", f"{moments[1][0]:.2f} s"
    first = max(seconds for seconds, side in moments if side == moments[0][1])
    yield f"its first size, {moments[0][1]} px, where forms come over, is done after", f"{first:.1f} s"
    longest = max(b - a for (a, _), (b, _) in itertools.pairwise(moments))
    yield "its longest wait for the next iteration", f"{longest:.2f} s: at least {1 / longest:.1f} frames a second"
    yield from iterations(weights, plain)


def iterations(weights: Path, plain: float) -> Iterator[Row]:
    """One iteration, and how near its arithmetic is to what the machine can do."""
    device = best_device()
    lite, vgg19 = load_network("lite", device), load_network("vgg19", device, False, weights)
    for size in (256, 512):
        a, b = (timed(iteration(network, size), 9) for network in (vgg19, lite))
        if size == 256:
            told = f"{a * 1000:.0f} ms, {plain / a:.1f} times as fast as the plain study"
            yield f"vgg19, live recipe, {str(fast_dtype(device))[6:]}, 256 px, one iteration", told
        yield f"lite, {size} px, one iteration", f"{b * 1000:.1f} ms = 1/{a / b:.1f} of vgg19's {a * 1000:.0f} ms"
    size = 4096
    square = torch.rand(size, size, device=device).to(fast_dtype(device))
    peak = 2 * size**3 / timed(lambda: square @ square, 5)
    yield "matrix-multiply peak measured here", f"{peak / 1e12:.2f} TFLOP/s"
    for name, network in (("lite", lite), ("vgg19", vgg19)):
        work = iteration(network, 512)
        work()  # the targets are worked out
        with FlopCounterMode(display=False) as counter:
            work()
        yield f"share of it reached by {name} at 512 px", f"{counter.get_total_flops() / timed(work, 5) / peak:.0%}"


LOAD = """
import time, torch
started = time.perf_counter()
from stylize import stylize
from stylize.engine.networks import load_network
load_network("lite")
print(time.perf_counter() - started)
"""
# Seconds of an iteration at each size, and the memory of the largest.
MEMORY = """
import json, sys
from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from PIL import Image
from stylize import Settings, configure_process, stylize
configure_process()
from stylize.engine.device import best_device
from stylize.engine.networks import load_network
def peak():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
name, size, weights = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
network = load_network(name, best_device(), False, weights if name == "vgg19" else None)
noise = Image.effect_noise((size, size), 80).convert("RGB")
list(stylize(noise, noise, Settings(network=name, size=64, iterations=2), network=network))
Path("/proc/self/clear_refs").write_text("5")  # the peak so far is the benchmark's own, which started this program
before = peak()
seconds = defaultdict(list)
for a, b in pairwise(stylize(noise, noise, Settings(network=name, size=size, iterations=40), network=network)):
    if a.size == b.size and not b.last:  # the last takes no backward pass
        seconds[a.size[0]].append(b.seconds - a.seconds)
print(json.dumps([peak() - before, {size: min(times) for size, times in seconds.items()}]))
"""


def memory(weights: Path) -> Iterator[Row]:
    """How time and memory grow with pixels."""
    yield "import and model load, after torch", f"{float(own(LOAD)):.1f} s"
    if not Path("/proc/self/clear_refs").exists():
        return
    for name, largest in (("lite", (512, 1024, 2048)), ("vgg19", (512,))):
        for size in largest:
            taken, seconds = json.loads(own(MEMORY, name, size, weights))
            settings, sides = Settings(network=name, size=size), sizes(size)
            whole = sum(
                settings.iterations * share * seconds[str(side)]
                for side, share in zip(sides, shares(sides), strict=True)
            )
            told = f"{taken / 1e9:.2f} GB above idle ({taken / size**2:.0f} bytes a pixel)"
            yield f"{name}, {size} x {size} px: memory; a whole picture, extrapolated", f"{told}; {whole:.0f} s"


BUSY = """
import time
from PIL import Image
from stylize import Settings, configure_process, forecast, stylize
configure_process()
from stylize.engine.device import best_device
from stylize.engine.networks import load_network
network, settings = load_network("lite", best_device()), Settings(size=256, iterations=100)
noise = Image.effect_noise((256, 256), 80).convert("RGB")
list(stylize(noise, noise, Settings(size=64, iterations=5), network=network))
told = forecast.seconds_needed(settings, noise.size, network)
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
        beside = f"beside {count} busy program{'s' * (count > 1)}" if count else "nothing beside"
        yield (
            f"256 px, 100 iterations, {beside}",
            f"{taken:.1f} s = {taken / idle:.1f} x idle; told beforehand {told:.1f} s",
        )


def quality(folder: Path, before: Path | None) -> Iterator[Row]:
    """Default paintings by measures.py: the study's pairs at several sizes, the best there is, 24 examples."""
    if not SEED.exists():
        yield ("needs ../shared",)
        return
    for content, style, short in (
        ("machu_picchu", "starry_night", "machu_starry"),
        ("toys", "cubism", "toys_cubism"),
    ):
        files, name = (SEED / f"content_{content}.png", SEED / f"style_{style}.png"), f"{content} x {style}"
        yield judged(f"{name}, the study's", SEED / f"result_{short}.png", *files)
        if before:
            yield painted(f"{name}, before", folder, *files, tree=before)
        for size in (512, 256, 1024):
            yield painted(f"{name}, {size} px", folder, *files, size)
    files = PEER / "content_butterfly.jpg", PEER / "style_starry_night_large.jpg"
    yield judged("butterfly x starry_night, Kolkin et al.", PEER / "published.png", *files)
    yield painted("butterfly x starry_night, 512 px", folder, *files)
    for tree in [*([before] if before else []), HERE]:
        found = []
        for pair in itertools.product(*(sorted(EXAMPLES.glob(f"{kind}_*.jpg")) for kind in ("content", "style"))):
            paint(*pair, folder / "out.png", tree=tree)
            found.append(measured(folder / "out.png", *pair))
        means = {name: statistics.mean(each[name] for each in found) for name in found[0]}
        crisp = sum(all(0.8 <= each[name] <= 1.3 for name in ("grain", "colour grain")) for each in found)
        what = f"{len(found)} pairs of examples, means{', before' * (tree == before)}"
        yield f"{what}; in {crisp} both grains are within 0.8 and 1.3", *measures.cells(means)


def measured(out: Path, content: Path, style: Path) -> dict[str, float]:
    return measures.measured(*map(Image.open, (out, content, style)))


def judged(what: str, out: Path, content: Path, style: Path) -> Row:
    return what, *measures.cells(measured(out, content, style))


def painted(what: str, folder: Path, content: Path, style: Path, size: int = 512, tree: Path = HERE) -> Row:
    paint(content, style, folder / "out.png", size, tree)
    return judged(what, folder / "out.png", content, style)


def peer_quality(folder: Path, installed: Path) -> Iterator[Row]:
    for content, style in (("machu_picchu", "starry_night"), ("toys", "cubism")) if SEED.exists() else ():
        files, started = (SEED / f"content_{content}.png", SEED / f"style_{style}.png"), time.perf_counter()
        peers.feed_forward(*files, folder / "out.png", installed)
        what = f"{content} x {style}, {peers.FEED_FORWARD}, {time.perf_counter() - started:.1f} s with its start"
        yield judged(what, folder / "out.png", *files)


def shown(header: Row, rows: Iterator[Row], markdown: bool) -> None:
    if markdown:
        print(f"\n| {' | '.join(header)} |\n|{' --- |' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(row)} |" if markdown else f"{row[0]:80} {', '.join(row[1:])}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.benchmark", description=__doc__.split("\n")[0])
    parts = ("speed", "quality", "peers")  # the last: packages from PyPI, in a folder of their own
    parser.add_argument("--only", action="append", choices=parts, help="may be repeated; all three unless given")
    parser.add_argument("--before", metavar="COMMIT", help="also the default pictures of this commit, by turns")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    args = parser.parse_args()
    configure_process()
    model = next((line.split(": ")[1] for line in _cpuinfo() if line.startswith("model name")), platform.processor())
    device = best_device()
    named = torch.cuda.get_device_name() if device.type == "cuda" else f"{os.cpu_count()} x {model}"
    print(f"{named}; torch {torch.__version__}; {str(fast_dtype(device))[6:]}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        folder, before = Path(name), None
        weights = random_vgg19(folder / "vgg19-random.pth")
        if args.before:
            before = folder / "before"
            before.mkdir()
            archive = subprocess.run(["git", "archive", args.before], cwd=HERE, check=True, capture_output=True)
            subprocess.run(["tar", "x"], cwd=before, input=archive.stdout, check=True)
        if "speed" in (args.only or parts):
            rows = itertools.chain(speed(weights, folder, before), busy(), memory(weights))
            shown(MEASURED, rows, args.markdown)
        if "quality" in (args.only or parts):
            shown(QUALITY, quality(folder, before), args.markdown)
        if "peers" in (args.only or parts):
            installed = folder / "peers"
            shown(MEASURED, peers.times(weights, *pictures(folder), installed), args.markdown)
            shown(QUALITY, peer_quality(folder, installed), args.markdown)


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().replace("\t", "").splitlines() if path.exists() else []


if __name__ == "__main__":
    main()
