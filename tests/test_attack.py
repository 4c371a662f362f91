"""Somebody who tries: raw requests against a server of our own on this machine, by the numbers of the plan."""

import asyncio
import base64
import errno
import io
import json
import os
import random
import re
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from PIL import Image, UnidentifiedImageError

from .test_files import png_of

ROOT = Path(__file__).parents[1]
META = {"_type": "gradio.FileData"}
API = "gradio_api"
FILES = 400  # that the attacked server may have open


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Server:
    """app.py in a process of its own."""

    def __init__(self, folder, *args, files=None, **env):
        self.port, self.folder, self.log = free_port(), folder, folder / "log.txt"
        (folder / "temp").mkdir(exist_ok=True)
        env = {"GRADIO_TEMP_DIR": str(folder / "temp"), "GRADIO_ANALYTICS_ENABLED": "False"} | env
        command = [sys.executable, str(ROOT / "app.py"), "--port", str(self.port), *args]
        if files:
            command = ["sh", "-c", f'ulimit -n {files}; exec "$@"', "sh", *command]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | env, cwd=ROOT)
        self.url = f"http://127.0.0.1:{self.port}/"
        for _ in range(600):
            with suppress(httpx.HTTPError):
                if httpx.get(self.url).status_code == 200:
                    return
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.1)
        raise TimeoutError(self.log.read_text())

    def memory(self, what="VmRSS"):
        """MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split(f"{what}:")[1].split()[0]) // 1024

    def files(self):
        return [f for f in (self.folder / "temp").rglob("*") if f.is_file() and not f.is_symlink()]

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        self.process.wait(timeout=30)


class Visitor(httpx.Client):
    """Somebody at an address of their own (uvicorn believes this machine's proxies), with no cookies kept."""

    count = 0

    def __init__(self, url, address=None, **more):
        Visitor.count += 1
        self.session = f"session{Visitor.count}"
        address = address or f"10.{Visitor.count // 250}.0.{Visitor.count % 250 + 1}"
        super().__init__(base_url=url, headers={"X-Forwarded-For": address}, timeout=30, **more)
        answer = httpx.get(f"{url.rstrip('/')}/config", headers=self.headers)
        self.config = answer.json() if answer.status_code == 200 else {}

    def upload(self, file, **more):
        answer = self.post(f"/{API}/upload", files={"files": (Path(file).name, Path(file).read_bytes())}, **more)
        assert answer.status_code == 200, answer.text
        return {"path": answer.json()[0], "meta": META}

    def function(self, name):
        return next(d for d in self.config["dependencies"] if d["api_name"] == name)

    def data(self, function, **by_id):
        """What the page itself would send at its start, with other values for components of these names."""
        components = {c["id"]: c["props"] for c in self.config["components"]}
        inputs = [components[n] for n in function["inputs"]]
        return [by_id.get(props.get("elem_id"), props.get("value")) for props in inputs]

    def call(self, name, *values, **by_id):
        """A function outside the queue."""
        function = self.function(name)
        body = {"data": list(values) or self.data(function, **by_id), "fn_index": function["id"]}
        return self.post(f"/{API}/run/predict", json=body | {"session_hash": self.session})

    def arrive(self):
        """As the page does when it is opened."""
        assert self.call("arrive", secrets.token_hex(16), "en").status_code == 200
        assert self.call("begin").status_code == 200

    def join(self, name, values, session=None, **more):
        body = {"data": values, "fn_index": self.function(name)["id"], "session_hash": session or self.session} | more
        return self.post(f"/{API}/queue/join", json=body)

    def listen(self, session=None, seconds=40, until=("process_completed", "close_stream", "unexpected_error")):
        with self.stream(
            "GET", f"/{API}/queue/data", params={"session_hash": session or self.session}, timeout=seconds
        ) as s:
            for line in s.iter_lines():
                if line.startswith("data:"):
                    said = json.loads(line[5:])
                    if said["msg"] in until:
                        return said
        return {"msg": "ended"}

    def job(self, photo, painting, size=32, iterations=1):
        """Data of a small job; the files must be this visitor's."""
        data = self.data(self.function("stylize"))
        names = [
            p["parameter_name"] for p in self.get(f"/{API}/info").json()["named_endpoints"]["/stylize"]["parameters"]
        ]
        for name, value in {"content": photo, "style": painting, "size": size, "iterations": iterations}.items():
            data[names.index(name)] = value
        return data

    def paint(self, photo_file, painting_file, **more):
        """A whole small job; returns (what was said last, seconds)."""
        data = self.job(self.upload(photo_file), self.upload(painting_file), **more)
        started = time.monotonic()
        answer = self.join("stylize", data)
        assert answer.status_code == 200, answer.text
        return self.listen(), time.monotonic() - started


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("attacked")
    (folder / "bin").mkdir()
    gs = folder / "bin" / "gs"  # tells whether PostScript was to be run
    gs.write_text(f"#!/bin/sh\ntouch {folder}/ghost\nexit 1\n")
    gs.chmod(0o755)
    server = Server(folder, files=FILES, PATH=f"{folder / 'bin'}:{os.environ['PATH']}")
    yield server
    if server.process.poll() is None:
        server.stop(signal.SIGKILL)


@pytest.fixture
def visitor(server):
    with Visitor(server.url) as visitor:
        yield visitor


@contextmanager
def served(**options):
    """The page in this process, so that a test can turn its clocks and limits."""
    from stylize.page.launch import serve
    from stylize.page.wiring import build

    demo = serve(build, quiet=True, server_port=free_port(), **options)
    try:
        yield demo
    finally:
        demo.close(verbose=False)


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADIO_TEMP_DIR", str(tmp_path_factory.mktemp("gradio")))
        with served() as demo:
            yield demo


# ---- 1: files of the machine


@pytest.fixture(scope="module")
def secret(tmp_path_factory):
    path = tmp_path_factory.mktemp("secret") / "secret.png"
    Image.new("RGB", (40, 30), (1, 2, 3)).save(path)
    return path


FORMS = {
    "no meta": lambda path: {"path": path},
    "empty meta": lambda path: {"path": path, "meta": {}},
    "other meta": lambda path: {"path": path, "meta": {"_type": "FileData"}},
    "true meta": lambda path: {"path": path, "meta": META},
    "stream": lambda path: {"path": path, "meta": META, "is_stream": True},
    "list": lambda path: [{"path": path}],
    "deep": lambda path: {"background": {"path": path}, "layers": [{"path": path}], "composite": None},
    "url": lambda path: {"url": f"file://{path}", "meta": META},
    "relative": lambda path: {"path": os.path.relpath(path, ROOT)},
    "dots": lambda path: {"path": f"{os.environ.get('TMPDIR', '/tmp')}/../{path}"},
}


@pytest.mark.parametrize("form", FORMS)
def test_1_no_path_in_a_body_reaches_a_file_of_the_machine(visitor, secret, form):
    file = FORMS[form](str(secret))
    answer = visitor.join("stylize", visitor.job(file, file))
    assert answer.status_code == 400
    assert answer.text == visitor.join("stylize", visitor.job(*[FORMS[form]("/nowhere/at/all.png")] * 2)).text


@pytest.mark.parametrize(
    "path", ["/dev/zero", "/dev/stdin", "/proc/self/environ", "/etc/passwd", "app.py", "a\0b", "x" * 5000]
)
def test_1_nor_a_device_or_a_text(visitor, path):
    file = {"path": path, "meta": META}
    assert visitor.join("stylize", visitor.job(file, file)).status_code == 400


def test_1_no_function_of_the_page_gives_a_file_away(visitor):
    file = {"path": "README.md"}
    for n, function in enumerate(visitor.config["dependencies"]):
        visitor.headers["X-Forwarded-For"] = f"10.77.0.{n}"  # so many requests of one address would be too many
        data = [file for _ in function["inputs"]] or [file]
        body = {"data": data, "fn_index": function["id"], "session_hash": visitor.session}
        for route in ("run/predict", "queue/join"):
            assert visitor.post(f"/{API}/{route}", json=body).status_code == 400
        body = body | {"data": visitor.data(function), "event_data": {"value": [file]}}
        assert visitor.post(f"/{API}/run/predict", json=body).status_code == 400


def test_1_a_picture_is_its_uploaders_own(server, visitor, photo_file):
    mine = visitor.upload(photo_file)
    with Visitor(server.url) as other:
        assert visitor.get(f"/{API}/file={mine['path']}").status_code == 200
        assert other.get(f"/{API}/file={mine['path']}").status_code == 403
        assert other.join("stylize", other.job(mine, mine)).status_code == 400
        assert other.upload(photo_file) == mine  # the same bytes are the same file: now it is theirs as well
        assert other.get(f"/{API}/file={mine['path']}").status_code == 200


def paths_in(said):
    """Of files, in all that a server said, diffs included."""
    return set(re.findall(r'"(/[^"]+\.(?:png|jpe?g|webp|mp4|gif))"', json.dumps(said)))


def test_1_a_painting_is_its_visitors_own(server, photo_file, painting_file):
    """With its frames, its time-lapse and what the page shows of it; as a file to fetch, and as a picture to paint."""
    with Visitor(server.url) as visitor:
        visitor.headers["Cookie"] = f"stylize={secrets.token_hex(16)}"
        visitor.arrive()
        photo, painting = visitor.upload(photo_file), visitor.upload(painting_file)
        data = visitor.data(visitor.function("paint"), content=photo, style=painting, size=64, iterations=40)
        found = set()
        for name, values in (("paint", data), ("video", []), ("frame", [0]), ("use", [])):
            assert visitor.join(name, values).status_code == 200
            with visitor.stream("GET", f"/{API}/queue/data", params={"session_hash": visitor.session}) as s:
                found |= paths_in([json.loads(line[5:]) for line in s.iter_lines() if line.startswith("data:")])
        made = {path for path in found if Path(path).exists()} - {photo["path"], painting["path"]}
        assert {Path(path).suffix for path in made} >= {".png", ".jpg"}
        assert any(path.endswith((".mp4", ".webp")) for path in made)
        assert len(made) > 8
        with Visitor(server.url, visitor.headers["X-Forwarded-For"]) as other:
            other.headers["Cookie"] = f"stylize={secrets.token_hex(16)}"
            for path in made:
                assert visitor.get(f"/{API}/file={path}").status_code == 200
                assert other.get(f"/{API}/file={path}").status_code == 403
            png = {"path": next(path for path in made if path.endswith(".png")), "meta": META}
            assert other.join("stylize", other.job(png, png)).status_code == 400
            assert visitor.join("stylize", visitor.job(png, png)).status_code == 200
            assert visitor.listen()["success"] is True


def test_1_what_nobody_was_answered_with_is_nobodys(server, visitor):
    (server.folder / "temp").mkdir(exist_ok=True)
    folder = next(path for path in (server.folder / "temp").iterdir() if path.name.startswith("stylize-"))
    (folder / "left.png").write_bytes(b"x")
    assert visitor.get(f"/{API}/file={folder / 'left.png'}").status_code == 403


def test_1_files_are_checked_again_where_they_are_opened(tmp_path, monkeypatch, secret):
    from stylize import StylizeError
    from stylize.page.visits import uploads

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    (tmp_path / "a").mkdir()
    good = tmp_path / "a" / "good.png"
    shutil.copy(secret, good)
    (tmp_path / "a" / "link.png").symlink_to(secret)
    os.mkfifo(tmp_path / "a" / "pipe")
    assert uploads.checked(str(good)) == good.resolve()
    for bad in ("a", "a/link.png", "a/pipe", "a/none.png", "../secret.png", "\0", "~", ""):
        with pytest.raises(StylizeError):
            uploads.checked(str(tmp_path / bad))
    with pytest.raises(StylizeError):
        uploads.checked(str(secret))


# ---- 2: bodies


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
@pytest.mark.parametrize(
    "hole",
    ["NaN", "1e999", '{"path": "/etc/hostname"}', '"data:image/png;base64,AAAA"', '{"url": "http://127.0.0.1/"}'],
)
def test_2_the_guard_reads_what_gradio_will(visitor, encoding, hole):
    data = json.dumps(visitor.data(visitor.function("stylize"))[2:])
    index = visitor.function("stylize")["id"]
    text = f'{{"data": [{hole}, {hole}, {data[1:]}, "fn_index": {index}, "session_hash": "{visitor.session}"}}'
    for route in ("queue/join", "run/predict"):
        answer = visitor.post(
            f"/{API}/{route}", content=text.encode(encoding), headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'"text"',
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"data": []} x',
        b'{"data": 1e5}',
        b"[" * 100_000,
        b"9" * 10_000,
    ],
    ids=range(10),
)
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", None])
def test_2_other_bodies_are_refused(visitor, body, kind):
    headers = {"content-type": kind} if kind else {}
    for route in ("queue/join", "run/predict", "cancel", "call/stylize", "call/v2/stylize"):
        assert visitor.post(f"/{API}/{route}", content=body, headers=headers).status_code in (400, 415)


