"""Our Adam against torch's, and on the levels of a pyramid."""

import torch

from stylize.engine.adam import LEVEL_RATES, Adam

CPU = torch.device("cpu")


def test_on_one_level_it_steps_as_torchs_own():
    draw, betas = torch.Generator().manual_seed(0), (0.9, 0.99)
    ours = torch.rand(1, 3, 9, 7, generator=draw)
    theirs = ours.clone().requires_grad_()
    adam, reference = Adam((9, 7), CPU, betas, levels=1), torch.optim.Adam([theirs], betas=betas)
    for n in range(50):
        gradient, rate = torch.randn(ours.shape, generator=draw) * 10.0 ** (n % 7 - 5), 0.02 / (1 + n)
        adam.step(ours, gradient, rate)
        theirs.grad, reference.param_groups[0]["lr"] = gradient, rate
        reference.step()
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-4, atol=1e-6)


def distance_left(levels):
    """Return how far a picture is from a target of large areas and fine detail after 20 steps."""
    draw = torch.Generator().manual_seed(0)
    coarse = torch.nn.functional.interpolate(torch.rand(1, 3, 2, 2, generator=draw), size=(32, 32))
    target = coarse + 0.01 * torch.randn(1, 3, 32, 32, generator=draw)
    image, adam = torch.full_like(target, 0.5), Adam((32, 32), CPU, (0.9, 0.95), levels)
    for _ in range(20):
        adam.step(image, image - target, 0.01)
    return (image - target).abs().mean().item()


def test_steps_of_whole_areas_need_fewer_iterations():
    assert distance_left(len(LEVEL_RATES)) < 0.7 * distance_left(1)


def test_no_pixel_leaps_after_the_image_was_enlarged():
    """Interpolation must not leave `square` near 0 where `mean` is not: that pixel would leap (a coloured dot)."""
    draw = torch.Generator().manual_seed(0)
    small, rate = torch.zeros(1, 3, 24, 24), 0.01
    adam = Adam((24, 24), CPU, (0.9, 0.95), levels=3)
    for _ in range(20):
        adam.step(small, torch.randn(small.shape, generator=draw).pow(5), rate)
    large = torch.zeros(1, 3, 49, 48)
    adam.resize((49, 48))
    adam.step(large, torch.zeros_like(large), rate)
    assert 0 < large.abs().max() < 2 * sum(LEVEL_RATES) * rate
