"""A picture is read: its digits come with their places, and what fails comes as a sentence."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mnist_viz.data.drawing.normalization import render
from mnist_viz.data.drawing.picture import LARGEST, read_picture

ONE = render([np.array([(0, 0), (0, 100)])])
SEVEN = render([np.array([(0, 0), (60, 0), (30, 100)])])


def row(*digits: NDArray[np.uint8], size: int = 3) -> NDArray[np.uint8]:
    return 255 - np.concatenate([digit.repeat(size, axis=0).repeat(size, axis=1) for digit in digits], axis=1)


def test_a_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    Image.fromarray(row(SEVEN)).save(path)
    image = read_picture(str(path))
    assert image.name == "seven.png"
    assert len(image.pictures) == 1


def test_what_cannot_be_read_is_said_in_a_sentence_that_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "blank.png"
    Image.fromarray(np.full((50, 50), 9, np.uint8)).save(path)
    with pytest.raises(ValueError, match=r"^blank\.png: the picture is blank"):
        read_picture(str(path))
    with pytest.raises(ValueError, match=r"missing\.png") as raised:
        read_picture(str(tmp_path / "missing.png"))
    assert str(raised.value).count("missing.png") == 1


def test_the_boxes_lie_round_the_digits_of_what_is_shown() -> None:
    image = read_picture(row(SEVEN, ONE, SEVEN))
    height, width, _ = image.shown.shape
    assert height == width == 3 * 84
    assert len(image.boxes) == 3
    rest = image.shown[..., 0].copy()
    for box in image.boxes:
        left, top, right, bottom = (round(side * width) for side in box)
        assert rest[top:bottom, left:right].min() == 0
        rest[top - 2 : bottom + 2, left - 2 : right + 2] = 255
    assert rest.min() == 255


def test_a_digit_in_mnist_form_is_shown_as_it_is() -> None:
    image = read_picture(SEVEN)
    np.testing.assert_array_equal(image.shown, SEVEN)
    np.testing.assert_array_equal(image.pictures[0], SEVEN)


def test_a_large_picture_is_shown_smaller() -> None:
    image = read_picture(row(SEVEN, ONE, size=40))
    assert max(image.shown.shape) <= LARGEST
    assert all(0 <= side <= 1 for box in image.boxes for side in box)


def test_colours_are_read_by_their_brightness() -> None:
    grey = row(SEVEN)
    blue = np.stack([grey, grey, np.full_like(grey, 255)], axis=2)
    yellow_on_black = 255 - blue
    for picture in (blue, yellow_on_black):
        assert np.abs(read_picture(picture).pictures[0].astype(int) - read_picture(grey).pictures[0]).mean() < 3
