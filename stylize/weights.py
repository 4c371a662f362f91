"""Weights files: read without running anything in them; VGG-19's found in torch.hub's cache, or fetched when asked."""

import hashlib
import os
import pickle
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import Tensor

from .settings import StylizeError


def read_weights(path: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise StylizeError(f"There is no weights file {path.name}; check its name and folder.") from None
    except (pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError, KeyError):
        raise StylizeError(f"The weights file {path.name} cannot be read, or is cut short; get it again.") from None
    if not isinstance(state, dict) or not state:
        raise StylizeError(f"The weights file {path.name} holds no state dict; save one with torch.save.")
    return state


def vgg19_url() -> str:
    """torchvision's own address of the weights; the file's name ends in the start of its SHA-256."""
    from torchvision.models import VGG19_Weights

    return str(VGG19_Weights.IMAGENET1K_V1.url)


def cached_vgg19(url: str | None = None) -> Path | None:
    """The weights in torch.hub's cache, or None."""
    path = Path(torch.hub.get_dir()) / "checkpoints" / (url or vgg19_url()).rsplit("/", 1)[-1]
    return path if path.is_file() else None


def download_vgg19(url: str | None = None) -> Iterator[tuple[int, int]]:
    """Fetch the weights into torch.hub's cache; yields (bytes so far, bytes in all). Nothing if they are there.

    Their hash is checked, and nothing half-written stays behind, not even if this is closed halfway.

    Raises:
        StylizeError: the network or the disk failed, or what came is not the file asked for.
    """
    url = url or vgg19_url()
    if cached_vgg19(url):
        return
    name = url.rsplit("/", 1)[-1]
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    expected = name.rsplit("-", 1)[-1].split(".")[0]
    part: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (
            urllib.request.urlopen(url, timeout=30) as response,
            tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as file,
        ):
            part = Path(file.name)
            total, done, digest = int(response.headers.get("Content-Length") or 0), 0, hashlib.sha256()
            while chunk := response.read(1 << 20):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                yield done, total
        if not digest.hexdigest().startswith(expected):
            raise StylizeError("What came is not VGG-19's weights (their hash differs); try again later.")
        os.replace(part, folder / name)
    except OSError as error:  # URLError, timeouts, a full disk
        reason = getattr(error, "reason", None) or error.strerror or error
        raise StylizeError(
            f"VGG-19's weights could not be downloaded ({reason}); try again, or name a file that has them."
        ) from None
    finally:
        if part:
            part.unlink(missing_ok=True)
