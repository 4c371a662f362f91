"""What a stranger may do to the server: the guard's rules (rule 4, decoding, is tested with the pictures)."""

import asyncio
import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from PIL import Image
from starlette.exceptions import HTTPException

from stylize import StylizeError
from stylize.page import api, events, guard, launch, limits
from stylize.page.guard import bodies, internals, login, paths, routes
from stylize.page.guard.base import address_of
from stylize.page.visits import kept, sessions, storage

from .conftest import free_port, served

ROOT = Path(__file__).parents[1]
META = {"_type": "gradio.FileData"}
API = "/gradio_api"
JSON = {"content-type": "application/json"}

# ---- a request without a server: what the guard answers, or what Gradio gets


def blocks(**queue):
    queue = {"active_jobs": [], "event_queue_per_concurrency_id": {}, "stopped": False, "start": list} | queue
    return SimpleNamespace(_queue=SimpleNamespace(**queue), is_running=True)


def run(coroutine):
    with ThreadPoolExecutor(1) as thread:  # pytest's own thread may have a running loop, of a browser test
        return thread.submit(asyncio.run, coroutine).result()


def ask(method, path, body=b"", headers=(), *, demo=None, mcp=False, app=None, client="5.6.7.8", layers=None):
    """Send one request through the guard; returns (status, its sentence or the body that Gradio got, headers)."""
    demo, got = demo or blocks(), []

    async def handle(scope, receive, send):
        got.append((await receive())["body"] if method == "POST" else b"")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"Gradio's answer"})

    for layer in reversed(guard.middleware(demo, mcp) if layers is None else layers):
        handle = layer.cls(handle, **layer.kwargs)
    more = {"app": app or SimpleNamespace(blocks=demo, auth=None, tokens={}, cookie_id="x"), "client": (client, 1)}

    async def served(scope, receive, send):
        await handle(scope | more, receive, send)

    async def request():
        async with httpx.AsyncClient(transport=httpx.ASGITransport(served), base_url="http://x") as visitor:
            return await visitor.request(method, path, content=body, headers=dict(headers))

    answer = run(request())
    return answer.status_code, got[0] if got else answer.content and answer.json()["error"], answer.headers


def post(body, path="queue/join", **more):
    return ask("POST", f"{API}/{path}", body if isinstance(body, bytes) else json.dumps(body).encode(), JSON, **more)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make the server's own folder, with a picture in it; secret.png lies beside it."""
    own = tmp_path / "own"
    (own / "a").mkdir(parents=True)
    for path in (own / "a" / "good.png", tmp_path / "secret.png"):
        Image.new("RGB", (40, 30), (1, 2, 3)).save(path)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(own))
    monkeypatch.setattr(storage, "_permanent", set())
    return own


# ---- a server in this process, and visitors


class Client(httpx.Client):
    """A client with its own address: uvicorn trusts X-Forwarded-For from this machine's proxies."""

    count = 0

    def __init__(self, url):
        Client.count += 1
        self.session = f"session{Client.count}"
        address = {"X-Forwarded-For": f"5.1.0.{Client.count}"}
        super().__init__(base_url=url, headers=address, timeout=60, verify=False)  # certificates take long to load

    def upload(self, file):
        answer = self.post(f"{API}/upload", files={"files": (Path(file).name, Path(file).read_bytes())})
        assert answer.status_code == 200, answer.text
        return {"path": answer.json()[0], "meta": META}

    def join(self, photo, painting, **settings):
        """Put a job of /stylize into the queue."""
        number, parameters = endpoint(str(self.base_url))
        given = {"size": 64, "iterations": 2} | settings | {"content": photo, "style": painting}
        data = [given.get(p["parameter_name"], p.get("parameter_default")) for p in parameters]
        body = {"data": data, "fn_index": number, "session_hash": self.session}
        return self.post(f"{API}/queue/join", json=body)

    def messages(self):
        with self.stream("GET", f"{API}/queue/data", params={"session_hash": self.session}) as s:
            for line in s.iter_lines():
                if line.startswith("data:"):
                    yield json.loads(line[5:])

    def wait(self, *kinds):
        return next(message for message in self.messages() if message["msg"] in kinds)

    def paint(self, photo_file, painting_file, **settings):
        answer = self.join(self.upload(photo_file), self.upload(painting_file), **settings)
        assert answer.status_code == 200, answer.text
        return self.wait("process_completed", "unexpected_error")


