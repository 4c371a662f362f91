"""Train the lite network (python -m stylize.training.distill DATA), or measure it (--evaluate).

The student predicts a teacher's features through one linear map ("lift") per layer, with hint losses at inner layers
(FitNets, Romero et al. 2015). The lifts L of the six layers in use are then solved by least squares and folded into
one square matrix each, (L^T L)^(1/2): distances of the student's Gram matrices after it approximate the teacher's.
"""

import argparse
import os
import random
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrize

from ..engine.networks import LITE_FILE, LITE_LAYERS, LITE_WIDTHS, Lite
from .data import Targets, augment, batch, half_painted, mixed, read, tensor
from .prune import linear_map, pruned

# Kept out of training: 30 photographs, 10 textures and paintings.
HELD_OUT = frozenset(
    [f"elischwartz_{n:04}.jpg" for n in range(17, 967, 32)] + [f"shaneburkhart_{n:04}.jpg" for n in range(3, 80, 8)]
)
SIDES = (96, 128, 128, 192)  # px, sides of crops; a batch has one
DECAY = 0.3  # the learning rate falls linearly to 0 over this last share of the steps
WEIGHTS = {"conv2_1": 3.0, "conv3_1": 3.0}  # weights of layers in the loss, where not 1
HINT_WEIGHT = 0.25
POOL = 64  # partly painted crops kept
SEED = 0


