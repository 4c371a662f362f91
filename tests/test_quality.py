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
    ("content", "style"), [("content_machu_picchu", "style_starry_night"), ("content_toys", "style_cubism")]
)
def test_the_style_comes_over_and_the_content_stays(content, style, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(SHARED), *sys.path])
    import judge

    files = [SHARED / "seed" / f"{name}.png" for name in (content, style)]
    *_, last = stylize(*map(Image.open, files))
    last.picture.save(tmp_path / "out.png")
    before, after = (judge.style_distance(file, files[1]) for file in (files[0], tmp_path / "out.png"))
    print(before, after, last)
    assert after["conv1_1"] < 0.1 * before["conv1_1"]
    assert after["conv2_1"] < 0.1 * before["conv2_1"]
    assert after["conv3_1"] < 0.5 * before["conv3_1"]
    assert last.content_loss < 0.5  # of the energy of the photo's own conv4_2 features
