"""The device that paints, its fastest arithmetic, and its memory."""

import ctypes
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import torch

from ..errors import StylizeError


def release_memory() -> None:
    """Return freed memory to the system, which glibc would keep: call it when a painting is done."""
    with suppress(AttributeError, OSError, TypeError):  # macOS, musl, Windows have other C libraries
        ctypes.CDLL(None).malloc_trim(0)


def best_device(name: str | torch.device | None = None) -> torch.device:
    """The device named, or the fastest there is: CUDA, then Apple's MPS, then the CPU. Raises StylizeError."""
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name is None:
        return torch.device(next(kind for kind, yes in there.items() if yes))
    try:
        device = torch.device(name)
    except (RuntimeError, TypeError):
        device = torch.device("meta")  # like every other kind that cannot paint
    if not there.get(device.type) or (device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count()):
        here = ", ".join(kind for kind, yes in there.items() if yes)
        raise StylizeError(
            "There is no device {name} here; leave it out, or choose one of {here}.", name=name, here=here
        )
    return device


@contextmanager
def autograd() -> Iterator[None]:
    """Gradients inside, and tensors as torch makes them by itself, whatever modes of torch the caller has entered."""
    with ExitStack() as stack:
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda", "mps"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield


def is_out_of_memory(error: BaseException) -> bool:
    """True for the errors by which Python, CUDA, MPS, torch's CPU allocator and oneDNN say that memory is exhausted."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    ours = "DefaultCPUAllocator: ", "MPS backend out of memory", "CUDA error: out of memory"
    said = str(error)
    return isinstance(error, RuntimeError) and (any(w in said for w in ours) or said == "could not create a primitive")


def fast_dtype(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies it natively, else float32, which emulation would only slow down."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    native = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    if device.type == "cpu" and any(getattr(torch.cpu, test, bool)() for test in native):
        return torch.bfloat16
    return torch.float32
