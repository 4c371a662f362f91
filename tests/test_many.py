"""Many photos over an executor: failures stop nothing, dead workers lose nothing, and Ctrl-C ends it in order."""

import os
import pickle
import signal
import subprocess
import sys
import time
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool

import pytest
import torch
from PIL import Image

from stylize import NotFiniteError, Settings, StylizeError, Workers, many, paint_many
from stylize.cli.main import main
from stylize.engine import run
from stylize.pictures import images

from .test_cli import paint
from .test_cli_files import posix, program

QUICK = Settings(size=32, iterations=2)


@pytest.fixture
def photos(tmp_path, photo):
    files = [tmp_path / f"{name}.png" for name in "abcde"]
    for file in files:
        photo.save(file)
    return files


class Here(Executor):
    """Paint in this process, with all arguments and results pickled; the first `deaths` calls of a photo fail."""

    def __init__(self, deaths=None, error=None):
        self.deaths, self.error, self.sent, self.count = dict(deaths or {}), error or BrokenProcessPool("gone"), [], 2

    def submit(self, fn, /, *args, **kwargs):
        self.sent.append(args[0])
        future = Future()
        try:
            if self.deaths.get(args[0], 0):
                self.deaths[args[0]] -= 1
                raise self.error
            future.set_result(pickle.loads(pickle.dumps(fn(*pickle.loads(pickle.dumps(args)), **kwargs))))
        except Exception as error:
            future.set_exception(pickle.loads(pickle.dumps(error)))
        return future


def test_a_photo_that_fails_is_told_and_stops_nothing(photos, painting, tmp_path):
    photos[1].write_bytes(b"\x89PNG\r\n\x1a\n")
    photos[2].unlink()
    cut = tmp_path / "cut.png"
    cut.write_bytes(photos[0].read_bytes()[:200])  # sound as far as its header: the worker finds out
    executor = Here()
    done = {one.content: one for one in paint_many([*photos, cut], painting, QUICK, executor=executor)}
    errors = {file.name: str(one.error) for file, one in done.items() if one.error}
    assert errors.keys() == {"b.png", "c.png", "cut.png"}
    assert "no file c.png" in errors["c.png"]
    assert "cut.png is damaged" in errors["cut.png"]
    assert executor.sent.count("cut.png") == 1  # another worker would find the same
    assert "b.png" not in executor.sent


def test_a_dead_workers_photo_is_sent_again_twice_at_most(photos, painting):
    executor = Here({"a.png": 2, "b.png": 3})
    done = {one.content.name: one for one in paint_many(photos, painting, QUICK, executor=executor)}
    assert [name for name, one in done.items() if one.error] == ["b.png"]
    assert "BrokenProcessPool: gone" in str(done["b.png"].error)
    assert executor.sent.count("a.png") == executor.sent.count("b.png") == 3


def test_a_loss_that_overflows_brings_the_last_good_picture(photos, painting, monkeypatch):
    def overflow(*args, **kwargs):
        step = next(real(*args, **kwargs))
        raise NotFiniteError(step)
        yield

    real = run.stylize
    monkeypatch.setattr(run, "stylize", overflow)
    (one,) = paint_many(photos[:1], painting, QUICK, executor=Here())
    assert isinstance(one.error, StylizeError)
    assert one.step.picture.size == (32, 21)


def test_an_executor_that_takes_nothing_is_told(photos, painting):
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    done = list(paint_many(photos, painting, QUICK, executor=executor))
    assert len(done) == len(photos)
    assert all("could not paint it" in str(one.error) for one in done)


def test_no_more_is_read_than_is_sent_ahead(photos, painting):
    read = []
    steps = paint_many((read.append(file) or file for file in photos), painting, QUICK, executor=Here(), at_once=2)
    next(steps)
    assert len(read) == 2
    steps.close()


@pytest.mark.slow
def test_a_killed_worker_loses_nothing(photos, painting):
    settings, killed = Settings(size=64, iterations=40), set()
    with Workers(2) as workers:
        steps = paint_many(photos, painting, settings, executor=workers, at_once=4)
        pool = ThreadPoolExecutor(1)
        done = pool.submit(list, steps)
        while not killed and not done.done():
            for pid in list(workers.pids)[:1]:  # it was sent a photo just now
                time.sleep(0.2)
                os.kill(pid, signal.SIGKILL)
                killed.add(pid)
            time.sleep(0.01)
        done = done.result()
        assert killed
        assert not workers.pids & killed
    assert sorted(one.content for one in done) == photos
    assert [one.error for one in done] == [None] * 5
    assert {one.step.iteration for one in done} == {40}


