"""stylize() against odd callers: whatever comes in, one sentence; whatever mode they are in, a painting."""

import io
import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace

import numpy
import pytest
import torch
from PIL import Image, ImageChops

from stylize import NotFiniteError, Settings, StylizeError, stylize
from stylize.engine import networks
from stylize.pictures import decode, images

SMALL = Settings(size=48, iterations=6, learning_rate=0.03)
BRIEF = replace(SMALL, size=32, iterations=4)
S = Image.effect_noise((40, 30), 60).convert("RGB")


def closed(lazily):
    buffer = io.BytesIO()
    S.save(buffer, "PNG")
    image = Image.open(buffer)
    if not lazily:
        image.load()
    image.close()
    buffer.close()
    return image


def cut_short(form):
    buffer = io.BytesIO()
    Image.effect_noise((200, 200), 60).save(buffer, form)
    return Image.open(io.BytesIO(buffer.getvalue()[: len(buffer.getvalue()) // 2]))


ODD = {
    "closed": lambda: closed(False),
    "closed before it was read": lambda: closed(True),
    "cut short PNG": lambda: cut_short("PNG"),
    "cut short JPEG": lambda: cut_short("JPEG"),
    "0 x 9": lambda: Image.new("RGB", (0, 9)),
    "a path": lambda: "photo.jpg",
    "None": lambda: None,
    "an array": lambda: numpy.zeros((9, 9, 3)),
    "a tensor": lambda: torch.zeros(9, 9, 3),
}


@pytest.mark.parametrize("make", ODD.values(), ids=ODD)
@pytest.mark.parametrize("place", ["content", "style", "pair", "mask"])
def test_a_picture_that_is_none_is_one_sentence(make, place):
    odd = make()
    given = {"content": S, "style": S, "mask": None} | ({"style": [(odd, 1)]} if place == "pair" else {place: odd})
    if place == "mask" and odd is None:
        return  # no mask
    with pytest.raises(StylizeError) as error:
        next(stylize(given["content"], given["style"], SMALL, mask=given["mask"]))
    assert type(error.value) is StylizeError
    assert str(error.value).endswith(".")
    assert "\N{REPLACEMENT CHARACTER}" not in str(error.value)  # of a line's end


MODES_OF_PILLOW = "1 L P LA PA La RGB RGBA RGBa RGBX CMYK YCbCr LAB HSV I F I;16 I;16L I;16B I;16N"


@pytest.mark.parametrize("mode", MODES_OF_PILLOW.split())
def test_any_mode_is_taken(mode):
    assert decode.to_rgb(Image.new(mode, (20, 20))).mode == "RGB"


@pytest.mark.parametrize(
    "styles",
    [[S, S], [], (), [(S,)], [(S, 1, 2)], [(S, "much")], [(S, None)], [(S, 0)], [(S, -1), (S, 2)], [(S, float("nan"))],
     [(S, float("inf"))], [(S, 1e308), (S, 1e308)], [(S, 10**400)], {"style": S}, 7, iter([(S, 1)])],
    ids=range(16),
)  # fmt: skip
def test_styles_that_cannot_be_mixed_are_one_sentence(styles):
    with pytest.raises(StylizeError, match="style"):
        next(stylize(S, styles, SMALL))


@pytest.mark.parametrize(
    "begun", ["x", S, (S,), (S, -1), (S, 1.5), (S, None), (None, 1), ("a.png", 3), (closed(True), 3)], ids=range(9)
)
def test_what_cannot_be_gone_on_from_is_one_sentence(begun):
    with pytest.raises(StylizeError):
        next(stylize(S, S, SMALL, begun=begun))


def test_a_painting_goes_on_from_a_picture_of_itself(photo, painting):
    settings = Settings(size=128, iterations=15)
    steps = list(stylize(photo, painting, settings))
    half = next(step for step in steps if step.size[0] == 128)
    rest = list(stylize(photo, painting, settings, begun=(half.picture, half.iteration)))
    assert [step.iteration for step in rest] == list(range(half.iteration, 16))
    assert rest[0].picture.tobytes() == half.picture.tobytes()
    assert rest[-1].style_loss < half.style_loss
    assert [step.last for step in stylize(photo, painting, settings, begun=(half.picture, 99))] == [True]


@pytest.mark.parametrize(
    ("sent", "said"),
    [({}, "send it a Settings"), ("faster", "send it a Settings"),
     (Settings(recipe="reference"), "style weight is 100000000")],
    ids=range(3),
)  # fmt: skip
def test_what_cannot_be_taken_up_ends_no_painting(sent, said):
    run = stylize(S, S, BRIEF)
    for _ in range(2):  # before the first step, and after it
        with pytest.raises(StylizeError, match=said):
            run.send(sent)
        next(run)
    assert [step.iteration for step in run] == [2, 3, 4]


def test_settings_and_networks_of_another_type_are_one_sentence():
    for settings in ({"size": 9}, "live", Settings, {}, 0, ""):
        with pytest.raises(StylizeError, match="not a Settings"):
            next(stylize(S, S, settings))
    for network in ("vgg19", 0, torch.nn.Identity(), Settings):
        with pytest.raises(StylizeError, match="is not a Network"):
            next(stylize(S, S, SMALL, network=network))


# ---- what the caller's own modes do, and what they find afterwards


MODES = {
    "no_grad": torch.no_grad,
    "inference_mode": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "another default device": lambda: torch.device("meta"),
}


def losses(run):
    return [step.total_loss for step in run]


@pytest.fixture(scope="module")
def plain():
    """The losses of a short painting where no mode is set."""
    return losses(stylize(S, S.rotate(90), BRIEF))


@pytest.mark.parametrize("mode", MODES.values(), ids=MODES)
def test_the_callers_mode_does_not_matter_when_loading_nor_mid_run_and_stays(mode, plain):
    networks._loaded.cache_clear()
    with mode():
        before = torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_device()
        run = stylize(S, S.rotate(90), BRIEF)
        got = [next(run).total_loss]
        assert before == (torch.is_grad_enabled(), torch.is_inference_mode_enabled(), torch.get_default_device())
    got += [next(run).total_loss, next(run).total_loss]  # outside
    assert torch.is_grad_enabled()
    with mode():
        got += losses(run)
    assert got == pytest.approx(plain, rel=1e-4)
    assert losses(stylize(S, S.rotate(90), BRIEF)) == pytest.approx(plain, rel=1e-4)  # the network was not harmed


# ---- settings that change


def test_settings_sent_before_the_first_step_count():
    run = stylize(S, S, SMALL)
    first = run.send(replace(SMALL, iterations=3, style_weight=9.0, size=64))
    assert (first.iteration, first.iterations, first.settings.style_weight) == (0, 3, 9.0)
    assert first.settings.size == 48  # which may not change
    assert [step.iteration for step in run] == [1, 2, 3]


def test_a_change_is_in_force_at_the_very_next_iteration(photo, painting):
    """With all weights 0 the next picture is the same, if the change counts from the very next step."""
    still = replace(SMALL, content_weight=0.0, style_weight=0.0, tv_weight=0.0, neighbor_weight=0.0,
                    patch_weight=0.0, palette_weight=0.0, grain_weight=0.0)  # fmt: skip
    run = stylize(photo, painting, SMALL)
    first = next(run)
    second = run.send(still)
    assert ImageChops.difference(first.picture, second.picture).getbbox() is None
    third = run.send(SMALL)
    assert ImageChops.difference(second.picture, third.picture).getbbox()


def test_fewer_iterations_end_it_at_once_at_the_size_asked_for(photo, painting):
    run = stylize(photo, painting, Settings(size=128, iterations=100))
    for _ in range(10):
        step = next(run)
    assert step.size[0] < 128
    last = run.send(replace(step.settings, iterations=5))
    assert (last.iteration, last.iterations, last.last, last.size) == (9, 5, True, (128, 85))
    assert list(run) == []


def test_a_record_brings_back_what_was_painted(tmp_path):
    run = stylize(S, S, replace(SMALL, iterations=100))
    for _ in range(4):
        step = next(run)
    run.send(replace(SMALL, iterations=100, style_weight=7.0, size=2048, seed=9))
    step = run.send(replace(SMALL, iterations=200, style_weight=7.0))
    images.save(replace(step, keep_colors=True).picture, tmp_path / "a.png", replace(step, keep_colors=True).record)
    want = replace(SMALL, iterations=5, style_weight=7.0, keep_colors=True)
    assert Settings(**images.read_record(tmp_path / "a.png")) == want
    record = step.record
    assert record["asked"] == asdict(replace(SMALL, iterations=100))
    assert record["moved"] == [{"iteration": 3, "style_weight": 7.0}, {"iteration": 4, "iterations": 200}]


# ---- steps are plain data


def test_steps_and_errors_can_be_pickled(a_step):
    step = a_step
    there = pickle.loads(pickle.dumps(step))
    assert there == step
    assert there.picture.tobytes() == step.picture.tobytes()
    for error in (NotFiniteError(step), StylizeError("No {thing} in {{braces}}.", thing="{x}")):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy)) == (type(error), str(error))
    assert pickle.loads(pickle.dumps(NotFiniteError(step))).step == step


def test_two_paintings_at_a_time_do_not_meet():
    def paint(seed):
        return losses(stylize(S, S.rotate(90), replace(BRIEF, init="noise", seed=seed)))

    with ThreadPoolExecutor(3) as pool:
        _, two, _ = pool.map(paint, (1, 2, 1))
    assert two == pytest.approx(paint(2), rel=1e-3)


def test_a_step_shows_its_picture_in_a_notebook_in_either_colours(a_step):
    shown = [Image.open(io.BytesIO(replace(a_step, keep_colors=keep)._repr_png_())) for keep in (False, True)]
    assert shown[0].format == "PNG"
    assert shown[0].tobytes() == a_step.picture.tobytes() != shown[1].tobytes()
