"""A public page: what strangers may send, what it costs, and what is left of them afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from PIL import Image

from stylize import Settings
from stylize.page import limits
from stylize.page.visits import runs, sessions, uploads
from stylize.page.visits.inputs import Inputs

from .test_files import png_of

gradio_client = pytest.importorskip("gradio_client")


@pytest.fixture(scope="module")
def client(url):
    return gradio_client.Client(url, verbose=False)


@pytest.fixture(scope="module")
def sent(url, photo_file, painting_file):
    """The two pictures as gradio wants them named: uploaded."""
    return {"content": gradio_client.handle_file(photo_file), "style": gradio_client.handle_file(painting_file)}


@lru_cache
def config_of(url):
    """Asked for once: the page lets nobody ask for it often."""
    return httpx.get(f"{url}config").json()


def endpoint(url, name):
    """(index of the function, its components' default values)."""
    config = config_of(url)
    values = {c["id"]: c["props"].get("value") for c in config["components"]}
    found = next(d for d in config["dependencies"] if d["api_name"] == name)
    return found["id"], [values[i] for i in found["inputs"]]


def join(url, data, index, session="raw"):
    """A job put into the queue by hand."""
    body = {"data": data, "fn_index": index, "session_hash": session, "event_data": None, "trigger_id": None}
    return httpx.post(f"{url}gradio_api/queue/join", json=body, timeout=20)


def upload(url, file):
    path = httpx.post(f"{url}gradio_api/upload", files={"files": file.open("rb")}, timeout=20).json()[0]
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def listen(url, session="raw", seconds=30):
    """What the queue says to that session until its job ends."""
    said = []
    with httpx.stream("GET", f"{url}gradio_api/queue/data?session_hash={session}", timeout=seconds) as stream:
        for line in stream.iter_lines():
            if line.startswith("data:"):
                said.append(json.loads(line[5:]))
                if said[-1]["msg"] in ("process_completed", "close_stream"):
                    break
    return said


# ---- settings out of range, of a wrong type, not finite

WRONG = {
    "size": [0, 31, 8192, 100.5, -64, "big"],
    "iterations": [0, -1, 10_001, 10**9, 2.5, "many"],
    "learning_rate": [0, -0.1, 0.3, 1e9, "fast"],
    "content_weight": [-1, 101, 1e300, "all"],
    "style_weight": [-1, 1e13, "x"],
    "tv_weight": [-1, 1001, []],
    "neighbor_weight": [-1, 1e9, "near"],
    "palette_weight": [-1, 1e9, {}],
    "grain_weight": [-1, 1e9, [1]],
    "strength": [-5, 5, "strong"],
    "style_scale": [0, 0.2, 2.5, {}],
    "recipe": ["oil", 3, []],
    "network": ["resnet", 1],
    "content_layer": ["conv9_9", 4],
    "init": ["black", True],
    "seed": [-1, 2**31, 0.5, "s"],
    "early_stop": ["yes", 3],
    "keep_colors": ["no"],
    "style_layer_weights": [[1, 2], [1, 1, 1, 1, -1], "heavy", [1, 1, 1, 1, "x"], {"a": 1}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]])
def test_a_wrong_setting_is_one_sentence(client, sent, name, value):
    with pytest.raises(Exception) as error:  # noqa: PT011  (the client has a class of its own for each)
        client.predict(**sent, **{"size": 64, "iterations": 2} | {name: value}, api_name="/stylize")
    text = str(error.value)
    assert "Traceback" not in text
    assert text.count("\n") == 0
    assert len(text) > 20


