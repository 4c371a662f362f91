"""What a painting will cost, said beforehand."""

import pytest
import torch

from stylize import Settings, forecast
from stylize.engine.clock import FIXED_PIXELS
from stylize.engine.device import best_device
from stylize.engine.networks import load_network
from stylize.page import limits

from .test_clock import Machine

SHAPE = (96, 64)


@pytest.fixture
def lite(monkeypatch):
    """Load lite, whose pace is not known yet."""
    monkeypatch.setattr(forecast, "_paces", {})
    return load_network("lite", best_device())


@pytest.mark.parametrize("fixed", [2_000, FIXED_PIXELS["cpu"], 1_000_000])
@pytest.mark.parametrize("side", [64, 512, 2048])
def test_the_time_told_is_the_time_taken(side, fixed, lite, monkeypatch):
    simulated = Machine(monkeypatch, side, Settings().iterations, fixed)
    monkeypatch.setattr(forecast, "_seconds", lambda network, side: simulated.cost(side))
    told = forecast.seconds_needed(Settings(size=side), (96, 96), lite)
    started = simulated.now
    simulated.paint()
    assert told == pytest.approx(simulated.now - started, rel=0.05)


def test_time_and_memory_grow_with_the_painting(lite, monkeypatch):
    monkeypatch.setattr(forecast, "SIDES", (32, 64))
    small, large = Settings(size=256), Settings(size=1024)
    assert 0 < forecast.seconds_needed(small, SHAPE, lite) < forecast.seconds_needed(large, SHAPE, lite)
    needed = forecast.memory_needed(small, SHAPE, torch.bfloat16)
    assert needed < forecast.memory_needed(large, SHAPE, torch.bfloat16)
    assert needed < forecast.memory_needed(small, SHAPE, torch.float32)
    assert needed < forecast.memory_needed(Settings(size=256, network="vgg19"), SHAPE, torch.bfloat16)


@pytest.mark.parametrize("free", [10**7, 10**8, 10**9, 10**10])
def test_the_largest_size_fits(free):
    settings = Settings(size=2048)
    size = forecast.largest_size(settings, SHAPE, torch.bfloat16, free)
    assert 32 <= size <= 2048
    if size > 32:
        assert forecast.memory_needed(Settings(size=size), SHAPE, torch.bfloat16) <= free


def test_a_forecast_never_rises_and_one_made_while_the_machine_was_busy_is_corrected(lite, monkeypatch):
    cost = 10.0  # a pixel
    monkeypatch.setattr(forecast, "_seconds", lambda network, side: cost * side**2)
    assert forecast.pace(lite).each == pytest.approx(10)
    cost = 1.0
    assert forecast.pace(lite).each == pytest.approx(10)  # not at every question
    monkeypatch.setattr(forecast, "PACE_SECONDS", 0.0)
    assert forecast.pace(lite).each == pytest.approx(1)
    cost = 40.0
    assert forecast.pace(lite, again=False).each == pytest.approx(1)  # as while something is painted
    for _ in range(5):
        assert forecast.pace(lite).each == pytest.approx(1)


@pytest.mark.parametrize(
    ("cpus", "memory", "count"),
    [(1, 64, 1), (2, 64, 2), (2, 4, 1), (4, 64, 2), (16, 64, 4), (64, 256, 16), (64, 7, 2), (64, 0, 1)],
)
def test_the_page_paints_as_many_at_a_time_as_cores_and_memory_allow(cpus, memory, count, monkeypatch):
    monkeypatch.setattr(limits, "usable_cpus", lambda: cpus)
    monkeypatch.setattr(limits.torch, "get_num_threads", lambda: 128)
    monkeypatch.setattr(limits, "best_device", lambda: torch.device("cpu"))
    monkeypatch.setattr(limits, "fast_dtype", lambda _: torch.bfloat16)
    monkeypatch.setattr(limits.forecast, "memory_free", lambda _: memory * 10**9)
    assert limits.at_once(2048) == count
    monkeypatch.setattr(limits, "best_device", lambda: torch.device("cuda"))
    assert limits.at_once(2048) == 1