def test_2_of_two_values_for_one_name_the_checked_one_counts(visitor, secret, photo_file):
    good = json.dumps(visitor.upload(photo_file))
    data = json.dumps(visitor.data(visitor.function("stylize"))[2:])
    bad = f'{{"path": {good.split(": ")[1].split(",")[0]}, "path": "{secret}"}}'
    text = f'{{"data": [{bad}, {bad}, {data[1:]}, "fn_index": 0, "session_hash": "x"}}'
    headers = {"content-type": "application/json"}
    assert visitor.post(f"/{API}/queue/join", content=text, headers=headers).status_code == 400


@pytest.mark.parametrize(
    "more",
    [{"fn_index": 9999}, {"fn_index": "0"}, {"fn_index": None}, {"fn_index": True}, {"data": {}}, {"trigger_id": "x"}],
)
def test_2_a_body_of_another_shape_is_refused(visitor, more):
    data = visitor.data(visitor.function("stylize"))
    assert visitor.join("stylize", data, **more).status_code == 400


# What the page never sends, in place of any value.
ODD = {
    "null": None,
    "true": True,
    "number": -7,
    "huge": 10**400,
    "float": 1e308,
    "text": "x",
    "half a character": "\ud800",
    "list": [1, [2]],
    "empty": [],
    "object": {"a": {"b": [1]}},
    "deep": [[[[[[[[["x"]]]]]]]]],
}


