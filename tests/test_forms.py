"""What the live recipe paints: colours, light, masks, regions, strength, and what becomes of flat and odd pictures."""

import pytest
import torch
from PIL import Image, ImageDraw

from stylize import Settings, StylizeError, stylize
from stylize.engine import tensors
from stylize.engine.networks import load_network
from stylize.engine.objective import Objective
from stylize.engine.scene import Region, Scene
from stylize.pictures import pixels

from .conftest import EXAMPLES


def painted(photo, style, masks=None, **options):
    """Paint to the end; returns (1, 3, h, w)."""
    *_, last = stylize(photo, style, Settings(**{"size": 64, "iterations": 20} | options), masks=masks)
    return tensors.to_tensor(last.picture, last.picture.size)


@pytest.mark.parametrize("color", [(200, 40, 30), (0, 0, 0)])
def test_a_style_of_one_colour_brings_no_other_hue(photo, color):
    away = painted(photo, Image.new("RGB", (64, 64), color)) - torch.tensor(color).view(1, 3, 1, 1) / 255
    assert away.abs().mean() < 0.1


def test_a_flat_photo_takes_the_styles_colours(painting):
    own = tensors.to_tensor(painting, (64, 64)).mean((2, 3))
    found = painted(Image.new("RGB", (96, 96), (150, 150, 150)), painting).mean((2, 3))
    assert (found - own).abs().max() < 0.12


def test_a_plain_sky_stays_blue():
    """With a style half blue, half green, the sky over grass takes the blue half."""
    photo = Image.new("RGB", (96, 96), (110, 160, 230))
    photo.paste((70, 120, 50), (0, 56, 96, 96))
    style = Image.effect_noise((96, 96), 40).convert("RGB")
    style = Image.blend(style, Image.new("RGB", (96, 96), (60, 110, 220)), 0.7)
    style.paste(Image.blend(style, Image.new("RGB", (96, 96), (40, 180, 60)), 0.8).crop((0, 0, 48, 96)), (0, 0))
    _, green, blue = painted(photo, style, size=96)[0]
    assert (green > blue)[:48].float().mean() < 0.05
    assert (green > blue)[64:].float().mean() > 0.8


class TestRegions:
    """One mask per style: each goes where its own is white."""

    red, blue = (
        Image.blend(Image.effect_noise((80, 80), 60).convert("RGB"), Image.new("RGB", (80, 80), color), 0.7)
        for color in ((220, 30, 20), (20, 40, 220))
    )
    styles = (red, 1.0), (blue, 1.0)
    left = Image.new("L", (96, 64))
    ImageDraw.Draw(left).rectangle((0, 0, 47, 63), fill=255)
    right = left.point(lambda value: 255 - value)

    def test_each_style_goes_where_its_mask_is_white_and_one_without_mask_elsewhere(self, photo):
        image = painted(photo, self.styles, [self.left, None])
        warmth = (image[0, 0] - image[0, 2]).mean(0)
        assert warmth[:29].mean() > 0.2
        assert warmth[35:].mean() < -0.2

    def test_where_no_mask_is_white_the_photo_stays(self, photo):
        corner = Image.new("L", (96, 64))
        corner.paste(255, (0, 0, 20, 20))
        away = painted(photo, self.styles, [corner, self.right], size=96, iterations=12)
        away = (away - tensors.to_tensor(photo, (96, 64))).abs()[0].mean(0)
        assert away[30:, 4:40].max() < 0.01
        assert away[:, 56:].mean() > 0.05

    @pytest.mark.parametrize("masks", [[None], "left", [None, None, None]])
    def test_there_is_a_mask_or_none_for_each_style(self, photo, masks):
        with pytest.raises(StylizeError, match="one mask, or None, for each style"):
            next(stylize(photo, self.styles, Settings(size=64), masks=masks))


def test_a_weight_of_0_costs_nothing_and_can_be_taken_up_later(photo, painting):
    off = Settings(size=64, iterations=9, neighbor_weight=0, patch_weight=0, palette_weight=0, grain_weight=0,
                   content_weight=0)  # fmt: skip
    run = stylize(photo, painting, off)
    assert next(run).terms == {}
    for changed in ({}, {"photo_proportions": 0.0}, {"keep_colors": True}, {"keep_colors": False}):
        step = run.send(Settings(size=64, iterations=9, **changed))
        assert set(step.terms) == {"neighbors", "patches", "palette", "grain", "structure"}


@pytest.mark.slow
def test_strength_goes_from_the_photo_to_the_style(photo, painting):
    own = tensors.to_tensor(photo, (96, 64))
    away = [
        (painted(photo, painting, size=96, iterations=60, strength=s) - own).abs().mean().item() for s in (-4, -2, 0, 2)
    ]
    assert away[0] < away[1] < away[2]
    assert away[0] < away[3]


@pytest.mark.parametrize("shade", [lambda v: v // 5, lambda v: 100 + v // 5], ids=["dark", "foggy"])
def test_with_its_colours_kept_the_photo_is_still_there(shade):
    photo = Image.open(EXAMPLES / "content_city.jpg").convert("RGB").resize((96, 64)).point(shade)
    found = painted(photo, Image.open(EXAMPLES / "style_ink.jpg"), size=96, keep_colors=True)
    blocks = [torch.nn.functional.avg_pool2d(x, 8).flatten() for x in (found, tensors.to_tensor(photo, (96, 64)))]
    assert torch.corrcoef(torch.stack(blocks))[0, 1] > 0.85


def test_a_style_smaller_than_the_painting_gives_no_blurred_grain(photo, painting):
    """The finest bands of an enlarged style are only blur, so the grain term leaves them out."""
    network, content = load_network("lite", torch.device("cpu")), tensors.to_tensor(photo, (96, 64))
    blurred = tensors.resize(tensors.to_tensor(painting, (24, 24)), (96, 96))
    image = torch.rand(content.shape, generator=torch.Generator().manual_seed(0), requires_grad=True)
    sharp, enlarged = (
        Objective(Scene(network, content, (Region((blurred,), (1.0,), enlarged=factor),)), Settings())(image).terms
        for factor in (1.0, 4.0)
    )
    assert sharp["grain"] > 0.1
    assert enlarged["grain"] == 0


def test_a_panorama_keeps_the_area_of_one_of_two_to_one():
    assert pixels.fitted((400, 300), 512) == (512, 384)
    assert pixels.fitted((2000, 1000), 512) == (512, 256)
    width, height = pixels.fitted((4000, 400), 512)
    assert width * height == pytest.approx(512 * 256, rel=0.02)
