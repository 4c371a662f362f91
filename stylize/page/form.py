"""The page's controls to Settings and back; settings in links and files; the expected time and memory."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from stylize import Settings, forecast
from stylize.engine.device import best_device, fast_dtype
from stylize.engine.networks import load_network
from stylize.engine.weights import missing_weights
from stylize.facts import STYLE_LAYERS
from stylize.pictures import pixels, sandbox
from stylize.settings import SPECS, known, parsed

from . import limits, zero_gpu
from .guard.paths import checked
from .texts.i18n import say

LAYERS = "style_layer_weights"
NAMES = tuple(SPECS)  # of the settings; each layer's weight has a control of its own, see LAYER_NAMES
LAYER_NAMES = STYLE_LAYERS
CONTROLS = (*(name for name in NAMES if name != LAYERS), *LAYER_NAMES)
STEEP = 8  # a setting that may be so many times its default has a slider of factors
OCTAVES = 4  # range of that slider, up and down; its lowest position is 0 where that is allowed
PRESETS: dict[str, dict[str, Any]] = {  # a click sets these
    "faint": {"strength": -2.5},
    "balanced": {"strength": 0.0},
    "strong": {"strength": 2.5},
    "fine": {"style_scale": 0.5},
    "broad": {"style_scale": 1.75},
    "study": {"recipe": "reference"},
}


def steep(name: str) -> bool:
    """Whether a control is a number with a slider of factors below it."""
    default, high = SPECS[name].default("live"), SPECS[name].high("live")
    if isinstance(default, bool | str | tuple) or high is None:
        return False
    return default > 0 and high >= STEEP * default


def settings_of(values: dict[str, Any]) -> Settings:
    """Settings from the controls' values by name, checked. Raises StylizeError."""
    given = {name: values[name] for name in NAMES if name in values}
    if LAYER_NAMES[0] in values:
        given[LAYERS] = tuple(values[name] for name in LAYER_NAMES)
    settings = Settings(**given)
    limits.check(settings)
    return settings


def controls_at(settings: Settings) -> dict[str, Any]:
    """The controls' values at these settings, as far as this machine's caps allow."""
    shown = {name: getattr(settings, name) for name in NAMES if name != LAYERS}
    return limits.capped(shown) | dict(zip(LAYER_NAMES, getattr(settings, LAYERS), strict=True))


def preset(name: str) -> dict[str, Any]:
    """The controls that a preset moves; the study's moves them all."""
    wanted = PRESETS[name]
    return controls_at(Settings(**wanted)) if "recipe" in wanted else wanted


def expected(language: str, shape: tuple[int, int], settings: Settings) -> str:
    """The expected time and memory of a painting, in words; "" where they are not known."""
    if zero_gpu.ZERO or missing_weights(settings.network):
        return ""
    network = load_network(settings.network, best_device(), settings.reference)
    seconds = forecast.seconds_needed(settings, shape, network)
    needed = forecast.memory_needed(settings, shape, fast_dtype(best_device()))
    return say(language, "expect", seconds=max(1, seconds), gigabytes=max(0.1, needed / 1e9))


def controls_in(path: str) -> dict[str, Any]:
    """The controls' values at the settings inside a picture. Raises StylizeError where it has none."""
    return controls_at(Settings(**known(sandbox.record_untrusted(checked(path)))))


def query(settings: Settings) -> str:
    """A query string with these settings, without those at their recipe's default."""
    default = Settings(recipe=settings.recipe)
    changed = {name: getattr(settings, name) for name in SPECS if getattr(settings, name) != getattr(default, name)}
    if settings.recipe != Settings().recipe:
        changed = {"recipe": settings.recipe} | changed
    if LAYERS in changed:
        changed[LAYERS] = ",".join(f"{weight:g}" for weight in changed[LAYERS])
    return "?" + urlencode(changed)


def controls_from(query: str) -> dict[str, Any]:
    """The controls' values at the settings in the page's query string. Raises StylizeError for a mistake in it."""
    given = {name: value for name, value in parse_qsl(query) if name in SPECS}
    if not given:
        return {}
    settings = Settings(**{name: parsed(name, text) for name, text in given.items()})
    limits.check(settings)
    return controls_at(settings)


def checked_shape(language: str, shape: tuple[int, int], settings: Settings) -> str:
    """A warning for photos with very unequal sides, which the reference recipe makes equal; else ""."""
    times, size = max(shape) / min(shape), settings.size
    if settings.reference or times < 5:
        return ""
    return say(language, "narrow", times=times, size=size, short=min(pixels.fitted(shape, size)))


def checked_picture(path: str) -> None:
    """Raises StylizeError for a file that is no picture; it is not decoded."""
    sandbox.shape_untrusted(checked(path))
