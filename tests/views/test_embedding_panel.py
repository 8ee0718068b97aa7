"""The embedding panel: the layer, the points' words, the star, and the pictures of those that were chosen."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.embedding import LAST_HIDDEN, DrawingActivations, Embedding
from mnist_viz.analysis.evaluation import Probe
from mnist_viz.views.questions.embedding import EmbeddingPanel
from tests.views.hand import click, shown

WIDTHS = (4, 3, 2)
PROBE = Probe(np.arange(16, dtype=np.uint8).reshape(4, 4), np.array([0, 1, 1, 0]), ("a", "b"), (2, 2), "made in a test")
FOUND = Embedding(
    1, WIDTHS, np.array([(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (0.0, 0.0)]), 0.42, PROBE,
    np.array([0, 1, 0, 0]), np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 1.0, 1.0]), np.eye(3)[:, :2],
)  # fmt: skip
MIDDLE = DrawingActivations(1, np.array([1.5, 0.75, 9.0]))


@pytest.fixture
def panel(qtbot: QtBot) -> EmbeddingPanel:
    panel = shown(qtbot, EmbeddingPanel(), 700, 400)
    panel.set_answer("points", FOUND)
    return panel


def at(panel: EmbeddingPanel, x: float, y: float) -> QPoint:
    place: QPoint = panel.cloud.view.mapViewToScene(QPointF(x, y)).toPoint()
    return place


def captions(panel: EmbeddingPanel) -> list[str]:
    return [example.caption[0].text for example in panel.gallery.examples]


def test_it_asks_about_the_last_hidden_layer_until_another_one_is_chosen(panel: EmbeddingPanel) -> None:
    assert panel.words.texts[0] == "42% of the variance of 3 values · 1 of 4 pictures read wrongly"
    heard: list[object] = []
    panel.choice_changed.connect(lambda: heard.append(panel.choice()))
    assert panel.choice() == LAST_HIDDEN
    assert [panel.layer.itemText(k) for k in range(3)] == ["Pixels (4)", "Hidden 1 (3)", "Logits (2)"]
    assert panel.layer.currentText() == "Hidden 1 (3)"
    panel.layer.setFocus()
    QTest.keyClick(panel.layer, Qt.Key.Key_Down)
    assert heard == [-1]
    panel.set_answer("points", replace(FOUND, place=2))
    assert panel.layer.currentText() == "Logits (2)"


def test_a_layer_that_tells_nothing_apart_has_a_sentence_in_place_of_points(panel: EmbeddingPanel) -> None:
    panel.set_answer("drawing", MIDDLE)
    panel.set_answer("points", replace(FOUND, points=np.zeros((4, 2)), share=0.0))
    assert panel.cloud.note == "The layer puts out the same for every picture"
    assert panel.cloud.star is None
    panel.mistakes.click()
    assert captions(panel) == ["b→a"]


def test_the_star_is_where_the_drawing_lies_in_that_layer(panel: EmbeddingPanel) -> None:
    panel.set_answer("drawing", MIDDLE)
    assert panel.cloud.star == (0.5, -0.25)
    panel.set_answer("drawing", replace(MIDDLE, place=2))
    assert panel.cloud.star is None
    panel.set_answer("points", replace(FOUND, place=2))
    assert panel.cloud.star is not None


def test_the_picture_at_the_mouse_is_shown_with_its_answer_and_stays(panel: EmbeddingPanel) -> None:
    for place in ((1.0, 1.0), (-1.0, 1.0)):
        QTest.mouseMove(panel.cloud.viewport(), at(panel, *place))
    assert panel.pointed.accessibleName() == "b, read as a 70.0%"


def test_a_click_on_a_point_or_a_picture_chooses_the_example(qtbot: QtBot, panel: EmbeddingPanel) -> None:
    heard: list[int] = []
    panel.example_chosen.connect(heard.append)
    click(panel.cloud, at(panel, 1.0, -1.0))
    panel.mistakes.click()
    panel.gallery.setCurrentIndex(panel.gallery.model().index(0, 0))
    QTest.keyClick(panel.gallery, Qt.Key.Key_Return)
    assert heard == [1, 2]


def test_chosen_pictures_stay_through_time_and_change_only_with_their_answers(panel: EmbeddingPanel) -> None:
    panel.cloud.selected.emit(np.array([1, 2]))
    panel.cloud.set_chosen(np.array([1, 2]))
    before = panel.gallery.examples
    panel.set_answer("points", replace(FOUND, points=FOUND.points / 2))
    assert panel.gallery.examples is before
    panel.set_answer("points", replace(FOUND, predicted=np.array([0, 1, 1, 0])))
    assert captions(panel) == ["b", "b"]


def test_a_small_panel_has_room_for_the_points_alone(panel: EmbeddingPanel) -> None:
    assert panel.gallery.isVisible()
    panel.resize(300, 200)
    assert not panel.gallery.isVisible()
    assert panel.cloud.isVisible()
    panel.resize(300, 500)
    assert panel.gallery.isVisible()
