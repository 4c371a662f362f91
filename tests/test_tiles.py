"""Large pictures in tiles: the same losses and gradients as in one piece, in less memory."""

import pytest
import torch

from stylize import Settings
from stylize.engine import tiles
from stylize.engine.networks import load_network
from stylize.engine.objective import Objective
from stylize.engine.scene import Region, Scene


def evaluated(network, size, settings, mask=None, matches=None):
    """Evaluate a picture with forms at all scales: (scene, losses, gradient)."""
    draw = torch.Generator().manual_seed(1)
    photo, image, style = (
        sum(
            torch.nn.functional.interpolate(torch.rand(1, 3, n, n, generator=draw), size, mode="bilinear")
            for n in (3, 17, 90)
        )
        / 3
        for _ in range(3)
    )
    image.requires_grad_()
    scene = Scene(network, photo, (Region((style,), (1.0,), mask),))
    if matches:
        scene.matches = matches  # in tiles, near ties would be matched otherwise
    found = Objective(scene, settings)(image)
    return scene, found, torch.autograd.grad(found.total, image)[0]


@pytest.mark.parametrize("name", ["lite", pytest.param("vgg19", marks=pytest.mark.slow)])
@pytest.mark.parametrize("masked", [False, True])
def test_tiles_give_the_losses_and_the_gradient_of_the_whole(name, masked, monkeypatch, request):
    size = (112, 144)  # with its margin, whole steps of the coarsest grid: else more is mirrored at its end
    weights = request.getfixturevalue("vgg_file") if name == "vgg19" else None
    network = load_network(name, torch.device("cpu"), False, weights)
    settings = Settings(
        network=name, palette_weight=0, grain_weight=0, strength=-1, style_layer_weights=(1, 1, 1, 1, 1)
    )
    mask = torch.linspace(0, 1, size[1]).expand(1, 1, *size).contiguous() if masked else None
    scene, whole, gradient = evaluated(network, size, settings, mask)
    monkeypatch.setattr(tiles, "WHOLE_PIXELS", 1)
    monkeypatch.setattr(tiles, "TILE", 64)
    _, tiled, tiled_gradient = evaluated(network, size, settings, mask, scene.matches)
    for term in ("content", "neighbors"):
        assert tiled.terms[term].item() == pytest.approx(whole.terms[term].item(), rel=0.05), term
    for layer, loss in whole.style.items():
        assert tiled.style[layer].item() == pytest.approx(loss.item(), rel=0.05), layer
    miss = (tiled_gradient - gradient)[0].norm(dim=0)[16:-16, 16:-16]  # at the border a mirror of a mirror is seen
    assert miss.norm() / gradient[0].norm(dim=0)[16:-16, 16:-16].norm() < 0.05
    seam = 64 - 8 - 16  # where two tiles meet: less the margin, and what was left out above
    assert miss[seam - 2 : seam + 2].mean() < 2 * miss.mean()


def test_in_tiles_colours_alone_can_be_compared(monkeypatch):
    monkeypatch.setattr(tiles, "WHOLE_PIXELS", 1)
    settings = Settings(content_weight=0, style_weight=0, neighbor_weight=0)
    _, losses, gradient = evaluated(load_network("lite", torch.device("cpu")), (64, 64), settings)
    assert losses.style == {}
    assert gradient.any()