class Lift:
    """Solve the least-squares map from one layer of the student to one target, from running averages of moments.

    Solved in each step rather than trained by gradient descent (variable projection, Golub & Pereyra 1973).
    """

    def __init__(self) -> None:
        self.inner = self.cross = self.variance = torch.zeros(())

    def unexplained(self, features: Tensor, target: Tensor, rng: random.Random) -> Tensor:
        """Compute 1 - R2 of this batch, differentiable by the features; both (N, C, H, W)."""
        stride = max(1, features.shape[-1] // 32)  # neighbouring pixels are correlated, so a grid of them is enough
        y, x = rng.randrange(stride), rng.randrange(stride)
        f = features[:, :, y::stride, x::stride].transpose(0, 1).flatten(1).float()
        t = target[:, :, y::stride, x::stride].transpose(0, 1).flatten(1).float()
        with torch.no_grad():
            inner, cross = f @ f.T / f.shape[1], t @ f.T / f.shape[1]
            variance = (t - t.mean(1, keepdim=True)).square().mean()
            keep = 0.0 if self.inner.dim() == 0 else 0.95
            self.inner = keep * self.inner + (1 - keep) * inner
            self.cross = keep * self.cross + (1 - keep) * cross
            self.variance = keep * self.variance + (1 - keep) * variance
            lift = linear_map(self.inner, self.cross, 1e-4)
        return (lift @ f - t).square().mean() / self.variance


class BlurredKernel(nn.Module):
    """Parametrize the stem: a 5 x 5 kernel after a 2 x 2 mean, with stride 2, as a 3 x 3 kernel on 2 x 2 pixel blocks.

    Without the mean the stem responds differently to the four pixels of a block, and paintings get a fine mesh.
    """

    def forward(self, kernel: Tensor) -> Tensor:
        """Convert (C, 3, 5, 5) to (C, 12, 3, 3)."""
        six = torch.stack([F.pad(kernel, (x, 1 - x, y, 1 - y)) for x in (0, 1) for y in (0, 1)]).mean(0)
        return F.pixel_unshuffle(six, 2)

    def right_inverse(self, weight: Tensor) -> Tensor:
        """Solve for the 5 x 5 kernel nearest to the weight, by least squares."""
        units = self(torch.eye(75).view(75, 3, 5, 5)).flatten(1)  # the linear map, a row for each of its numbers
        return torch.linalg.lstsq(units.T, weight.detach().flatten(1).T).solution.T.view(-1, 3, 5, 5)


def train(data: Path, targets: Targets, out: Path, steps: int, device: torch.device, wider: Path | None = None) -> Lite:
    """Train from random weights, a wider network's, or the checkpoint beside `out`, to `steps` steps in all."""
    torch.manual_seed(SEED)
    paths = _pictures(data)
    pictures = [read(p, 512) for p in paths]
    student = _untrained(paths, wider, device)
    # Muon (Jordan et al. 2024) optimises matrices, so the student's kernels are flattened.
    flat = {n: nn.Parameter(p.detach().flatten(1)) for n, p in student.named_parameters() if p.dim() == 4}
    biases = [p for n, p in student.named_parameters() if n.endswith("bias")]
    muon = torch.optim.Muon(flat.values(), lr=2e-3, weight_decay=0, adjust_lr_fn="match_rms_adamw")
    adam = torch.optim.Adam(biases, lr=1e-3)
    parts: dict[str, Any] = {"student": student, "muon": muon, "adam": adam}
    checkpoint, done, pool = out.with_suffix(".checkpoint"), 0, torch.empty(0)
    if checkpoint.exists():
        done, pool = _load(checkpoint, parts, device)
        for name, parameter in flat.items():
            parameter.data.copy_(student.get_parameter(name).flatten(1))
    lifts: dict[str, Lift] = defaultdict(Lift)
    progress = Progress(done, steps)
    for step in range(done, steps):
        rng = random.Random(f"{SEED} {step}")
        x, pool = _crops(pictures, pool, student, step, rng, device)
        errors = _errors(student, flat, x, targets(x), lifts, rng)
        warm, cool = (step + 1) / 100, (steps - step) / (steps * DECAY)
        for optimiser, rate in ((muon, 2e-3), (adam, 1e-3)):
            optimiser.param_groups[0]["lr"] = rate * min(1, warm, cool)
            optimiser.zero_grad()
        weighted = [e * (HINT_WEIGHT if " " in key else WEIGHTS.get(key, 1.0)) for key, e in errors.items()]
        torch.stack(weighted).sum().backward()
        muon.step()
        adam.step()
        progress.update(step, errors)
        if step % 500 == 499 or step == steps - 1:
            for name, parameter in flat.items():
                student.get_parameter(name).data.copy_(parameter.view_as(student.get_parameter(name)))
            _save(checkpoint, parts, step + 1, pool)
    parametrize.remove_parametrizations(student.convs["stem"], "weight")
    return student


def _untrained(paths: list[Path], wider: Path | None, device: torch.device) -> Lite:
    """Make the student, of random weights or a wider network's, with its stem parametrized."""
    student = Lite()
    if wider:
        some = [whole(p, torch.device("cpu")) for p in paths[::40]]
        student = pruned(torch.load(wider, weights_only=True), some)
    parametrize.register_parametrization(student.convs["stem"], "weight", BlurredKernel())
    return student.to(device).to(memory_format=torch.channels_last)


def _errors(
    student: Lite,
    flat: dict[str, nn.Parameter],
    x: Tensor,
    wanted: dict[str, Tensor],
    lifts: dict[str, Lift],
    rng: random.Random,
) -> dict[str, Tensor]:
    """Compute 1 - R2 of each target, differentiable by the flattened kernels and the student's biases."""
    weights = {n: p.view_as(student.get_parameter(n)) for n, p in flat.items()}
    with mixed(x.device):
        features = torch.func.functional_call(student, weights, (x, tuple(LITE_WIDTHS)))
    return {key: lifts[key].unexplained(features[key.split()[0]], wanted[key], rng) for key in wanted}


class Progress:
    """Print the speed and a running mean of each target's R2 every 100 steps."""

    def __init__(self, done: int, steps: int) -> None:
        self.done, self.steps, self.started = done, steps, time.time()
        self.unexplained: dict[str, float] = {}

    def update(self, step: int, errors: dict[str, Tensor]) -> None:
        for key, error in errors.items():
            self.unexplained[key] = 0.98 * self.unexplained.get(key, 1.0) + 0.02 * error.item()
        if step % 100 == 99 or step == self.steps - 1:
            speed = (step + 1 - self.done) / (time.time() - self.started)
            shown = "  ".join(f"{k} {1 - v:.3f}" for k, v in self.unexplained.items() if " " not in k)
            print(f"step {step + 1}/{self.steps}  {speed:.2f}/s  R2 while training: {shown}", flush=True)


def _pictures(data: Path, held_out: bool = False) -> list[Path]:
    """List the training set, or the held-out set."""
    return [p for p in sorted((data / "images").iterdir()) if (p.name in HELD_OUT) == held_out]


def _crops(
    pictures: list[Any], pool: Tensor, student: Lite, step: int, rng: random.Random, device: torch.device
) -> tuple[Tensor, Tensor]:
    """Draw the crops of one step, (N, 3, side, side), and update the pool, where half of the 128 px crops come from.

    Every 25 steps the pool gets crops that were painted with the student for 4 to 30 iterations.
    """
    side = rng.choice(SIDES)
    x = augment(batch(pictures, side, rng), rng)
    if step % 25 == 0 and step >= 300:
        fresh = batch(pictures, 128, rng)
        if len(pool) == POOL:  # half of them continue from the pool, so that some have many iterations
            fresh[::2] = torch.stack(rng.sample(list(pool), len(fresh[::2])))
        pool = torch.cat([half_painted(student, fresh.to(device), rng.randint(4, 30)).cpu(), pool])[:POOL]
    if side == 128 and len(pool):
        picked = [rng.randrange(len(pool)) for _ in range(len(x) // 2)]
        x[: len(picked)] = pool[picked]
    return x.to(device).contiguous(memory_format=torch.channels_last), pool


def _load(checkpoint: Path, parts: dict[str, Any], device: torch.device) -> tuple[int, Tensor]:
    """Restore the parts; returns the number of steps done, and the pool."""
    saved = torch.load(checkpoint, map_location=device, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(saved[name])
    return saved["done"], saved["pool"].cpu()


def _save(checkpoint: Path, parts: dict[str, Any], done: int, pool: Tensor) -> None:
    state: dict[str, object] = {name: part.state_dict() for name, part in parts.items()}
    torch.save(state | {"done": done, "pool": pool}, checkpoint.with_suffix(".part"))
    os.replace(checkpoint.with_suffix(".part"), checkpoint)


def whole(path: Path, device: torch.device) -> Tensor:
    """Read a picture, (1, 3, H, W) in [0, 1], at most 384 px, cut to multiples of 16 px so that every pool is even."""
    x = tensor(read(path, 384))[None]
    return x[..., : x.shape[2] // 16 * 16, : x.shape[3] // 16 * 16].to(device)


@torch.no_grad()
def solve_lifts(student: nn.Module, targets: Targets, paths: list[Path], device: torch.device) -> dict[str, Tensor]:
    """Solve the lift of each layer in use on these pictures: {layer: (teacher's width, student's width)}."""
    inner: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=device))
    cross: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=device))
    for path in paths:
        x = whole(path, device)
        features, wanted = student(x), targets(x)
        for name in LITE_LAYERS:
            f, t = features[name][0].flatten(1).double(), wanted[name][0].flatten(1).double()
            inner[name] = inner[name] + f @ f.T / f.shape[1]
            cross[name] = cross[name] + t @ f.T / f.shape[1]
    return {name: linear_map(inner[name], cross[name], 1e-6).float() for name in LITE_LAYERS}


@torch.no_grad()
def explained(
    student: nn.Module, lifts: dict[str, Tensor], targets: Targets, paths: list[Path], device: torch.device
) -> dict[str, float]:
    """Measure R2 of the lifted features on these pictures, uncropped, borders included: {layer: 1 at best}."""
    missed, count = dict.fromkeys(LITE_LAYERS, 0.0), dict.fromkeys(LITE_LAYERS, 0)
    first: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=device))
    second: dict[str, Tensor] = defaultdict(lambda: torch.zeros((), device=device))
    for path in paths:
        x = whole(path, device)
        features, wanted = student(x), targets(x)
        for name in LITE_LAYERS:
            f, t = features[name][0].flatten(1), wanted[name][0].flatten(1).double()
            missed[name] += (lifts[name] @ f - t).square().sum().item()
            count[name] += t.shape[1]
            first[name] = first[name] + t.sum(1)
            second[name] = second[name] + t.square().sum(1)
    total = {n: (second[n] - first[n].square() / count[n]).sum().item() for n in LITE_LAYERS}
    return {n: 1 - missed[n] / total[n] for n in LITE_LAYERS}


