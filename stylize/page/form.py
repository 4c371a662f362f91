"""Convert the page's controls to Settings and back, also from links and files; estimate the time."""

from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from stylize import Settings, forecast
from stylize.engine.device import best_device
from stylize.engine.networks import load_network
from stylize.engine.weights import missing_weights
from stylize.facts import STYLE_LAYERS
from stylize.pictures import pixels, sandbox
from stylize.settings import SPECS, known, parsed

from . import cards, limits, zero_gpu
from .guard.paths import checked
from .texts.i18n import say, words_of

SMALL: dict[str, float] = {"size": 160, "iterations": 60}  # settings of a variation
START = 0.4  # seconds until the pictures are decoded and a painting begins
LAYERS = "style_layer_weights"
NAMES = tuple(SPECS)  # of the settings; each layer's weight has a control of its own, see LAYER_NAMES
LAYER_NAMES = STYLE_LAYERS
CONTROLS = (*(name for name in NAMES if name != LAYERS), *LAYER_NAMES)
FACTOR_RANGE = 8  # a setting whose maximum is so many times its default gets a logarithmic slider
OCTAVES = 4  # range of that slider, up and down; its lowest position is 0 where that is allowed


def has_log_slider(name: str) -> bool:
    """Whether a setting's control is a number with a logarithmic slider beside it."""
    default, high = SPECS[name].default("live"), SPECS[name].high("live")
    if isinstance(default, bool | str | tuple) or high is None:
        return False
    return default > 0 and (name in cards.MAIN or high >= FACTOR_RANGE * default)


def settings_of(values: dict[str, Any]) -> Settings:
    """Convert the controls' values, by name, to Settings. Raises StylizeError."""
    given = {name: values[name] for name in NAMES if name in values}
    if LAYER_NAMES[0] in values:
        given[LAYERS] = tuple(values[name] for name in LAYER_NAMES)
    settings = Settings(**given)
    limits.check(settings)
    return settings


def controls_at(settings: Settings) -> dict[str, Any]:
    """Convert settings to the controls' values, lowered to this server's caps."""
    shown = {name: getattr(settings, name) for name in NAMES if name != LAYERS}
    return limits.capped(shown) | dict(zip(LAYER_NAMES, getattr(settings, LAYERS), strict=True))


def expected(language: str, shape: tuple[int, int], settings: Settings) -> str:
    """HTML of the sizes, each with its expected time where that is known."""
    sizes = [size for size in cards.SIZES.values() if size <= limits.high("size")]
    seconds = {size: told for size in sizes if (told := seconds_of(settings, shape, size=size))}
    return cards.sizes(settings.size, seconds, int(limits.high("size")), words_of(language))


def seconds_of(settings: Settings, shape: tuple[int, int], **changed: Any) -> float:
    """Forecast the seconds of a painting with some settings changed; 0 where they are not known."""
    if zero_gpu.ZERO or missing_weights(settings.network):
        return 0.0
    network = load_network(settings.network, best_device(), settings.reference)
    return START + forecast.seconds_needed(replace(settings, **changed), shape, network)


def controls_in(path: str) -> dict[str, Any]:
    """Read the settings inside a picture as the controls' values. Raises StylizeError if it has none."""
    return controls_at(Settings(**known(sandbox.record_untrusted(checked(path)))))


def query(settings: Settings) -> str:
    """Convert settings to a query string, without those at their recipe's default."""
    default = Settings(recipe=settings.recipe)
    changed = {name: getattr(settings, name) for name in SPECS if getattr(settings, name) != getattr(default, name)}
    if settings.recipe != Settings().recipe:
        changed = {"recipe": settings.recipe} | changed
    if LAYERS in changed:
        changed[LAYERS] = ",".join(f"{weight:g}" for weight in changed[LAYERS])
    return "?" + urlencode(changed)


def controls_from(query: str) -> dict[str, Any]:
    """Read the settings in a query string as the controls' values. Raises StylizeError if one is invalid."""
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


def shown_picture(path: str) -> str:
    """Return the file itself, or a JPEG written beside it if browsers cannot show it (HEIC, TIFF).

    A file that is new is decoded, so that what its painting would raise is raised now, as StylizeError. The JPEG also
    replaces the file as the painting's input, so it has twice the largest painting's size.
    """
    file = checked(path)
    data = sandbox.preview(file, 2 * limits.MAX_SIZE)
    if data is None:
        sandbox.shape_untrusted(file)
        return path
    jpeg = file.with_suffix(".jpg")
    jpeg.write_bytes(data)
    return str(jpeg)
