"""Settings: the recipes' defaults, one sentence for every value that cannot be, and any that can be paints."""

import dataclasses
import math
import random
import re
from fractions import Fraction

import numpy
import pytest
import torch
from PIL import Image

from stylize import Settings, StylizeError, stylize
from stylize.engine.networks import LITE_LAYERS
from stylize.pictures import pixels
from stylize.settings import RECIPES, SPECS


def test_reference_is_the_study():
    s = Settings(recipe="reference")
    assert (s.network, s.size, s.iterations, s.learning_rate) == ("vgg19", 256, 3000, 0.005)
    assert (s.content_weight, s.style_weight, s.content_layer, s.init) == (1, 1e8, "conv4_2", "content")
    assert s.style_layer_weights == (1, 1, 1, 1, 1)
    assert s.tv_weight == 0


def test_what_is_given_stays_and_the_rest_is_the_recipes():
    s = Settings(recipe="reference", iterations=7)
    assert s.iterations == 7
    assert s.learning_rate == 0.005
    assert Settings() == Settings(recipe="live")
    assert dataclasses.replace(s, size=64).iterations == 7


WRONG = {
    "recipe": ["quick", numpy.array(["live", "live"]), {}],
    "network": ["resnet"],
    "size": [0, 10**6, 12.5, "big", True, 10**400, -(10**5000), numpy.array([64, 64]), numpy.ndarray, 64 + 0j, object(),
             "9" * 100_000],
    "iterations": [0, -1, math.inf],
    "learning_rate": [math.nan, 0, 10**400],
    "content_weight": [-1],
    "style_weight": [math.inf, 1e9, [1]],
    "tv_weight": ["x"],
    "content_layer": ["conv9_9", ["conv4_2"]],
    "style_layer_weights": [(1, 2), (1, 2, 3, 4, math.nan), 3, {1, 2, 3, 4, 5}, (1, 2, 3, 4, 10**400), "12345"],
    "init": ["random", numpy.bool_(True)],
    "seed": [-1, 1 << 31],
    "early_stop": [1],
    "keep_colors": [numpy.int64(1)],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in WRONG.items() for value in values],
                         ids=range(sum(map(len, WRONG.values()))))  # fmt: skip
def test_a_wrong_value_is_named_in_one_sentence(name, value):
    with pytest.raises(StylizeError) as error:
        Settings(**{name: value})
    assert re.fullmatch(rf"{name.replace('_', ' ')}.{{1,700}}\.", str(error.value))


def test_numbers_of_numpy_and_torch_are_numbers():
    given = Settings(
        size=numpy.int64(64),
        iterations=torch.tensor(7),
        learning_rate=numpy.float32(0.01),
        style_layer_weights=numpy.arange(5),
        keep_colors=numpy.bool_(True),
        style_scale=Fraction(1, 2),
    )
    assert (given.size, given.iterations, given.keep_colors, given.style_scale) == (64, 7, True, 0.5)
    assert given.style_layer_weights == (0, 1, 2, 3, 4)
    for value in dataclasses.astuple(given):
        assert type(value) in (str, int, float, bool, tuple)  # so that it can be written as JSON


# ---- any valid combination runs


WITHIN = ("learning_rate", "content_weight", "style_weight", "strength", "neighbor_weight", "patch_weight",
          "palette_weight", "grain_weight", "tv_weight", "style_scale")  # fmt: skip


@pytest.mark.parametrize("seed", range(12))
def test_any_settings_run_to_a_finite_picture(seed):
    draw = random.Random(seed)
    recipe = draw.choice(list(RECIPES))
    ranges = {name: (SPECS[name].low, SPECS[name].high(recipe)) for name in WITHIN}
    chosen = Settings(
        recipe=recipe,
        network="lite",
        size=draw.randint(32, 64),
        iterations=draw.randint(1, 4),
        **{name: draw.choice([low, high, draw.uniform(low, high)]) for name, (low, high) in ranges.items()},
        content_layer=draw.choice(LITE_LAYERS),
        style_layer_weights=[draw.choice([0.0, 0.1, 1.0, 1000.0]) for _ in range(5)],
        init=draw.choice(SPECS["init"].choices),
        early_stop=draw.choice([False, True]),
        keep_colors=draw.choice([False, True]),
    )
    shapes = [(1, 1), (1, 300), (300, 1), (draw.randint(1, 60), draw.randint(1, 60))]
    content, style = draw.choices(shapes, k=2)
    photo = Image.radial_gradient("L").resize(content).convert("RGB")
    painting = Image.effect_noise(style, 60).convert("RGB")
    mask = Image.new("L", content, 255)
    mask.paste(draw.choice([0, 255]), (0, 0, content[0] // 2, content[1]))
    *_, last = stylize(photo, painting, chosen, mask=draw.choice([None, mask]))
    assert last.iteration == last.iterations == chosen.iterations
    assert math.isfinite(last.total_loss)
    assert last.picture.size == pixels.fitted(content, chosen.size, chosen.reference)