def answer_of(visitor, function, data, **more):
    """What a function says to these values: (whether it was done, the sentence if not)."""
    visitor.headers["X-Forwarded-For"] = f"10.80.{random.randrange(250)}.{random.randrange(250)}"
    body = {"data": data, "fn_index": function["id"], "session_hash": visitor.session} | more
    route, headers = "queue/join" if function["queue"] else "run/predict", {"content-type": "application/json"}
    answer = visitor.post(f"/{API}/{route}", content=json.dumps(body), headers=headers)
    if answer.status_code != 200:
        return False, answer.json()["error"]
    if not function["queue"]:
        return True, ""
    said = visitor.listen(until=("process_completed", "unexpected_error"))
    return said["success"], str(said["output"].get("error"))


@pytest.fixture(scope="module")
def guest(server):
    """Somebody with a cookie, who has opened the page."""
    with Visitor(server.url) as visitor:
        visitor.headers["Cookie"] = f"stylize={secrets.token_hex(16)}"
        visitor.arrive()
        yield visitor


@pytest.mark.parametrize("odd", ODD)
def test_2_a_value_of_another_kind_is_one_sentence(server, guest, odd):
    """In every function: in all its parameters at once, and as what was selected."""
    before = server.log.stat().st_size
    for function in guest.config["dependencies"]:
        data = guest.data(function)
        ways = [([ODD[odd]] * len(data), {})] if data else []
        if "select" in str(function["targets"]):
            ways += [(data, {"event_data": ODD[odd]}), (data, {"event_data": {"index": ODD[odd], "value": 1}})]
        for values, more in ways:
            if function["backend_fn"]:
                done, sentence = answer_of(guest, function, values, **more)
                assert done or 20 < len(sentence) < 400, (function["api_name"], sentence)
                assert done or (" " in sentence and "\n" not in sentence)
    assert server.log.read_text()[before:] == ""


def test_2_each_parameter_alone_is_checked(server, guest):
    before = server.log.stat().st_size
    for function in guest.config["dependencies"]:
        components = {c["id"]: c for c in guest.config["components"]}
        for n, number in enumerate(function["inputs"] if function["backend_fn"] else ()):
            data, kind = guest.data(function), components[number]["type"]
            data[n] = {"a": [1]} if kind != "json" else 5
            done, sentence = answer_of(guest, function, data)
            if kind != "state" and function["api_name"] not in ("stylize", "paint_picture"):
                assert not done, (function["api_name"], n, kind)
            assert done or 20 < len(sentence) < 400
    assert server.log.read_text()[before:] == ""


def test_2_too_few_values_are_one_sentence(server, guest):
    before = server.log.stat().st_size
    for function in guest.config["dependencies"]:
        if function["backend_fn"] and function["inputs"]:
            done, sentence = answer_of(guest, function, [])
            assert not done
            assert len(sentence) > 20
    assert server.log.read_text()[before:] == ""


def test_2_what_fails_in_a_function_is_a_sentence_too(demo, monkeypatch, photo_file, painting_file):
    from stylize.page import api

    def fails(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(api, "Run", fails)
    with Visitor(demo.local_url) as visitor:
        said, _ = visitor.paint(photo_file, painting_file)
    assert said["success"] is False
    assert "try again" in said["output"]["error"]


# ---- 3: the queue lives


@pytest.mark.parametrize("session", ["", " ", "x" * 65, "a/b", "a\nb", None, 3, ["x"], "None"], ids=range(9))
def test_3_a_session_has_a_bounded_name_in_every_route(visitor, session):
    data = visitor.data(visitor.function("stylize"))
    assert visitor.join("stylize", data, **{"session_hash": session}).status_code == 400
    body = {"data": data, "fn_index": visitor.function("stylize")["id"], "session_hash": session}
    assert visitor.post(f"/{API}/run/predict", json=body).status_code == 400
    body = {"session_hash": session, "fn_index": 0, "event_id": "x"}
    assert visitor.post(f"/{API}/cancel", json=body).status_code == 400
    name = str(session if session is not None else "")
    answer = visitor.get(f"/{API}/queue/data", params={"session_hash": name})
    assert answer.status_code in (400, 404) or (session == 3 and "This job is over" in answer.text)
    if name and "\n" not in name and session != 3:
        assert visitor.get(f"/{API}/heartbeat/{name}").status_code in (400, 404)


def test_3_an_empty_session_among_others_leaves_the_queue_alive(server, visitor, photo_file, painting_file):
    held = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 64, 150)
    assert visitor.join("stylize", held).status_code == 200
    with Visitor(server.url) as other:
        data = other.job(other.upload(photo_file), other.upload(painting_file))
        assert other.join("stylize", data).status_code == 200
        for session in ("", None):
            other.join("stylize", data, **{"session_hash": session})
        assert other.listen()["success"] is True  # nobody listens to the first, which ends


def test_3_a_message_for_a_session_long_gone_does_no_harm(demo):
    demo._queue.pending_messages_per_session["nobody was here"].put_nowait("a message")
    assert "nobody was here" not in demo._queue.pending_messages_per_session


def test_3_a_dead_queue_is_restarted(demo, photo_file, painting_file):
    demo._queue.stopped = True
    time.sleep(3)
    assert not demo._queue.stopped
    with Visitor(demo.local_url) as visitor:
        assert visitor.paint(photo_file, painting_file)[0]["success"] is True


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("1.2.3.4", "1.2.3.5", False),
        ("::ffff:1.2.3.4", "::ffff:1.2.3.5", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_3_an_address_is_a_household(one, two, same):
    from stylize.page.guard import visitors

    found = [visitors.address({"client": (host, 1)}) for host in (one, two)]
    assert (found[0] == found[1]) is same


def test_3_live_sessions_are_limited(demo, monkeypatch):
    from stylize.page.guard import visitors

    monkeypatch.setattr(visitors, "MAX_SESSIONS", 8)
    monkeypatch.setattr(visitors, "SESSIONS_EACH", 5)
    table = visitors.Sessions()
    table.admit("owner", "owner", "here")
    for n in range(20):
        table.admit(f"session{n}", f"somebody{n}", "there")
    assert len(table) == 6
    assert table.admit("owner", "owner", "elsewhere")
    assert table.admit("session19", "somebody19", "there")
    assert not table.admit("session19", "another", "there")
    for n in range(20):
        table.admit(f"session{n}", f"somebody{n}", f"place{n}")
    assert len(table) <= 8


def test_3_one_tab_has_few_sessions():
    """Or whoever names one token in ever new sessions fills the memory, a name at a time."""
    from types import SimpleNamespace

    from stylize.page.visits import sessions

    before = len(sessions._sessions)
    for n in range(2200):
        visit = sessions.arrive(f"flooding{n}", "f" * 32, "en")
    assert len(sessions._sessions) <= before + sessions.SESSIONS_OF_A_TAB
    assert sessions.find(SimpleNamespace(session_hash="flooding2199")) is visit
    sessions._forget(visit)


@pytest.mark.slow
def test_3_a_flood_of_sessions_leaves_the_queue_alive(server, visitor, photo_file, painting_file):
    data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 64, 500)
    answers = {visitor.join("stylize", data, f"flood{n}").status_code for n in range(2200)}
    assert answers <= {200, 429, 503}
    with Visitor(server.url) as other:
        assert other.paint(photo_file, painting_file)[0]["success"] is True


