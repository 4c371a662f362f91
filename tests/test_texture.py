"""Texture: what the finished painting becomes when it is composed of its styles' patches."""

import torch
import torch.nn.functional as F

from stylize import Settings, stylize
from stylize.engine import painting as paintings
from stylize.engine.color import opponent
from stylize.engine.networks import load_network
from stylize.engine.scene import Region, Scene
from stylize.engine.texture import bands, of_patches, with_texture

SIZE = 96, 128


def strokes(seed, *color):
    """Draw noise drawn out to strokes, in shades of a colour: (1, 3, *SIZE)."""
    noise = torch.rand(1, 1, *SIZE, generator=torch.Generator().manual_seed(seed))
    return F.avg_pool2d(noise, (1, 9), 1, (0, 4)) * torch.tensor(color).view(1, 3, 1, 1)


def scene_of(picture, *regions):
    return Scene(load_network("lite", torch.device("cpu")), picture, regions)


def test_a_part_of_a_style_is_composed_of_itself():
    style = strokes(0, 0.9, 0.5, 0.2)
    part = style[..., 20:84, 30:110]
    assert (of_patches(part, (strokes(1, 0.1, 0.2, 0.9), style)) - part).abs().mean() < 0.01
    assert (of_patches(part, (strokes(1, 0.1, 0.2, 0.9),)) - part).abs().mean() > 0.1


def test_coloured_noise_goes_and_lines_stay_crisp():
    grey = strokes(0, 0.8, 0.8, 0.8)
    noise = 0.1 * torch.randn(1, 3, *SIZE, generator=torch.Generator().manual_seed(1))
    noisy = (grey + noise).clamp(0, 1)
    found = with_texture(noisy, scene_of(noisy, Region((grey,), (1.0,))), 1.0)
    assert opponent(found)[:, 1:].std() < 0.5 * opponent(noisy)[:, 1:].std()
    assert (found - grey).abs().mean() < 0.8 * (noisy - grey).abs().mean()
    for own, left in zip(bands(grey), bands(found), strict=True):
        assert 0.7 < left.std() / own.std() < 1.3


def test_each_region_takes_its_own_style_and_the_rest_stays():
    grey, left = torch.full((1, 3, *SIZE), 0.4), torch.zeros(1, 1, *SIZE)
    left[..., :50] = 1
    style = strokes(0, 0.9, 0.2, 0.2)
    found = with_texture(grey, scene_of(grey, Region((style,), (1.0,), left)), 1.0)
    assert (found - grey)[..., 50:].abs().max() < 1e-6
    assert (found[:, 0] - found[:, 2])[..., :40].mean() > 0.1


def test_what_is_only_blur_or_smaller_than_a_patch_is_left_out():
    picture = strokes(0, 0.5, 0.5, 0.5)
    for region in (Region((strokes(1, 1, 0, 0),), (1.0,), enlarged=3.0), Region((torch.rand(1, 3, 8, 40),), (1.0,))):
        assert torch.equal(with_texture(picture, scene_of(picture, region), 1.0), picture)


def test_only_the_last_picture_has_it(photo, painting, monkeypatch):
    done = []

    def marked(image, scene, share):
        done.append(share)
        return torch.zeros_like(image)

    monkeypatch.setattr(paintings, "with_texture", marked)
    run = stylize(photo, painting, Settings(size=64, iterations=4))
    black = [not step.pixels.any() for step in [next(run) for _ in range(5)]]
    assert black == [False] * 4 + [True]
    more = [run.send(Settings(size=64, iterations=7)), *run]
    assert [not step.pixels.any() for step in more] == [False, False, True]
    *_, faint = stylize(photo, painting, Settings(size=64, iterations=4, patch_weight=0))
    assert len(done) == 2
    assert faint.pixels.any()
