"""Settings: the one place where every default, range and help text is stated."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from numbers import Real
from typing import Any, get_type_hints

from .errors import StylizeError, quoted
from .facts import NETWORKS

RECIPES = {
    "live": "coarse to fine, a painting within seconds",
    "reference": "the study to the letter: VGG-19 at 256 x 256 px, 3000 iterations",
}


@dataclass(frozen=True)
class Spec:
    """Describe a setting besides its name and type: defaults, range, choices, help."""

    defaults: Mapping[str, Any]  # by recipe
    highs: Mapping[str, Any]  # by recipe: the highest number
    low: Any  # the lowest number; None: this setting has no range
    step: Any  # the slider's step
    choices: tuple[str, ...]
    help: str
    mid_run: bool  # whether it may be changed while a picture is painted
    live_only: bool  # whether it is the weight of a term that the reference recipe lacks

    def default(self, recipe: str) -> Any:
        return self.defaults[recipe]

    def high(self, recipe: str) -> Any:
        return self.highs[recipe]


def _setting(
    live: Any,
    reference: Any = None,
    *,
    help: str,
    within: tuple[float | None, Any, float | None] = (None, None, None),
    choices: tuple[str, ...] = (),
    mid_run: bool = False,
    live_only: bool = False,
) -> Any:
    """Declare a field of Settings, with its Spec as metadata.

    `live` and `reference` are the defaults in these recipes, equal if only one is given. `within` is the lowest value,
    the highest and a slider's step; the highest may differ by recipe, as (live, reference). `live_only` marks the
    weight of a term that the reference recipe lacks; its default there is 0.
    """
    low, high, step = within
    reference = 0.0 if live_only else live if reference is None else reference
    defaults = {"live": live, "reference": reference}
    highs = dict(zip(RECIPES, high if isinstance(high, tuple) else (high, high), strict=True))
    return field(default=None, metadata={"spec": Spec(defaults, highs, low, step, choices, help, mid_run, live_only)})


@dataclass(frozen=True)
class Settings:
    """State what to paint and how. A setting left out, or None, takes its recipe's default.

    Raises:
        StylizeError: a value of the wrong type, not finite, out of range, or not among the choices.
    """

    recipe: str = _setting(
        "live", help="; ".join(f"{name}: {what}" for name, what in RECIPES.items()), choices=tuple(RECIPES)
    )
    network: str = _setting(
        "lite",
        "vgg19",
        help="; ".join(f"{name} {network.about}" for name, network in NETWORKS.items()),
        choices=tuple(NETWORKS),
    )
    size: int = _setting(
        512,
        256,
        help="longer side of the painting, px (a panorama becomes longer); the reference recipe paints a square",
        within=(32, (4096, 2048), 32),
    )
    iterations: int = _setting(80, 3000, help="steps of Adam, over all sizes", within=(1, 10_000, 1), mid_run=True)
    learning_rate: float = _setting(
        0.035,
        0.005,
        help="how far one step moves a pixel (pixels run from 0 to 1)",
        within=(0.0005, 0.2, 0.0005),
        mid_run=True,
    )
    strength: float = _setting(
        0.0,
        help="from -4, a hint of the style on the photo, to 4, almost nothing but style",
        within=(-4.0, 4.0, 0.5),
        mid_run=True,
    )
    content_weight: float = _setting(
        0.6, 1.0, help="how firmly the photo holds its shapes", within=(0.0, 100.0, 0.05), mid_run=True
    )
    style_weight: float = _setting(
        2.0, 1e8, help="how strongly the painting takes over", within=(0.0, (1000.0, 1e12), 0.1), mid_run=True
    )
    neighbor_weight: float = _setting(
        22.0,
        help="how firmly each part takes the forms of the style's most similar part",
        within=(0.0, 100.0, 0.1),
        mid_run=True,
        live_only=True,
    )
    patch_weight: float = _setting(
        8.0,
        help="how closely pixels become those of the style's most similar part: its own colours and brushwork",
        within=(0.0, 100.0, 0.1),
        mid_run=True,
        live_only=True,
    )
    palette_weight: float = _setting(
        25.0, help="how closely the colours become the style's", within=(0.0, 100.0, 0.1), mid_run=True, live_only=True
    )
    grain_weight: float = _setting(
        3.0,
        help="how closely the finest detail becomes as crisp or as smooth as the style's",
        within=(0.0, 100.0, 0.1),
        mid_run=True,
        live_only=True,
    )
    tv_weight: float = _setting(
        1.0,
        0.0,
        help="how smooth neighbouring pixels become: takes away grain, then fine strokes",
        within=(0.0, 1000.0, 1),
        mid_run=True,
    )
    photo_proportions: float = _setting(
        0.15,
        0.0,
        help="whose proportions of colours and motifs the painting takes: 0 the style's own, 1 the photo's",
        within=(0.0, (1.0, 1.0), 0.05),
        mid_run=True,
    )
    style_scale: float = _setting(
        1.0, help="size of the brush strokes: of the style beside the painting", within=(0.25, 2.0, 0.05)
    )
    content_layer: str = _setting(
        "conv4_2",
        help="the layer whose features are the content; one that the network has",
        choices=tuple(sorted({layer for network in NETWORKS.values() for layer in network.layers})),
    )
    style_layer_weights: tuple[float, ...] = _setting(
        (1.0, 1.0, 0.7, 0.1, 0.0),
        (1.0, 1.0, 1.0, 1.0, 1.0),
        help="weights of conv1_1, conv2_1, conv3_1, conv4_1 and conv5_1 in the style loss: fine grain to large forms",
        within=(0.0, 1000.0, 0.05),
        mid_run=True,
    )
    init: str = _setting("content", help="paint on a copy of the photo, or on noise", choices=("content", "noise"))
    seed: int = _setting(0, help="of the noise; the same seed paints the same picture", within=(0, 2**31 - 1, 1))
    early_stop: bool = _setting(False, help="stop when the style loss has levelled off", mid_run=True)
    keep_colors: bool = _setting(
        False, help="keep the photo's own colours: only the brushwork comes over", mid_run=True
    )

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(Settings).items():
            spec, value = SPECS[name], getattr(self, name)
            if value is None:  # self.recipe is set already, since it is the first field
                value = spec.default(self.recipe or "live")
            object.__setattr__(self, name, _checked(name, kind, spec, value, self.recipe))

    @property
    def reference(self) -> bool:
        """True for the study's own arithmetic: no normalisation anywhere, one size, no clamping until the end."""
        return self.recipe == "reference"


