"""What a painting will cost, said beforehand."""

import itertools

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
    for known in ("_paces", "_scales"):
        monkeypatch.setattr(forecast, known, {})
    return load_network("lite", best_device())


@pytest.mark.parametrize("fixed", [2_000, FIXED_PIXELS["cpu"], 1_000_000])
@pytest.mark.parametrize("side", [64, 512, 2048])
def test_the_time_told_is_the_time_taken(side, fixed, lite, monkeypatch):
    simulated = Machine(monkeypatch, side, Settings().iterations, fixed)
    monkeypatch.setattr(forecast, "_evaluations", lambda network, side: itertools.repeat(simulated.cost(side)))
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


def test_a_program_that_begins_meanwhile_slows_both_squares(lite, monkeypatch):
    done = itertools.count()

    def evaluations(network, side):
        while True:
            yield side**2 * (1e-6 if next(done) < 6 else 4e-6)

    monkeypatch.setattr(forecast, "_evaluations", evaluations)
    pace = forecast.pace(lite)
    assert (pace.fixed, pace.each) == (pytest.approx(0, abs=1e-6), pytest.approx(4e-6))


def test_forecasts_follow_what_paintings_took_and_nothing_else(lite, monkeypatch):
    cost = 1e-5  # seconds of a pixel
    monkeypatch.setattr(forecast, "_evaluations", lambda network, side: itertools.repeat(cost * side**2))
    told = lambda: forecast.seconds_needed(Settings(), SHAPE, lite)  # noqa: E731
    first = told()
    cost = 1e-4  # another program computes
    assert told() == first
    forecast.learn(Settings(size=64), SHAPE, lite, forecast.LEAST_SECONDS / 2)
    assert told() == first
    for _ in range(6):
        before = told()
        forecast.learn(Settings(), SHAPE, lite, 2 * first)
        assert before < told() < 2 * first
    assert told() == pytest.approx(2 * first, rel=0.02)
    forecast.learn(Settings(), SHAPE, lite, 99 * first)
    assert told() < 4.1 * first


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
