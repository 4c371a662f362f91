"""The settings as the page holds them: controls to Settings and back, links, files, and what they will cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr
import torch

from stylize import Settings, StylizeError, images, resources
from stylize.device import best_device, fast_dtype
from stylize.networks import load_network, missing_weights
from stylize.settings import SPECS

from . import limits, zero_gpu
from .i18n import say, told

# The controls, in their order: one for each setting, but for the style layers' weights, which have one each.
NAMES = tuple(name for name in SPECS if name != "style_layer_weights")
LAYERS = 5
SKIP = gr.skip()


@contextmanager
def telling(request: gr.Request | None = None) -> Iterator[None]:
    """What is wrong as one sentence on the page, in the visitor's language."""
    try:
        yield
    except StylizeError as error:
        raise gr.Error(told(error, request), print_exception=False) from None


def settings_of(values: list[Any]) -> Settings:
    """Settings from the controls' values, checked. Raises StylizeError."""
    named = dict(zip(NAMES, values, strict=False))
    settings = Settings(**named, style_layer_weights=tuple(values[len(NAMES) :]))
    limits.check(settings)
    return settings


def values_of(settings: Settings) -> list[Any]:
    """The controls at these settings."""
    spec = {name: {"value": getattr(settings, name)} for name in NAMES}
    for name, update in spec.items():
        if SPECS[name]["low"] is not None:
            update["maximum"] = limits.high(name, settings.recipe, SPECS[name])
    return [gr.update(**spec[name]) for name in NAMES] + list(settings.style_layer_weights)


def weight_of(strength: float, recipe: str) -> float:
    """The style weight at a strength: twice as much for each step, the recipe's own at 0."""
    spec = SPECS["style_weight"]
    return min(spec["high"][recipe], spec["default"][recipe] * 2.0**strength)


def expect(request: gr.Request, content: str | None, *values: Any) -> str:
    """How long it will take, and how much memory."""
    try:
        settings = settings_of(list(values))
        if zero_gpu.ZERO or missing_weights(settings.network):
            return ""  # there is nothing here to measure it on
        shape = images.shape_of(content) if content else (4, 3)
        network = load_network(settings.network, best_device(), settings.reference)
        seconds = resources.seconds_needed(settings, shape, network)
        bfloat16 = fast_dtype(best_device()) is torch.bfloat16
        needed = resources.memory_needed(settings, shape, bfloat16)
        return say(request, "expect", seconds=max(1, seconds), gigabytes=max(0.1, needed / 1e9))
    except StylizeError as error:
        return told(error, request)


def load_settings(path: str, request: gr.Request) -> list[Any]:
    """The controls at the settings inside a picture."""
    with telling(request):
        return values_of(Settings(**images.read_settings(path)))


def link(request: gr.Request, *values: Any) -> str:
    """A query string that brings these settings back; what is the recipe's default is left out."""
    with telling(request):
        settings = settings_of(list(values))
    default = Settings(recipe=settings.recipe)
    changed = {name: getattr(settings, name) for name in SPECS if getattr(settings, name) != getattr(default, name)}
    if "style_layer_weights" in changed:
        changed["style_layer_weights"] = ",".join(f"{weight:g}" for weight in settings.style_layer_weights)
    return "?" + urlencode(changed)


def from_link(request: gr.Request) -> list[Any]:
    """The controls as the page's address asks; an address with a mistake in it is told and left aside."""
    given = {name: value for name, value in parse_qsl(str(request.query_params)) if name in SPECS}
    if not given:
        return [SKIP] * (len(NAMES) + LAYERS)
    try:
        return values_of(Settings(**{name: _parsed(name, text) for name, text in given.items()}))
    except StylizeError as error:
        gr.Warning(told(error, request))
        return [SKIP] * (len(NAMES) + LAYERS)


def _parsed(name: str, text: str) -> Any:
    kind = type(SPECS[name]["default"]["live"])
    try:
        if kind is bool:
            return {"True": True, "False": False}[text]
        if kind is tuple:
            return tuple(float(part) for part in text.split(","))
        return text if kind is str else float(text)
    except (ValueError, KeyError):
        return text  # which Settings refuses, and says why