# ---- 4: nothing is decoded but by our own function

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 64\n%%EndComments\nshowpage\n%%EOF\n"


def test_4_postscript_is_never_run(server, visitor, photo_file, tmp_path):
    (tmp_path / "x.png").write_bytes(POSTSCRIPT)
    photo, script = visitor.upload(photo_file), visitor.upload(tmp_path / "x.png")
    visitor.arrive()
    for name in ("look", "load_settings"):
        assert visitor.call(name, content=script, style=script, load=script).status_code == 200
    strokes = json.dumps({"strokes": base64.b64encode(POSTSCRIPT).decode()})
    for more in ({"content": script, "style": photo}, {"content": photo, "style": photo, "region": strokes}):
        data = visitor.data(visitor.function("paint"), size=64, iterations=2, **more)
        assert visitor.join("paint", data).status_code == 200
        visitor.listen()
    assert visitor.join("stylize", visitor.job(script, photo)).status_code == 200
    assert visitor.listen()["success"] is False
    assert not (server.folder / "ghost").exists()


def test_4_pillow_knows_no_format_but_those_of_pictures(demo):
    from stylize.pictures import formats, images

    assert set(Image.ID) <= set(formats.FORMATS)
    with pytest.raises(UnidentifiedImageError):
        Image.open(io.BytesIO(POSTSCRIPT))
    Image.open(ROOT / "examples" / "page.jpg").load()
    assert 0 < Image.MAX_IMAGE_PIXELS <= images.MAX_PIXELS


def test_4_no_component_decodes_what_it_is_given(demo, photo_file, monkeypatch):
    from stylize.page.visits import uploads

    file = uploads.folder() / "photo.png"
    shutil.copy(photo_file, file)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("decoded"))
    given = {block for function in demo.fns.values() if function.fn for block in function.inputs}
    files = [block for block in given if "path" in str(getattr(block.data_model, "model_fields", ""))]
    assert files
    for block in files:
        assert Path(block.preprocess(block.data_model(path=str(file)))) == file


def test_6_small_files_of_many_pixels_take_little_memory(server, visitor, tmp_path):
    (tmp_path / "large.png").write_bytes(png_of(7000, 7000))
    large = visitor.upload(tmp_path / "large.png")
    strokes = json.dumps({"strokes": base64.b64encode(png_of(7000, 7000)).decode()})
    visitor.arrive()
    before, figures = server.memory("VmHWM"), []
    for region in ("", strokes, "", ""):
        more = {"content": large, "style": large, "second_style": large, "region": region, "size": 64, "iterations": 2}
        assert visitor.join("paint", visitor.data(visitor.function("paint"), **more)).status_code == 200
        visitor.listen()
        figures.append(server.memory())
    assert server.memory("VmHWM") - before < 700
    assert figures[-1] - figures[0] < 150


# ---- 5: jobs nobody reads, and too many of them


def seconds_for_another(server, photo_file, painting_file):
    """Until somebody else has their painting."""
    with Visitor(server.url) as other:
        said, seconds = other.paint(photo_file, painting_file)
    assert said["success"] is True
    return seconds


def test_5_a_job_nobody_reads_ends(server, visitor, photo_file, painting_file):
    data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 128, 10_000)
    assert visitor.join("stylize", data).status_code == 200
    assert seconds_for_another(server, photo_file, painting_file) < 12


def test_5_a_visitor_has_three_jobs_and_an_address_too(server, visitor, photo_file, painting_file):
    data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 64, 200)
    assert sum(visitor.join("stylize", data).status_code == 200 for _ in range(8)) <= 3
    with Visitor(server.url) as other:
        data = other.job(other.upload(photo_file), other.upload(painting_file), 64, 200)
        statuses = []
        threads = [
            threading.Thread(target=lambda n=n: statuses.append(other.join("stylize", data, f"many{n}").status_code))
            for n in range(8)
        ]
        [t.start() for t in threads]
        [t.join() for t in threads]
        assert sorted(statuses)[:3] == [200, 200, 200]
        assert set(statuses[3:]) <= {200, 429}
        assert statuses.count(200) <= 3


@pytest.fixture
def unread(server):
    """Asks for a job's messages, and reads none of them."""
    held = []

    def ask(visitor, path):
        held.append(socket.create_connection(("127.0.0.1", server.port)))
        head = f"GET /{API}/{path} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {visitor.headers['X-Forwarded-For']}"
        held[-1].sendall(f"{head}\r\n\r\n".encode())

    yield ask
    for s in held:
        s.close()


@pytest.mark.slow
@pytest.mark.parametrize("way", ["queue/data", "call/stylize"])
def test_5_a_job_whose_messages_are_never_read_ends(server, visitor, unread, way, photo_file, painting_file):
    data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 128, 10_000)
    if way == "queue/data":
        assert visitor.join("stylize", data).status_code == 200
        unread(visitor, f"{way}?session_hash={visitor.session}")
    else:
        unread(visitor, f"{way}/{visitor.post(f'/{API}/{way}', json={'data': data}).json()['event_id']}")
    assert seconds_for_another(server, photo_file, painting_file) < 16


@pytest.mark.slow
def test_5_who_reads_slowly_is_still_there(server, visitor, photo_file, painting_file):
    """At 8 kB a second, the job goes on; and nothing is said that clients do not know."""
    data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 128, 10_000)
    assert visitor.join("stylize", data).status_code == 200
    url, kinds, started = f"/{API}/queue/data?session_hash={visitor.session}", set(), time.monotonic()
    with visitor.stream("GET", url, timeout=20) as s:
        pieces, text = s.iter_raw(1600), b""
        while time.monotonic() - started < 11:
            text += next(pieces)
            time.sleep(0.2)
    for message in text.split(b"\n\n")[:-1]:
        assert message.startswith(b"data:")
        kinds.add(json.loads(message[5:])["msg"])
    assert kinds <= {"estimation", "process_starts", "process_generating", "progress", "heartbeat"}
    assert "process_starts" in kinds


@pytest.mark.slow
def test_5_new_jobs_do_not_keep_old_ones_unread(server, visitor, photo_file, painting_file):
    data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 128, 10_000)
    assert visitor.join("stylize", data).status_code == 200
    stop = threading.Event()

    def join_again():
        while not stop.wait(3):
            body = {"session_hash": visitor.session, "fn_index": visitor.function("stylize")["id"]}
            body["event_id"] = visitor.join("stylize", data).json().get("event_id", "x")
            stop.wait(1)
            visitor.post(f"/{API}/cancel", json=body | {"fn_index": 0})  # so that there is room for the next

    thread = threading.Thread(target=join_again)
    thread.start()
    try:
        with Visitor(server.url) as other:
            assert other.paint(photo_file, painting_file)[1] < 14
    finally:
        stop.set()
        thread.join()


