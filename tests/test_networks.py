"""The two networks: layers, weights files good and bad, and the download against a server of our own."""

import errno
import hashlib
import io
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from stylize import StylizeError
from stylize.engine import device, weights
from stylize.engine.networks import LITE_LAYERS, Lite, load_network


@pytest.mark.parametrize("size", [(1, 1), (1, 37), (48, 33), (64, 64)])
def test_lite_takes_any_size(size):
    features = load_network("lite")(torch.rand(1, 3, *size).to(device.fast_dtype(torch.device("cpu"))))
    assert set(features) == set(LITE_LAYERS)
    assert all(torch.isfinite(f).all() for f in features.values())


def test_one_pass_ends_at_the_last_layer_asked_for():
    net = Lite()
    ran = []
    for name, conv in net.convs.items():
        conv.register_forward_hook(lambda *_, name=name: ran.append(name))
    assert list(net(torch.rand(1, 3, 32, 32), ("conv2_1", "conv1_1"))) == ["conv1_1", "conv2_1"]
    assert ran == ["conv1_1", "stem", "conv1_2", "conv2_1"]


def test_vgg19_without_weights_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    with pytest.raises(StylizeError, match="548 MB"):
        load_network("vgg19", torch.device("cpu"), True)


@pytest.mark.parametrize("name", ["quantum", "meta", "cuda:99", 3.5])
def test_a_device_that_is_not_here_is_named(name):
    with pytest.raises(StylizeError, match=f"no device {name} here"):
        device.best_device(name)


@pytest.mark.parametrize("there", ["cuda", "mps", "cpu"])
def test_the_fastest_device_is_chosen_or_the_one_named(there, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: there == "cuda")
    monkeypatch.setattr(torch.cuda, "device_count", lambda: int(there == "cuda"))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: there == "mps")
    assert device.best_device().type == there
    assert device.best_device(there).type == there
    assert device.best_device("cpu").type == "cpu"


# ---- the download of weights


BODY = b"weights" * 400_000
NAME = f"vgg19-{hashlib.sha256(BODY).hexdigest()[:8]}.pth"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Keep weights in a folder of its own."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    return tmp_path / "checkpoints"


@pytest.fixture
def server():
    """Serve files on this machine; `files` is {path: (bytes, bytes promised)}."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body, promised = self.server.files.get(self.path, (None, 0))
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Length", str(promised))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files = {"/" + NAME: (BODY, len(BODY))}
    server.url = f"http://127.0.0.1:{server.server_port}/{NAME}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()


@pytest.mark.parametrize(
    ("answer", "said"),
    [((None, 0), r"could not be downloaded .*Not Found"), ((b"an error page", 13), "their hash differs"),
     ((BODY[:-9], len(BODY)), None)],
    ids=["missing", "another file", "cut short"],
)  # fmt: skip
def test_a_download_that_fails_is_one_sentence_and_leaves_nothing(answer, said, server, folder):
    server.files["/" + NAME] = answer
    with pytest.raises(StylizeError, match=said):
        list(weights.fetch(server.url))
    assert list(folder.iterdir()) == []


def test_a_download_without_a_network_a_folder_or_room_is_one_sentence(server, folder, monkeypatch):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StylizeError, match="could not be downloaded"):
        list(weights.fetch("http://127.0.0.1:9/vgg19-00000000.pth"))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda *_: Full())
        with pytest.raises(StylizeError, match=r"downloaded .No space left on device"):
            list(weights.fetch(server.url))
    assert list(folder.iterdir()) == []
    folder.rmdir()
    folder.write_text("a file where the folder should be")
    with pytest.raises(StylizeError, match="could not be downloaded"):
        list(weights.fetch("http://127.0.0.1:9/vgg19-00000000.pth"))


def test_downloads_are_kept_once_whole_also_two_at_a_time_and_not_asked_for_again(server, folder):
    half, one, two = (weights.fetch(server.url) for _ in range(3))
    next(half)
    assert len(list(folder.iterdir())) == 1
    half.close()  # the visitor left
    assert list(folder.iterdir()) == []
    next(one)
    *others, last = two
    assert others
    assert last == (len(BODY), len(BODY))
    list(one)
    assert weights.cached(NAME).read_bytes() == BODY
    assert list(folder.iterdir()) == [weights.cached(NAME)]
    (folder / "mine").touch()
    assert (folder / NAME).stat().st_mode == (folder / "mine").stat().st_mode  # others may read it
    server.files.clear()
    assert list(weights.fetch(server.url)) == []
