"""A picture that is opened, dropped or pasted comes to the pad and is read; one that cannot be is said in one line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog

from mnist_viz.analysis import acceptance
from mnist_viz.data.drawing.ink import render

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program

SEVEN = render([np.array([(0, 0), (60, 0), (30, 100)])])


@pytest.fixture(autouse=True)
def every_picture_is_like_a_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no digit is told by a network that has its own tests."""
    monkeypatch.setattr(acceptance, "digit_likeness", lambda _guard, _picture: np.ones(1))


def page(*digits: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Digits side by side, dark on a light page that fades to one side."""
    row = np.concatenate([np.pad(digit, 4).repeat(6, axis=0).repeat(6, axis=1) for digit in digits], axis=1)
    light = np.linspace(150, 240, row.shape[1])
    return np.rint(light * (1 - 0.8 * row / 255)).astype(np.uint8)


@pytest.fixture
def reader(program: Program, guest: MakeGuest) -> Program:
    """The program with a network that reads a 3 in everything."""
    program.open_model(str(guest(sure_of=3)))
    program.app.tick()
    return program


def test_a_dropped_file_is_read(reader: Program, tmp_path: Path) -> None:
    path = tmp_path / "seven.png"
    Image.fromarray(page(SEVEN)).save(path)
    reader.app.draw.image_dropped.emit(str(path))
    reader.until(lambda: reader.app.drawing.picture is not None)
    picture = reader.app.drawing.picture
    assert picture is not None
    assert abs(picture.astype(int) - SEVEN).mean() < 12
    assert not reader.app.draw.pad.is_empty()


def test_a_pasted_picture_in_colour_is_read(reader: Program) -> None:
    reader.app.draw.image_pasted.emit(np.stack([page(SEVEN)] * 3, axis=2))
    reader.until(lambda: reader.app.drawing.picture is not None)


def test_several_digits_in_a_picture_are_a_number(reader: Program) -> None:
    reader.app.draw.image_pasted.emit(page(SEVEN, SEVEN, SEVEN))
    reader.until(lambda: reader.app.draw.verdict() == "Reads 333")


def test_a_file_is_chosen_by_the_menu(reader: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "seven.png"
    Image.fromarray(SEVEN).save(path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    reader.app.window.commands.read_image.triggered.emit()
    reader.until(lambda: reader.app.drawing.picture is not None)
    picture = reader.app.drawing.picture
    assert picture is not None
    np.testing.assert_array_equal(picture, SEVEN)  # it was in MNIST's form


def test_what_cannot_be_read_is_said_in_one_line_and_the_pad_stays_as_it_was(reader: Program, tmp_path: Path) -> None:
    reader.draw((0.5, 0.2), (0.5, 0.8))
    before = reader.app.drawing.picture
    path = tmp_path / "words.png"
    path.write_text("no picture")
    reader.app.draw.image_dropped.emit(str(path))
    reader.until(lambda: reader.kind() == "error")
    assert "words.png is not an image that can be read" in reader.text()
    reader.app.draw.image_pasted.emit(np.full((80, 80), 200, np.uint8))
    reader.until(lambda: "blank" in reader.text())
    assert reader.app.drawing.picture is before


def test_who_draws_on_does_not_get_the_picture_later(reader: Program) -> None:
    reader.app.draw.image_pasted.emit(page(SEVEN))
    reader.draw((0.5, 0.2), (0.5, 0.8))
    drawn = reader.app.drawing.picture
    assert reader.app.tasks.finish("pictures", 30.0)
    QCoreApplication.processEvents()
    assert reader.app.drawing.picture is drawn


def test_undo_brings_a_picture_back_and_it_is_read_again(reader: Program) -> None:
    reader.app.draw.image_pasted.emit(page(SEVEN, SEVEN))
    reader.until(lambda: reader.app.draw.verdict() == "Reads 33")
    reader.app.window.commands.clear_pad.triggered.emit()
    assert reader.app.drawing.picture is None
    reader.app.window.commands.undo_pad.triggered.emit()
    reader.until(lambda: reader.app.draw.verdict() == "Reads 33")
