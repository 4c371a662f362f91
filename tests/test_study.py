"""The reference recipe against an independent, plain transcription of the study's loop; VGG-19 and its files.

All tests that need torchvision are in this file: one worker imports it, which takes seconds.
"""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import nn

from stylize import Settings, StylizeError, stylize
from stylize.cli.main import main
from stylize.engine import device, networks, tensors, weights
from stylize.engine.networks import LITE_LAYERS, load_network
from stylize.engine.objective import Objective
from stylize.engine.scene import Region, Scene
from stylize.facts import NETWORKS, STYLE_LAYERS
from stylize.training import data

from .test_painting import SMALL


def study(content, style, weights, size, iterations):
    """Yield (content loss, style loss, total loss) before each step, as the study's notebook computes them."""
    from torchvision.models import vgg19
    from torchvision.transforms.functional import to_tensor

    net = vgg19(weights=None).features
    net.load_state_dict({k.removeprefix("features."): v for k, v in torch.load(weights, weights_only=True).items()})
    net = net[:29].eval()
    for module in net:
        if isinstance(module, nn.ReLU):
            module.inplace = False
    for parameter in net.parameters():
        parameter.requires_grad = False

    def features(x):
        out = {}
        for index, module in enumerate(net):
            x = module(x)
            out[index] = x
        return out

    def gram(f):
        _, d, h, w = f.shape
        f = f.view(d, h * w)
        return torch.mm(f, f.t())

    content_index, style_indices = 21, [0, 5, 10, 19, 28]
    photo = to_tensor(content.resize((size, size), Image.Resampling.BILINEAR)).unsqueeze(0)
    painting = to_tensor(style.resize((size, size), Image.Resampling.BILINEAR)).unsqueeze(0)
    wanted = features(photo)[content_index]
    grams = {i: gram(f) for i, f in features(painting).items() if i in style_indices}
    target = photo.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([target], lr=0.005)
    for _ in range(iterations):
        f = features(target)
        content_loss = torch.mean((f[content_index] - wanted) ** 2)
        style_loss = 0
        for i in style_indices:
            style_loss = style_loss + torch.mean((gram(f[i]) - grams[i]) ** 2)
        total = 1 * content_loss + 1e8 * style_loss
        yield content_loss.item(), style_loss.item(), total.item()
        optimizer.zero_grad()
        total.backward()
        optimizer.step()


def test_same_losses_as_the_study(here, photo, painting, vgg_file):
    flags = f"--recipe reference --iterations 4 --size 64 --device cpu --weights {vgg_file} --log log.csv".split()
    assert main(["photo.png", "style.png", *flags]) == 0
    rows = list(csv.DictReader((here / "log.csv").read_text().splitlines()))
    expected = list(study(photo, painting, vgg_file, 64, 4))
    assert len(rows) == 4
    assert float(rows[0]["content_loss"]) == 0
    for row, values in zip(rows, expected, strict=True):
        for name, value in zip(("content_loss", "style_loss", "total_loss"), values, strict=True):
            assert float(row[name]) == pytest.approx(value, rel=1e-3)
    assert float(rows[-1]["content_loss"]) > 0


# ---- VGG-19 and its weights files


def test_vgg_taps_are_torchvisions_numbers(vgg_file):
    assert [networks.VGG19_INDICES[n] for n in STYLE_LAYERS] == [0, 5, 10, 19, 28]
    assert (networks.VGG19_INDICES["conv4_2"], networks.VGG19_INDICES["conv4_4"]) == (21, 25)
    net = load_network("vgg19", torch.device("cpu"), reference=True, weights=vgg_file)
    x = torch.rand(1, 3, 32, 32)
    before = net(x, ("conv1_1",))["conv1_1"]
    assert before.min() < 0  # before its ReLU
    torch.testing.assert_close(before, net.features[0](x))


