"""The terms of the loss against their definitions."""

import pytest
import torch
from PIL import Image

from stylize import Settings
from stylize.engine import tensors, transport
from stylize.engine.color import LEAST_SPREAD, color_axes
from stylize.engine.networks import load_network
from stylize.engine.objective import Objective
from stylize.engine.scene import Region, Scene
from stylize.engine.terms import TERMS
from stylize.engine.terms.gram import gram_matrix
from stylize.engine.terms.smoothness import total_variation
from stylize.pictures import pixels

SIZE = (96, 64)


def objective(photo, painting, settings, mask=None, styles=None):
    network = load_network("lite", torch.device("cpu"))
    style = tensors.to_tensor(painting, (96, 96))
    styles = styles or (style,)
    region = Region(styles, (1 / len(styles),) * len(styles), mask)
    return Objective(Scene(network, tensors.to_tensor(photo, SIZE), (region,)), settings)


def test_pixels_survive_the_way_to_a_tensor_and_back():
    image = Image.frombytes("RGB", (5, 3), bytes(range(45)))
    tensor = tensors.to_tensor(image, (5, 3))
    assert tensor.shape == (1, 3, 3, 5)
    assert tensor[0, 2, 1, 4] == torch.tensor(29 / 255)
    assert pixels.from_pixels(tensors.to_pixels(tensor)).tobytes() == image.tobytes()


def test_gram_is_the_sum_of_products_over_positions_and_so_is_its_gradient():
    f = torch.randn(2, 5, 7, 3).to(memory_format=torch.channels_last).requires_grad_()
    expected = torch.einsum("nchw,ndhw->ncd", f, f)
    torch.testing.assert_close(gram_matrix(f), expected)
    weights = torch.randn(2, 5, 5)
    (slope,), (expected_slope,) = (torch.autograd.grad((g * weights).sum(), f) for g in (gram_matrix(f), expected))
    torch.testing.assert_close(slope, expected_slope, rtol=1e-4, atol=1e-4)


def test_gram_of_bfloat16_is_nearly_as_good_as_of_float32():
    torch.manual_seed(0)
    f = torch.rand(1, 8, 90, 101).bfloat16()
    error = (gram_matrix(f) / gram_matrix(f.float()) - 1).abs().mean()
    assert error < 3e-4  # one product of all positions, rounded to bfloat16, would be 1e-3 off


def test_a_flat_picture_is_smooth_and_a_checkerboard_is_not():
    flat = torch.full((1, 3, 8, 8), 0.3)
    board = (torch.arange(8)[:, None] + torch.arange(8)) % 2 * torch.ones(1, 3, 1, 1)
    assert total_variation(flat) == 0
    assert total_variation(board) == pytest.approx(2 * 9 / 7)  # of 7 differences each way, those at the ends twice
    assert total_variation(torch.rand(1, 3, 1, 1)) == 0


def test_transport_moves_each_value_to_its_rank_in_the_target():
    values = torch.randn(2, 5000, generator=torch.Generator().manual_seed(0))
    target = transport.quantiles(values * 3 + 1)
    assert (transport.transported(values, target) - (values * 3 + 1)).abs().mean() < 0.02
    assert transport.error(values, transport.quantiles(values), torch.ones(2, 1)) < 1e-4
    assert transport.error(values, target, torch.ones(2, 1)) > 1


def test_quantiles_follow_the_weights():
    values = torch.cat([torch.zeros(1, 500), torch.ones(1, 500)], 1) + torch.rand(1, 1000) * 1e-3
    weights = torch.cat([torch.full((500,), 3.0), torch.ones(500)])
    assert transport.quantiles(values, weights).mean().item() == pytest.approx(0.25, abs=0.01)
    even = transport.quantiles(values, torch.ones(1000))
    assert (even - transport.quantiles(values)).abs().mean() < 0.01


def test_a_mixture_has_the_shares_asked_for():
    zeros, ones = torch.zeros(1, transport.LEVELS), torch.ones(1, transport.LEVELS)
    assert transport.mixed([zeros, ones], [0.25, 0.75]).mean().item() == pytest.approx(0.75, abs=0.01)


