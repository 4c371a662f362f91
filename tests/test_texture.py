"""Texture and contrast: what the finished painting becomes when it is composed of its styles' patches."""

import torch
import torch.nn.functional as F

from stylize import Settings, stylize
from stylize.engine import painting as paintings
from stylize.engine.color import opponent
from stylize.engine.contrast import moments, parts, with_contrast
from stylize.engine.networks import load_network
from stylize.engine.scene import Region, Scene
from stylize.engine.texture import of_patches, with_texture

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
    for own, left in zip(parts(grey)[2:], parts(found)[2:], strict=True):
        assert 0.7 < left.std() / own.std() < 1.3


def test_a_dull_picture_gets_the_contrast_of_its_style_and_a_vivid_one_keeps_its_own():
    style = strokes(0, 0.9, 0.5, 0.2)
    dull = style.mean((2, 3), keepdim=True) + 0.85 * (style - style.mean((2, 3), keepdim=True))
    scene = scene_of(dull, Region((style,), (1.0,)))
    assert (with_contrast(dull, scene, 1.0) - style).abs().mean() < 0.3 * (dull - style).abs().mean()
    half = with_contrast(dull, scene, 0.5)
    assert dull.std() < half.std() < with_contrast(dull, scene, 1.0).std()
    assert torch.allclose(with_contrast(style, scene_of(style, Region((dull,), (1.0,))), 1.0), style, atol=1e-6)


def test_contrast_is_that_of_the_region_and_at_most_so_many_times_its_own():
    grey, left = strokes(0, 0.5, 0.5, 0.5), torch.zeros(1, 1, *SIZE)
    left[..., :64] = 1
    faint = 0.4 + 0.1 * (grey - grey.mean())
    vivid = torch.rand(1, 3, *SIZE, generator=torch.Generator().manual_seed(0))
    found = with_contrast(faint, scene_of(faint, Region((vivid,), (1.0,), left)), 1.0)
    assert torch.equal(found[..., 64:], faint[..., 64:])
    assert 1.05 < found[..., :64].std() / faint[..., :64].std() < 1.8


def test_moments_weigh_images_by_their_shares_and_pixels_by_their_maps():
    black, white = torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 4, 4)
    mean, deviation = moments([black, white], [None, None], (0.75, 0.25))
    assert mean.item() == 0.25
    assert abs(deviation - 0.1875**0.5) < 1e-6
    half = torch.cat([black, white], 3)
    assert moments([half], [torch.cat([white, black], 3)], (1.0,))[1] == 0


def test_parts_add_up_to_the_picture():
    picture = strokes(0, 0.9, 0.5, 0.2)
    assert torch.allclose(sum(parts(picture)), picture, atol=1e-6)


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
        scene = scene_of(picture, region)
        assert torch.equal(with_texture(picture, scene, 1.0), with_contrast(picture, scene, 1.0))


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
