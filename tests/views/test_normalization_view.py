"""The steps of the normalization: each has its picture, figure and switch, and they play one after the other."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from mnist_viz.data.drawing.normalization import Normalization, Steps
from mnist_viz.views.drawing import normalization_view
from mnist_viz.views.drawing.normalization_stage import Step
from mnist_viz.views.drawing.normalization_view import NormalizationView


def ink(column: int) -> NDArray[np.uint8]:
    picture = np.zeros((28, 28), np.uint8)
    picture[4:24, column] = 255
    return picture


LINE = Normalization(
    Steps(), on_pad=[np.array([(5.0, 7.0), (5.0, 17.0)])], bounds=(5.0, 7.0, 5.0, 17.0),
    fitted=[np.array([(14.5, 5.0), (14.5, 23.0)])], scale=(1.8, 1.8),
    drawn=ink(12), mass=(12.5, 14.0), moved=(2, -1), picture=ink(14),
)  # fmt: skip
"""A line, fitted and moved."""


@pytest.fixture
def view(qtbot: QtBot) -> NormalizationView:
    view = NormalizationView()
    qtbot.addWidget(view)
    view.resize(300, 300)
    view.show()
    view.set_stages(LINE)
    return view


def figure(view: NormalizationView, step: Step) -> str:
    label = view.findChild(QLabel, f"figure-{step.name.lower()}")
    assert isinstance(label, QLabel)
    return label.text()


def press(view: NormalizationView, name: str) -> None:
    box = view.switches[name]
    QTest.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def pixels(view: NormalizationView, step: Step) -> bytes:
    image = view.stages[step].grab().toImage()
    return bytes(image.constBits())


def test_each_step_says_what_it_did(view: NormalizationView) -> None:
    assert figure(view, Step.PAD) == "0 × 10 of 28 pixels"
    assert figure(view, Step.FIT) == "scale ×1.80"
    assert figure(view, Step.PEN) == "20 pixels of ink"
    assert figure(view, Step.CENTRE) == "moved 2 right, 1 up"
    view.set_stages(replace(LINE, moved=(0, 0), scale=(2.0, 1.0)))
    assert figure(view, Step.CENTRE) == "not moved"
    assert figure(view, Step.FIT) == "scale ×2.00, ×1.00"


def test_each_step_can_be_switched_off_and_on(view: NormalizationView, qtbot: QtBot) -> None:
    for name in ("fit", "aspect", "pen", "centre"):
        for left_out in ([name], []):
            with qtbot.waitSignal(view.switches_changed):
                press(view, name)
            assert [other for other, taken in view.taken().items() if not taken] == left_out
    press(view, "fit")
    assert not view.switches["aspect"].isEnabled()  # there is no shape to keep
    press(view, "fit")
    assert view.switches["aspect"].isEnabled()


def test_the_steps_play_one_after_the_other_and_end_as_they_were(
    view: NormalizationView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(normalization_view, "_SECONDS_A_STEP", 0.2)
    finished = {step: pixels(view, step) for step in Step}
    QTest.mouseClick(view.play, Qt.MouseButton.LeftButton)
    assert view.is_animating()
    assert pixels(view, Step.PAD) == finished[Step.PAD]
    for step in (Step.FIT, Step.PEN, Step.CENTRE):
        assert pixels(view, step) != finished[step]
    qtbot.waitUntil(lambda: not view.is_animating())
    assert {step: pixels(view, step) for step in Step} == finished


def test_a_step_begins_when_the_one_before_has_ended(view: NormalizationView) -> None:
    empty = {step: pixels_of_nothing(view, step) for step in Step}
    seen: list[list[bool]] = []
    view.animate()
    for moment in (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
        view.show_moment(moment)
        seen.append([pixels(view, step) != empty[step] for step in Step])
    assert seen[0] == [True, False, False, False]
    assert seen[1] == seen[2] == [True, True, False, False]
    assert seen[3] == seen[4] == [True, True, True, False]
    assert seen[5] == seen[6] == [True, True, True, True]


def pixels_of_nothing(view: NormalizationView, step: Step) -> bytes:
    view.stages[step].set_done(0.0)
    empty = pixels(view, step)
    view.stages[step].set_done(1.0)
    return empty


def test_drawing_on_goes_on_with_the_play_and_hiding_ends_it_with_everything_shown(
    view: NormalizationView, qtbot: QtBot
) -> None:
    view.animate()
    view.set_stages(replace(LINE, moved=(1, 1)))
    assert view.is_animating()
    view.set_stages(None)
    assert not view.is_animating()
    view.set_stages(LINE)
    finished = pixels(view, Step.CENTRE)
    view.animate()
    with qtbot.waitSignal(view.shown_changed):
        view.hide()
    assert not view.is_animating()
    assert pixels(view, Step.CENTRE) == finished


def test_without_a_drawing_it_says_what_to_do(view: NormalizationView) -> None:
    view.set_stages(None)
    nothing = view.grab().toImage()
    assert not any(stage.isVisible() for stage in view.stages.values())
    view.animate()
    assert not view.is_animating()
    view.set_stages(None, ("An example", "It comes as it is"))
    assert view.grab().toImage() != nothing


def test_in_a_small_room_the_last_picture_and_all_switches_stay(view: NormalizationView) -> None:
    view.resize(view.minimumSizeHint())
    visible = [step for step, stage in view.stages.items() if stage.isVisible()]
    assert visible == [Step.CENTRE]
    for box in view.switches.values():
        assert box.isVisible()
        assert view.rect().contains(box.geometry())
    view.resize(300, 300)
    assert all(stage.isVisible() for stage in view.stages.values())