def test_workers_share_the_cores(set_threads, monkeypatch):
    for name, value in (("configure_process", int), ("_end_with_parent", int), ("usable_cpus", lambda: 8)):
        monkeypatch.setattr(many, name, value)
    monkeypatch.setattr(many.signal, "signal", lambda *_: None)
    set_threads(4)
    many._begin(2)  # what each of two workers does at first
    assert torch.get_num_threads() == 2


@pytest.fixture
def folder(here, photo):
    (here / "in").mkdir()
    for name in "abcdefgh":
        photo.save(here / "in" / f"{name}.png")
    return here


@pytest.mark.parametrize("workers", [None, pytest.param(Workers, marks=pytest.mark.slow)], ids=["here", "processes"])
def test_a_folder_by_two_workers_is_as_by_one(workers, folder, capsys, monkeypatch):
    monkeypatch.setattr(many, "Workers", workers or (lambda count: Here()))
    (folder / "in" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "out" / "c.png").mkdir(parents=True)  # in the way
    assert paint("in", "style.png", "-o", "out", "--workers", "2", "--json") == 2
    said = capsys.readouterr()
    assert "6 painted, 2 failed (" in said.err
    assert said.out.count("\n") == 8
    assert paint("in/a.png", "style.png", "-o", "alone.png") == 0
    assert Image.open(folder / "out" / "a.png").tobytes() == Image.open(folder / "alone.png").tobytes()
    assert images.read_record(folder / "out" / "a.png")["iterations"] == 3
    assert sorted(file.name for file in (folder / "out").iterdir()) == [f"{name}.png" for name in "acdefgh"]


@posix
@pytest.mark.slow
@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGINT, signal.SIGINT], [signal.SIGKILL]])
def test_ctrl_c_ends_it_in_order_and_no_process_is_left(signals, folder):
    flags = ["in", "style.png", "-o", "out", "--workers", "2", "--size", "64", "--iterations", "150"]
    process = program(*flags, stderr=subprocess.PIPE, text=True, start_new_session=True)
    out = folder / "out"
    until = time.monotonic() + 200
    while not (out.is_dir() and any(out.glob("[!.]*.png"))) and time.monotonic() < until:
        time.sleep(0.02)
    for number in signals:
        if number == signal.SIGKILL:
            process.kill()
        else:
            os.killpg(process.pid, number)  # as a terminal does: the workers get it too
        time.sleep(0.3)
    said = process.communicate(timeout=100)[1]
    painted = len(list(out.iterdir()))
    assert painted < 8
    for file in out.iterdir():
        assert images.read_record(file)["iterations"] == 150
    if signals != [signal.SIGKILL]:
        assert process.returncode == 130
        assert "finishing the photos under way" in said
        assert f"{painted} painted." in said
        assert "Traceback" not in said
    if len(signals) == 1 and signals[0] == signal.SIGINT:
        assert painted > 1
    until = time.monotonic() + 10
    while time.monotonic() < until:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    pytest.fail("a worker outlived the program")


@pytest.fixture
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster:
        yield cluster


@pytest.mark.slow
def test_a_folder_on_dask_with_a_killed_worker(cluster, folder, capsys):
    victim = next(iter(cluster.workers.values()))

    def kill():
        while not any((folder / "out").glob("[!.]*.png")):
            time.sleep(0.01)
        os.kill(victim.pid, signal.SIGKILL)
        return victim.pid

    (folder / "in" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (folder / "out").mkdir()
    killed = ThreadPoolExecutor(1).submit(kill)
    flags = ["--dask", cluster.scheduler_address, "--size", "64", "--iterations", "60"]
    assert main(["in", "style.png", "-o", "out", *flags]) == 2
    assert killed.done()
    assert "7 painted, 1 failed (b.png)" in capsys.readouterr().err
    assert all(images.read_record(file)["iterations"] == 60 for file in (folder / "out").iterdir())
    assert len(list((folder / "out").iterdir())) == 7


def test_a_dask_scheduler_that_does_not_answer(folder, capsys, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("stylize.cli.folder.DASK_SECONDS", 0.5)
    assert paint("in", "style.png", "-o", "out", "--dask", "tcp://127.0.0.1:1") == 2
    assert "No dask scheduler answers at tcp://127.0.0.1:1" in capsys.readouterr().err


def test_dask_that_is_not_installed_is_told(folder, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert paint("in", "style.png", "-o", "out", "--dask", "tcp://127.0.0.1:1") == 2
    assert 'pip install "stylize[dask]"' in capsys.readouterr().err
