"""The live recipe's own terms: neighbours, palette, grain, strength, and what becomes of flat and odd pictures."""

import pytest
import torch
from PIL import Image, ImageDraw

from stylize import Settings, stylize
from stylize.engine import losses, tensors, transport
from stylize.engine.neighbors import share_offsets
from stylize.engine.networks import load_network
from stylize.engine.objective import Objective
from stylize.engine.strength import weights_of
from stylize.pictures import pixels


def test_transport_moves_each_value_to_its_rank_in_the_target():
    values = torch.randn(2, 5000, generator=torch.Generator().manual_seed(0))
    target = transport.quantiles(values * 3 + 1)
    assert (transport.transported(values, target) - (values * 3 + 1)).abs().mean() < 0.02
    assert losses.transport_error(values, transport.quantiles(values), torch.ones(2, 1)) < 1e-4
    assert losses.transport_error(values, target, torch.ones(2, 1)) > 1


def test_a_mixture_has_the_shares_asked_for():
    zeros, ones = torch.zeros(1, transport.LEVELS), torch.ones(1, transport.LEVELS)
    assert transport.mixed([zeros, ones], [0.25, 0.75]).mean().item() == pytest.approx(0.75, abs=0.01)


def test_each_style_is_matched_in_its_share():
    best = torch.rand(4000, 3, generator=torch.Generator().manual_seed(0)) + torch.tensor([0.5, 0.0, 0.0])
    shares = [0.2, 0.3, 0.5]
    chosen = (best + share_offsets(best, shares, None)).argmax(1)
    for n, share in enumerate(shares):
        assert (chosen == n).float().mean().item() == pytest.approx(share, abs=0.03)


def test_total_variation_smooths_the_border_as_it_does_the_middle():
    image = torch.rand(1, 3, 16, 16, generator=torch.Generator().manual_seed(0), requires_grad=True)
    rate = 16 * 16
    for _ in range(60):
        (gradient,) = torch.autograd.grad(losses.total_variation(image), image)
        image = (image - 0.1 * rate * gradient / 8).detach().requires_grad_()
    pixels = image.detach()
    around = pixels[..., 0, :].diff().square().mean()
    inside = pixels[..., 8, :].diff().square().mean()
    assert around < 4 * inside + 1e-6


@pytest.mark.parametrize("color", [(200, 40, 30), (0, 0, 0), (255, 255, 255)])
def test_a_style_of_one_colour_brings_no_other_hue(photo, color):
    *_, last = stylize(photo, Image.new("RGB", (64, 64), color), Settings(size=96, iterations=120))
    pixels = tensors.to_tensor(last.picture, last.picture.size)[0].flatten(1)
    away = (pixels - torch.tensor(color).view(3, 1) / 255).abs().mean()
    assert away < 0.08


def test_a_flat_photo_takes_the_styles_colours(painting):
    *_, last = stylize(Image.new("RGB", (96, 96), (150, 150, 150)), painting, Settings(size=96, iterations=120))
    own = tensors.to_tensor(painting, (96, 96)).mean((2, 3))
    assert (tensors.to_tensor(last.picture, (96, 96)).mean((2, 3)) - own).abs().max() < 0.08


def test_outside_the_mask_nothing_changes_and_only_inside_is_measured(photo, painting):
    mask = Image.new("L", photo.size)
    ImageDraw.Draw(mask).rectangle((0, 0, 47, 63), fill=255)
    *_, last = stylize(photo, painting, Settings(size=96, iterations=60), mask=mask)
    miss = (tensors.to_tensor(last.picture, (96, 64)) - tensors.to_tensor(photo, (96, 64))).abs()
    assert miss[..., 50:].max() < 0.01
    assert miss[..., :46].mean() > 0.05


def test_a_weight_of_0_costs_nothing_and_can_be_taken_up_later(photo, painting):
    off = Settings(size=96, iterations=40, neighbor_weight=0, palette_weight=0, grain_weight=0)
    run = stylize(photo, painting, off)
    assert next(run).terms == {}
    step = run.send(Settings(size=96, iterations=40))
    assert set(step.terms) | {"neighbors"} == {"neighbors", "palette", "grain"}
    assert Settings(recipe="reference").neighbor_weight == Settings(recipe="reference").grain_weight == 0


@pytest.mark.slow
def test_strength_goes_from_the_photo_to_the_style(photo, painting):
    away = []
    for strength in (-4, -2, 0, 2):
        *_, last = stylize(photo, painting, Settings(size=96, iterations=80, strength=strength))
        away.append(
            (tensors.to_tensor(last.picture, (96, 64)) - tensors.to_tensor(photo, (96, 64))).abs().mean().item()
        )
    assert away[0] < away[1] < away[2]
    assert away[0] < away[3]
    assert weights_of(Settings(strength=4)).content < weights_of(Settings()).content


def test_with_the_photos_colours_the_palette_is_the_photos(photo, painting):
    lite_network = load_network("lite", torch.device("cpu"))
    content, style = tensors.to_tensor(photo, (96, 64)), tensors.to_tensor(painting, (96, 96))
    keep = Objective(lite_network, content, [(style, 1.0)], None, Settings(keep_colors=True))
    take = Objective(lite_network, content, [(style, 1.0)], None, Settings())
    assert keep(content.clone().requires_grad_()).terms["palette"] < 1e-3
    assert take(content.clone().requires_grad_()).terms["palette"] > 0.01


def test_a_panorama_keeps_the_area_of_one_of_two_to_one():
    assert pixels.fitted((400, 300), 512) == (512, 384)
    assert pixels.fitted((2000, 1000), 512) == (512, 256)
    width, height = pixels.fitted((4000, 400), 512)
    assert width * height == pytest.approx(512 * 256, rel=0.02)


def test_style_scale_leaves_the_reference_targets_size(vgg_file, photo, painting):
    network = load_network("vgg19", torch.device("cpu"), True, vgg_file)
    style = tensors.to_tensor(painting, (64, 64))
    content = tensors.to_tensor(photo, (64, 64))
    losses_by_scale = [
        Objective(network, content, [(tensors.resize(style, (side, side)), 1.0)], None, Settings(recipe="reference"))(
            content.clone().requires_grad_()
        ).total.item()
        for side in (64, 128)
    ]
    assert losses_by_scale[1] == pytest.approx(losses_by_scale[0], rel=0.9)


def test_a_layer_taken_up_later_leaves_the_others_targets_as_they_were(photo, painting):
    content, style = tensors.to_tensor(photo, (96, 64)), tensors.to_tensor(painting, (96, 96))
    few = Settings(style_layer_weights=(1, 1, 0, 0, 0))
    objective = Objective(load_network("lite", torch.device("cpu")), content, [(style, 1.0)], None, few)
    before = objective(content.clone().requires_grad_()).style["conv1_1"].item()
    objective.settings = Settings(style_layer_weights=(1, 1, 1, 1, 1))
    assert objective(content.clone().requires_grad_()).style["conv1_1"].item() == pytest.approx(before, rel=1e-3)