def test_5_who_leaves_while_waiting_for_a_place_is_gone(demo, monkeypatch, photo_file, painting_file):
    """One place of an address, and one who may wait for it: once that one has left, the next may wait."""
    from stylize.page import limits
    from stylize.page.guard import middleware

    monkeypatch.setattr(limits, "JOBS_EACH", 1)
    monkeypatch.setattr(middleware, "WAITING_CALLS", 1)
    with Visitor(demo.local_url) as visitor:
        data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 64, 10_000)
        data[:2] = None, None
        slow = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 128, 10_000)
        cookies = [{"Cookie": f"stylize={n:032x}"} for n in range(3)]

        def join(n, **more):
            index = visitor.function("stylize")["id"]
            body = {"data": data, "fn_index": index, "session_hash": f"waiting{n}"} | more
            return visitor.post(f"/{API}/queue/join", json=body, headers=cookies[n], timeout=1)

        assert visitor.join("stylize", slow).status_code == 200
        with visitor.stream("GET", f"/{API}/queue/data", params={"session_hash": visitor.session}, timeout=30) as s:
            lines = s.iter_lines()
            next(lines)
            with pytest.raises(httpx.ReadTimeout):
                pytest.fail(join(1).text)  # waits, and hangs up
            statuses, started = [429], time.monotonic()
            while statuses[-1] == 429 and time.monotonic() - started < 10:
                try:
                    statuses.append(join(2).status_code)
                except httpx.ReadTimeout:
                    statuses.append(0)  # it waits
            assert statuses[-1] == 0, statuses


def test_5_a_closed_tab_leaves_the_queue(demo, photo_file, painting_file):
    with Visitor(demo.local_url) as one, Visitor(demo.local_url) as two:
        for visitor, iterations in ((one, 10_000), (two, 1)):
            files = visitor.upload(photo_file), visitor.upload(painting_file)
            assert visitor.join("stylize", visitor.job(*files, 64, iterations)).status_code == 200
        url = f"/{API}/queue/data"
        with one.stream("GET", url, params={"session_hash": one.session}) as s:
            lines = s.iter_lines()
            next(lines)
            with two.stream("GET", url, params={"session_hash": two.session}) as waiting:
                waited = waiting.iter_lines()
                next(waited)
                assert len(demo._queue) == 1
            until = time.monotonic() + 10
            while len(demo._queue) and time.monotonic() < until:
                next(lines)
            assert len(demo._queue) == 0
            assert any(demo._queue.active_jobs)  # the first is still there


# ---- 6: memory for little (see also above)


@pytest.mark.parametrize("index", ["0", "200000000", "-1", "null"])
def test_6_no_index_of_a_client_takes_memory(server, visitor, index):
    before = server.memory()
    fields = {"fn_name": "accept_blobs", "session_hash": visitor.session, "type": "layer", "index": index, "id": "x"}
    for component in visitor.config["components"][::10]:
        data = fields | {"component_id": str(component["id"])}
        answer = visitor.post(f"/{API}/component_server/", data=data, files={"file": ("x.png", b"x")})
        assert answer.status_code == 404
    assert server.memory() - before < 50


# ---- 7: heavy functions


@pytest.mark.parametrize("name", ["recolor", "frame", "video", "compare", "restore", "use", "sheet", "paint"])
def test_7_what_costs_is_queued(visitor, name):
    assert visitor.function(name)["queue"] is True


@pytest.mark.slow
def test_7_calls_outside_the_queue_wait_for_each_other(server, visitor, photo_file, painting_file):
    visitor.arrive()
    with Visitor(server.url) as other:
        alone = min(other.paint(photo_file, painting_file, iterations=30)[1] for _ in range(2))
        statuses = []
        threads = [
            threading.Thread(target=lambda: statuses.append(visitor.call("look").status_code)) for _ in range(90)
        ]
        [t.start() for t in threads]
        beside = other.paint(photo_file, painting_file, iterations=30)[1]
        [t.join() for t in threads]
    assert beside < 6 * alone + 2
    assert set(statuses) == {200, 429}


# ---- 8: the disk


def multipart(*sizes, boundary=b"edge"):
    for n, size in enumerate(sizes):
        yield b'--%b\r\nContent-Disposition: form-data; name="files"; filename="%d.png"\r\n\r\n' % (boundary, n)
        for _ in range(size // 100_000):
            yield bytes([n]) * 100_000
        yield b"\r\n"
    yield b"--%b--\r\n" % boundary


def settled(server):
    """How many files there are once paintings that the tests before left running write no more."""
    files, until = set(), time.monotonic() + 40
    while files != (files := set(server.files())) and time.monotonic() < until:
        time.sleep(1)
    return len(files)


def test_8_an_upload_has_a_limit_in_all(server, visitor):
    before = settled(server)
    headers = {"content-type": "multipart/form-data; boundary=edge"}
    with suppress(httpx.WriteError, httpx.RemoteProtocolError, httpx.ReadError):
        answer = visitor.post(f"/{API}/upload", content=multipart(*[19_000_000] * 4), headers=headers)
        assert answer.status_code == 413
    answer = visitor.post(f"/{API}/upload", content=multipart(*[100_000] * 30), headers=headers)
    assert answer.status_code == 413
    time.sleep(0.5)
    assert len(server.files()) == before


def test_8_an_upload_broken_off_leaves_nothing(server, visitor):
    before = settled(server)
    with socket.create_connection(("127.0.0.1", server.port)) as s:
        s.sendall(
            f"POST /{API}/upload HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n"
            "Content-Type: multipart/form-data; boundary=edge\r\n\r\n".encode()
        )
        s.sendall(b"".join(multipart(1_000_000))[:500_000])
        time.sleep(0.5)
    time.sleep(1)
    assert len(server.files()) == before


def test_8_an_address_has_a_quota_and_its_oldest_uploads_go_first(demo, monkeypatch, tmp_path):
    from stylize.page.visits import uploads

    monkeypatch.setattr(uploads, "QUOTA_FILES", 4)
    with Visitor(demo.local_url) as visitor:
        paths = []
        for n in range(8):
            Image.new("RGB", (8, 8), (n, 0, 7)).save(tmp_path / f"{n}.png")
            paths.append(visitor.upload(tmp_path / f"{n}.png")["path"])
    assert [Path(p).exists() for p in paths] == [False] * 4 + [True] * 4


def test_8_a_files_owners_are_few_and_the_newest(tmp_path, monkeypatch):
    """Anybody may take ever new names, and send the same picture, or be answered with it, under each."""
    from stylize import StylizeError
    from stylize.page.visits import uploads

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(uploads, "_owners", {})
    path = tmp_path / "x.png"
    path.write_bytes(b"x")
    for n in range(1000):
        uploads.record(path, f"one {n}", "10.0.0.1")
        uploads.give(path, f"two {n}")
    assert len(uploads._owners[path]) < 500
    assert uploads.usable(path, "one 999") == uploads.usable(path, "two 999") == path
    with pytest.raises(StylizeError):
        uploads.usable(path, "one 1")


def test_8_old_files_go_and_those_of_the_start_stay(tmp_path, monkeypatch):
    from stylize.page.visits import uploads

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    folder = uploads.private_folder()
    first, old, new = folder / "a" / "example.jpg", folder / "b" / "old.png", folder / "c" / "new.png"
    for file in (first, old):
        file.parent.mkdir()
        file.write_bytes(b"x")
        os.utime(file, (1, 1))
    old.unlink()
    uploads.keep_what_is_there()
    for file in (old, new):
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(b"x")
    os.utime(old, (1, 1))
    uploads.sweep()
    assert (first.exists(), old.exists(), new.exists()) == (True, False, True)
    assert not old.parent.exists()


def test_8_what_is_over_the_disks_budget_goes_the_oldest_first(tmp_path, monkeypatch):
    from stylize.page import limits
    from stylize.page.visits import uploads

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr(limits, "MAX_DISK", 250)
    for n in range(4):
        file = tmp_path / f"folder{n}" / "x"
        file.parent.mkdir()
        file.write_bytes(b"x" * 100)
        os.utime(file, (time.time() - 100 + n,) * 2)
    uploads.sweep()
    assert sorted(f.name for f in tmp_path.iterdir()) == ["folder2", "folder3"]


def test_8_a_painting_keeps_few_files(tmp_path, monkeypatch):
    from stylize.page.visits import kept

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    folder = kept.Folder()
    for n in range(6 * kept.FILES):
        folder.path(f"{n}.png", fresh=n % 2 == 0).write_bytes(b"x")
    assert len([f for f in tmp_path.rglob("*") if f.is_file()]) == 2 * kept.FILES
    assert len(list(tmp_path.rglob("*"))) < 3 * kept.FILES + 2


def test_8_uploads_at_once_are_limited(demo, monkeypatch, photo_file):
    monkeypatch.setattr("stylize.page.guard.receiving.UPLOADS_AT_ONCE", 0)
    with Visitor(demo.local_url) as visitor:
        answer = visitor.post(f"/{API}/upload", files={"files": photo_file.open("rb")})
    assert answer.status_code == 429


def test_8_two_servers_in_one_folder_and_a_killed_one(tmp_path, monkeypatch):
    from stylize.page.visits import uploads

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    killed, foreign, mine = tmp_path / "stylize-killed", tmp_path / "gradio", tmp_path / "stylize-photos"
    for folder in (killed, foreign, mine):
        folder.mkdir()
        (folder / "x").write_text("x")
    (killed / uploads.MARK).touch()
    (tmp_path / "stylize-link").symlink_to(foreign)
    first = uploads.private_folder()
    (first / "x").write_text("x")
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))  # as another process would see it
    second = uploads.private_folder()
    assert first != second
    assert first.parent == second.parent == tmp_path
    assert stat.S_IMODE(first.stat().st_mode) == 0o700
    assert not killed.exists()
    assert (first / "x").exists()
    assert (foreign / "x").exists()
    assert (mine / "x").exists()  # what its owner named so is not ours to remove