@cache
def endpoint(url):
    """Return the number and the parameters of /stylize."""
    functions = httpx.get(f"{url}config", verify=False).json()["dependencies"]
    info = httpx.get(f"{url}{API[1:]}/info", verify=False).json()["named_endpoints"]["/stylize"]
    return next(one["id"] for one in functions if one["api_name"] == "stylize"), info["parameters"]


@pytest.fixture
def visitor(demo):
    with Client(demo.local_url) as visitor:
        yield visitor


# ---- 1: files


def test_only_regular_files_in_the_servers_own_folder_are_opened(folder):
    (folder / "a" / "link.png").symlink_to(folder.parent / "secret.png")
    os.mkfifo(folder / "a" / "pipe")
    good = folder / "a" / "good.png"
    os.utime(good, (1, 1))
    assert paths.checked(str(folder / "a" / ".." / "a" / "good.png")) == good.resolve()
    assert good.stat().st_mtime > time.time() - 60  # the time of its use, for LRU
    bad = ("a", "a/link.png", "a/pipe", "a/none.png", "../secret.png", "\0", "~", "", "x" * 5000)
    for path in (*(str(folder / name) for name in bad), "/dev/zero", "/proc/self/environ", "", None, 3, ["x"], {}):
        with pytest.raises(StylizeError):
            paths.checked(path)


FORMS = [
    lambda path: {"path": path},
    lambda path: {"path": path, "meta": META, "is_stream": True, "url": "http://x/gradio_api/file=x"},
    lambda path: [{"background": {"path": path}, "layers": [{"path": path}]}],
    lambda path: {"path": f"/tmp/../{path}", "meta": {}},
    lambda path: {"path": os.path.relpath(path)},
]


@pytest.mark.parametrize("form", FORMS, ids=range(5))
def test_a_body_names_no_other_file_and_does_not_tell_whether_there_is_one(folder, form):
    secret, none = folder.parent / "secret.png", "/nowhere/at/all.png"
    for body in ({"data": [form(str(secret))]}, {"event_data": {"value": form(str(secret))}}):
        assert post(body)[:2] == post({"data": [form(none)]})[:2]
        assert post(body)[0] == 400
    assert post({"data": [form(str(folder / "a" / "good.png"))]})[0] == 200


