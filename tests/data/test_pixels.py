"""What numbers mean as pixels: which is white, whether the parts agree, and whether ink is dark or light."""

import numpy as np
import pytest

from mnist_viz.data.user.pixels import Pixels, Range, Scale, dark_on_light, scales, told


@pytest.mark.parametrize(
    ("low", "high", "whole", "scale"),
    [
        (0, 255, True, Scale(0, 255)),
        (0, 201, True, Scale(0, 255)),
        (0, 254.5, False, Scale(0, 255)),
        (0, 1, False, Scale(0, 1)),
        (0, 1, True, Scale(0, 1)),
        (0, 0.8, False, Scale(0, 1)),
        (-0.04, 1.07, False, Scale(0, 1, doubtful=True)),
        (0, 16, True, Scale(0, 16)),
        (0, 15, True, Scale(0, 15)),
        (0, 100, False, Scale(0, 100)),
        (0, 77, True, Scale(0, 77, doubtful=True)),
        (0, 65535, True, Scale(0, 65535)),
        (-1, 1, False, Scale(-1, 1)),
        (-0.42, 2.82, False, Scale(-0.42, 2.82, doubtful=True)),
    ],
)
def test_white_is_found_from_the_numbers(low: float, high: float, whole: bool, scale: Scale) -> None:
    assert Range(low, high, whole).scale() == scale


def test_what_no_pixel_can_be_is_refused() -> None:
    for low, high, whole in ((0, 256, True), (-5, 200, True), (-40, 3, False), (0, 70_000, True)):
        with pytest.raises(ValueError, match="the number"):
            Range(low, high, whole).scale()
    for number in (np.nan, np.inf, -11.0, 1e9):
        with pytest.raises(ValueError, match="number"):
            Pixels().add(np.array([[0.5, number]]))


def test_white_can_be_set_but_not_below_what_there_is() -> None:
    assert Range(0, 12, True).scale(255) == Scale(0, 255)
    with pytest.raises(ValueError, match="255, and pixels from 0 to 16"):
        Range(0, 255, True).scale(16)


BYTES, SHARES, SIXTEEN = Range(0, 255, True), Range(0, 1, False), Range(0, 16, True)


def test_what_is_doubtful_alone_follows_the_other_part_and_parts_that_contradict_each_other_are_refused() -> None:
    for other in (Range(0, 14, True), Range(0, 0, True), SIXTEEN):
        assert scales({"x_train": SIXTEEN, "x_test": other}) == {"x_train": Scale(0, 16), "x_test": Scale(0, 16)}
    for other in (SIXTEEN, Range(0, 1, True), Range(0, 14, True)):
        with pytest.raises(ValueError, match="x_train run from 0 to 255 and the pixels of x_test"):
            scales({"x_train": BYTES, "x_test": other})


def test_a_part_that_was_forgotten_to_be_divided_by_255_is_scaled_by_itself_and_that_is_said() -> None:
    ranges = {"x_train": SHARES, "x_test": BYTES}
    found = scales(ranges)
    assert found == {"x_train": Scale(0, 1), "x_test": Scale(0, 255)}
    assert "x_train from 0 to 1, x_test from 0 to 255" in told(found, ranges)


def test_what_was_decided_is_a_sentence() -> None:
    ranges = {"x": SIXTEEN}
    assert told(scales(ranges), ranges) == "Pixels from 0 to 16: scaled to 0 to 1."
    ranges = {"x": Range(0, 201, True)}
    assert told(scales(ranges), ranges) == "Pixels from 0 to 201, taken as 0 to 255: scaled to 0 to 1."


@pytest.mark.parametrize("kind", ["uint8", "int64", "float16", "float32", "float64", ">f4", "bool"])
def test_pixels_come_back_as_they_were(kind: str) -> None:
    whole = np.arange(256, dtype=np.uint8).reshape(16, 16)
    numbers = (whole > 99 if kind == "bool" else whole / 255 if "f" in kind else whole).astype(kind)
    pixels = Pixels()
    for block in (numbers[:3], numbers[3:]):
        pixels.add(block)
    taken = np.concatenate(pixels.scaled(pixels.range.scale()))
    assert (taken == (whole > 99) * 255 if kind == "bool" else taken == whole).all()


def drawn(paper: int, ink: int, count: int = 9) -> list[np.ndarray]:
    pictures = np.full((count, 12, 12), paper, np.uint8)
    pictures[:, 3:9, 5:7] = ink
    return [pictures.reshape(count, -1)]


def test_paper_and_ink_are_told_apart_by_the_border() -> None:
    assert dark_on_light({"train": drawn(255, 0), "test": drawn(230, 40)}, (12, 12))
    assert not dark_on_light({"train": drawn(0, 255)}, (12, 12))
    noise = [np.random.default_rng(0).integers(0, 256, (9, 144), np.uint8)]
    assert not dark_on_light({"train": noise}, (12, 12))
    with pytest.raises(ValueError, match="train are dark on light and the pictures of test are light on dark"):
        dark_on_light({"train": drawn(255, 0), "test": drawn(0, 255)}, (12, 12))
