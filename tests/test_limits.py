"""How many paintings the page makes at the same time."""

import pytest
import torch

from stylize.page import events, limits

GB = 1_000_000_000


@pytest.mark.parametrize(
    ("cpus", "memory", "count"),
    [
        (1, 64 * GB, 1),
        (2, 64 * GB, 1),
        (4, 64 * GB, 1),
        (16, 64 * GB, 4),
        (64, 256 * GB, 16),
        (64, 6 * GB, 2),
        (64, 0, 1),
    ],
)
def test_one_painting_for_every_four_cores_as_far_as_memory_goes(cpus, memory, count, monkeypatch):
    monkeypatch.setattr(limits, "usable_cpus", lambda: cpus)
    monkeypatch.setattr(limits.torch, "get_num_threads", lambda: 128)
    monkeypatch.setattr(limits, "best_device", lambda: torch.device("cpu"))
    monkeypatch.setattr(limits, "fast_dtype", lambda _: torch.bfloat16)
    monkeypatch.setattr(limits.forecast, "memory_free", lambda _: memory)
    assert limits.at_once(2048) == count


def test_one_painting_at_a_time_on_a_gpu(monkeypatch):
    monkeypatch.setattr(limits, "best_device", lambda: torch.device("cuda"))
    assert limits.at_once(2048) == 1


def test_the_queue_has_as_many_places():
    assert events.PAINT_QUEUE["concurrency_limit"] == limits.AT_ONCE
