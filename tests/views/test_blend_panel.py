"""The map between drawings: what is in the slots, what is said, and how the point moves the picture."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.blends import blend_at, blend_map, material
from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.subject import Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network
from mnist_viz.views.questions.blend import BlendPanel
from mnist_viz.views.theme import LIGHT
from mnist_viz.views.widgets import recolor
from tests.views.hand import Pad, drag, shown

NAMES = ("cat", "dog", "cow", "owl")


@pytest.fixture
def subject() -> Subject:
    network = Network((64, 16, 4), "relu")
    network.parameters[:] = np.random.default_rng(1).normal(0, 0.4, network.parameters.shape)
    rng = np.random.default_rng(3)
    images, labels = rng.integers(0, 256, (40, 64), dtype=np.uint8), np.arange(40) % 4
    picture = rng.integers(0, 256, (8, 8), dtype=np.uint8)
    return Subject(network, 0, NAMES, (8, 8), picture, examples=Probe(images, labels, NAMES, (8, 8), "made in a test"))


@pytest.fixture
def panel(qtbot: QtBot, subject: Subject) -> BlendPanel:
    panel = shown(qtbot, BlendPanel(), 640, 460)
    ask(panel, subject)
    return panel


def ask(panel: BlendPanel, subject: Subject) -> None:
    panel.set_answer("material", material(subject, None, UNWATCHED))
    panel.set_answer("map", blend_map(subject, panel.choice(), UNWATCHED))


def on_screen(panel: BlendPanel, x: float, y: float) -> QPoint:
    """A place of the map, 0 to 1, in the figure's pixels."""
    assert panel.figure.values is not None
    rows, columns = panel.figure.values.shape[:2]
    at: QPoint = panel.figure.view.mapViewToScene(QPointF(x * columns, y * rows)).toPoint()
    return at


def test_a_slot_takes_an_example_or_the_picture_on_the_pad(panel: BlendPanel, subject: Subject) -> None:
    assert [slot.view.accessibleName() for slot in panel.slots] == ["A: cat", "B: dog", "C: cow"]
    assert len(panel.choice().pictures) == 3
    assert panel.figure.note == ""
    panel.slots[1].pad_button.click()
    assert panel.choice().pictures[1] is subject.picture
    answer = int(subject.network.logits(subject.wanted_picture()[None]).argmax())
    assert panel.slots[1].view.accessibleName() == f"B: {NAMES[answer]}"
    panel.slots[2].example_requested.emit(3)
    assert panel.slots[2].view.accessibleName() == "C: owl"
    assert subject.examples is not None
    owls = subject.examples.images[subject.examples.labels == 3].reshape(-1, 8, 8)
    assert any(np.array_equal(panel.choice().pictures[2], owl) for owl in owls)


def test_two_pictures_span_a_line_and_one_nothing(panel: BlendPanel, subject: Subject) -> None:
    panel.slots[1].remove_button.click()
    ask(panel, subject)
    assert panel.figure.values is not None
    assert panel.figure.values.shape[0] == 1
    assert panel.sentence_here.texts[0].startswith("A 50%, C 50%: read as ")
    panel.slots[0].remove_button.click()
    ask(panel, subject)
    assert panel.figure.values is None
    assert panel.figure.note == "Put a picture into two slots at least"
    panel.slots[2].remove_button.click()
    ask(panel, subject)
    assert panel.choice().pictures == ()  # no example comes back by itself


def test_what_is_read_at_the_point_is_said(panel: BlendPanel, subject: Subject) -> None:
    found = blend_map(subject, panel.choice(), UNWATCHED)
    assert found is not None
    answer, certainty = found.at((0.5, 0.5))
    assert panel.sentence_here.texts[0] == f"A 25%, B 25%, C 50%: read as {NAMES[answer]} ({certainty:.1%})"
    assert set(panel.figure.areas.texts) <= set(NAMES)


def test_dragging_the_point_is_one_movement_of_the_pad(panel: BlendPanel) -> None:
    pad = Pad(panel)
    drag(panel.figure, on_screen(panel, 0.5, 0.5), on_screen(panel, 0.3, 0.7))
    assert pad.how[0] == "made"
    assert len(pad.how) > 2
    assert set(pad.how[1:]) == {"moved"}
    assert panel.figure.place == pytest.approx((0.3, 0.7), abs=0.02)
    np.testing.assert_array_equal(pad.put[-1][1], blend_at(panel.choice().pictures, panel.figure.place))
    before = len(pad.put)
    drag(panel.figure, on_screen(panel, *panel.figure.place), on_screen(panel, 0.5, 0.5))
    assert pad.how[before] == "made"


def test_a_click_brings_the_point_there(panel: BlendPanel) -> None:
    pad = Pad(panel)
    QTest.mouseClick(panel.figure.viewport(), Qt.MouseButton.LeftButton, pos=on_screen(panel, 0.7, 0.25))
    assert panel.figure.place == pytest.approx((0.7, 0.25), abs=0.02)
    assert pad.how == ["made"]


def test_the_arrows_move_the_point_to_the_edge_and_a_row_of_them_is_one_movement(panel: BlendPanel) -> None:
    pad = Pad(panel)
    panel.figure.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Up):
        QTest.keyClick(panel.figure, key)
    assert panel.figure.place == (0.5 + 2 / 64, 0.5 - 1 / 64)
    assert pad.how == ["made", "moved", "moved"]
    panel.slots[0].pad_button.setFocus()
    panel.figure.setFocus()
    QTest.keyClick(panel.figure, Qt.Key.Key_Left)
    assert pad.how[-1] == "made"
    for _ in range(40):
        QTest.keyClick(panel.figure, Qt.Key.Key_Left)
    assert panel.figure.place == (0.0, 0.5 - 1 / 64)


def test_a_place_is_paler_where_the_network_is_less_sure(panel: BlendPanel, subject: Subject) -> None:
    recolor(panel, LIGHT)
    found, colors = blend_map(subject, panel.choice(), UNWATCHED), panel.figure.values
    assert found is not None
    assert colors is not None
    answer = int(np.bincount(found.answers.ravel()).argmax())
    cells = np.argwhere(found.answers == answer)
    sure = found.certainty[found.answers == answer]
    palest, strongest = (colors[tuple(cells[k])].astype(int).sum() for k in (sure.argmin(), sure.argmax()))
    assert palest > strongest


def test_another_network_begins_with_its_own_pictures(panel: BlendPanel) -> None:
    network = Network((16, 3))
    panel.set_answer("material", material(Subject(network, 0, ("x", "y", "z"), (4, 4)), None, UNWATCHED))
    assert panel.choice().pictures == ()
    assert not panel.slots[0].pad_button.isEnabled()
    assert not panel.slots[0].example_button.isEnabled()