def test_whole_net_or_features_alone(vgg_file, tmp_path):
    state = torch.load(vgg_file, weights_only=True)
    alone = {k.removeprefix("features."): v for k, v in state.items()}
    torch.save(alone | {"classifier.0.weight": torch.zeros(2)}, tmp_path / "other.pth")
    a = load_network("vgg19", torch.device("cpu"), True, vgg_file)
    b = load_network("vgg19", torch.device("cpu"), True, tmp_path / "other.pth")
    x = torch.rand(1, 3, 32, 32)
    torch.testing.assert_close(a(x, ("conv5_1",)), b(x, ("conv5_1",)))


def test_a_file_that_is_not_vgg19s_is_named_as_such(vgg_file, tmp_path):
    state = torch.load(vgg_file, weights_only=True)
    bad = tmp_path / "bad.pth"

    def refusal():
        with pytest.raises(StylizeError) as error:
            load_network("vgg19", torch.device("cpu"), True, bad)
        networks._loaded.cache_clear()
        return str(error.value)

    torch.save(state | {"features.5.weight": torch.zeros(3, 3)}, bad)
    assert "features.5.weight has the shape (3, 3), not (128, 64, 3, 3)" in refusal()
    torch.save({"features.0.weight": state["features.0.weight"]}, bad)
    assert "it has no features.0.bias" in refusal()
    bad.write_bytes(vgg_file.read_bytes()[:100_000])
    assert "cut short" in refusal()
    bad.write_bytes(b"<html>not found</html>")
    assert "cannot be read" in refusal()
    bad.unlink()
    assert "There is no weights file bad.pth" in refusal()
    torch.save([1, 2], bad)
    assert "holds no state dict" in refusal()


def test_a_network_is_loaded_once_however_it_is_asked_for(vgg_file, monkeypatch):
    assert load_network("lite") is load_network("lite", device.best_device()) is load_network(name="lite", weights=None)
    monkeypatch.chdir(vgg_file.parent)
    first = load_network("vgg19", torch.device("cpu"), True, vgg_file)
    assert load_network("vgg19", torch.device("cpu"), weights=Path(vgg_file.name), reference=True) is first


def test_vgg19_paints_too(photo, painting, vgg_file):
    network = load_network("vgg19", torch.device("cpu"), False, vgg_file)
    settings = replace(SMALL, network="vgg19", iterations=4)
    steps = list(stylize(photo, painting, settings, network=network))
    assert steps[-1].style_loss < steps[0].style_loss
    with pytest.raises(StylizeError, match="too narrow for the vgg19"):
        next(stylize(photo.resize((96, 4)), painting, settings, network=network))


def test_the_size_of_the_style_leaves_the_reference_targets_size(vgg_file, photo, painting):
    network = load_network("vgg19", torch.device("cpu"), True, vgg_file)
    style, content = tensors.to_tensor(painting, (64, 64)), tensors.to_tensor(photo, (64, 64))
    losses = []
    for side in (64, 128):
        region = Region((tensors.resize(style, (side, side)),), (1.0,))
        objective = Objective(Scene(network, content, (region,), reference=True), Settings(recipe="reference"))
        losses.append(objective(content.clone().requires_grad_()).total.item())
    assert losses[1] == pytest.approx(losses[0], rel=0.9)


def test_torchvisions_weights_serve_as_the_teacher(vgg_file):
    teacher = data.Teacher(data.flat_vgg19(torch.load(vgg_file, weights_only=True)), "constant", torch.device("cpu"))
    theirs = load_network("vgg19", torch.device("cpu"), False, vgg_file).float()
    x = torch.rand(1, 3, 64, 64)
    ours, expected = teacher(x), theirs(x, LITE_LAYERS)
    assert ours["conv1_1"].min() < 0  # the teacher's is before its ReLU
    ours["conv1_1"] = ours["conv1_1"].relu()
    for name in LITE_LAYERS:
        torch.testing.assert_close(ours[name].float(), expected[name], rtol=0.1, atol=0.1 * expected[name].max().item())


def test_the_weights_file_is_torchvisions(monkeypatch):
    fetched = []
    monkeypatch.setattr(weights, "fetch", lambda url: fetched.append(url) or iter(()))
    list(weights.download("vgg19"))
    assert fetched[0].endswith("/" + NETWORKS["vgg19"].weights_file)
