"""Settings: the recipes' defaults, and one sentence for every value that cannot be."""

import dataclasses
import math

import pytest
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
    assert all(spec["help"] for spec in SPECS.values())
    assert set(MID_RUN) <= set(SPECS)


@pytest.mark.parametrize(
    "wrong",
    [
        {"recipe": "quick"},
        {"network": "resnet"},
        {"size": 0},
        {"size": 10**6},
        {"size": 12.5},
        {"size": "big"},
        {"size": True},
        {"iterations": 0},
        {"iterations": -1},
        {"iterations": math.inf},
        {"learning_rate": math.nan},
        {"learning_rate": 0},
        {"content_weight": -1},
        {"style_weight": math.inf},
        {"style_weight": 1e9},
        {"style_weight": [1]},
        {"tv_weight": "x"},
        {"content_layer": "conv9_9"},
        {"content_layer": ["conv4_2"]},
        {"style_layer_weights": (1, 2)},
        {"style_layer_weights": (1, 2, 3, 4, math.nan)},
        {"style_layer_weights": 3},
        {"init": "random"},
        {"seed": -1},
        {"early_stop": 1},
    ],
    ids=str,
)
def test_a_wrong_value_is_named_in_one_sentence(wrong):
    with pytest.raises(StylizeError) as error:
        Settings(**wrong)
    text = str(error.value)
    assert text.startswith(next(iter(wrong)).replace("_", " "))
    assert text.endswith(".")
    assert "\n" not in text


@given(st.floats(0.0005, 0.2), st.integers(1, 10_000))
def test_any_value_in_range_is_taken_as_it_is(learning_rate, iterations):
    s = Settings(learning_rate=learning_rate, iterations=iterations)
    assert (s.learning_rate, s.iterations) == (learning_rate, iterations)
