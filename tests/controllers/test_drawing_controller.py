"""What is on the pad is read at once by the network that is shown, and the panel says what to think of the answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QToolButton

from mnist_viz.analysis import acceptance
from mnist_viz.controllers import drawing as drawing_module
from mnist_viz.data.datasets import Dataset
from mnist_viz.data.drawing.normalization import render
from mnist_viz.data.user import drawings

if TYPE_CHECKING:
    from tests.controllers.conftest import MakeGuest, Program

SEVEN = render([np.array([(0, 0), (60, 0), (30, 100)])])

STROKE = [(0.5, 0.2), (0.5, 0.35), (0.52, 0.5), (0.5, 0.65), (0.5, 0.8)]
LEFT_ONE = [(0.25, 0.2), (0.26, 0.5), (0.25, 0.8)]
RIGHT_ONE = [(0.75, 0.2), (0.76, 0.5), (0.75, 0.8)]


@pytest.fixture(autouse=True)
def every_picture_is_like_a_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no digit is told by a network that has its own tests."""
    monkeypatch.setattr(acceptance, "digit_likeness", lambda _guard, _picture: np.ones(1))


def figure(program: Program) -> str:
    """What is said of the size of the drawing."""
    label = program.app.steps.findChild(QLabel, "figure-pad")
    assert isinstance(label, QLabel)
    return label.text()


def switch(program: Program, name: str) -> QCheckBox:
    """A switch of the steps, in sight."""
    button = program.app.draw.findChild(QToolButton, "show-steps")
    assert isinstance(button, QToolButton)
    if not button.isChecked():
        button.click()
    return program.app.steps.switches[name]


def test_a_stroke_is_read_at_once_a_dot_is_no_digit_and_a_test_3_is_shown_on_demand(
    reader: Program, dataset: Dataset
) -> None:
    draw = reader.app.draw
    nothing = draw.verdict()
    reader.draw(*STROKE)  # the button is still down, and nothing has ticked
    assert draw.verdict().startswith("Reads 3")
    assert reader.app.drawing.picture is not None
    reader.app.window.commands.clear_pad.triggered.emit()
    assert draw.verdict() == nothing
    assert reader.app.drawing.picture is None
    assert reader.note() == ""

    for dot in ([(0.5, 0.5)], [(0.5, 0.5), (0.5, 0.51)]):
        reader.draw(*dot)
        assert reader.app.draw.verdict() == "Not sure · 3?"
        assert reader.note() == "This may not be a digit"
        reader.app.draw.pad.clear()
    reader.draw(*STROKE)
    assert reader.note() == ""

    drawing = reader.app.drawing
    reader.button("digit-request-3").click()
    threes = dataset.test.images[dataset.test.labels == 3]
    assert (threes == reader.picture.reshape(-1)).all(axis=1).any()
    assert not reader.app.draw.pad.is_empty()
    assert reader.note() == "From the test set: 3, read correctly"
    reader.button("digit-request-4").click()
    assert reader.note() == "From the test set: 4, read as 3"
    picture = drawing.picture
    reader.app.window.commands.clear_pad.triggered.emit()
    assert reader.note() == ""
    reader.app.window.commands.undo_pad.triggered.emit()
    assert drawing.picture is picture
    assert reader.note() == "From the test set: 4, read as 3"


def test_the_answer_is_that_of_the_network_that_is_shown_and_says_if_it_is_unsure(
    program: Program, guest: MakeGuest
) -> None:
    program.draw(*STROKE)
    for digit in (3, 8):
        program.open_model(str(guest(sure_of=digit)))
        program.app.tick()
        assert program.app.draw.verdict().startswith(f"Reads {digit}")
        assert program.note() == ""
    program.open_model(str(guest(sure_of=None, scale=0.0)))
    assert "not sure" in program.note().lower()
    program.button("digit-request-3").click()  # an example is read with no more certainty
    assert program.app.draw.verdict().startswith("Not sure")


def test_two_digits_side_by_side_are_read_as_a_number_and_each_can_be_chosen(
    reader: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader.stroke(*LEFT_ONE)
    assert reader.app.draw.verdict().startswith("Reads 3 ")
    reader.stroke(*RIGHT_ONE)
    assert reader.app.draw.verdict() == "Reads 33"
    shown = reader.app.drawing.picture
    with monkeypatch.context() as doubtful:
        # The left one is doubtful, and both together are no digit.
        doubtful.setattr(acceptance, "accepted", lambda *_: False)
        doubtful.setattr(drawing_module, "accepted", lambda picture, *_: picture is shown)
        reader.app.drawing.show_reading()
        assert reader.app.draw.verdict() == "Not sure · 33?"
    reader.app.draw.pad.clear()
    with monkeypatch.context() as strict:
        # A single line is no digit, but both together are.
        strict.setattr(acceptance, "accepted", lambda picture, *_: np.ptp(np.nonzero(picture)[1]) > 8)
        reader.stroke(*LEFT_ONE)
        reader.stroke(*RIGHT_ONE)
        assert reader.app.draw.verdict().startswith("Reads 3 ")
        np.testing.assert_array_equal(reader.picture, render(reader.app.draw.pad.strokes()))
    reader.app.draw.pad.clear()

    reader.stroke(*LEFT_ONE)
    reader.stroke(*RIGHT_ONE)
    left, right = reader.app.draw.pad.strokes()
    pad, drawing = reader.app.draw.pad, reader.app.drawing
    np.testing.assert_array_equal(drawing.picture, render([right]))
    middle = left.mean(axis=0) * pad.width()
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton, pos=QPoint(*map(int, middle)))
    np.testing.assert_array_equal(drawing.picture, render([left]))
    np.testing.assert_array_equal(drawing.strokes[0], left)
    assert len(pad.strokes()) == 2
    reader.train(1)  # another network, and the same digit
    np.testing.assert_array_equal(drawing.picture, render([left]))
    reader.app.draw.part_chosen.emit(1)
    np.testing.assert_array_equal(drawing.picture, render([right]))
    pad.clear()

    reader.stroke(*RIGHT_ONE)
    reader.stroke((0.1, 0.2), (0.4, 0.2), (0.2, 0.8))
    left = reader.app.draw.pad.strokes()[1]
    np.testing.assert_array_equal(reader.picture, render([left]))


