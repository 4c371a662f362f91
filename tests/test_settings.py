"""Settings: the recipes' defaults, and one sentence for every value that cannot be."""

import dataclasses
import math
from fractions import Fraction

import numpy
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from stylize import Settings, StylizeError
from stylize.settings import MID_RUN, RECIPES, SPECS


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


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_setting_has_help_and_a_default_in_range(recipe):
    Settings(recipe=recipe)  # checks its own defaults
    assert all(spec.help for spec in SPECS.values())
    assert set(MID_RUN) <= set(SPECS)


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
    text = str(error.value)
    assert text.startswith(name.replace("_", " "))
    assert text.endswith(".")
    assert "\n" not in text
    assert len(text) < 700


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


@given(st.floats(0.0005, 0.2), st.integers(1, 10_000))
def test_any_value_in_range_is_taken_as_it_is(learning_rate, iterations):
    s = Settings(learning_rate=learning_rate, iterations=iterations)
    assert (s.learning_rate, s.iterations) == (learning_rate, iterations)
