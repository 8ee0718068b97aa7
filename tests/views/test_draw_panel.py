"""The panel to draw in: what it says, what it asks for, and how it fits its room."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.draw_panel import DrawPanel
from mnist_viz.views.probabilities import ProbabilityBars
from mnist_viz.views.theme import DARK

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def panel(qtbot: QtBot) -> DrawPanel:
    panel = DrawPanel()
    panel.set_theme(DARK)
    panel.resize(320, 720)
    qtbot.addWidget(panel)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel


def button(panel: DrawPanel, name: str) -> QAbstractButton:
    found = panel.findChild(QAbstractButton, name)
    assert found is not None
    return found


def draw_line(qtbot: QtBot, panel: DrawPanel) -> None:
    QTest.mousePress(panel.pad, LEFT, NONE, QPoint(60, 60))
    QTest.mouseMove(panel.pad, QPoint(120, 120))
    QTest.mouseRelease(panel.pad, LEFT, NONE, QPoint(120, 120))


def test_the_answer_is_told_in_words(panel: DrawPanel) -> None:
    assert panel.verdict() == "Draw a digit"
    probabilities = np.full(10, 0.002)
    probabilities[7] = 0.982
    panel.set_probabilities(probabilities)
    assert panel.verdict() == "Reads 7 · 98.2%"
    panel.set_probabilities(None)
    assert panel.verdict() == "Draw a digit"


def test_strokes_on_the_pad_are_passed_on(qtbot: QtBot, panel: DrawPanel) -> None:
    heard: list[object] = []
    panel.strokes_changed.connect(heard.append)
    draw_line(qtbot, panel)
    assert len(heard) == 2


def test_the_buttons_work_the_pad_and_show_what_they_can_do(qtbot: QtBot, panel: DrawPanel) -> None:
    undo, redo, clear = (button(panel, f"pad-{name}") for name in ("undo", "redo", "clear"))
    assert [b.isEnabled() for b in (undo, redo, clear)] == [False, False, False]
    draw_line(qtbot, panel)
    assert [b.isEnabled() for b in (undo, redo, clear)] == [True, False, True]
    QTest.mouseClick(undo, LEFT)
    assert panel.pad.is_empty()
    QTest.mouseClick(redo, LEFT)
    assert not panel.pad.is_empty()
    QTest.mouseClick(clear, LEFT)
    assert panel.pad.is_empty()
    assert [b.isEnabled() for b in (undo, redo, clear)] == [True, False, False]


def test_a_digit_can_be_asked_for(qtbot: QtBot, panel: DrawPanel) -> None:
    with qtbot.waitSignal(panel.digit_requested) as asked:
        QTest.mouseClick(button(panel, "digit-request-7"), LEFT)
    assert asked.args == [7]


def test_classes_with_long_names_are_asked_for_from_a_list(qtbot: QtBot, panel: DrawPanel) -> None:
    panel.set_class_names(("T-shirt", "Trouser", "Pullover"))
    choice = panel.findChild(QComboBox, "digit-requests")
    assert choice is not None
    assert choice.isVisible()
    assert panel.findChild(QAbstractButton, "digit-request-0") is None
    with qtbot.waitSignal(panel.digit_requested) as asked:
        choice.activated.emit(2)
    assert asked.args == [2]
    panel.set_probabilities(np.array([0.1, 0.7, 0.2]))
    assert panel.verdict() == "Reads Trouser · 70.0%"


def test_changing_the_classes_forgets_the_answer(panel: DrawPanel) -> None:
    panel.set_probabilities(np.eye(10)[3])
    panel.set_class_names(tuple("ABC"))
    assert panel.verdict() == "Draw a digit"


@pytest.mark.parametrize("size", [(262, 470), (280, 520), (320, 720), (480, 1800), (640, 560), (1000, 260), (560, 300)])
def test_at_every_size_the_parts_are_inside_apart_and_the_pad_is_largest(
    panel: DrawPanel, size: tuple[int, int]
) -> None:
    panel.resize(*size)
    parts = [child for child in panel.findChildren(QWidget) if child.parent() is panel and child.isVisible()]
    places = {part.objectName(): part.geometry() for part in parts if not part.geometry().isEmpty()}
    assert {"drawing-pad", "digit-view", "probability-bars", "verdict", "pad-undo", "digit-request-9"} <= set(places)
    room = QRect(0, 0, *size)
    for name, place in places.items():
        assert room.contains(place), name
    names = list(places)
    for k, one in enumerate(names):
        for other in names[k + 1 :]:
            assert not places[one].intersects(places[other]), (one, other)
    pad = places["drawing-pad"]
    assert pad.width() == pad.height()
    assert pad.width() >= 0.4 * min(size)


def test_where_classes_do_not_fit_the_likeliest_are_shown_first(qtbot: QtBot) -> None:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.set_class_names([f"class {k}" for k in range(47)])
    bars.resize(180, 200)
    probabilities = np.linspace(0, 1, 47)
    bars.set_probabilities(probabilities / probabilities.sum())
    assert bars.shown_classes()[:3] == [46, 45, 44]
    assert bars.class_at(bars.row_of(45).center().y()) == 45
    assert bars.row_of(0).isEmpty()