def test_the_steps_follow_the_pen_and_the_network_gets_the_picture_of_one_left_out(reader: Program) -> None:
    reader.stroke((0.1, 0.1), (0.2, 0.1), (0.2, 0.3))
    before = reader.picture
    fit = switch(reader, "fit")
    fit.click()
    assert int(reader.picture.sum()) < int(before.sum()) / 1.5
    assert reader.note() == "Without fitting"
    reader.app.steps.switches["centre"].click()
    assert reader.note() == "Without fitting and centring"
    assert not reader.picture[14:].any()
    for name in ("fit", "centre"):
        reader.app.steps.switches[name].click()
    np.testing.assert_array_equal(reader.app.drawing.picture, before)
    assert "Without" not in reader.note()
    reader.app.draw.pad.clear()

    figures = []
    for x in (0.4, 0.6, 0.8):
        reader.draw((0.2, 0.2), (x, 0.9))
        figures.append(figure(reader))
        reader.app.window.commands.clear_pad.triggered.emit()
    assert len(set(figures)) == 3


def test_a_drawing_is_undone_by_strokes_saved_counted_and_taken_back(program: Program) -> None:
    program.app.draw.save_requested.emit(7)
    assert program.kind() == "error"
    assert drawings.load() == []
    program.stroke(*STROKE)
    for count in (1, 2):
        program.app.draw.save_requested.emit(7)
        assert program.text() == f"Saved: {count} drawing{'s' if count > 1 else ''}"
    saved = drawings.load()
    assert [one.label for one in saved] == ["7", "7"]
    np.testing.assert_allclose(saved[0].strokes[0], program.app.draw.pad.strokes()[0], atol=1e-5)
    program.press("Undo save")
    assert len(drawings.load()) == 1

    before = program.picture
    program.stroke((0.2, 0.2), (0.3, 0.5), (0.2, 0.8))
    assert not np.array_equal(program.picture, before)
    program.app.window.commands.undo_pad.triggered.emit()
    np.testing.assert_array_equal(program.picture, before)


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


def test_a_file_is_read_where_it_can_be_and_only_if_nobody_draws_meanwhile(
    reader: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, drawing = tmp_path / "seven.png", reader.app.drawing
    Image.fromarray(page(SEVEN)).save(path)
    reader.app.draw.file_dropped.emit(str(path))
    reader.until(lambda: drawing.picture is not None)
    assert abs(reader.picture.astype(int) - SEVEN).mean() < 12
    assert not reader.app.draw.pad.is_empty()
    reader.app.draw.pad.clear()
    Image.fromarray(SEVEN).save(path)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    reader.app.window.commands.read_image.triggered.emit()
    reader.until(lambda: drawing.picture is not None)
    np.testing.assert_array_equal(reader.picture, SEVEN)  # it was in MNIST's form

    reader.draw((0.5, 0.2), (0.5, 0.8))
    before = reader.app.drawing.picture
    path = tmp_path / "words.png"
    path.write_text("no picture")
    reader.app.draw.file_dropped.emit(str(path))
    reader.until(lambda: reader.kind() == "error")
    assert "words.png is not an image that can be read" in reader.text()
    reader.app.draw.image_pasted.emit(np.full((80, 80), 200, np.uint8))
    reader.until(lambda: "blank" in reader.text())
    assert reader.app.drawing.picture is before

    reader.app.draw.image_pasted.emit(page(SEVEN))
    reader.draw((0.5, 0.2), (0.5, 0.8))
    drawn = reader.app.drawing.picture
    assert reader.app.tasks.finish("pictures", 30.0)
    QCoreApplication.processEvents()
    assert reader.app.drawing.picture is drawn


def test_several_digits_in_a_picture_are_a_number(reader: Program) -> None:
    reader.app.draw.image_pasted.emit(page(SEVEN, SEVEN, SEVEN))
    reader.until(lambda: reader.app.draw.verdict() == "Reads 333")
    first = reader.app.drawing.picture
    pad = reader.app.draw.pad
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton, pos=QPoint(5 * pad.width() // 6, pad.height() // 2))
    assert reader.app.drawing.picture is not first  # the third of them
    assert not pad.strokes()
    row = page(SEVEN, SEVEN)
    reader.app.draw.image_pasted.emit(np.concatenate([row, row]))
    reader.until(lambda: reader.app.draw.verdict() == "Reads 33 33")
    reader.app.window.commands.clear_pad.triggered.emit()
    assert reader.app.drawing.picture is None
    reader.app.window.commands.undo_pad.triggered.emit()
    reader.until(lambda: reader.app.draw.verdict() == "Reads 33 33")  # it is read again
