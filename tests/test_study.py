"""The reference recipe against an independent, plain transcription of the study's loop."""

import csv

import pytest
import torch
from PIL import Image
from torch import nn
from torchvision.models import vgg19
from torchvision.transforms.functional import to_tensor

from stylize.cli.main import main


def study(content, style, weights, size, iterations, content_index):
    """Yield (content loss, style loss, total loss) before each step, as the study's notebook computes them."""
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

    style_indices = [0, 5, 10, 19, 28]
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


@pytest.mark.parametrize(("layer", "index"), [("conv4_2", 21), pytest.param("conv4_4", 25, marks=pytest.mark.slow)])
def test_same_losses_as_the_study(photo, painting, photo_file, painting_file, vgg_file, tmp_path, layer, index):
    log, out = tmp_path / "log.csv", tmp_path / "out.png"
    flags = f"--recipe reference --iterations 4 --size 64 --content-layer {layer} --device cpu".split()
    files = [str(photo_file), str(painting_file), "-o", str(out), "--weights", str(vgg_file), "--log", str(log)]
    assert main([*files, *flags]) == 0
    rows = list(csv.DictReader(log.open()))
    expected = list(study(photo, painting, vgg_file, 64, 4, index))
    assert len(rows) == 4
    assert float(rows[0]["content_loss"]) == 0
    for row, values in zip(rows, expected, strict=True):
        for name, value in zip(("content_loss", "style_loss", "total_loss"), values, strict=True):
            assert float(row[name]) == pytest.approx(value, rel=1e-3)
    assert float(rows[-1]["content_loss"]) > 0
    assert out.exists()
