"""The landscape panel: its words, the moments on the plane, and the ends of the line."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.landscape import TOO_FEW, Ends, Landscape, LossLine, Path
from mnist_viz.views.questions.landscape import LandscapePanel
from tests.views.hand import click, shown

ORIGIN = object()
POINTS = np.array([(-4.0, 0.0), (-2.0, 2.0), (0.0, 0.0)])
PATH = Path(
    np.array([0, 10, 50]), POINTS, np.array([1.0, 2.0, 0.0]), np.array([4.0, 3.5, 0.0]),
    (0.75, 0.125), 3, ORIGIN,
)  # fmt: skip
LOSSES = np.linspace(0.1, 2.0, 25).reshape(5, 5)
FOUND = Landscape(PATH, np.linspace(-6, 2, 5), np.linspace(-1, 3, 5), LOSSES, 1000, "digits")
CHOICES = (("first", "First moment"), ("last", "Last moment"), ("shown", "Moment shown"))
ENDS = Ends(CHOICES, ORIGIN, 20)
LINE = LossLine(
    ("First moment", "Moment shown"), np.array([0.0, 0.5, 1.0]), np.array([2.0, 2.5, 1.0]),
    np.array([0.1, 0.2, 0.9]), 12.5, 1000, "digits",
)  # fmt: skip


@pytest.fixture
def panel(qtbot: QtBot) -> LandscapePanel:
    panel = shown(qtbot, LandscapePanel(), 700, 450)
    panel.set_answer("ends", ENDS)
    panel.set_answer("coarse", FOUND)
    return panel


def at(panel: LandscapePanel, number: int) -> QPoint:
    place: QPoint = panel.plane.view.mapViewToScene(panel.plane.place_of(number)).toPoint()
    return place


def test_the_fine_loss_is_asked_for_once_the_coarse_one_is_shown(qtbot: QtBot) -> None:
    panel = shown(qtbot, LandscapePanel(), 560, 400)
    heard: list[object] = []
    panel.choice_changed.connect(lambda: heard.append(panel.wanted()))
    assert panel.wanted() == ("ends", "coarse")
    panel.set_answer("coarse", FOUND)
    panel.set_answer("plane", FOUND)
    assert heard == [("ends", "plane")]


def test_it_says_how_much_of_the_path_is_shown_and_on_how_many_pictures(panel: LandscapePanel) -> None:
    assert panel.said == "The plane holds 87.5% of the path (75% and 12%) · 3 moments · loss over 1,000 digits"
    panel.set_answer("plane", replace(FOUND, path=replace(PATH, recorded=80)))
    assert "3 of 80 moments" in panel.said
    panel.tabs.setCurrentIndex(1)
    assert panel.said == "Distance from the plane: up to 2.00, 50% of the way to the last moment"


def test_a_click_on_a_moment_goes_there_and_the_one_shown_is_marked(panel: LandscapePanel) -> None:
    heard: list[int] = []
    panel.moment_chosen.connect(heard.append)
    click(panel.plane, at(panel, 1))
    click(panel.plane, (at(panel, 1) + at(panel, 2)) / 2)
    assert heard == [10]
    assert panel.plane.shown_moment == 1
    panel.set_answer("ends", replace(ENDS, step=50))
    assert panel.plane.shown_moment == 2


def test_the_mouse_reads_the_loss_even_where_it_is_no_number(panel: LandscapePanel) -> None:
    panel.plane.hovered.emit(0, 0)
    assert panel.pointed.texts[0] == "Loss 0.10 here"
    panel.plane.hovered.emit(-1, -1)
    assert "Point at a place" in panel.pointed.texts[0]
    losses = LOSSES.copy()
    losses[2, 2] = np.nan
    panel.set_answer("plane", replace(FOUND, losses=losses))
    panel.plane.hovered.emit(2, 2)
    assert panel.pointed.texts[0] == "Here the loss is no number"
    panel.set_answer("plane", replace(FOUND, losses=np.full((5, 5), np.nan)))
    assert panel.plane.picture(1.0).width() > 0


def test_another_run_is_not_shown_on_the_landscape_of_the_one_before(panel: LandscapePanel) -> None:
    panel.set_answer("ends", replace(ENDS, origin=object()))
    assert panel.plane.values is None
    assert panel.wanted() == ("ends", "coarse")


def test_why_there_is_no_path_is_said_on_its_pages_alone(panel: LandscapePanel) -> None:
    panel.set_problem("plane", TOO_FEW)
    assert panel.said == TOO_FEW
    panel.set_answer("line", LINE)
    panel.tabs.setCurrentIndex(2)
    assert panel.said.startswith("From First moment")


def test_the_line_is_asked_about_the_ends_that_are_chosen(panel: LandscapePanel) -> None:
    panel.tabs.setCurrentIndex(2)
    assert panel.wanted() == ("ends", "line")
    heard: list[object] = []
    panel.choice_changed.connect(lambda: heard.append(panel.choice()))
    assert panel.choice() == ("first", "shown")
    panel.ends[0].setFocus()
    QTest.keyClick(panel.ends[0], Qt.Key.Key_Down)
    assert heard == [("last", "shown")]
    panel.set_answer("ends", replace(ENDS, choices=(*CHOICES, ("run 2", "Run 2"))))
    assert [panel.ends[0].itemText(k) for k in range(4)] == ["First moment", "Last moment", "Moment shown", "Run 2"]
    assert panel.ends[0].currentText() == "Last moment"


def test_the_line_says_its_barrier(panel: LandscapePanel) -> None:
    panel.tabs.setCurrentIndex(2)
    panel.set_answer("line", LINE)
    assert panel.said == (
        "From First moment to Moment shown: a barrier of 1.00 in the loss over 1,000 digits, distance 12.5"
    )
    assert list(panel.curves.captions) == ["Loss: 2.00 → 1.00", "Accuracy: 10.0% → 90.0%"]
    panel.set_answer("line", replace(LINE, losses=np.array([2.0, 1.0, 1.0])))
    assert "no barrier" in panel.said
