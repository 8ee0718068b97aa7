"""The panel "Why this digit": what it asks and says, and what it puts on the pad."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.attribution import attribute
from mnist_viz.analysis.contrast import WhyChoice, read_picture
from mnist_viz.analysis.counterfactual import least_change
from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.nudge import SIZES, accuracy_by_size, nudge
from mnist_viz.analysis.subject import NO_PICTURE, Subject
from mnist_viz.data.progress import UNWATCHED
from mnist_viz.engine.network import Network
from mnist_viz.views.number_text import format_value
from mnist_viz.views.painting import Bytes
from mnist_viz.views.questions import why
from mnist_viz.views.questions.why import ClassChooser, WhyPanel
from mnist_viz.views.theme import LIGHT
from mnist_viz.views.widgets import recolor
from tests.views.hand import Pad, shown

NAMES = ("cat", "dog", "cow", "owl")


@pytest.fixture
def network() -> Network:
    network = Network((64, 16, 4), "relu")
    network.parameters[:] = np.random.default_rng(1).normal(0, 0.4, network.parameters.shape)
    return network


@pytest.fixture
def picture() -> Bytes:
    return np.random.default_rng(2).integers(0, 256, (8, 8), dtype=np.uint8)


@pytest.fixture
def panel(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> WhyPanel:
    monkeypatch.setattr(why, "_STEP_MS", 1)
    panel = shown(qtbot, WhyPanel(), 640, 460)
    recolor(panel, LIGHT)
    return panel


def ask(panel: WhyPanel, network: Network, picture: Bytes | None, examples: Probe | None = None) -> None:
    """Answer what the panel wants to know, twice since the first answer may change what it asks."""
    functions = {
        "read": read_picture, "pixels": attribute, "change": least_change, "nudge": nudge,
        "accuracy": accuracy_by_size,
    }  # fmt: skip
    subject = Subject(network, 0, NAMES, (8, 8), picture, examples=examples)
    for name in (*panel.wanted(), *panel.wanted()):
        try:
            panel.set_answer(name, functions[name](subject, panel.choice(), UNWATCHED))
        except ValueError as error:
            panel.set_problem(name, str(error))
        else:
            panel.set_problem(name, "")


def test_in_a_low_panel_the_likeliest_classes_are_listed_with_room_for_a_frame(qtbot: QtBot) -> None:
    chooser = shown(qtbot, ClassChooser("classes", "Classes"), 120, 100)
    assert chooser.minimumSizeHint().height() <= 100
    probabilities = np.arange(10, dtype=np.float32) / 45
    chooser.set_probabilities(probabilities)
    assert chooser.shown_classes() == [9, 8, 7, 6, 5, 4]
    assert all(chooser.row_of(k).height() >= 14 for k in chooser.shown_classes())
    chooser.resize(120, 150)
    assert chooser.shown_classes() == list(range(10))


def order(network: Network, picture: Bytes) -> list[int]:
    """The classes, the likeliest first."""
    ranks: list[int] = np.argsort(-network.logits(picture.reshape(1, -1))[0]).tolist()
    return ranks


@pytest.fixture
def made(panel: WhyPanel) -> Pad:
    return Pad(panel)


def test_it_compares_the_answer_with_the_runner_up(panel: WhyPanel, network: Network, picture: Bytes) -> None:
    ask(panel, network, picture)
    answer, second = (NAMES[k] for k in order(network, picture)[:2])
    assert panel.heading.texts[1] == f"Why {answer} and not {second}?"
    assert panel.choice() == WhyChoice(order(network, picture)[1], 0.1)


def test_the_runner_up_stays_while_the_same_picture_is_read_by_other_networks(
    panel: WhyPanel, network: Network, picture: Bytes
) -> None:
    ask(panel, network, picture)
    second = panel.choice().rival
    biases = network.layers[-1].biases
    assert biases is not None
    biases[order(network, picture)[2]] += 2.0
    ask(panel, network, picture)
    assert panel.choice().rival == second
    ask(panel, network, picture.copy())
    assert panel.choice().rival == order(network, picture)[1]


def test_a_class_is_asked_about_by_a_click_or_the_arrows(panel: WhyPanel, network: Network, picture: Bytes) -> None:
    ask(panel, network, picture)
    last = order(network, picture)[3]
    middle = panel.chooser.row_of(last).center().toPoint()
    QTest.mouseClick(panel.chooser, Qt.MouseButton.LeftButton, pos=middle)
    assert panel.choice().rival == last
    ask(panel, network, picture)
    assert panel.chooser.framed("chosen") == last
    assert panel.heading.texts[1].endswith(f"and not {NAMES[last]}?")


def test_the_arrows_go_through_the_classes(panel: WhyPanel, network: Network, picture: Bytes) -> None:
    ask(panel, network, picture)
    before = panel.chooser.framed("chosen")
    panel.chooser.setFocus()
    QTest.keyClick(panel.chooser, Qt.Key.Key_Down)
    assert panel.choice().rival == (before + 1) % 4


def test_the_sum_is_said_beside_what_it_must_be_and_the_pixel_at_the_mouse(
    panel: WhyPanel, network: Network, picture: Bytes
) -> None:
    ask(panel, network, picture)
    found = attribute(Subject(network, 0, NAMES, (8, 8), picture), panel.choice(), UNWATCHED)
    total, difference = format_value(found.total, signed=True), format_value(found.difference, signed=True)
    said = panel.pixels.sentence.texts[0]
    assert said.startswith(f"Integrated gradients add up to {total}; the difference of the logits")
    assert difference in said
    panel.pixels.maps.hovered.emit(8 + 2, 8 + 3)  # of the control, by occlusion
    value = float(found.maps[1, 1, 2, 3])
    name = found.found.answer_name if value > 0 else found.found.rival_name
    assert panel.pixels.sentence.texts[0] == (
        f"Occlusion, random weights, row 3, column 4: {format_value(abs(value))} for {name}"
    )
    panel.pixels.maps.hovered.emit(-1, -1)
    assert panel.pixels.sentence.texts[0].startswith("Integrated gradients add up to")


def test_each_map_has_its_heading_at_any_size(panel: WhyPanel, network: Network, picture: Bytes) -> None:
    ask(panel, network, picture)
    for size in ((640, 460), (430, 236), (380, 300), (700, 240), (260, 480)):
        panel.resize(*size)
        QApplication.processEvents()
        maps = panel.pixels.maps
        assert maps.values is not None
        columns = maps.values.shape[1] // 8
        assert len(maps.top.names) == columns
        pixels = maps.view.mapViewToDevice(QPointF(8, 0)).x() - maps.view.mapViewToDevice(QPointF(0, 0)).x()
        assert maps.top.widest <= pixels


def test_only_the_page_that_is_seen_asks(panel: WhyPanel) -> None:
    asked = []
    for page in range(3):
        panel.tabs.setCurrentIndex(page)
        asked.append(tuple(panel.wanted()))
    assert asked == [("read", "pixels"), ("read", "change"), ("read", "nudge", "accuracy")]


def test_the_least_change_is_said_and_played_on_the_pad(
    qtbot: QtBot, panel: WhyPanel, network: Network, picture: Bytes, made: Pad
) -> None:
    panel.tabs.setCurrentIndex(1)
    ask(panel, network, picture)
    found = least_change(Subject(network, 0, NAMES, (8, 8), picture), panel.choice(), UNWATCHED)
    count = np.count_nonzero(found.pictures[-1] != picture)
    assert panel.change.sentence.texts[0].endswith(f"in {count} places, makes it {found.after.answer_name}")
    assert panel.change.pictures.captions[1] == (
        f"Green: {format_value(found.added)} added Magenta: {format_value(found.removed)} removed"
    )
    QTest.mouseClick(panel.change.play_button, Qt.MouseButton.LeftButton)
    assert panel.change.play_button.text() == "Stop"
    assert "change" not in panel.wanted()
    qtbot.waitUntil(lambda: panel.change.play_button.text() == "Play on the pad", timeout=60_000)
    assert made.how == ["made"] + ["moved"] * (len(made.put) - 1)
    assert len(made.put) == len(found.pictures)
    np.testing.assert_array_equal(made.put[0][1], picture)
    np.testing.assert_array_equal(made.put[-1][1], found.pictures[-1])
    # What it says is still about the picture from which it began.
    ask(panel, network, made.put[-1][1])
    assert panel.change.sentence.texts[0].endswith(f"in {count} places, makes it {found.after.answer_name}")


def test_playing_ends_when_something_else_is_on_the_pad(
    panel: WhyPanel, network: Network, picture: Bytes, made: Pad
) -> None:
    panel.tabs.setCurrentIndex(1)
    ask(panel, network, picture)
    panel.change.play_button.click()
    ask(panel, network, np.full((8, 8), 7, np.uint8))
    assert panel.change.play_button.text() == "Play on the pad"
    assert len(made.put) == 1


def test_the_slider_nudges_further_and_the_plot_takes_it_along(
    panel: WhyPanel, network: Network, picture: Bytes, made: Pad
) -> None:
    panel.tabs.setCurrentIndex(2)
    ask(panel, network, picture)
    panel.nudge.slider.setFocus()
    QTest.keyClick(panel.nudge.slider, Qt.Key.Key_End)
    assert panel.choice().size == pytest.approx(SIZES[-1])
    panel.nudge.accuracy.place_chosen.emit(0.05)
    assert panel.choice().size == 0.05
    ask(panel, network, picture)
    found = nudge(Subject(network, 0, NAMES, (8, 8), picture), panel.choice(), UNWATCHED)
    read = found.readings[1]
    assert panel.nudge.pictures.captions[1] == f"Against the network {read.answer_name} · {read.certainty:.1%}"
    QTest.mouseClick(panel.nudge.pad_button, Qt.MouseButton.LeftButton)
    assert made.how == ["made"]
    np.testing.assert_array_equal(made.put[0][1], found.pictures[1])


def test_the_accuracy_is_plotted_where_there_are_pictures(panel: WhyPanel, network: Network, picture: Bytes) -> None:
    panel.tabs.setCurrentIndex(2)
    ask(panel, network, picture)
    assert panel.nudge.accuracy.note == "No validation pictures that this network reads"
    rng = np.random.default_rng(3)
    images, labels = rng.integers(0, 256, (50, 64), dtype=np.uint8), rng.integers(0, 4, 50)
    ask(panel, network, picture, Probe(images, labels, NAMES, (8, 8), "made in a test"))
    assert panel.nudge.accuracy.note == ""


def test_a_page_says_why_it_has_no_answer_and_the_others_have_theirs(panel: WhyPanel, picture: Bytes) -> None:
    dead = Network((64, 5, 4))
    for page in range(3):
        panel.tabs.setCurrentIndex(page)
        ask(panel, dead, picture)
    messages = [page.message for page in panel.pages.values()]
    assert messages == ["", "No change of ink was found that makes this network read dog", ""]
    ask(panel, dead, None)
    assert panel.message == NO_PICTURE
