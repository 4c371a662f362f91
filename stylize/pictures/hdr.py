"""Tone-map HDR pictures (PQ and HLG, in AVIF and HEIC files) to sRGB."""

import math
from functools import lru_cache
from typing import Any

from PIL import Image, ImageFilter

PQ, HLG, BT_2020 = 16, 18, 9  # transfer characteristics and colour primaries of ITU-T H.273
WHITE = 203.0  # cd/m2 of a white sheet of paper, ITU-R BT.2408
KNEE = 0.7  # brightness above which highlights are compressed; 1 is WHITE
TO_SRGB = (1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)  # linear BT.2020 to sRGB


def nclx_of(head: bytes) -> dict[str, int]:
    """The colour space that an AVIF's first bytes state, in the form that pillow-heif has for HEIC files.

    The first one counts: it is the main picture's, later ones belong to gain maps and thumbnails.
    """
    _, found, box = head.partition(b"colr")
    if not found or box[:4] != b"nclx":
        return {}
    numbers = int.from_bytes(box[4:6], "big"), int.from_bytes(box[6:8], "big")
    return dict(zip(("color_primaries", "transfer_characteristics"), numbers, strict=True))


def is_hdr(info: dict[Any, Any]) -> bool:
    """Whether a PIL image with this `info` is encoded as PQ or HLG."""
    return (info.get("nclx_profile") or {}).get("transfer_characteristics") in (PQ, HLG)


def tone_map(image: Image.Image, info: dict[Any, Any]) -> Image.Image:
    """An HDR image, of any 8-bit mode without opacity, as sRGB."""
    nclx = info["nclx_profile"]
    image = image.convert("RGB").point(_curve(nclx["transfer_characteristics"]) * 3)
    return image.filter(_gamut()) if nclx.get("color_primaries") == BT_2020 else image


@lru_cache
def _curve(transfer: int) -> list[int]:
    """From an encoded channel to an sRGB one. Very bright colours lose some saturation, as on film."""
    lights = [(_from_pq if transfer == PQ else _from_hlg)(value / 255) for value in range(256)]
    soft = 1 - KNEE
    return [round(255 * _encoded(x if x < KNEE else KNEE + soft * (1 - math.exp((KNEE - x) / soft)))) for x in lights]


@lru_cache
def _gamut() -> ImageFilter.Color3DLUT:
    """From BT.2020's primaries to sRGB's, both with sRGB's curve."""

    def mapped(*encoded: float) -> tuple[float, ...]:
        rgb = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in encoded]
        return tuple(_encoded(sum(m * v for m, v in zip(row, rgb, strict=True))) for row in TO_SRGB)

    return ImageFilter.Color3DLUT.generate(17, mapped)


def _from_pq(value: float) -> float:
    """SMPTE ST 2084 to linear light, 1 for WHITE."""
    root = value ** (1 / 78.84375)
    return 10000 / WHITE * (max(0.0, root - 0.8359375) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125)


def _from_hlg(value: float) -> float:
    """ITU-R BT.2100 HLG to linear light on a display of 1000 cd/m2, 1 for WHITE; exact for greys."""
    scene = value * value / 3 if value <= 0.5 else (math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return float(1000 / WHITE * scene**1.2)


def _encoded(value: float) -> float:
    """Linear light to sRGB."""
    value = min(1.0, max(0.0, value))
    return 12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055
