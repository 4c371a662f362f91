"""Any valid combination of small values runs to a finite picture."""

import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from stylize import Settings, stylize
from stylize.engine.networks import LITE_LAYERS
from stylize.pictures import pixels
from stylize.settings import RECIPES, SPECS


def within(name, recipe="live"):
    spec = SPECS[name]
    return st.floats(spec.low, spec.high(recipe), allow_subnormal=False)


small = st.builds(
    Settings,
    recipe=st.sampled_from(list(RECIPES)),
    network=st.just("lite"),
    size=st.integers(32, 80),
    iterations=st.integers(1, 6),
    learning_rate=within("learning_rate"),
    content_weight=within("content_weight"),
    style_weight=within("style_weight"),
    strength=within("strength"),
    neighbor_weight=within("neighbor_weight"),
    patch_weight=within("patch_weight"),
    palette_weight=within("palette_weight"),
    grain_weight=within("grain_weight"),
    tv_weight=within("tv_weight"),
    style_scale=within("style_scale"),
    content_layer=st.sampled_from(LITE_LAYERS),
    style_layer_weights=st.tuples(*[st.sampled_from([0.0, 0.1, 1.0, 1000.0])] * 5),
    init=st.sampled_from(SPECS["init"].choices),
    seed=st.integers(0, 2**31 - 1),
    early_stop=st.booleans(),
    keep_colors=st.booleans(),
)
shapes = st.tuples(st.integers(1, 60), st.integers(1, 60))


@given(small, shapes, shapes, st.sampled_from([None, "half", "white"]))
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_any_settings_run_to_a_finite_picture(chosen, content, style, kind):
    photo = Image.radial_gradient("L").resize(content).convert("RGB")
    painting = Image.effect_noise(style, 60).convert("RGB")
    mask = None
    if kind:
        mask = Image.new("L", content, 255)
        if kind == "half" and content[0] > 1:
            mask.paste(0, (0, 0, content[0] // 2, content[1]))
    steps = list(stylize(photo, painting, chosen, mask=mask))
    last = steps[-1]
    assert last.iteration == last.iterations == chosen.iterations
    assert last.last
    assert math.isfinite(last.total_loss)
    assert last.picture.size == pixels.fitted(content, chosen.size, chosen.reference)
