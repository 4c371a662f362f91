"""What the command line prints on a terminal, and how signals end a painting."""

import io
import os
import signal
from dataclasses import replace

import pytest

from stylize import StylizeError
from stylize.cli import terminal
from stylize.cli.paint import Watched
from stylize.cli.terminal import Interrupts, Progress, note, progress, show


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_progress_stays_on_one_line_however_narrow_the_terminal(a_step, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(terminal.sys, "stderr", screen := Terminal())
    show(progress(a_step))
    show(progress(replace(a_step, iteration=2, seconds_left=7200.0)))
    note("painted")
    assert screen.getvalue().count("\n") == 1
    lines = screen.getvalue().strip().split("\r")
    assert all(len(line) <= 39 for line in lines)
    assert lines[-1].rstrip() == "stylize: painted"


def test_a_few_updates_a_second_are_shown_and_the_last(a_step, monkeypatch):
    monkeypatch.setattr(terminal.sys, "stderr", screen := Terminal())
    line, step = Progress(), replace(a_step, iterations=1000)
    for iteration in range(1000):
        line.update(replace(step, iteration=iteration, seconds=iteration / 1000, last=iteration == 999))
    assert screen.getvalue().count("\r") == 5
    assert "999/1000" in screen.getvalue()


def test_there_is_no_progress_in_a_file_and_no_error_without_a_stderr(monkeypatch):
    for stream in (io.StringIO(), None):
        monkeypatch.setattr(terminal.sys, "stderr", stream)
        show("[##  ]")
        note("painted")
        assert stream is None or stream.getvalue() == "stylize: painted\n"
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(terminal.sys, "stderr", closed)
    show("[##  ]")
    note("painted")


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
@pytest.mark.parametrize("times", [1, 2])
def test_a_signal_between_two_steps_ends_the_painting_after_the_step_is_used(times):
    used = []
    with Interrupts() as interrupts:
        watched = Watched((name for name in ("first", "second")), interrupts)
        for step in watched:
            for _ in range(times):
                os.kill(os.getpid(), signal.SIGTERM)  # while the step is logged: nothing is torn
            used.append(step)
    assert used == [watched.last] == ["first"]
    assert watched.error is None


@pytest.mark.skipif(os.name == "nt", reason="signals differ there")
def test_a_second_signal_ends_the_iteration_under_way():
    def steps():
        yield "first"
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        yield "second"

    with Interrupts() as interrupts:
        watched = Watched(steps(), interrupts)
        assert list(watched) == ["first"]
    assert (watched.last, interrupts.count) == ("first", 2)


def test_an_error_ends_the_painting_at_its_last_good_step():
    def steps():
        yield "first"
        raise StylizeError("No.")

    watched = Watched(steps(), Interrupts())
    assert list(watched) == ["first"]
    assert (watched.last, str(watched.error)) == ("first", "No.")
