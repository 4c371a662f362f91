"""Our Adam against torch's."""

import pytest
import torch

from stylize.engine.adam import Adam


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.9, 0.99)])
def test_it_steps_as_torchs_own(betas):
    draw = torch.Generator().manual_seed(0)
    ours, theirs = (torch.rand(1, 3, 9, 7, generator=draw) for _ in range(2))
    theirs = ours.clone().requires_grad_()
    adam, reference = (
        Adam(torch.zeros_like(ours), torch.zeros_like(ours), betas),
        torch.optim.Adam([theirs], betas=betas),
    )
    for n in range(50):
        gradient, rate = torch.randn(ours.shape, generator=draw) * 10.0 ** (n % 7 - 5), 0.02 / (1 + n)
        adam.step(ours, gradient, rate)
        theirs.grad, reference.param_groups[0]["lr"] = gradient, rate
        reference.step()
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-4, atol=1e-6)


def test_no_pixel_leaps_after_the_image_was_enlarged():
    """A square of next to nothing beside a mean that is not would be a leap, and a coloured dot."""
    draw = torch.Generator().manual_seed(0)
    small, rate = torch.zeros(1, 3, 24, 24), 0.01
    adam = Adam(torch.zeros_like(small), torch.zeros_like(small), (0.9, 0.95))
    for _ in range(20):
        adam.step(small, torch.randn(small.shape, generator=draw).pow(5), rate)
    large = torch.zeros(1, 3, 48, 48)
    adam.resized((48, 48)).step(large, torch.zeros_like(large), rate)
    assert 0 < large.abs().max() < 2 * rate


def test_its_moments_grow_with_the_image():
    adam = Adam(torch.ones(1, 3, 4, 4), torch.ones(1, 3, 4, 4), (0.9, 0.99), 7).resized((9, 6))
    assert adam.mean.shape == adam.square.shape == (1, 3, 6, 9)
    assert (adam.steps, adam.square.min() >= 0) == (7, True)
