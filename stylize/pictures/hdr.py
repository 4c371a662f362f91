"""Tone-map HDR pictures (PQ and HLG, in AVIF and HEIC files) to sRGB."""

import math
from functools import lru_cache
from typing import Any

from PIL import Image

PQ, HLG, BT_2020 = 16, 18, 9  # transfer characteristics and colour primaries of ITU-T H.273
WHITE = 203.0  # cd/m2 of a white sheet of paper, ITU-R BT.2408
KNEE = 0.7  # brightness above which highlights are compressed; 1 is WHITE
# BT.2020's primaries to sRGB's: exact for linear light, here applied to encoded values, which keeps greys as they are.
TO_SRGB = (1.6605, -0.5876, -0.0728, 0, -0.1246, 1.1329, -0.0083, 0, -0.0182, -0.1006, 1.1187, 0)


def nclx_of(head: bytes) -> dict[str, int]:
    """The colour space that an AVIF's first bytes state, in the form that pillow-heif has for HEIC files.

    The first one counts: it is the main picture's, later ones belong to gain maps and thumbnails.
    """
    _, found, box = head.partition(b"colr")
    if not found or box[:4] != b"nclx":
        return {}
    primaries, transfer = int.from_bytes(box[4:6], "big"), int.from_bytes(box[6:8], "big")
    return {"color_primaries": primaries, "transfer_characteristics": transfer}


def is_hdr(info: dict[Any, Any]) -> bool:
    """Whether a PIL image with this `info` is encoded as PQ or HLG."""
    return (info.get("nclx_profile") or {}).get("transfer_characteristics") in (PQ, HLG)


def tone_map(image: Image.Image, info: dict[Any, Any]) -> Image.Image:
    """An HDR image, of any 8-bit mode without opacity, as sRGB."""
    nclx = info["nclx_profile"]
    image = image.convert("RGB").point([_srgb(value, nclx["transfer_characteristics"]) for value in range(256)] * 3)
    return image.convert("RGB", TO_SRGB) if nclx.get("color_primaries") == BT_2020 else image


@lru_cache(maxsize=512)
def _srgb(value: int, transfer: int) -> int:
    """An encoded channel, 0 to 255, as an sRGB one. Very bright colours lose some saturation, as on film."""
    x = value / 255
    if transfer == PQ:  # SMPTE ST 2084
        root = x ** (1 / 78.84375)
        nits = 10000 * (max(0.0, root - 0.8359375) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)
    else:  # ITU-R BT.2100 HLG on a display of 1000 cd/m2, exact for greys
        scene = x * x / 3 if x <= 0.5 else (math.exp((x - 0.55991073) / 0.17883277) + 0.28466892) / 12
        nits = 1000 * scene**1.2
    light = nits / WHITE
    if light > KNEE:
        light = 1 - (1 - KNEE) * math.exp((KNEE - light) / (1 - KNEE))
    return round(255 * (12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055))
