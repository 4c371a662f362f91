"""Tone-map HDR pictures (PQ and HLG, in AVIF and HEIC files) to sRGB."""

import math
import struct

from PIL import Image

PQ, HLG, BT_2020 = 16, 18, 9  # transfer characteristics and colour primaries of ITU-T H.273
WHITE = 203.0  # cd/m2 of a white sheet of paper, ITU-R BT.2408
KNEE = 0.7  # brightness above which highlights are compressed; 1 is WHITE
# BT.2020's primaries to sRGB's: exact for linear light, here applied to encoded values, which keeps greys as they are.
TO_SRGB = (1.6605, -0.5876, -0.0728, 0, -0.1246, 1.1329, -0.0083, 0, -0.0182, -0.1006, 1.1187, 0)


def avif_profile(head: bytes) -> dict[str, int] | None:
    """Read the colour space in an AVIF's first bytes, in the form that pillow-heif has for HEIC files.

    The first one counts: it is the main picture's, later ones belong to gain maps and thumbnails.
    """
    kind, primaries, transfer = struct.unpack(">4sHH", head.partition(b"colr")[2][:8].ljust(8))
    return {"color_primaries": primaries, "transfer_characteristics": transfer} if kind == b"nclx" else None


def tone_map(image: Image.Image, profile: dict[str, int] | None) -> Image.Image | None:
    """Convert an HDR image, of any 8-bit mode without opacity, to sRGB; None where the profile is no HDR one."""
    transfer = (profile or {}).get("transfer_characteristics")
    if not profile or transfer not in (PQ, HLG):
        return None
    image = image.convert("RGB").point([_srgb(value / 255, transfer) for value in range(256)] * 3)
    return image.convert("RGB", TO_SRGB) if profile.get("color_primaries") == BT_2020 else image


def _srgb(x: float, transfer: int) -> int:
    """Convert an encoded channel, 0 to 1, to sRGB. Very bright colours lose some saturation, as on film."""
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
