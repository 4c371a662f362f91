"""The loop: what moves, what is reported, how it ends."""

import math
from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from PIL import Image, ImageChops

from stylize import NotFiniteError, Settings, StylizeError, stylize
from stylize.engine import schedule, tensors
from stylize.engine.networks import Lite, load_network
from stylize.engine.schedule import shares, sizes

SMALL = Settings(size=64, iterations=12, learning_rate=0.03)


NO_FORMS = {"neighbor_weight": 0.0, "patch_weight": 0.0, "palette_weight": 0.0, "grain_weight": 0.0}


def different(a: Image.Image, b: Image.Image) -> bool:
    return ImageChops.difference(a, b).getbbox() is not None


@pytest.fixture(scope="module")
def steps(photo, painting):
    """Paint 64 and then 128 px: all steps."""
    return list(stylize(photo, painting, Settings(size=128, iterations=20)))


def test_content_loss_starts_at_0_and_rises_while_style_loss_falls(steps):
    assert [s.iteration for s in steps] == list(range(21))
    assert steps[0].content_loss == pytest.approx(0, abs=1e-6)
    small = [step for step in steps if step.size == steps[0].size]
    assert small[-1].content_loss > 0
    assert small[-1].style_loss < 0.7 * small[0].style_loss
    assert {"conv1_1", "conv2_1", "conv3_1", "conv4_1"} <= set(steps[0].style_losses)


def test_the_time_left_is_told(steps):
    told = [step.seconds_left for step in steps]
    assert told[0] is None
    assert told[-1] == 0
    assert all(left > 0 for left in told[12:-1])


def test_from_noise_content_loss_starts_high_and_falls(photo, painting):
    steps = list(stylize(photo, painting, replace(SMALL, init="noise", iterations=30, style_weight=0.5, **NO_FORMS)))
    assert steps[-1].content_loss < 0.8 * steps[0].content_loss


def test_the_same_seed_paints_the_same_picture_and_the_network_stays_as_it_is(photo, painting):
    network = load_network("lite")
    before = {n: p.clone() for n, p in network.named_parameters()}
    one, same, other = (
        list(stylize(photo, painting, replace(SMALL, init="noise", seed=seed, iterations=3)))[-1].picture
        for seed in (1, 1, 2)
    )
    assert not different(one, same)
    assert different(one, other)
    assert all(p.grad is None and torch.equal(p, before[n]) for n, p in network.named_parameters())


