"""Matching: what is found, how it grows with the picture, and what it does to the painting."""

from dataclasses import replace

import pytest
import torch
from PIL import Image

from stylize import Settings, stylize
from stylize.engine import matching, tensors, voting
from stylize.engine.columns import cosine_errors, squared_distance
from stylize.engine.equalizing import equalized
from stylize.engine.networks import load_network
from stylize.engine.salience import salience
from stylize.engine.scene import Region, Scene
from stylize.engine.voting import vote

CPU = torch.device("cpu")


def forms(seed, size):
    """Make a picture with forms at several scales, (1, 3, *size)."""
    draw = torch.Generator().manual_seed(seed)
    parts = (torch.rand(1, 3, n, n, generator=draw) for n in (3, 9, 31))
    return sum(torch.nn.functional.interpolate(part, size, mode="bilinear") for part in parts) / 3


def scene(photo, *styles, shares=None, **options):
    regions = (Region(styles, shares or (1 / len(styles),) * len(styles)),)
    return Scene(load_network("lite", CPU), photo, regions, **options)


def moved(found):
    """Return how far each place's match lies from it, in rows and in columns."""
    _, row, column = found.places.where(found.index)
    rows = torch.arange(found.grid[0]).repeat_interleave(found.grid[1])
    return row - rows, column - torch.arange(found.grid[1]).repeat(found.grid[0])


def test_a_picture_is_matched_with_itself_place_by_place():
    picture = forms(0, (96, 128))
    found = scene(picture, picture).matches[0]
    assert (found.index == torch.arange(len(found.index))).float().mean() > 0.95


def test_a_moved_copy_is_found_where_it_lies(monkeypatch):
    style = forms(0, (96, 160))
    photo = style[..., :, 32:128].contiguous()
    monkeypatch.setattr(matching, "LIGHT_MOVED", 0.0)
    down, right = moved(scene(photo, style).matches[0])
    assert ((down.abs() <= 1) & ((right - 8).abs() <= 1)).float().mean() > 0.8


def test_matches_of_a_smaller_size_lead_to_those_of_a_larger_one(monkeypatch):
    """Refined from half the size, without an exact search, a picture is still found in itself."""
    large = forms(0, (128, 160))
    small = torch.nn.functional.avg_pool2d(large, 2)
    before = scene(small, small).found
    monkeypatch.setattr(matching, "EXACT", 10)
    down, right = moved(scene(large, large, before=before).matches[0])
    assert (down.abs() + right.abs()).float().median() <= 1


def test_coherence_makes_neighbours_continue_each_others_matches(monkeypatch):
    def continued(bonus):
        monkeypatch.setattr(matching, "COHERENCE", bonus)
        found = scene(forms(1, (96, 96)), forms(2, (96, 96))).matches[0]
        index = found.index.view(found.grid)
        return (index[:, 1:] == index[:, :-1] + 1).float().mean().item()

    assert continued(0.2) > continued(0.0) + 0.1


def test_light_places_are_matched_with_light_places(monkeypatch):
    photo, style = forms(1, (96, 96)), forms(2, (96, 96))

    def correlation(weight):
        monkeypatch.setattr(matching, "LIGHT", weight)
        found = scene(photo, style).matches[0]
        light, _ = matching.looks_of(photo, found.grid)
        other, _ = matching.looks_of(style, found.places.grids[0])
        return torch.corrcoef(torch.stack([light[:, 0], other[found.index, 0]]))[0, 1].item()

    assert correlation(15.0) > correlation(0.0) + 0.2


def test_patches_that_agree_make_the_picture_and_those_that_do_not_have_a_large_variance():
    picture = forms(0, (96, 128))
    found = scene(picture, picture).matches[0]
    mean, variance = vote(found, (picture,), picture)
    assert (mean - picture).abs().mean() < 0.01
    draw = torch.Generator().manual_seed(0)
    shuffled = found.index[torch.randperm(len(found.index), generator=draw)]
    assert vote(replace(found, index=shuffled), (picture,), picture)[1].mean() > 10 * variance.mean()


def test_patches_do_not_reach_across_an_edge_of_the_photo():
    halves = torch.zeros(1, 3, 64, 96)
    halves[..., 50:] = 1  # not on the grid of positions
    found = scene(halves, halves).matches[0]
    columns = torch.arange(found.grid[1]).repeat(found.grid[0])
    far = torch.where(columns * 4 + 2 - 8 < 50, 3, found.grid[1] - 4)  # a place in the middle of each half
    apart = replace(found, index=far)
    sharp, blurred = ((vote(apart, (halves,), p)[0] - halves).abs().mean() for p in (halves, halves * 0))
    assert sharp < 0.5 * blurred


def test_what_lies_outside_a_style_hardly_counts(monkeypatch):
    picture = forms(0, (96, 128))
    found = scene(picture, picture).matches[0]
    order = torch.randperm(len(found.index), generator=torch.Generator().manual_seed(0))
    monkeypatch.setattr(voting, "reflected", lambda image, n: torch.nn.functional.pad(image, (n,) * 4, value=9.0))
    mean, _ = vote(replace(found, index=order), (picture,), picture * 0)
    assert (mean > 1.5).float().mean() < 0.01


def test_a_plain_photo_takes_a_texture_as_a_whole():
    """A chessboard is as light as a grey wall on average, and nowhere; the other half of the style is nearly so."""
    cells = torch.arange(96) // 4
    style = torch.full((1, 3, 96, 192), 0.6)
    style[..., :96] = ((cells + cells[:, None]) % 2).float()
    found = scene(torch.full((1, 3, 96, 96), 0.5), style).matches[0]
    light, _ = matching.looks_of(style, found.places.grids[0])
    assert ((light[found.index] - 0.5).abs() > 0.2).float().mean() > 0.9