@pytest.mark.parametrize("name", ["size", "iterations", "learning_rate", "style_weight", "tv_weight", "seed"])
@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_no_number_passes_that_is_not_finite(url, name, text):
    index, values = endpoint(url, "stylize")
    names = ["content", "style", *(n for n in Settings.__dataclass_fields__ if n != "style_layer_weights")]
    values[names.index(name)] = "HOLE"
    body = json.dumps({"data": values, "fn_index": index, "session_hash": "nan"}).replace('"HOLE"', text)
    answer = httpx.post(f"{url}gradio_api/queue/join", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "not a finite number" in answer.json()["detail"]


def test_nothing_is_left_out_of_the_table():
    assert set(WRONG) == set(Settings.__dataclass_fields__)


# ---- the door


@pytest.mark.parametrize("name", ["stylize", "paint_picture"])
@pytest.mark.parametrize(
    "picture",
    [
        {"path": "http://127.0.0.1:9/a.png", "meta": {"_type": "gradio.FileData"}},
        {"path": "https://example.com/a.png", "meta": {"_type": "gradio.FileData"}},
        {"url": "https://example.com/a.png", "meta": {"_type": "gradio.FileData"}},
        {"path": "data:image/png;base64,AAAA", "meta": {"_type": "gradio.FileData"}},
        {"path": "a.png", "url": "DATA:image/png;base64,AAAA", "meta": {"_type": "gradio.FileData"}},
        "data:image/png;base64,AAAA",
    ],
    ids=["loopback", "address", "as url", "data", "data as url", "bare data"],
)
def test_addresses_and_data_urls_are_refused_before_gradio_reads_them(url, name, picture):
    index, values = endpoint(url, name)
    answer = join(url, [picture, picture, *values[2:]], index)
    assert answer.status_code == 400
    assert "uploaded as files" in answer.json()["detail"]


@pytest.mark.parametrize(
    "path", ["file=https://example.com/", "file=http://127.0.0.1:9/", "proxy=https://example.com/"]
)
def test_the_server_streams_no_address_for_anybody(url, path):
    assert httpx.get(f"{url}gradio_api/{path}").status_code in (403, 404)
    assert httpx.get(f"{url}gradio_api/{path.replace(':', '%3A')}").status_code in (403, 404)


@pytest.mark.parametrize("route", ["run/stylize", "api/stylize", "run/paint_picture"])
def test_no_route_skips_the_queue(url, route, photo_file, painting_file):
    index, values = endpoint(url, route.split("/")[1])
    data = [upload(url, photo_file), upload(url, painting_file), *values[2:]]
    answer = httpx.post(f"{url}gradio_api/{route}", json={"data": data, "fn_index": index}, timeout=20)
    assert answer.status_code >= 400
    assert "jpg" not in answer.text


def test_what_is_too_large_is_not_taken(url, tmp_path):
    answer = httpx.post(f"{url}gradio_api/queue/join", json={"data": ["x" * 300_000]})
    assert answer.status_code == 413
    file = tmp_path / "large.png"
    file.write_bytes(b"\0" * (limits.MAX_UPLOAD + 1000))
    assert httpx.post(f"{url}gradio_api/upload", files={"files": file.open("rb")}, timeout=60).status_code == 413


def test_a_bomb_sent_to_the_page_costs_no_memory(client, url, sent, tmp_path):
    import resource

    file = tmp_path / "bomb.png"
    file.write_bytes(png_of(20_000, 20_000))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Exception, match="million pixels"):
        client.predict(**sent | {"content": gradio_client.handle_file(file)}, api_name="/stylize")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # KB


def test_the_caps_hold_for_programs_too(client, sent, monkeypatch):
    monkeypatch.setitem(limits.CAPS, "iterations", 50)
    with pytest.raises(Exception, match="iterations is 60; this server takes at most 50"):
        client.predict(**sent, size=64, iterations=60, api_name="/stylize")


def test_a_run_that_would_not_fit_is_refused_with_the_size_that_would(client, sent, monkeypatch):
    monkeypatch.setattr("stylize.forecast.memory_free", lambda _: 1_000_000_000)
    with pytest.raises(Exception, match=r"needs .* GB of memory .* choose a size of \d+ px at most") as error:
        client.predict(**sent, size=2048, iterations=2, api_name="/stylize")
    fits = int(str(error.value).split("size of ")[1].split(" ")[0])
    assert 256 <= fits < 2048
    picture, *_ = client.predict(**sent, size=fits, iterations=1, api_name="/stylize")
    assert max(Image.open(picture).size) == fits


# ---- leaving


def test_a_job_nobody_listens_to_ends_at_the_limit_of_time(url, client, sent, photo_file, painting_file, monkeypatch):
    monkeypatch.setattr(limits, "MAX_SECONDS", 2)
    index, values = endpoint(url, "stylize")
    values[4:6] = [128, 10_000]  # size, iterations
    data = [upload(url, photo_file), upload(url, painting_file), *values[2:]]
    assert join(url, data, index, session="gone").status_code == 200
    started = time.monotonic()
    client.predict(**sent, size=64, iterations=2, api_name="/stylize")
    assert time.monotonic() - started < 10


def test_a_dropped_connection_frees_the_worker(url, client, sent, photo_file, painting_file):
    index, values = endpoint(url, "stylize")
    values[4:6] = [128, 10_000]
    data = [upload(url, photo_file), upload(url, painting_file), *values[2:]]
    assert join(url, data, index, session="drop").status_code == 200
    with httpx.stream("GET", f"{url}gradio_api/queue/data?session_hash=drop", timeout=20) as stream:
        for line in stream.iter_lines():
            if "process_generating" in line:
                break  # and hang up
    started = time.monotonic()
    client.predict(**sent, size=64, iterations=2, api_name="/stylize")
    assert time.monotonic() - started < 10


@pytest.mark.slow
def test_a_killed_client_frees_the_worker(url, client, sent, photo_file, painting_file):
    program = (
        "import sys, gradio_client as g; c = g.Client(sys.argv[1], verbose=False);"
        "j = c.submit(g.handle_file(sys.argv[2]), g.handle_file(sys.argv[3]), size=128, iterations=10000,"
        " api_name='/stylize');\nfor x in j: print('frame', flush=True)"
    )
    command = [sys.executable, "-c", program, url, str(photo_file), str(painting_file)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ)
    assert process.stdout.readline() == b"frame\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    started = time.monotonic()
    client.predict(**sent, size=64, iterations=2, api_name="/stylize")
    assert time.monotonic() - started < 10


