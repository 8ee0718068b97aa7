"""A picture is read in the background: its digits come with their places, and what fails comes as a sentence."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pytestqt.qtbot import QtBot

from mnist_viz.data.drawing.ink import render
from mnist_viz.session import image_reader
from mnist_viz.session.image_reader import LARGEST, ImageReader, ReadImage, Unreadable, read

ONE = render([np.array([(0, 0), (0, 100)])])
SEVEN = render([np.array([(0, 0), (60, 0), (30, 100)])])


@pytest.fixture
def reader() -> Iterator[ImageReader]:
    reader = ImageReader()
    yield reader
    reader.close()


def outcome(reader: ImageReader, qtbot: QtBot) -> ReadImage | Unreadable:
    taken: list[ReadImage | Unreadable] = []

    def came() -> bool:
        one = reader.take()
        if one is not None:
            taken.append(one)
        return bool(taken)

    qtbot.waitUntil(came, timeout=15_000)
    return taken[0]


def row(*digits: NDArray[np.uint8], size: int = 3) -> NDArray[np.uint8]:
    return 255 - np.concatenate([digit.repeat(size, axis=0).repeat(size, axis=1) for digit in digits], axis=1)


def test_a_file_is_read(reader: ImageReader, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    Image.fromarray(row(SEVEN)).save(path)
    reader.read(str(path))
    image = outcome(reader, qtbot)
    assert isinstance(image, ReadImage)
    assert image.name == "seven.png"
    assert len(image.pictures) == 1


def test_what_cannot_be_read_comes_as_a_sentence_that_names_the_file(
    reader: ImageReader, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "blank.png"
    Image.fromarray(np.full((50, 50), 9, np.uint8)).save(path)
    reader.read(str(path))
    problem = outcome(reader, qtbot)
    assert isinstance(problem, Unreadable)
    assert problem.message.startswith("blank.png: the picture is blank")
    reader.read(str(tmp_path / "missing.png"))
    problem = outcome(reader, qtbot)
    assert isinstance(problem, Unreadable)
    assert problem.message.count("missing.png") == 1


def test_any_failure_comes_as_a_sentence(reader: ImageReader, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(gray: NDArray[np.uint8]) -> None:
        raise MemoryError("no room")

    monkeypatch.setattr(image_reader, "image_to_digits", fail)
    reader.read(row(SEVEN))
    problem = outcome(reader, qtbot)
    assert problem == Unreadable("the picture could not be read (MemoryError: no room)")


def test_a_later_picture_makes_the_one_before_forgotten(reader: ImageReader, qtbot: QtBot) -> None:
    reader.read(row(SEVEN))
    reader.read(row(ONE, ONE))
    image = outcome(reader, qtbot)
    assert isinstance(image, ReadImage)
    assert len(image.pictures) == 2
    reader.close()
    assert reader.take() is None


def test_what_was_cancelled_does_not_come(reader: ImageReader) -> None:
    reader.read(row(SEVEN))
    reader.close()
    assert reader.take() is None


def test_the_boxes_lie_round_the_digits_of_what_is_shown() -> None:
    image = read(row(SEVEN, ONE, SEVEN))
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
    image = read(SEVEN)
    np.testing.assert_array_equal(image.shown, SEVEN)
    np.testing.assert_array_equal(image.pictures[0], SEVEN)


def test_a_large_picture_is_shown_smaller() -> None:
    image = read(row(SEVEN, ONE, size=40))
    assert max(image.shown.shape) <= LARGEST
    assert all(0 <= side <= 1 for box in image.boxes for side in box)


def test_colours_are_read_by_their_brightness() -> None:
    grey = row(SEVEN)
    blue = np.stack([grey, grey, np.full_like(grey, 255)], axis=2)
    yellow_on_black = 255 - blue
    for picture in (blue, yellow_on_black):
        assert np.abs(read(picture).pictures[0].astype(int) - read(grey).pictures[0]).mean() < 3
