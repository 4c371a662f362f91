"""The default painting beside pictures that other programs published, measured by networks that did not paint it."""

import importlib.util

import pytest
from PIL import Image

from stylize import Settings, stylize

from .conftest import SHARED

PAIRS = SHARED / "motifs" / "pairs"
JUDGE = SHARED / "judge.py"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (PAIRS.exists() and JUDGE.exists()), reason="needs ../shared: its pictures and weights"),
]


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    """Measure each pair: {pair: (measures of our painting, measures of the published picture)}."""
    spec = importlib.util.spec_from_file_location("judge", JUDGE)
    judge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(judge)
    found = {}
    for folder in sorted(PAIRS.iterdir()):
        photo, style = folder / "content.jpg", folder / "style.jpg"
        *_, last = stylize(*(Image.open(path).convert("RGB") for path in (photo, style)), Settings())
        path = tmp_path_factory.mktemp("painted") / f"{folder.name}.png"
        last.picture.save(path)
        found[folder.name] = judge.judge(path, photo, style), judge.judge(folder / "published.jpg", photo, style)
        print(folder.name, found[folder.name][0])
    return found


def mean(measured, name):
    return sum(ours[name] for ours, _ in measured.values()) / len(measured)


@pytest.mark.parametrize(
    ("name", "low", "high"),
    # Not so near to what one machine measures: forms were .319 on one and .321 on another, of the same engine.
    [("light", 0.9, 1), ("content", 0.55, 1), ("forms", 0, 0.33), ("foreign", 0, 0.01), ("grain", 0.8, 1.3),
     ("colour grain", 0.8, 1.3)],
)  # fmt: skip
def test_the_photo_is_kept_and_the_styles_forms_colours_and_grain_come_over(measured, name, low, high):
    assert low <= mean(measured, name) <= high
    assert name != "light" or min(ours["light"] for ours, _ in measured.values()) >= 0.82


def test_nearer_to_the_style_than_the_published_pictures(measured):
    for layer in ("conv1_1", "conv2_1", "conv3_1"):
        published = sum(theirs[layer] for _, theirs in measured.values()) / len(measured)
        assert mean(measured, layer) < published, layer