# ---- 9: who may what


def test_7_the_page_itself_cannot_be_asked_for_too_often(server):
    """Sixty descriptions in a second from one address wait; they are written for nobody at this speed."""
    with Visitor(server.url) as visitor:
        started = time.monotonic()
        statuses = {visitor.get("/config").status_code for _ in range(60)}
    assert statuses <= {200, 429}
    assert 200 in statuses
    assert 429 in statuses or time.monotonic() - started > 1.5


def all_at_once(count, do):
    """What `do` answers for each number, of threads that begin together."""
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(do, range(count)))


@pytest.mark.slow
def test_7_a_class_opens_the_page_at_once(server):
    """Thirty browsers at one address are served, each with its own cookie, or wait, and none is refused."""
    with Visitor(server.url, limits=httpx.Limits(max_connections=None)) as anyone:

        def open_page(n):
            page = anyone.get("/", headers={"Cookie": ""})
            mine = {"Cookie": f"stylize={n:032x}"}
            body = {"data": [secrets.token_hex(16), "en"], "fn_index": anyone.function("arrive")["id"]}
            body["session_hash"] = f"pupil{n}"
            arrived = anyone.post(f"/{API}/run/predict", json=body, headers=mine)
            return page.status_code, anyone.get("/config", headers=mine).status_code, arrived.status_code

        assert set(all_at_once(30, open_page)) == {(200, 200, 200)}


def test_5_a_class_waits_for_its_turn(server, photo_file, painting_file):
    """Pupils whose neighbours fill their address's places wait for one, and then paint."""
    with Visitor(server.url, limits=httpx.Limits(max_connections=None)) as anyone:

        def paint(n):
            with Visitor(server.url, anyone.headers["X-Forwarded-For"]) as pupil:
                pupil.headers["Cookie"] = f"stylize={n + 99:032x}"
                return pupil.paint(photo_file, painting_file, iterations=20)[0].get("success")

        assert all_at_once(6, paint) == [True] * 6


def through_the_guard(method, path, body=b"{}", headers=()):
    """What gradio gets of a request (its scope), or None, and what the guard says."""
    from stylize.page.guard.middleware import Guard

    seen, said = [], []

    async def gradio(scope, receive, send):
        seen.append(scope)

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        said.append(message)

    app = SimpleNamespace(auth=None, cookie_id="x", tokens={})
    scope = {"type": "http", "method": method, "path": path, "query_string": b"", "client": ("10.1.2.3", 1), "app": app}
    scope["headers"] = [(b"content-type", b"application/json"), *headers]
    answered = Guard(gradio, SimpleNamespace(posts=Counter()), mcp=True)(scope, receive, send)
    with ThreadPoolExecutor(1) as thread:  # a browser test before may have left this one a running loop
        thread.submit(asyncio.run, answered).result()
    return (seen or [None])[0], said


@pytest.mark.parametrize("path", ["", "/", "/http", "/http/", "/schema"])
def test_9_mcp_has_its_routes(path):
    assert through_the_guard("GET", f"/{API}/mcp{path}")[0]


def test_9_mcp_has_no_page_that_repeats_its_address():
    """Gradio's own page for browsers writes its path into a script."""
    for path in (f"/</script><script>alert(1)</script>/{API}/mcp", "/x", "/sse", "/messages/"):
        scope, said = through_the_guard("GET", f"/{API}/mcp{path}")
        assert scope is None
        assert said[0]["status"] == 404


def test_9_mcp_asks_its_own_server_as_nobody():
    forged = [(b"x-forwarded-for", b"9.9.9.9"), (b"cookie", b"stylize=" + b"a" * 32), (b"accept", b"text/event-stream")]
    scope, _ = through_the_guard("POST", f"/{API}/mcp/", headers=forged)
    assert {name for name, _ in scope["headers"]} == {b"content-type", b"content-length", b"accept"}


def test_9_mcp_is_not_offered_with_a_login(monkeypatch, capsys):
    """Its tool asks the page's own server, and has no login there."""
    from stylize.page import __main__ as program

    monkeypatch.setattr(sys, "argv", ["stylize-page", "--mcp", "--auth", "ann:right"])
    with pytest.raises(SystemExit):
        program._arguments()
    assert "--auth" in capsys.readouterr().err


