"""The camera: follows rays to the scenes' surfaces, lights what they meet, and blurs what is out of focus."""

from types import SimpleNamespace

import numpy as np
import scenes
from PIL import Image, ImageFilter
from scenes import HEIGHT, WIDTH, Array, Scene, listed, noise

COARSE = 4  # px: rays are first followed in bundles of this side


Shot = SimpleNamespace  # where the camera stands and looks, and its light: the words of scenes.txt's shots


def shots() -> dict[str, Shot]:
    """The shots that scenes.txt lists, by the names of their scenes."""
    found = {}
    for name, *words in listed("shots"):
        starts = [k for k, word in enumerate(words) if word.isalpha()]
        rows = [words[i:j] for i, j in zip(starts, [*starts[1:], None], strict=True)]
        values = {key: np.array(n, np.float32) if len(n) > 1 else float(n[0]) for key, *n in rows}
        found[name] = Shot(**({"haze": 0, "focus": 0, "clouds": 0} | values), scene=getattr(scenes, name))
    return found


def take(shot: Shot) -> Image.Image:
    """The picture, WIDTH x HEIGHT."""
    rays = _rays(shot, WIDTH, HEIGHT)
    start = _march(shot, _rays(shot, WIDTH // COARSE, HEIGHT // COARSE), np.float32(0.05), 50, 2.0 * COARSE / WIDTH)
    near = start.reshape(HEIGHT // COARSE, WIDTH // COARSE)
    padded = np.pad(near, 1, mode="edge")
    near = np.min([padded[y : y + near.shape[0], x : x + near.shape[1]] for y in range(3) for x in range(3)], 0)
    t = _march(shot, rays, np.maximum(0.05, near.repeat(COARSE, 0).repeat(COARSE, 1).ravel() * 0.97), 40, 0)
    points = shot.eye + rays * t[:, None]
    hit = t < shot.far
    colour = _sky(shot, rays)
    colour[hit] = _lit(shot, points[hit], rays[hit], t[hit])
    picture = Image.fromarray((_film(colour) * 255).astype(np.uint8).reshape(HEIGHT, WIDTH, 3))
    return _focused(picture, shot, t)


def _rays(shot: Shot, width: int, height: int) -> Array:
    forward = (shot.target - shot.eye) / np.linalg.norm(shot.target - shot.eye)
    right = np.cross(np.array([0, 1, 0], np.float32), forward)
    right /= np.linalg.norm(right)
    up = np.cross(forward, right)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = (x + 0.5) / width * 2 - 1, (1 - (y + 0.5) / height * 2) * HEIGHT / WIDTH
    rays = (forward * shot.zoom + u[..., None] * right + v[..., None] * up).reshape(-1, 3).astype(np.float32)
    return rays / np.linalg.norm(rays, axis=1, keepdims=True)


def _march(shot: Shot, rays: Array, start: Array | np.float32, steps: int, cone: float) -> Array:
    """How far each ray goes until it meets a surface; `cone` widens it, to stop early."""
    t = np.broadcast_to(start, len(rays)).astype(np.float32).copy()
    active = np.arange(len(rays))
    for _ in range(steps):
        d, _colour = shot.scene(shot.eye + rays[active] * t[active, None])
        d = d - cone * t[active]
        t[active] += np.maximum(d, 0) * 0.95
        active = active[(d > 0.0015 + 0.0006 * t[active]) & (t[active] < shot.far)]
        if not len(active):
            break
    return np.minimum(t, shot.far)


def _lit(shot: Shot, p: Array, rays: Array, t: Array) -> Array:
    """Lambert's law with soft shadows, light from the sky, a gloss, and haze."""
    scene = shot.scene
    here, colour = scene(p)
    normal = np.stack([scene(p + axis)[0] - here for axis in 0.004 * np.eye(3, dtype=np.float32)], 1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    sun = shot.sun / np.linalg.norm(shot.sun)
    facing = np.clip(normal @ sun, 0, 1)
    shadow = np.zeros(len(p), np.float32)
    shadow[facing > 0] = _shadow(scene, p[facing > 0] + normal[facing > 0] * 0.02, sun)
    open_ = np.ones(len(p), np.float32)
    for reach in (0.1, 0.3):
        open_ -= np.clip(reach - scene(p + normal * reach)[0], 0, 1) * 0.55 / reach * 0.5
    ambient = (shot.sky * 0.25 + shot.horizon * 0.35) * (
        (0.6 + 0.4 * normal[:, 1:2]) * np.clip(open_, 0.15, 1)[:, None]
    )
    half = sun - rays
    half /= np.linalg.norm(half, axis=1, keepdims=True)
    gloss = 0.18 * np.clip((normal * half).sum(1), 0, 1) ** 40 * shadow
    lit = colour * (ambient + (facing * shadow)[:, None] * shot.warmth * 1.35) + gloss[:, None]
    veil = 1 - np.exp(-shot.haze * t)[:, None]
    return (lit * (1 - veil) + shot.horizon * veil).astype(np.float32)


def _shadow(scene: Scene, p: Array, sun: Array) -> Array:
    """1 in the sun, 0 in the shade, between at the shadows' edges (Quilez, soft shadows)."""
    light, t = np.ones(len(p), np.float32), np.full(len(p), 0.02, np.float32)
    active = np.arange(len(p))
    for _ in range(22):
        d, _colour = scene(p[active] + sun * t[active, None])
        light[active] = np.minimum(light[active], np.clip(9 * d / t[active], 0, 1))
        t[active] += np.clip(d, 0.03, 0.6)
        active = active[(light[active] > 0.02) & (t[active] < 6)]
        if not len(active):
            break
    return light


def _sky(shot: Shot, rays: Array) -> Array:
    high = np.clip(rays[:, 1:2] * 2.2, 0, 1) ** 0.7
    sky = shot.horizon * (1 - high) + shot.sky * high
    if shot.clouds:
        flat = rays[:, [0, 2]] / np.maximum(rays[:, 1:2] + 0.25, 0.1)
        cloud = np.clip(noise(flat * 3, 21, 5) * 1.6 + shot.clouds, 0, 1)[:, None]
        cloud = cloud * np.clip(rays[:, 1:2] * 8 + 0.4, 0, 1)
        sky = sky * (1 - cloud) + np.array([1.05, 1.0, 0.96]) * cloud
    return sky.astype(np.float32)


def _film(colour: Array) -> Array:
    """Highlights rolled off, gamma for the screen."""
    c = colour * 0.72
    return np.clip((c * (2.51 * c + 0.03)) / (c * (2.43 * c + 0.59) + 0.14), 0, 1) ** (1 / 1.5)  # Narkowicz


def _focused(picture: Image.Image, shot: Shot, t: Array) -> Image.Image:
    """Depth of field: each distance blurred by how far it is from the one in focus."""
    if not shot.focus:
        return picture.filter(ImageFilter.GaussianBlur(0.6))
    amount = np.clip(np.abs(t - shot.focus) / shot.focus * 2.2 - 0.25, 0, 1).reshape(HEIGHT, WIDTH)
    out = picture.filter(ImageFilter.GaussianBlur(0.6))
    for level, radius in ((0.25, 2.0), (0.5, 4.0), (0.8, 7.0)):
        mask = Image.fromarray((np.clip((amount - level) * 4 + 0.5, 0, 1) * 255).astype(np.uint8))
        out.paste(picture.filter(ImageFilter.GaussianBlur(radius)), mask=mask.filter(ImageFilter.GaussianBlur(3)))
    return out