def fold(lift: Tensor) -> Tensor:
    """Compute S = (L^T L)^(1/2), (C, C), so that |S (A - B) S| = |L (A - B) L^T| for Gram matrices A and B."""
    values, vectors = torch.linalg.eigh((lift.T @ lift).double())
    return (vectors * values.clamp(min=0).sqrt() @ vectors.T).float()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stylize.training.distill", description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, help="a folder with images/, teacher.pt and vgg19_to_conv3_1.pt")
    parser.add_argument("--vgg19", type=Path, metavar="FILE", help="teach with torchvision's VGG-19 weights instead")
    parser.add_argument("--steps", type=int, default=20_000, help="in all; an interrupted run goes on where it was")
    parser.add_argument("--out", type=Path, default=LITE_FILE)
    parser.add_argument("--from", type=Path, dest="wider", metavar="FILE", help="start from a wider lite's channels")
    parser.add_argument("--evaluate", action="store_true", help="measure the network at --out, train nothing")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    device = torch.device(args.device)
    targets = Targets(args.data, args.vgg19, device)
    if args.evaluate:
        student = Lite().to(device)
        student.load_state_dict(torch.load(args.out, weights_only=True))
    else:
        student = train(args.data, targets, args.out, args.steps, device, args.wider)
    lifts = solve_lifts(student, targets, _pictures(args.data)[::5], device)
    if not args.evaluate:
        for name, lift in lifts.items():
            student.metrics[name].data.copy_(fold(lift))
        torch.save({k: v.half().cpu() for k, v in student.state_dict().items()}, args.out)
    for name, r2 in explained(student, lifts, targets, _pictures(args.data, held_out=True), device).items():
        print(f"{name}  R2 {r2:.3f}")


if __name__ == "__main__":
    main()