def test_8_pictures_of_mcp_lie_in_our_folder_and_need_room(tmp_path, monkeypatch):
    from gradio import mcp

    from stylize.page.visits import uploads

    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with served():
        assert Path(mcp.DEFAULT_TEMP_DIR) == uploads.folder()
        assert through_the_guard("POST", f"/{API}/mcp/")[0]
        monkeypatch.setattr(uploads, "disk_free", lambda: 1000)
        scope, said = through_the_guard("POST", f"/{API}/mcp/")
        assert scope is None
        assert said[0]["status"] == 507


def test_9_a_heartbeat_elsewhere_ends_nothing(server, visitor, photo_file, painting_file):
    data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 64, 150)
    assert visitor.join("stylize", data).status_code == 200
    with Visitor(server.url) as other:
        said = []
        thread = threading.Thread(target=lambda: said.append(visitor.listen()))
        thread.start()
        time.sleep(0.3)
        for route in (f"heartbeat/{visitor.session}", f"queue/data?session_hash={visitor.session}"):
            with other.stream("GET", f"/{API}/{route}") as s:
                assert s.status_code == 403
        body = {"session_hash": visitor.session, "fn_index": visitor.function("stylize")["id"], "event_id": "x"}
        assert other.post(f"/{API}/cancel", json=body).status_code == 403
        assert other.join("stylize", data, visitor.session).status_code in (400, 403)
        thread.join()
    assert said[0]["success"] is True


def test_9_a_second_heartbeat_of_a_session_is_refused(visitor):
    with visitor.stream("GET", f"/{API}/heartbeat/{visitor.session}") as s:
        assert s.status_code == 200
        lines = s.iter_lines()
        next(lines)
        with visitor.stream("GET", f"/{API}/heartbeat/{visitor.session}") as second:
            assert second.status_code == 409
    statuses = []
    while 200 not in statuses and len(statuses) < 30:  # once the first has gone, which the server sees in a moment
        time.sleep(0.1)
        with visitor.stream("GET", f"/{API}/heartbeat/{visitor.session}") as s:
            statuses.append(s.status_code)
    assert statuses[-1] == 200


def test_9_a_cookie_tells_two_browsers_at_one_address_apart(server):
    with Visitor(server.url, "10.9.9.9") as one, Visitor(server.url, "10.9.9.9") as two:
        for browser in (one, two):
            answer = browser.get("/")
            assert "httponly" in answer.headers["set-cookie"].lower()
        assert one.cookies != two.cookies
        body = {"session_hash": "shared", "fn_index": one.function("stylize")["id"], "event_id": "x"}
        assert one.post(f"/{API}/cancel", json=body).status_code == 200
        assert two.post(f"/{API}/cancel", json=body).status_code == 403


def test_9_private_functions_and_routes_nobody_needs_do_not_answer(server, visitor):
    for function in visitor.config["dependencies"][::5]:
        if function["api_visibility"] != "public" and function["api_name"]:
            assert visitor.post(f"/{API}/call/{function['api_name']}", json={"data": []}).status_code == 404
            assert visitor.post(f"/{API}/call/v2/{function['api_name']}", json={}).status_code == 404
    for route in (
        "proxy=https://example.com/", "file=https://example.com/", "deep_link?session_hash=x", "stream/x", "vibe-code/",
        "run-history/records", "runs", "custom_component/x/client/component/x.js", "dev/reload", "queue/status",
    ):  # fmt: skip
        assert visitor.get(f"/{API}/{route}").status_code in (403, 404)
    for route in ("process_recording", "vibe-edit", "stream/x", "component_server"):
        assert visitor.post(f"/{API}/{route}", json={}).status_code == 404
    assert visitor.get("/monitoring/summary").status_code == 404


def test_9_curl_still_paints(visitor, photo_file, painting_file):
    content, style = visitor.upload(photo_file), visitor.upload(painting_file)
    body = {"content": content, "style": style, "size": 32}
    event = visitor.post(f"/{API}/call/v2/paint_picture", json=body).json()["event_id"]
    assert "event: complete" in visitor.get(f"/{API}/call/paint_picture/{event}").text