SPECS: dict[str, Spec] = {f.name: f.metadata["spec"] for f in fields(Settings)}
MID_RUN = tuple(name for name, spec in SPECS.items() if spec.mid_run)


def _checked(name: str, kind: type, spec: Spec, value: Any, recipe: str) -> Any:
    """Convert a value to its field's own type. Raises StylizeError."""
    if hasattr(value, "tolist") and not isinstance(value, type):  # a number or array of numpy or torch
        value = value.tolist()
    wrong = {"setting": name, "value": quoted(value)}
    if choices := spec.choices:
        if not isinstance(value, str) or value not in choices:
            raise StylizeError("{setting} is {value}; choose one of {choices}.", **wrong, choices=", ".join(choices))
        return value
    if kind is bool:
        if not isinstance(value, bool):
            raise StylizeError("{setting} is {value}; it must be true or false.", **wrong)
        return value
    low, high = spec.low, spec.high(recipe)
    if kind is not int and kind is not float:
        if not isinstance(value, list | tuple) or len(value) != 5:
            raise StylizeError("{setting} is {value}; it must be five numbers.", **wrong)
        return tuple(_checked(name, float, spec, v, recipe) for v in value)
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not number or not low <= value <= high or (kind is int and value != int(value)):  # nan is in no range
        wrong |= {"low": f"{low:.12g}", "high": f"{high:.12g}"}
        if kind is int:
            raise StylizeError("{setting} is {value}; it must be a whole number from {low} to {high}.", **wrong)
        raise StylizeError("{setting} is {value}; it must be a number from {low} to {high}.", **wrong)
    return kind(value)


def known(record: Mapping[str, Any]) -> dict[str, Any]:
    """Select the entries of a saved record that are settings, as keywords for Settings."""
    return {name: value for name, value in record.items() if name in SPECS}


def parsed(name: str, text: str) -> Any:
    """Parse a setting's value; text of another type is returned as it is, for Settings to refuse."""
    kind = type(SPECS[name].default("live"))
    try:
        if kind is bool:
            return {"True": True, "False": False}[text]
        if kind is tuple:
            return tuple(float(part) for part in text.split(","))
        if kind is str:
            return text
        number = float(text)
        return int(number) if kind is int and number.is_integer() else number
    except (ValueError, KeyError):
        return text