def test_every_term_is_reported_and_its_weight_of_0_turns_it_off(photo, painting):
    names = {"smoothness": "tv", "neighbors": "neighbor", "structure": "content", "patches": "patch"}
    found = objective(photo, painting, Settings())
    image = torch.rand(1, 3, *SIZE[::-1], generator=torch.Generator().manual_seed(0), requires_grad=True)
    terms = [term.name for term in TERMS]
    assert all(found(image).terms[term] > 0 for term in terms)
    for term in terms:
        found.settings = Settings(**{f"{names.get(term, term)}_weight": 0.0})
        assert term not in found(image).terms


def test_with_the_photos_colours_the_palette_is_the_photos(photo, painting):
    content = tensors.to_tensor(photo, SIZE).requires_grad_()
    found = objective(photo, painting, Settings(keep_colors=True))
    assert found(content).terms["palette"] < 1e-3
    assert Objective(found.scene, Settings())(content).terms["palette"] > 0.01


def test_a_layer_taken_up_later_leaves_the_others_targets_as_they_were(photo, painting):
    content = tensors.to_tensor(photo, SIZE).requires_grad_()
    found = objective(photo, painting, Settings(style_layer_weights=(1, 1, 0, 0, 0)))
    before = found(content).style["conv1_1"].item()
    found.settings = Settings(style_layer_weights=(1, 1, 1, 1, 1))
    assert found(content).style["conv1_1"].item() == pytest.approx(before, rel=1e-3)


def test_statistics_follow_the_proportions_asked_for(photo):
    """For a mostly dark photo, the dark half of a style that is half black and half white counts more."""
    style = torch.zeros(1, 3, 64, 64)
    style[..., 32:] = 0.9
    style += torch.rand(style.shape, generator=torch.Generator().manual_seed(0)) * 0.1
    dark = Image.new("RGB", SIZE, (20, 20, 20))
    dark.paste((230, 230, 230), (0, 0, 16, 24))
    scene = objective(dark, photo, Settings(), styles=(style,)).scene
    assert scene.match_weights(0, 0, 0.0) is None
    halves = {part: scene.pixel_weights(0, 0, part).view(64, 2, 32).mean((0, 2)) for part in (0.5, 1.0)}
    assert halves[1.0][0] > halves[0.5][0] > 1 > halves[0.5][1] > halves[1.0][1]


def test_patches_are_nearest_to_the_picture_they_make(photo, painting):
    found = objective(photo, painting, Settings())
    patches = next(term for term in found.terms if term.name == "patches")
    made, _ = found.scene.votes[0]
    near, far, grey = (
        patches.measure(image, [], settings).loss
        for image, settings in (
            (made, Settings()),
            (1 - made, Settings()),
            (made.mean(1, keepdim=True).expand_as(made), Settings(keep_colors=True)),
        )
    )
    assert near < 1e-6 < grey < far
    assert patches.weight(Settings(recipe="reference")) == 0 < patches.weight(Settings(strength=-1))


def test_patches_count_where_the_mask_is_white(photo, painting):
    half = torch.zeros(1, 1, *SIZE[::-1])
    half[..., : SIZE[0] // 2] = 1
    patches = next(t for t in objective(photo, painting, Settings(), mask=half).terms if t.name == "patches")
    made = patches.scene.votes[0][0]
    wrong = torch.where(half > 0, made, 1 - made)
    near, far = (patches.measure(image, [], Settings()).loss for image in (wrong, 1 - made))
    assert near < 0.1 * far  # means at the mask's edge reach beyond it


def test_the_axes_of_a_grey_style_put_nearly_all_steps_into_brightness():
    noise = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)).expand(1, 3, 32, 32)
    axes = color_axes([(noise, 1.0)], noise)
    assert axes.spread.tolist() == pytest.approx([LEAST_SPREAD, LEAST_SPREAD, 1])
    assert axes.axes[:, 2].abs().tolist() == pytest.approx([3**-0.5] * 3, abs=1e-3)
    step = axes.to_rgb(axes.of(torch.tensor([1.0, 0, 0]).view(1, 3, 1, 1)))
    assert step.flatten().tolist() == pytest.approx([1 / 3] * 3, abs=0.06)
    torch.testing.assert_close(axes.to_rgb(axes.of(noise), 0.0), noise)
    assert color_axes([(torch.full((1, 3, 32, 32), 0.4), 1.0)], noise) is None  # nothing varies