@pytest.mark.parametrize(
    ("rgb", "seen"), [((110, 160, 230), 0.8), ((150, 165, 180), 0.0), ((200, 190, 170), 0.0), ((10, 20, 60), 0.1)]
)
def test_the_colour_of_a_blue_sky_is_seen_and_that_of_greyish_or_dark_places_is_not(rgb, seen):
    pixels = torch.tensor(rgb).view(1, 3, 1, 1).expand(1, 3, 16, 16) / 255
    found = matching.seen_color(*matching.looks_of(pixels, (8, 8)))
    assert found.shape == (64, 1)
    assert abs(found.mean() - seen) < 0.2 if seen else found.max() == 0


def test_the_photo_holds_less_where_the_style_is_similar_and_more_where_it_is_not():
    """The style has the photo's left half; its right half has other forms, and then none."""
    photo, other = forms(0, (96, 192)), forms(3, (96, 192))
    structured = scene(photo, torch.cat([photo[..., :96], other[..., :96].flip(3) ** 3], 3)).held
    left, right = structured.weight.chunk(2, 3)
    assert left.mean() < 0.5 * right.mean()
    photo[..., 96:] = 0.5
    plain = scene(photo, other).held
    assert plain.firm[..., -16:].mean() < 0.1 < plain.firm[..., :16].mean()


def test_faint_structure_is_brought_out_where_the_photo_holds_and_noise_and_strong_edges_are_not():
    """Five bands of stripes: strong, faint where it holds, faint where it does not, noise, strong again."""
    part = torch.ones(1, 1, 160, 160)
    photo = torch.full((1, 3, 160, 160), 0.5)
    stripes = torch.sign(torch.sin(torch.arange(160.0) * 1.5))
    bands = [slice(32 * n, 32 * n + 32) for n in range(5)]
    for band, contrast in zip(bands, (0.3, 0.03, 0.03, 0.004, 0.3), strict=True):
        photo[:, :, band] += contrast * stripes
    part[:, :, bands[2]] = 0
    gains = [equalized(photo, part)[:, :, b][:, :, 8:-8].std() / photo[:, :, b][:, :, 8:-8].std() for b in bands]
    assert gains[1] > 2
    assert [float(gain) for gain in (gains[0], *gains[2:])] == pytest.approx([1] * 4, abs=0.1)


def test_the_photo_is_compared_with_its_contrast_equalised_from_the_second_size_on():
    photo, style = forms(0, (96, 96)), forms(1, (96, 96))
    first = scene(photo[..., ::2, ::2], style[..., ::2, ::2])
    assert first.guide is first.photo
    second = scene(photo, style, before=first.found)
    firm = first.held.resized(96, 96).firm
    torch.testing.assert_close(second.guide, equalized(photo, firm))
    assert (second.guide - photo).abs().max() > 0.01


def test_each_style_is_matched_in_its_share():
    found = scene(forms(0, (96, 96)), forms(1, (64, 96)), forms(2, (96, 48)), shares=(0.7, 0.3)).matches[0]
    style, row, column = found.places.where(found.index)
    assert (style == 0).float().mean().item() == pytest.approx(0.7, abs=0.15)  # coherence moves a few
    for n, (height, width) in enumerate(found.places.grids):
        assert row[style == n].max() < height
        assert column[style == n].max() < width


def test_gradients_in_closed_form_are_those_of_the_definition():
    rows, targets = torch.randn(7, 5, dtype=torch.float64), torch.randn(7, 5, dtype=torch.float64)
    targets = targets / targets.norm(dim=1, keepdim=True)
    assert torch.autograd.gradcheck(lambda r: cosine_errors(r, targets), rows.requires_grad_())
    a, b, metric = torch.rand(1, 4, 3, 5), torch.rand(1, 4, 3, 5), torch.rand(4, 4)
    metric, a = metric + metric.T, a.requires_grad_()
    expected = (metric @ (a - b).flatten(2)).square().sum()
    ours = squared_distance(a, b, metric)
    torch.testing.assert_close(ours, expected)
    torch.testing.assert_close(
        *(torch.autograd.grad(3 * loss, a)[0] for loss in (ours, expected)), rtol=1e-4, atol=1e-4
    )


def test_what_is_unlike_all_else_is_salient():
    """Grass (noise) with one ring in it: the ring carries the likeness."""
    grass = 0.4 + 0.1 * torch.rand(1, 3, 192, 192, generator=torch.Generator().manual_seed(0))
    y, x = torch.meshgrid(torch.arange(192), torch.arange(192), indexing="ij")
    radius = ((y - 96).square() + (x - 96).square()).sqrt()
    grass[:, :, (radius < 24) & (radius > 10)] = 0.9
    found = salience(load_network("lite", CPU), grass)[0, 0]
    middle = found.shape[0] // 2
    ring = found[middle - 3 : middle + 3, middle - 3 : middle + 3]
    assert ring.mean() > 4 * found.mean()


def test_a_light_face_stays_light_in_a_dark_style():
    """A light disc on grey, and a style that is two thirds black: with the style's proportions the disc turns dark."""
    photo = Image.new("RGB", (96, 96), (110, 110, 110))
    photo.paste((235, 230, 225), (30, 30, 66, 66))
    style = Image.effect_noise((96, 96), 60).convert("RGB").point(lambda v: 0 if v < 140 else v)
    *_, last = stylize(photo, style, Settings(size=96, iterations=30))
    light = tensors.to_tensor(last.picture, (96, 96)).mean(1)[0]
    assert light[34:62, 34:62].mean() > light[:26].mean() + 0.1