def test_it_grows_from_coarse_to_fine(steps):
    for largest in (512, 300, 200, 64, 32):
        sides = sizes(largest)
        assert sides[-1] == largest
        assert all(small == large // 2 for small, large in pairwise(sides))
    seen = [step.size for step in steps]
    assert [size[0] for size in dict.fromkeys(seen)] == sizes(128)
    assert seen[-1] == steps[-1].picture.size == (128, 85)  # the photo's own aspect
    parts = shares(sizes(128))
    assert sum(parts) == pytest.approx(1)
    for side, part in zip(sizes(128)[:-1], parts, strict=False):
        assert sum(size[0] == side for size in seen) == pytest.approx(20 * part, abs=1.5)


def test_fewer_iterations_than_sizes_still_end_at_the_size_asked_for(photo, painting):
    steps = list(stylize(photo, painting, Settings(size=256, iterations=1)))
    assert [s.iteration for s in steps] == [0, 1]
    assert steps[-1].size == (256, 171)


def test_steps_stay_as_they_were(steps, photo):
    assert len({step.pixels.numpy().tobytes() for step in steps}) == len(steps)
    assert not different(steps[0].picture, photo.resize((64, 43), Image.Resampling.LANCZOS))


def test_closing_it_frees_everything(photo, painting):
    import gc
    import weakref

    run = stylize(photo, painting, SMALL)
    step = next(run)
    image = weakref.ref(run._steps.gi_yieldfrom.gi_frame.f_locals["self"])
    run.close()
    del step
    gc.collect()
    assert image() is None


@pytest.mark.parametrize("where", ["features", "gradient"])
def test_a_loss_that_is_not_finite_keeps_the_last_good_picture(photo, painting, where):
    class Breaks(Lite):
        broken = False

        def forward(self, *arguments):
            features = super().forward(*arguments)
            if self.broken and where == "gradient":
                for f in features.values():
                    if f.requires_grad:
                        f.register_hook(lambda grad: grad * float("nan"))
            bad = self.broken and where == "features"
            return {k: f * float("nan") for k, f in features.items()} if bad else features

    torch.manual_seed(0)  # of 150 seeds, two give random weights whose first loss is not finite
    network = Breaks().requires_grad_(False)
    run = stylize(photo, painting, SMALL, network=network)
    for _ in range(4):
        seen = next(run)
    network.broken = True
    with pytest.raises(NotFiniteError, match="lower learning rate") as error:
        list(run)
    good = error.value.step
    assert good.iteration - seen.iteration == (0 if where == "features" else 1)
    assert math.isfinite(good.total_loss)
    low, high = good.picture.convert("L").getextrema()
    assert high - low > 50


def test_early_stop_ends_when_the_style_loss_has_levelled_off(photo, painting, monkeypatch):
    monkeypatch.setattr(schedule, "PLATEAU_ITERATIONS", 10)
    *_, last = stylize(photo, painting, Settings(size=32, iterations=2000, early_stop=True, learning_rate=0.02))
    assert 20 <= last.iteration < 2000


def test_a_mask_leaves_the_photo_where_it_is_black(photo, painting):
    mask = Image.new("L", photo.size, 0)
    mask.paste(255, (0, 0, photo.width // 2, photo.height))
    *_, last = stylize(photo, painting, Settings(size=96, iterations=12), mask=mask)
    error = (tensors.to_tensor(last.picture, photo.size) - tensors.to_tensor(photo, photo.size)).abs()
    assert error[..., 50:].max() <= 1 / 255
    assert error[..., :46].mean() > 0.01


def test_a_mask_that_is_white_changes_nothing(photo, painting):
    plain, masked = (
        next(stylize(photo, painting, SMALL, mask=mask)) for mask in (None, Image.new("L", photo.size, 255))
    )
    assert masked.style_loss == pytest.approx(plain.style_loss, rel=0.02)


def test_a_mask_whose_only_speck_vanishes_when_small_leaves_the_photo(painting):
    mask = Image.new("L", (1000, 1000))
    mask.paste(255, (500, 500, 515, 515))  # less than a pixel at the size painted
    content = Image.effect_noise((1000, 1000), 50).convert("RGB")
    first, *_, last = stylize(content, painting, SMALL, mask=mask)
    assert ImageChops.difference(last.picture, first.picture).convert("L").histogram()[40:] == [0] * 216
    assert math.isfinite(last.total_loss)
    with pytest.raises(StylizeError, match="nothing to paint"):  # of a black one
        next(stylize(content, painting, mask=Image.new("L", (96, 64))))


def test_styles_are_mixed_by_their_weights(photo, painting):
    """The target moves from one style's Gram matrices to the other's with the weights."""

    def distance(*styles):
        return next(stylize(painting, styles, Settings(size=64, photo_proportions=0))).style_loss

    losses = [distance((painting, 1 - share), (photo, share)) for share in (0.001, 0.3, 0.7, 0.999)]
    assert losses == sorted(losses)
    assert losses[0] < 1e-3 < losses[-1]
    assert distance((photo, 1), (photo, 3)) == pytest.approx(distance((photo, 1)), rel=1e-3)


def test_style_scale_makes_the_target_of_a_larger_style(photo, painting):
    losses = [next(stylize(photo, painting, Settings(size=64, style_scale=s))).style_loss for s in (0.5, 1, 2)]
    assert len({round(loss, 5) for loss in losses}) == 3


def test_more_iterations_sent_at_the_end_go_on_with_adams_state(photo, painting):
    run = stylize(photo, painting, Settings(size=64, iterations=10))
    last = [next(run) for _ in range(11)][-1]
    assert last.iteration == last.iterations == 10
    more = run.send(Settings(size=64, iterations=25))
    rest = [more, *run]
    assert [step.iteration for step in rest] == list(range(11, 26))
    assert rest[-1].total_loss < last.total_loss


def test_keep_colors_takes_only_the_brushwork(photo, painting):
    *_, last = stylize(photo, painting, Settings(size=96, iterations=12, keep_colors=True))
    want, got = (image.convert("YCbCr").split() for image in (photo, last.picture))
    colour = [tensors.to_tensor(Image.merge("RGB", (b, r, r)), photo.size) for _, b, r in (want, got)]
    assert (colour[0] - colour[1]).abs().mean() < 0.02  # what YCbCr to RGB and back, clipped, leaves
    assert (tensors.to_tensor(last.picture, photo.size) - tensors.to_tensor(photo, photo.size)).abs().mean() > 0.01
