"""What a painting will cost, said beforehand."""

import time
from dataclasses import replace

import pytest
import torch

from stylize import Settings, resources, stylize
from stylize.device import best_device
from stylize.networks import load_network

SHAPE = (96, 64)


@pytest.fixture(scope="module")
def lite():
    return load_network("lite", best_device())


def test_the_time_told_is_about_the_time_taken(lite, photo, painting):
    settings = Settings(size=192, iterations=60)
    list(stylize(photo, painting, Settings(size=64, iterations=2), network=lite))
    resources.pace.cache_clear()
    told = resources.seconds_needed(settings, SHAPE, lite)
    started = time.monotonic()
    list(stylize(photo, painting, settings, network=lite))
    assert told / 4 < time.monotonic() - started < told * 4


def test_time_and_memory_grow_with_the_painting(lite):
    small, large = Settings(size=256), Settings(size=1024)
    assert resources.seconds_needed(small, SHAPE, lite) < resources.seconds_needed(large, SHAPE, lite)
    needed = resources.memory_needed(small, SHAPE, True)
    assert needed < resources.memory_needed(large, SHAPE, True)
    assert needed < resources.memory_needed(small, SHAPE, False)
    assert needed < resources.memory_needed(Settings(size=256, network="vgg19"), SHAPE, True)


@pytest.mark.parametrize("free", [10**7, 10**8, 10**9, 10**10])
def test_the_largest_size_fits(free):
    settings = Settings(size=2048)
    size = resources.largest_size(settings, SHAPE, True, free)
    assert 32 <= size <= 2048
    if size > 32:
        assert resources.memory_needed(Settings(size=size), SHAPE, True) <= free


def test_this_machine_has_some_memory_free():
    assert 0 < resources.memory_free(torch.device("cpu")) < 10**13


def test_what_is_left_is_told_at_the_speed_of_now_and_larger_sizes_count_as_slower(photo, painting):
    step = next(stylize(photo, painting, Settings(size=512, iterations=300)))
    assert (step.speed, resources.seconds_left(step)) == (0, None)
    early = replace(step, iteration=100, speed=100.0)
    assert resources.seconds_left(early) > 2.0  # 200 are left, most of them larger
    assert resources.seconds_left(replace(early, speed=50.0)) == pytest.approx(2 * resources.seconds_left(early))
    late = replace(step, iteration=299, speed=10.0, size=(512, 341))
    assert resources.seconds_left(late) == pytest.approx(0.1)
    assert resources.seconds_left(replace(late, iteration=300)) == 0
