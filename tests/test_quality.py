"""The default painting, measured by networks that did not paint it: the study's pairs, and the best there is."""

import pytest
from PIL import Image

from stylize import Settings, stylize

from .bench import measures
from .conftest import SHARED

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "distill").exists(), reason="needs ../shared: its pictures and weights"),
]


def measured(content, style, **settings):
    photo, painting = (Image.open(SHARED / name).convert("RGB") for name in (content, style))
    *_, last = stylize(photo, painting, Settings(**settings))
    found = measures.measured(last.picture, photo, painting)
    print(*measures.cells(found))
    return found


@pytest.mark.parametrize(
    ("content", "style", "published", "forms"),  # the study's own results at conv1_1, conv2_1 and conv3_1
    [
        ("seed/content_machu_picchu.png", "seed/style_starry_night.png", (0.0148, 0.0238, 0.0218), 0.36),
        ("seed/content_toys.png", "seed/style_cubism.png", (0.0360, 0.0219, 0.0245), 0.31),
    ],
)
def test_nearer_to_the_style_than_the_study_in_grain_forms_and_colours(content, style, published, forms):
    found = measured(content, style)
    for layer, least in zip(measures.STYLE, published, strict=True):
        assert found[layer] <= least, layer
    assert found["forms"] <= forms
    assert found["palette"] <= 0.005
    assert 0.8 <= found["grain"] <= 1.3
    assert 0.8 <= found["colour grain"] <= 1.3
    assert found["content"] >= 0.60


def test_ahead_of_neural_neighbor_style_transfers_published_picture():
    found = measured("forms/peer/content_butterfly.jpg", "forms/peer/style_starry_night_large.jpg")
    for layer, least in zip(measures.STYLE, (0.005, 0.01, 0.07), strict=True):
        assert found[layer] <= least, layer
    assert found["forms"] <= 0.37
    assert found["palette"] <= 0.01
    assert 0.8 <= found["grain"] <= 1.3
    assert 0.8 <= found["colour grain"] <= 1.3
    assert found["content"] >= 0.65