def test_no_encoding_of_an_address_reaches_a_file_outside(visitor, photo_file):
    mine = visitor.upload(photo_file)["path"]
    assert visitor.get(f"{API}/file={mine}").content == photo_file.read_bytes()
    assert visitor.get(f"{API}/file={mine.replace('/', '%2F')}").status_code == 200
    for path in ("/etc/passwd", f"{mine}/../../../../etc/passwd", "README.md", "../README.md", "/dev/zero", str(ROOT)):
        dots = path.replace("..", "%2e%2e").replace("/", "%2f")
        for form in (path, dots, dots.replace("%", "%25"), f"/{path}", f"file://{path}", path + "%00.png"):
            for route in (f"{API}/file=", f"{API}/file/", f"{API}%2ffile=", "/static/", "/assets/", "/file="):
                with socket.create_connection(("127.0.0.1", visitor.base_url.port)) as s:  # httpx would normalise it
                    s.sendall(f"GET {route}{form} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
                    status = s.makefile("rb").readline().split()[1]
                assert status in (b"400", b"403", b"404"), (route, form)


# ---- 2: routes


@pytest.mark.parametrize(
    "path",
    ["proxy=https://example.com/", "file/etc/passwd", "deep_link?session_hash=x", "stream/x", "vibe-code/", "runs",
     "run-history/records", "custom_component/x/client/component/x.js", "dev/reload", "queue/status", "openapi.json",
     "mcp", "mcp/schema", "token", "heartbeat/a b", "heartbeat/" + "x" * 65, "component_server", "process_recording"],
    ids=range(18),
)  # fmt: skip
def test_routes_that_nobody_needs_do_not_exist(path):
    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
        assert ask(method, f"{API}/{path}", b"{}", JSON)[0] == 404


def test_the_page_gradios_clients_and_mcp_find_what_they_need():
    for path in ("/", "/config", "/theme.css", "/static/img/logo.svg", f"{API}/info", f"{API}/heartbeat/abc123"):
        assert ask("GET", path)[0] == ask("HEAD", path)[0] == 200
    for path, found in (("/art/config", True), ("/art", False), ("/artconfig", False), ("/config", True)):
        request = SimpleNamespace(method="GET", scope={"path": path, "root_path": "/art"})
        assert bool(routes.matches(request, "GET /config")) is found
    for path in ("", "/", "/http", "/http/", "/schema"):
        assert ask("GET", f"{API}/mcp{path}", mcp=True)[0] == 200
    for path in (f"/</script><script>alert(1)</script>/{API}/mcp", "/x", "/sse"):  # Gradio's page repeats its address
        assert ask("GET", f"{API}/mcp{path}", mcp=True)[0] == 404


# ---- 3: bodies and uploads


ADDRESSES = [
    {"path": "http://127.0.0.1:9/a.png", "meta": META},
    {"url": "https://example.com/a.png", "meta": META},
    {"url": "file:///etc/passwd"},
    {"path": "a.png", "url": "DATA:image/png;base64,AAAA", "meta": META},
    " data:image/png;base64,AAAA",
    "ftp://example.com/a.png",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32-be"])
@pytest.mark.parametrize("picture", ADDRESSES, ids=range(6))
def test_urls_are_refused_in_every_encoding(folder, picture, encoding):
    for body in ({"data": [picture]}, {"event_data": {"deep": [{"er": picture}]}}):
        for path in ("queue/join", "run/predict", "call/stylize", "call/v2/stylize"):
            assert post(json.dumps(body).encode(encoding), path)[0] == 400


def test_a_file_with_its_address_on_this_server_passes_but_not_with_a_data_url(folder):
    file = {"path": str(folder / "a" / "good.png"), "url": "http://x/gradio_api/file=a", "meta": META}
    body = json.dumps({"data": [file, "text", 1.5, None], "session_hash": "abc"}, indent=3).encode()
    assert post(body)[:2] == (200, body)  # the same bytes are forwarded
    assert post({"data": [file | {"url": "data:image/png;base64,AAAA"}]})[0] == 400


DEEP = b'{"a":' * 9000 + b"1" + b"}" * 9000
TWICE = b'{"a": {"path": "x"}, "a": {"path": "/etc/passwd"}}'
BODIES = [b"", b'"text"', b"null", b"[]", b"{", b"\xff\xfe", b'{"a": 1} x', b"[" * 100_000, DEEP, DEEP[-400:], TWICE,
          b'{"a":' * 30 + b"1" + b"}" * 30]  # fmt: skip
NAMELESS = [{"data": [], "session_hash": name} for name in ("", " ", "x" * 65, "a/b", "a\nb", None, 3, ["x"])]


@pytest.mark.parametrize("body", [*BODIES, *NAMELESS], ids=range(20))
def test_other_bodies_than_shallow_json_objects_with_a_sessions_name_are_refused(body):
    for path in ("queue/join", "run/predict", "cancel"):
        assert post(body, path)[0] == 400
    if body in BODIES:
        assert post(body, "reset")[0] == post(body, "call/stylize")[0] == 400


def test_bodies_are_bounded_and_tell_their_length():
    assert post({"data": ["x" * bodies.MAX_BODY]})[0] == 413
    assert ask("POST", f"{API}/upload", b"", {"content-length": str(limits.MAX_UPLOAD * 2)})[0] == 413
    assert ask("POST", "/login", b"x" * (bodies.MAX_BODY + 1))[0] == 413
    for header in ({"transfer-encoding": "chunked"}, {"content-length": "-1"}, {"content-length": "9" * 5000}):
        for path in ("upload", "queue/join"):
            assert ask("POST", f"{API}/{path}", b"{}", JSON | header)[0] in (411, 413)


def test_mcp_takes_pictures_as_data_urls_and_no_addresses(folder):
    def call(picture):
        params = {"arguments": {"content": picture}}
        return post({"jsonrpc": "2.0", "method": "tools/call", "params": params}, "mcp/", mcp=True)[0]

    assert call("data:image/png;base64," + "A" * 1_000_000) == 200
    assert [call(bad) for bad in ("http://127.0.0.1/a.png", {"path": "/etc/passwd"})] == [400, 400]
    assert call("A" * bodies.MAX_MCP) == 413
    hello = {"method": "initialize", "params": {"clientInfo": {"websiteUrl": "https://example.com"}}}
    assert post(hello, "mcp/", mcp=True)[0] == 200


def test_an_upload_has_a_limit_for_each_file_and_in_all(visitor, monkeypatch):
    large, small = b"\0" * (limits.MAX_UPLOAD + 1000), b"\0" * (limits.MAX_UPLOAD // 2)
    before = len(list(storage.folder().rglob("*")))
    assert visitor.post(f"{API}/upload", files={"files": ("x.png", large)}).status_code == 413
    with suppress(httpx.WriteError):  # the server closes the connection before it has everything
        files = [("files", (f"{n}.png", small)) for n in range(3)]
        assert visitor.post(f"{API}/upload", files=files).status_code == 413
    monkeypatch.setattr(storage, "SPARE_BYTES", 10**18)
    answer = visitor.post(f"{API}/upload", files={"files": ("x.png", b"x")})
    assert answer.status_code == 400
    assert "disk is full" in answer.json()["error"]
    assert len(list(storage.folder().rglob("*"))) == before


# ---- 5: jobs


def test_a_session_and_an_address_have_few_jobs():
    mine, others = [("me", "9.9.9.9")] * limits.JOBS_EACH, [(f"s{n}", "9.9.9.9") for n in range(limits.JOBS_EACH)]
    for jobs, session, client, status in (
        (mine[1:], "me", "9.9.9.9", 200),
        (mine, "me", "8.8.8.8", 429),  # the session
        (others, "new", "9.9.9.9", 429),  # the address
        (others, "new", "8.8.8.8", 200),
        ([(s, "127.0.0.1") for s, _ in others], "new", "127.0.0.1", 200),  # a tunnel: everybody has this address
    ):
        events = [SimpleNamespace(session_hash=s, request=SimpleNamespace(scope={"client": (a, 1)})) for s, a in jobs]
        pools = {"paint": SimpleNamespace(queue=events[1:])}
        full = blocks(active_jobs=[None, events[:1]], event_queue_per_concurrency_id=pools)
        assert post({"data": [], "session_hash": session}, client=client, demo=full)[0] == status, (jobs, session)


def test_an_address_is_a_household_and_a_local_one_is_nobodys():
    def address(host):
        return address_of({"client": (host, 1)})

    assert address("1.2.3.4") != address("1.2.3.5")
    assert address("2a00:1::1") == address("2a00:1::2") != address("2a00:1:0:1::1")
    local = "127.0.0.1", "10.1.2.3", "192.168.1.2", "172.17.0.1", "100.64.0.1", "::1", "fd00::1", "testclient"
    assert {address(host) for host in local} == {address_of({})} == {""}


def test_jobs_that_come_at_once_are_counted(visitor, photo_file, painting_file, monkeypatch):
    monkeypatch.setattr(limits, "JOBS_EACH", 2)
    files = visitor.upload(photo_file), visitor.upload(painting_file)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: visitor.join(*files, iterations=30), range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 2 + [429] * 6
    assert "wait for one" in next(a for a in answers if a.status_code == 429).json()["error"]
    assert [m["msg"] for m in visitor.messages()].count("process_completed") == 2


# ---- 6: paintings end


def test_a_painting_ends_when_its_listener_disconnects(demo, photo_file, painting_file):
    with Client(demo.local_url) as one, Client(demo.local_url) as two:
        one.join(one.upload(photo_file), one.upload(painting_file), iterations=10_000)
        one.wait("process_generating")  # and hang up
        assert two.paint(photo_file, painting_file)["success"] is True


def test_a_painting_nobody_listens_to_ends_at_its_time_limit(demo, photo_file, painting_file, monkeypatch):
    monkeypatch.setattr(limits, "MAX_SECONDS", 0.3)
    with Client(demo.local_url) as one, Client(demo.local_url) as two:
        assert one.join(one.upload(photo_file), one.upload(painting_file), iterations=10_000).status_code == 200
        assert two.paint(photo_file, painting_file)["success"] is True


@pytest.mark.parametrize(
    ("arguments", "environment", "seconds"),
    [([], {}, None), (["--host", "127.0.0.1"], {}, None), (["--share"], {}, "600"), (["--host", "0.0.0.0"], {}, "600"),
     ([], {"SPACE_ID": "a/b"}, "600"), (["--share"], {"STYLIZE_MAX_SECONDS": "60"}, "60")],
    ids=range(6),
)  # fmt: skip
def test_a_public_page_paints_for_ten_minutes_at_most(monkeypatch, arguments, environment, seconds):
    from stylize.page import __main__ as program

    monkeypatch.setattr(sys, "argv", ["stylize-page", *arguments])
    for name in ("_serve", "configure_process"):
        monkeypatch.setattr(program, name, lambda *_: None)
    monkeypatch.setattr(os, "environ", dict(environment))
    program.main()
    assert os.environ.get("STYLIZE_MAX_SECONDS") == seconds


# ---- 7: budgets


def make(path, age=0.0):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * 100)
    os.utime(path, (time.time() - age,) * 2)
    return path


def test_old_files_and_the_least_recently_used_go_and_the_pages_own_stay(folder, monkeypatch):
    example = make(folder / "examples" / "x.jpg", age=10**6)
    storage.keep_present_files()
    files = [make(folder / f"folder{n}" / "x", age=100 - n) for n in range(4)]
    old = make(folder / "old" / "x", age=limits.KEPT_SECONDS + 1)
    paths.checked(files[0])  # used just now
    used = storage.sweep()
    assert not old.parent.exists()
    assert all(file.exists() for file in files)
    monkeypatch.setattr(limits, "MAX_DISK", used - 150)
    assert storage.sweep() <= limits.MAX_DISK
    assert [file.exists() for file in (example, *files)] == [True, True, False, False, True]


def test_files_of_other_programs_in_the_systems_temporary_folder_are_not_removed(monkeypatch, tmp_path):
    monkeypatch.delenv("GRADIO_TEMP_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    other = tmp_path / "other"
    other.write_bytes(b"1")
    os.utime(other, (0, 0))
    storage.sweep()
    assert other.exists()


def test_an_upload_under_way_has_its_room(folder, monkeypatch):
    file = make(folder / "x")
    monkeypatch.setattr(limits, "MAX_DISK", 1000 + (folder / "a" / "good.png").stat().st_size)

    async def two():
        async with storage.reserve(950):
            with pytest.raises(StylizeError, match="disk is full"):
                async with storage.reserve(10**6):
                    pytest.fail("there is no room")
            assert not file.exists()
        return storage._reserved

    assert run(two()) == 0


def test_a_painting_keeps_few_files(folder):
    own, before = kept.Folder(), len(list(folder.rglob("*")))
    for n in range(3 * kept.FILES):
        own.path(f"{n}.png", "download").write_bytes(b"x")
    assert len(list(folder.rglob("*"))) < before + 2 * kept.FILES + 2


def test_work_in_the_background_goes_on_after_an_error(caplog):
    done = []

    async def fail():
        done.append(1)
        raise RuntimeError("disk on fire")

    async def while_it_fails():
        task = asyncio.create_task(launch.repeat(fail, 0.001))
        while len(done) < 3:
            await asyncio.sleep(0.001)
        task.cancel()

    run(asyncio.wait_for(while_it_fails(), 10))
    assert "disk on fire" in caplog.text


def test_visits_without_a_painting_push_out_none_with_one_and_a_tab_has_few_sessions(monkeypatch):
    monkeypatch.setattr(limits, "KEPT_VISITS", 3)
    for name in ("_visits", "_sessions"):
        monkeypatch.setattr(sessions, name, {})
    sessions.arrive("painter", "p" * 32, "en").runs.append(SimpleNamespace(bytes=1, touched=0.0))
    for n in range(200):
        sessions.arrive(f"session{n}", f"{n:032}", "en")
        sessions.arrive(f"flood{n}", "f" * 32, "en")
    assert "p" * 32 in sessions._visits
    assert len(sessions._visits) == 3
    assert len(sessions._sessions) < 2 * sessions.SESSIONS_OF_A_TAB


def test_a_full_disk_and_an_unexpected_error_are_sentences():
    assert "disk is full" in str(events.explained(OSError(errno.ENOSPC, "No space left on device")))
    assert "reload the page" in str(events.explained(ZeroDivisionError()))


@pytest.mark.slow
def test_a_stopped_server_leaves_no_folder_even_while_it_paints(tmp_path, photo_file, painting_file):
    port, log = free_port(), (tmp_path / "log.txt").open("wb")
    env = os.environ | {"GRADIO_TEMP_DIR": str(tmp_path), "GRADIO_SERVER_PORT": str(port), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen([sys.executable, str(ROOT / "app.py")], stdout=log, stderr=log, env=env)
    try:
        while process.poll() is None and b"Running on local URL" not in (tmp_path / "log.txt").read_bytes():
            time.sleep(0.1)
        with Client(f"http://127.0.0.1:{port}/") as visitor:
            visitor.join(visitor.upload(photo_file), visitor.upload(painting_file), iterations=9999)
            visitor.wait("process_generating")
        assert list(tmp_path.glob("stylize-*/**/*.jpg"))
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
    finally:
        process.kill()
    assert [path.name for path in tmp_path.iterdir()] == ["log.txt"], (tmp_path / "log.txt").read_text()


# ---- 8: the login


def test_a_login_covers_every_route_and_guesses_are_limited(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    public = r"/|/(assets|static)/.*|/login/?|/(favicon.ico|robots.txt)|.*/startup-events|.*/theme.css"
    with served(auth=("ann", "right")) as demo, Client(demo.local_url) as visitor:
        every = list(demo.app.routes)
        for route in every:
            every.extend(route.original_router.routes if hasattr(route, "original_router") else ())
            path = re.sub(r"[{}]|:path", "", getattr(route, "path", "/"))
            for method in getattr(route, "methods", None) or ():
                if not re.fullmatch(public, path):
                    with visitor.stream(method, path) as answer:
                        assert answer.status_code == 401, path
        assert len(every) > 80
        assert '"auth_required":true' in visitor.get("/").text
        statuses = [visitor.post("/login", data={"username": "ann", "password": f"x{n}"}).status_code for n in range(7)]
        assert statuses == [400] * 5 + [429] * 2
        right = {"username": "ann", "password": "right"}
        assert visitor.post("/login", data=right).status_code == 429
        with Client(demo.local_url) as other:
            assert {other.post("/login", data=right).status_code for _ in range(8)} == {200}  # these are no guesses
            assert other.get("/config").status_code == 200


def test_clients_that_no_address_tells_apart_are_not_locked_out_by_a_few_guesses():
    async def wrong(scope, receive, send):
        raise HTTPException(400, "Incorrect credentials.")

    app = SimpleNamespace(auth={"ann": "right"}, tokens={"t": "ann"}, cookie_id="x")
    cookie = {"cookie": "a=b; access-token-unsecure-x=t"}
    for client, most in (("5.5.5.5", login.GUESSES), ("127.0.0.1", login.SHARED_GUESSES)):
        assert ask("GET", "/config", client=client, app=app)[0] == 401
        assert ask("GET", "/config", headers=cookie, client=client, app=app)[0] == 200
        layers = [SimpleNamespace(cls=partial(lambda one, app: one, login.Login(wrong)), kwargs={})]
        found = [ask("POST", "/login", b"username=x", client=client, layers=layers)[0] for _ in range(most + 2)]
        assert found == [400] * most + [429] * 2


# ---- 9: other websites


@pytest.mark.parametrize(("space", "who"), [("", "'self';"), ("someone/stylize", "https://huggingface.co")])
def test_other_sites_do_not_frame_the_page(monkeypatch, space, who):
    monkeypatch.setenv("SPACE_ID", space)
    policy = ask("GET", "/")[2]["content-security-policy"]
    assert policy.startswith("frame-ancestors 'self'")
    assert who in policy
    assert launch.launch_options()["inline"] is False  # a notebook would show a frame


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_other_sites_may_link_to_the_page_and_no_more(site):
    headers = JSON | {"sec-fetch-site": site, "origin": "https://example.com"}
    for path in (f"{API}/upload", f"{API}/queue/join", f"{API}/run/predict", f"{API}/cancel", "/login"):
        assert ask("POST", path, b"{}", headers)[0] == 403
    for path in ("/config", "/logout", f"{API}/info", f"{API}/queue/data?session_hash=x"):
        assert ask("GET", path, headers=headers)[0] == 403
    assert ask("GET", "/", headers=headers)[0] == 200


# ---- Gradio's own names, and its queue


def test_a_dead_queue_is_started_again(demo, visitor, photo_file, painting_file):
    demo._queue.stopped = True
    until = time.monotonic() + 10
    while demo._queue.stopped and time.monotonic() < until:
        time.sleep(0.05)
    assert visitor.paint(photo_file, painting_file)["success"] is True


def test_a_rule_whose_names_are_missing_is_left_out_and_logged(demo, caplog):
    assert all(internals.holds(rule, demo) for rule in internals.RULES)
    assert not caplog.text
    lacking = blocks()
    del lacking._queue.active_jobs
    layers = guard.middleware(lacking)
    assert len(layers) == len(guard.middleware(blocks())) - 1
    assert caplog.text.count("left out: few jobs") == 1
    assert post({"data": [], "session_hash": "a"}, layers=layers)[0] == 200


# ---- programs


def test_what_is_wrong_with_a_call_is_one_sentence(folder):
    file = {"path": str(folder / "a" / "good.png")}
    for name, value in (("size", "big"), ("seed", float("inf")), ("recipe", []), ("style_layer_weights", {"a": 1})):
        with pytest.raises(Exception, match=r"^\W*[a-z ]+ is [^\n]+; (it must be|choose) [^\n]+\.\W*$"):
            list(api.stylize(file, file, **{"size": 64, "iterations": 2} | {name: value}))
    for missing in (None, {}, {"path": None}, {"path": "/etc/passwd"}):
        with pytest.raises(Exception, match=r"Choose two pictures|upload it again"):
            list(api.stylize(missing, file, size=64, iterations=2))


def test_caps_and_memory_hold_for_programs_too(folder, monkeypatch):
    file = {"path": str(folder / "a" / "good.png")}
    monkeypatch.setitem(limits.CAPS, "iterations", 50)
    with pytest.raises(Exception, match="iterations is 60; this server takes at most 50"):
        list(api.stylize(file, file, size=64, iterations=60))
    monkeypatch.setattr("stylize.forecast.memory_free", lambda _: 1_000_000_000)
    with pytest.raises(Exception, match=r"needs .* GB of memory .* choose a size of \d+ px at most"):
        list(api.stylize(file, file, size=2048, iterations=2))


def test_a_call_that_names_no_function_or_other_parameters_is_one_sentence(visitor):
    for path, body in (("call/v2/stylize", {"x": 1}), ("call/v2/nothing", {}), ("queue/join", {"fn_index": 9999})):
        answer = visitor.post(f"{API}/{path}", json={"data": [], "session_hash": "a"} | body)
        assert answer.status_code == 400
        assert "no such function" in answer.json()["error"]


def test_curl_paints(visitor, photo_file, painting_file, monkeypatch):
    monkeypatch.setitem(limits.CAPS, "iterations", 3)
    content, style = visitor.upload(photo_file), visitor.upload(painting_file)
    body = {"content": content, "style": style, "size": 32}
    event = visitor.post(f"{API}/call/v2/paint_picture", json=body).json()["event_id"]
    assert "event: complete" in visitor.get(f"{API}/call/paint_picture/{event}").text


@pytest.mark.slow
def test_memory_and_disk_level_off_over_a_hundred_paintings(demo, photo_file, painting_file, monkeypatch):
    monkeypatch.setattr(limits, "KEPT_SECONDS", 20)  # in place of an hour
    figures = []
    for n in range(100):
        with Client(demo.local_url) as visitor:
            visitor.paint(photo_file, painting_file, size=128, iterations=4)
        if n % 20 == 19:
            pages = int(Path("/proc/self/statm").read_text().split()[1]) if Path("/proc/self/statm").exists() else 0
            figures.append((pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000, storage.sweep() // 1_000_000))
    print("MB of memory and of disk after 20, 40, 60, 80, 100 paintings:", figures)
    assert figures[-1][0] - figures[1][0] < 150
    assert figures[-1][1] - figures[1][1] < 20
