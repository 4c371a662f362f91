"""The losses against their definitions."""

import torch

from stylize import losses


def test_gram_is_the_sum_of_products_over_positions():
    f = torch.randn(2, 5, 7, 3)
    expected = torch.einsum("nchw,ndhw->ncd", f, f)
    torch.testing.assert_close(losses.gram(f), expected)


def test_gradient_of_gram_is_autograds():
    f = torch.randn(1, 4, 5, 6, dtype=torch.float64).to(memory_format=torch.channels_last).requires_grad_()
    g = torch.randn(1, 4, 4, dtype=torch.float64)
    (ours,) = torch.autograd.grad((losses.gram(f) * g).sum(), f)
    (theirs,) = torch.autograd.grad((torch.einsum("nchw,ndhw->ncd", f, f) * g).sum(), f)
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


def test_gram_of_bfloat16_is_nearly_as_good_as_of_float32():
    torch.manual_seed(0)
    f = torch.rand(1, 8, 90, 101).bfloat16()
    error = (losses.gram(f) / losses.gram(f.float()) - 1).abs().mean()
    assert error < 3e-4  # one product of all positions, rounded to bfloat16, would be 1e-3 off


def test_errors_are_zero_when_alike_and_relative_ones_do_not_depend_on_scale():
    a, b = torch.rand(1, 4, 4), torch.rand(1, 4, 4)
    assert losses.squared_error(a, a) == losses.relative_error(a, a) == 0
    torch.testing.assert_close(losses.squared_error(a, b), ((a - b) ** 2).mean())
    torch.testing.assert_close(losses.relative_error(9 * a, 9 * b), losses.relative_error(a, b))


def test_a_flat_picture_is_smooth_and_a_checkerboard_is_not():
    flat = torch.full((1, 3, 8, 8), 0.3)
    board = (torch.arange(8)[:, None] + torch.arange(8)) % 2 * torch.ones(1, 3, 1, 1)
    assert losses.smoothness(flat) == 0
    assert losses.smoothness(board) == 2
    assert losses.smoothness(torch.rand(1, 3, 1, 1)) == 0
