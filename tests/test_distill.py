"""How lite is trained: the folding of the lifts, and a short run with a VGG-19 of random weights as the teacher."""

import sys

import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from stylize.engine.networks import LITE_LAYERS, Lite
from stylize.training import data, distill
from stylize.training.prune import pruned


def test_folded_metric_measures_what_the_lift_would():
    lift, a, b = torch.randn(64, 8), torch.randn(8, 8), torch.randn(8, 8)
    a, b = a @ a.T, b @ b.T
    s = distill.fold(lift)
    torch.testing.assert_close((s @ (a - b) @ s).norm(), (lift @ (a - b) @ lift.T).norm(), rtol=1e-4, atol=0)


def test_the_stems_kernel_is_one_after_a_mean_at_every_second_pixel():
    kernel, image = torch.randn(6, 3, 5, 5), torch.rand(1, 3, 30, 22)
    expected = F.conv2d(F.avg_pool2d(image, 2, stride=1), kernel, stride=2)
    blurred = distill.BlurredKernel()
    torch.testing.assert_close(F.conv2d(F.pixel_unshuffle(image, 2), blurred(kernel)), expected)
    again = blurred(blurred.right_inverse(blurred(kernel)))  # a trained stem's kernel is trained on, not begun anew
    torch.testing.assert_close(again, blurred(kernel), rtol=1e-4, atol=1e-5)


def test_narrowing_drops_the_channels_that_others_say():
    """Double each channel of two layers, with the next layer reading both; pruning must undo it."""
    narrow = Lite()
    state = dict(narrow.state_dict())
    for name, following in (("conv2_2", "conv3_1"), ("conv3_4", "conv4_1")):
        for part in ("weight", "bias"):
            state[f"convs.{name}.{part}"] = state[f"convs.{name}.{part}"].repeat_interleave(2, 0)
        kernel = state[f"convs.{following}.weight"]
        state[f"convs.{following}.weight"] = torch.stack([0.7 * kernel, 0.3 * kernel], 2).flatten(1, 2)
    images = [torch.rand(1, 3, 96, 96) for _ in range(2)]
    found = pruned(state, images)(images[0])
    for name, expected in narrow(images[0]).items():
        assert (found[name] - expected).norm() < 0.01 * expected.norm(), name


def test_lifts_explain_what_is_linear_in_the_features(tmp_path):
    """A teacher that is a linear map of the student itself must be explained whole."""
    student = Lite()
    maps = {n: torch.randn(9, student.convs[n].out_channels, 1, 1) for n in LITE_LAYERS}

    def targets(x):
        return {n: F.conv2d(f, maps[n]) for n, f in student(x).items()}

    paths = []
    for n in range(3):
        paths.append(tmp_path / f"{n}.png")
        Image.effect_noise((96, 80), 60).convert("RGB").save(paths[-1])
    cpu = torch.device("cpu")
    lifts = distill.solve_lifts(student, targets, paths[:2], cpu)
    r2 = distill.explained(student, lifts, targets, paths[2:], cpu)
    assert all(0.98 < value <= 1 for value in r2.values()), r2


@pytest.mark.slow
def test_training_runs_resumes_and_is_measured(vgg_file, tmp_path, monkeypatch, capsys):
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("training needs torch 2.9 for its Muon optimiser")
    (tmp_path / "images").mkdir()
    for n, name in enumerate(["a.png", "b.png", *sorted(distill.HELD_OUT)[:2]]):
        Image.effect_noise((160, 144), 20 * n + 20).convert("RGB").save(tmp_path / "images" / name)
    monkeypatch.setattr(data, "BATCH_PIXELS", 2 * 96 * 96)
    out = tmp_path / "lite.pt"

    def run(*flags):
        monkeypatch.setattr(
            sys, "argv", ["distill", str(tmp_path), "--vgg19", str(vgg_file), "--out", str(out), *flags]
        )
        distill.main()
        return capsys.readouterr().out

    assert "step 2/2" in run("--steps", "2", "--device", "cpu")
    first = torch.load(out, weights_only=True)
    assert "step 3/3" in run("--steps", "3", "--device", "cpu")  # goes on from the second
    second = torch.load(out, weights_only=True)
    assert any(not torch.equal(first[k], second[k]) for k in first)
    assert "conv5_1  R2" in run("--evaluate", "--device", "cpu")
    Lite().load_state_dict(second)
