"""The relay for ZeroGPU, with a stand-in for its package: what crosses the pipe can be pickled, and nothing is lost."""

import importlib
import pickle
import sys
import types

import pytest

from stylize import Settings
from stylize.page.visits import runs
from stylize.page.visits.inputs import Inputs


@pytest.fixture
def zero(monkeypatch):
    """Stand in for the package `spaces`, whose workers send what they yield through a pipe."""
    durations = []

    def decorate(duration):
        def wrap(work):
            def run(*arguments):
                durations.append(duration(*arguments))
                try:
                    for value in work(*pickle.loads(pickle.dumps(arguments))):
                        yield pickle.loads(pickle.dumps(value))
                finally:
                    durations.append("released")

            return run

        return wrap

    monkeypatch.setitem(sys.modules, "spaces", types.SimpleNamespace(GPU=decorate))
    monkeypatch.setenv("SPACES_ZERO_GPU", "true")
    from stylize.page import zero_gpu as gpu

    importlib.reload(gpu)
    gpu.FRAME = 0.0
    yield gpu, durations
    monkeypatch.undo()
    importlib.reload(gpu)


def test_a_worker_paints_and_its_pictures_come_with_their_steps(zero, photo, painting):
    gpu, durations = zero
    assert gpu.ZERO
    steps = list(gpu.paint_steps(photo, [(painting, 1.0)], Settings(size=64, iterations=8), None))
    assert [step.iteration for step in steps] == list(range(9))
    assert steps[-1].last
    assert steps[-1].picture.size == (64, 43)
    assert steps[0].picture.tobytes() != steps[-1].picture.tobytes()
    assert durations == [10, "released"]


def test_a_large_run_reserves_longer_but_within_what_visitors_have(zero, photo, painting):
    gpu, _ = zero

    def seconds(**settings):
        return gpu._seconds(photo, [], Settings(**settings), None, None, None)

    assert 10 < seconds(size=512, iterations=300) < min(60, seconds(network="vgg19", iterations=300))
    assert seconds(size=2048, iterations=10_000) == 120


@pytest.fixture
def run(zero, photo_file, painting_file, monkeypatch):
    """Begin a painting of the page through the relay."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(photo_file.parents[1]))
    monkeypatch.setattr(runs, "paint_steps", zero[0].paint_steps)
    return runs.Run(Inputs(str(photo_file), str(painting_file)), Settings(size=64, iterations=4))


def test_a_stopped_painting_gives_its_gpu_back_and_goes_on_from_its_picture(run, zero):
    run.ready()
    for _ in run.frames():
        run.stop()
    assert zero[1][-1] == "released"
    stopped_at = run.step.iteration
    run.extend(2)
    run.ready()
    list(run.frames())
    assert run.step.iteration == stopped_at + 2
