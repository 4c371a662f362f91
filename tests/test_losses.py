"""The losses against their definitions."""

import pytest
import torch

from stylize.engine import losses


def test_gram_is_the_sum_of_products_over_positions():
    f = torch.randn(2, 5, 7, 3)
    expected = torch.einsum("nchw,ndhw->ncd", f, f)
    torch.testing.assert_close(losses.gram(f), expected)


@pytest.mark.parametrize("measured", [False, True])
def test_gram_error_and_its_gradient_are_those_of_its_definition(measured):
    torch.manual_seed(0)
    f = torch.randn(2, 4, 5, 6).to(memory_format=torch.channels_last).requires_grad_()
    target, metric = torch.randn(2, 2, 4, 4)
    target, metric = target + target.mT, metric[:1] + metric[:1].mT if measured else None
    gram = 0.1 * torch.einsum("nchw,ndhw->ncd", f, f)
    expected = ((gram if metric is None else metric @ gram @ metric) - target).square().sum()
    ours = losses.gram_error(f, target, metric, 0.1)
    torch.testing.assert_close(ours, expected)
    (slope,), (expected_slope,) = (torch.autograd.grad(3 * loss, f) for loss in (ours, expected))
    torch.testing.assert_close(slope, expected_slope, rtol=1e-4, atol=1e-4)


def test_gram_of_bfloat16_is_nearly_as_good_as_of_float32():
    torch.manual_seed(0)
    f = torch.rand(1, 8, 90, 101).bfloat16()
    error = (losses.gram(f) / losses.gram(f.float()) - 1).abs().mean()
    assert error < 3e-4  # one product of all positions, rounded to bfloat16, would be 1e-3 off


def test_errors_of_features_are_those_of_their_definitions():
    a, b = torch.rand(2, 1, 4, 5, 6)
    metric = torch.rand(4, 4)
    assert losses.squared_error(a, a) == losses.feature_error(a, a, metric) == 0
    torch.testing.assert_close(losses.squared_error(a, b), ((a - b) ** 2).mean())
    apart = metric @ (a - b).flatten(2)
    torch.testing.assert_close(losses.feature_error(a, b, metric, 0.5), 0.5 * (apart**2).sum())


def test_a_flat_picture_is_smooth_and_a_checkerboard_is_not():
    flat = torch.full((1, 3, 8, 8), 0.3)
    board = (torch.arange(8)[:, None] + torch.arange(8)) % 2 * torch.ones(1, 3, 1, 1)
    assert losses.total_variation(flat) == 0
    assert losses.total_variation(board) == pytest.approx(
        2 * 9 / 7
    )  # of 7 differences each way, those at the ends twice
    assert losses.total_variation(torch.rand(1, 3, 1, 1)) == 0


@pytest.mark.parametrize("size", [(5, 7), (1, 4), (4, 1)])
def test_gradient_of_tv_weight_is_right(size):
    image = torch.rand(2, 3, *size, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(losses.total_variation, image)