def test_9_a_login_covers_every_route(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    with served(auth=("ann", "right")) as demo, Visitor(demo.local_url) as visitor:
        public = {"/", "/login", "/login/", "/theme.css", "/favicon.ico", "/robots.txt", "/gradio_api/startup-events"}
        routes = list(demo.app.routes)
        for route in routes:
            routes.extend(route.original_router.routes if hasattr(route, "original_router") else ())
            path = getattr(route, "path", "/")
            if path in public or path.startswith(("/assets", "/static")):
                continue
            for n, method in enumerate(getattr(route, "methods", None) or ()):
                headers = {"X-Forwarded-For": f"10.78.{n}.{len(path)}"}
                url = path.replace("{", "").replace("}", "")
                with visitor.stream(method, url, timeout=5, headers=headers) as answer:
                    assert answer.status_code == 401, path
        assert len(routes) > 80
        statuses = [visitor.post("/login", data={"username": "ann", "password": f"x{n}"}).status_code for n in range(9)]
        assert statuses[:3] == [400] * 3
        assert statuses[-3:] == [429] * 3
        assert visitor.post("/login", data={"username": "ann", "password": "right"}).status_code == 429
        with Visitor(demo.local_url) as other:
            assert other.post("/login", data={"username": "ann", "password": "right"}).status_code == 200
            assert other.get("/config").status_code == 200


@pytest.mark.parametrize(("space", "who"), [("", "'self'"), ("someone/stylize", "huggingface.co")])
def test_9_other_sites_may_not_frame_the_page(demo, monkeypatch, space, who):
    monkeypatch.setenv("SPACE_ID", space)
    policy = httpx.get(demo.local_url).headers["content-security-policy"]
    assert "frame-ancestors" in policy
    assert who in policy


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_9_other_sites_may_link_to_the_page_and_no_more(visitor, photo_file, site):
    headers = {"sec-fetch-site": site, "origin": "https://example.com"}
    answer = visitor.post(f"/{API}/upload", files={"files": photo_file.open("rb")}, headers=headers)
    assert answer.status_code == 403
    for route in ("config", "logout", f"{API}/info", f"{API}/queue/data?session_hash=x"):
        assert visitor.get(f"/{route}", headers=headers).status_code == 403
    assert visitor.get("/", headers=headers).status_code == 200


# ---- 10: what runs out


def test_10_many_connections_neither_end_the_server_nor_keep_others_out(server):
    held = []
    for _ in range(FILES + 200):
        s = socket.socket()
        s.settimeout(0.2)
        with suppress(OSError):
            s.bind(("127.0.0.2", 0))
            s.connect(("127.0.0.1", server.port))
        held.append(s)
    assert httpx.get(server.url, timeout=30).status_code == 200
    time.sleep(1)
    assert server.log.stat().st_size < 100_000
    for s in held:
        s.close()
    time.sleep(0.5)
    assert httpx.get(server.url).status_code == 200


SLOW = {
    "nothing": "",
    "half a head": "GET / HTTP/1.1\r\nHost: x\r\nA: ",
    "half a body": f"POST /{API}/queue/join HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    "Content-Length: 99\r\n\r\n{",
    "half an upload": f"POST /{API}/upload HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=e\r\n"
    "Content-Length: 99\r\n\r\n--e",
}


@pytest.mark.parametrize("sent", SLOW)
def test_10_a_slow_connection_is_closed(demo, monkeypatch, sent):
    from stylize.page.guard import connections

    monkeypatch.setattr(connections, "HEAD_SECONDS", 1)
    monkeypatch.setattr("stylize.page.guard.requests.BODY_SECONDS", 1)
    monkeypatch.setattr(demo.server.config, "timeout_keep_alive", 1)
    with socket.create_connection(("127.0.0.1", demo.server_port), timeout=8) as s:
        s.sendall(SLOW[sent].encode())
        said = b""
        while chunk := s.recv(4096):
            said += chunk
        assert b"200 OK" not in said


def take_no_more(demo, connection):
    """Make the server's side of a connection hold what it has to say, as for a reader who is slow or gone."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", demo.server_port))
    for _ in range(100):
        for one in list(demo.server.server_state.connections):
            if one.client == connection.getsockname():
                one.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
                return one
        time.sleep(0.02)
    raise TimeoutError


@pytest.mark.parametrize("pages", [("config", "config"), ("theme.css",)], ids=["much", "little"])
@pytest.mark.parametrize("more", [b"", b"G"], ids=["silent", "asking on"])
def test_10_who_does_not_take_an_answer_is_cut_off(demo, monkeypatch, pages, more):
    from stylize.page.guard import connections

    monkeypatch.setattr(connections, "STALL_SECONDS", 1)
    monkeypatch.setattr(connections, "HEAD_SECONDS", 1)
    monkeypatch.setattr(demo.server.config, "timeout_keep_alive", 1)
    with socket.socket() as s:
        mine = take_no_more(demo, s)
        s.sendall(b"".join(f"GET /{page} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for page in pages))
        until = time.monotonic() + 8
        while mine in demo.server.server_state.connections and time.monotonic() < until:
            time.sleep(0.3)
            with suppress(OSError):
                s.sendall(more)
        assert mine not in demo.server.server_state.connections


@pytest.mark.parametrize("what", ["join", "call"])
def test_10_who_does_not_take_an_answer_keeps_nobody_waiting(demo, monkeypatch, photo_file, painting_file, what):
    from stylize.page.guard.middleware import CALLS_AT_ONCE
    from stylize.page.guard.requests import Request

    send = Request.send

    async def never(self, message):
        if b"x-takes-nothing" in self.headers:
            await asyncio.sleep(15)
        await send(self, message)

    monkeypatch.setattr(Request, "send", never)

    def attack(_):
        with Visitor(demo.local_url) as attacker:
            values = attacker.job(attacker.upload(photo_file), attacker.upload(painting_file))
            attacker.headers["x-takes-nothing"], attacker.timeout = "1", 2
            with suppress(httpx.ReadTimeout):
                attacker.join("stylize", values) if what == "join" else attacker.call("look")

    all_at_once(CALLS_AT_ONCE, attack)
    with Visitor(demo.local_url) as visitor:
        visitor.timeout = 5
        assert visitor.call("look").status_code == 200
        assert visitor.paint(photo_file, painting_file)[0]["success"] is True


@pytest.mark.parametrize("path", ["", "config", f"{API}/queue/data?session_hash=a"])
def test_10_no_cookie_takes_long(server, path):
    """Python before 3.11.10 takes 11 seconds for this one, and 0.1 for 60 kB of others."""
    for cookie in ('stylize="' + r"\a" * 30_000 + '"', 'access-token="' + r"\a" * 30_000, "a=b;" * 15_000):
        started = time.monotonic()
        httpx.get(server.url + path, headers={"Cookie": cookie, "X-Forwarded-For": "10.91.0.1"}, timeout=60)
        assert time.monotonic() - started < 2


def test_10_the_log_is_bounded():
    from stylize.page.launch import BoundedLog

    stream = io.StringIO()
    log = BoundedLog(stream, most=1000)
    for _ in range(100):
        print("Traceback: and so on" * 10, file=log)
    assert len(stream.getvalue()) < 1100
    assert "left out" in stream.getvalue()


def test_10_a_full_disk_is_one_sentence(demo, monkeypatch, photo_file):
    from stylize.page.visits import uploads

    monkeypatch.setattr(uploads, "disk_free", lambda: 1000)
    with Visitor(demo.local_url) as visitor:
        answer = visitor.post(f"/{API}/upload", files={"files": photo_file.open("rb")})
    assert answer.status_code == 507
    assert "full" in answer.json()["error"]


@pytest.mark.parametrize("name", ["paint", "stylize", "recolor"])
def test_10_a_disk_that_fills_meanwhile_is_one_sentence_too(demo, monkeypatch, photo_file, painting_file, name):
    from stylize.page.visits.kept import Folder

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    with Visitor(demo.local_url) as visitor:
        visitor.arrive()
        content, style = visitor.upload(photo_file), visitor.upload(painting_file)
        more = {"content": content, "style": style, "size": 32, "iterations": 2}
        if name == "recolor":
            assert visitor.join("paint", visitor.data(visitor.function("paint"), **more)).status_code == 200
            assert visitor.listen()["success"] is True
        monkeypatch.setattr(Folder, "path", full)
        values = visitor.data(visitor.function(name), **more)
        if name == "stylize":
            values = visitor.job(content, style)
        assert visitor.join(name, values).status_code == 200
        assert "disk is full" in json.dumps(visitor.listen()["output"])


def test_8_a_picture_that_goes_while_its_job_waits_is_one_sentence(demo, photo_file, painting_file):
    with Visitor(demo.local_url) as other, Visitor(demo.local_url) as visitor:
        visitor.arrive()
        content, style = visitor.upload(photo_file), visitor.upload(painting_file)
        held = other.job(other.upload(photo_file), other.upload(painting_file), 64, 60)
        assert other.join("stylize", held).status_code == 200
        thread = threading.Thread(target=other.listen)
        thread.start()
        values = visitor.data(visitor.function("paint"), content=content, style=style, size=32)
        assert visitor.join("paint", values).status_code == 200
        Path(content["path"]).unlink()
        assert "upload it again" in json.dumps(visitor.listen()["output"])
        thread.join()


# ---- 11: behind a proxy


def test_11_a_prefix_is_taken_off_before_routes_are_compared(tmp_path, monkeypatch, photo_file, painting_file):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setenv("GRADIO_ROOT_PATH", "/art")
    large = tmp_path / "large.png"
    Image.effect_noise((700, 700), 90).save(large)
    assert large.stat().st_size > 300_000
    with served() as demo:
        for prefix in ("", "art"):
            with Visitor(f"{demo.local_url}{prefix}") as visitor:
                assert visitor.paint(large, painting_file)[0]["success"] is True
                answer = visitor.get(f"/{API}/proxy=https://example.com")
                assert answer.status_code == 404


# ---- and at the end


def test_a_stopped_server_leaves_nothing_even_while_it_paints(server, visitor, photo_file, painting_file):
    data = visitor.job(visitor.upload(photo_file), visitor.upload(painting_file), 128, 5000)
    assert visitor.join("stylize", data).status_code == 200
    time.sleep(1)
    assert server.files()
    server.stop()
    assert server.files() == []
    assert server.log.stat().st_size < 100_000, server.log.read_text()[-3000:]
