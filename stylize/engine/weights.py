"""Weights files: read without running anything in them; found in torch.hub's cache, or fetched when asked."""

import hashlib
import http.client
import os
import pickle
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from ..errors import StylizeError
from ..facts import NETWORKS
from ..pictures import files


def read_weights(path: Path) -> dict[str, Tensor]:
    """The state dict in a file. Raises StylizeError."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise StylizeError("There is no weights file {name}; check its name and folder.", name=path.name) from None
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError, KeyError):
        raise StylizeError(
            "The weights file {name} cannot be read, or is cut short; get it again.", name=path.name
        ) from None
    if not isinstance(state, dict) or not state:
        raise StylizeError("The weights file {name} holds no state dict; save one with torch.save.", name=path.name)
    return state


def cached(file: str) -> Path | None:
    """The path of a weights file in torch.hub's cache, or None if it is not there."""
    path = _place(file)
    return path if path.is_file() else None


def _place(file: str) -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints" / file


def missing_weights(network: str) -> bool:
    """Whether this network's weights must be downloaded before it can be loaded."""
    file = NETWORKS[network].weights_file
    return file is not None and cached(file) is None


def download(network: str) -> Iterator[tuple[int, int]]:
    """Download this network's weights into torch.hub's cache; see `fetch`."""
    from torchvision.models import get_model_weights  # takes a second to import

    yield from fetch(str(get_model_weights(network).DEFAULT.url))


def fetch(url: str) -> Iterator[tuple[int, int]]:
    """Download a file into torch.hub's cache unless it is there; yields (bytes so far, bytes in all).

    The file's name ends in the start of its SHA-256, which is checked. An error, or closing this generator, removes
    what was written so far.

    Raises:
        StylizeError: the network or the disk failed, or what came is not the file asked for.
    """
    path = _place(url.rsplit("/", 1)[-1])
    if path.is_file():
        return
    expected = path.stem.rsplit("-", 1)[-1]
    part: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = files.beside(path)
        with urllib.request.urlopen(url, timeout=30) as response, part.open("wb") as file:
            total, done, digest = int(response.headers.get("Content-Length") or 0), 0, hashlib.sha256()
            while chunk := response.read(1 << 20):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                yield done, total
        if not digest.hexdigest().startswith(expected):
            raise StylizeError("What came is not the weights asked for (their hash differs); try again later.")
        os.replace(part, path)
    except (OSError, http.client.HTTPException, ValueError) as error:  # URLError, timeouts, a full disk, a broken line
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise StylizeError(
            "The weights could not be downloaded ({reason}); try again, or name a file that has them.", reason=reason
        ) from None
    finally:
        if part:
            part.unlink(missing_ok=True)