@pytest.mark.slow
def test_a_long_run_leaves_little_on_the_disk(photo_file, painting_file, tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(runs, "FRAME", 0.0)  # every iteration a frame, which is more than any clock gives
    content, style = (shutil.copy(file, tmp_path) for file in (photo_file, painting_file))
    run, most = runs.Run(Inputs(content, style), Settings(size=128, iterations=3000)), 0
    for n, _ in enumerate(run.frames()):
        run.streamed()
        if n % 200 == 0:
            most = max(most, sum(f.stat().st_size for f in tmp_path.rglob("*") if f.is_file()))
    assert run.step.iteration == 3000
    assert 0 < most < 50_000_000 * (128 / 512) ** 2  # 50 MB at the default size
    run.drop()
    until = time.monotonic() + 5
    while list(tmp_path.rglob("*.jpg")) and time.monotonic() < until:
        time.sleep(0.05)
    assert list(tmp_path.rglob("*.jpg")) == []


def test_visits_without_a_painting_push_out_none_with_one(monkeypatch):
    monkeypatch.setattr(limits, "KEPT_VISITS", 3)
    monkeypatch.setattr(sessions, "_visits", {})
    monkeypatch.setattr(sessions, "_sessions", {})
    sessions.arrive("painter", "p" * 32, "en").runs.append(SimpleNamespace(bytes=1, touched=0.0))
    for n in range(20):
        sessions.arrive(f"session{n}", f"{n:032}", "en")
    assert "p" * 32 in sessions._visits
    assert len(sessions._visits) == 3


@pytest.mark.slow
def test_a_result_waits_for_its_reader_however_long_the_session_was_idle(url):
    """A quick job of a session whose messages nobody had read for a while: its result was thrown away at once."""
    index, values = endpoint(url, "stylize")  # without pictures, which is an error at once
    for pause in (0, 5.2):
        time.sleep(pause)
        assert join(url, values, index, session="idle").status_code == 200
        time.sleep(2)
        assert "Choose two pictures" in listen(url, session="idle")[-1]["output"]["error"]


def test_who_comes_too_late_is_told_so(url, client, sent, monkeypatch):
    """And not with an empty error: gradio's client makes one of any other answer."""
    from stylize.page.guard import middleware

    enqueue = middleware.Guard._enqueue

    async def lose(guard, request, function, session, body):
        await enqueue(guard, request, function, session, body)
        request.blocks._queue.pending_messages_per_session.pop(session, None)
        await request.blocks._queue.clean_events(session_hash=session)

    monkeypatch.setattr(middleware.Guard, "_enqueue", lose)
    with pytest.raises(Exception, match="begin it again"):
        client.predict(**sent, size=64, iterations=2, api_name="/stylize")


# ---- many visitors


@pytest.mark.slow
def test_twenty_visitors_at_once_each_get_their_own(url, photo_file, painting_file):
    got, wrong = {}, []

    def visitor(n):
        try:
            own = gradio_client.Client(url, verbose=False, headers={"X-Forwarded-For": f"10.3.0.{n}"})
            files = gradio_client.handle_file(photo_file), gradio_client.handle_file(painting_file)
            picture, told, file = own.predict(*files, size=64 + 32 * n, iterations=12, seed=n, api_name="/stylize")
            record = json.loads(Image.open(file).info["stylize"])["stylize"]
            got[n] = Image.open(picture).size[0], record["seed"], told.split(" ")[0]
        except Exception as error:
            wrong.append((n, error))

    threads = [threading.Thread(target=visitor, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert wrong == []
    assert got == {n: (64 + 32 * n, n, "12/12") for n in range(20)}


@pytest.mark.slow
def test_the_page_answers_while_it_paints(url, client, sent):
    job = client.submit(**sent, size=512, iterations=400, api_name="/stylize")
    while not job.outputs():
        time.sleep(0.05)
    waits = []
    while not job.done() and len(waits) < 40:
        started = time.monotonic()
        assert httpx.get(f"{url}config", timeout=10).status_code == 200
        waits.append(time.monotonic() - started)
        time.sleep(0.1)
    job.cancel()
    assert len(waits) > 10
    assert sorted(waits)[len(waits) // 2] < 1.0


@pytest.mark.slow
def test_memory_and_disk_level_off_over_a_hundred_runs(url, client, sent, monkeypatch):
    folder, figures = uploads.folder(), []
    monkeypatch.setattr(limits, "KEPT_SECONDS", 20)  # in place of an hour
    for n in range(100):
        client.predict(**sent, size=128, iterations=4, seed=n, api_name="/stylize")
        if n % 20 == 19:
            uploads.sweep()
            pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
            disk = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
            figures.append((pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000, disk // 1_000_000))
    print("MB of memory and of disk after 20, 40, 60, 80, 100 runs:", figures)
    assert figures[-1][0] - figures[1][0] < 150
    assert figures[-1][1] - figures[1][1] < 20
