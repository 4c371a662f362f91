"""The default painting of the study's two pairs, measured with VGG-19's own first three style layers."""

import sys

import pytest
from PIL import Image

from stylize import stylize

from .conftest import SHARED

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SHARED / "judge.py").exists(), reason="needs ../shared: the study's pictures and judge.py"),
]


@pytest.mark.parametrize(
    ("content", "style", "published"),  # the study's own results, by judge.py
    [
        ("content_machu_picchu", "style_starry_night", {"conv1_1": 0.0148, "conv2_1": 0.0238, "conv3_1": 0.0218}),
        ("content_toys", "style_cubism", {"conv1_1": 0.0360, "conv2_1": 0.0219, "conv3_1": 0.0245}),
    ],
)
def test_at_least_as_close_to_the_style_as_the_study_and_the_content_stays(
    content, style, published, tmp_path, monkeypatch
):
    monkeypatch.setattr(sys, "path", [str(SHARED), *sys.path])
    import judge

    files = [SHARED / "seed" / f"{name}.png" for name in (content, style)]
    *_, last = stylize(*map(Image.open, files))
    last.picture.save(tmp_path / "out.png")
    distances = judge.style_distance(tmp_path / "out.png", files[1])
    print(distances, last)
    for layer, least in published.items():
        assert distances[layer] <= least, layer
    assert last.content_loss < 0.5  # of the energy of the photo's own conv4_2 features
