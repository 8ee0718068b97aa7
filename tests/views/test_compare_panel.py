"""The panel that compares two runs: what it says, what it paints again, and what one chooses in it."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QToolButton
from pytestqt.qtbot import QtBot

from mnist_viz.analysis.comparison import known_by_one
from mnist_viz.views.compare.panel import ComparePanel
from mnist_viz.views.compare.sides import A, Answers, B, Change, RunChoice, Side
from mnist_viz.views.network.mosaic import WeightMosaic
from mnist_viz.views.theme import DARK
from tests.views.examined import DIGITS, examined, probe_of
from tests.views.hand import cell, click, shown, wheel

RUNS = (RunChoice(1, "Run 1", 0), RunChoice(2, "Slower", 1), RunChoice(5, "Adam", 2))


def weights(seed: int, neurons: int = 12) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(0, 0.1, (784, neurons)).astype(np.float32)


def side(seed: int, moment: str = "after epoch 3", neurons: int = 12) -> Side:
    return Side((moment,), False, weights(seed, neurons), "", (28, 28))


def answers(names: tuple[str, ...] = DIGITS) -> Answers:
    """Of 100 pictures: 30 are read by A alone, the next 12 by B alone, 5 by neither."""
    labels = np.arange(100) % 10
    wrong = (labels + 1) % 10
    a, b = labels.copy(), labels.copy()
    b[:30], a[30:42] = wrong[:30], wrong[30:42]
    a[-5:], b[-5:] = wrong[-5:], wrong[-5:]
    probe = probe_of(labels, names)
    found = examined(probe, a, np.full(100, 0.75)), examined(probe, b, np.full(100, 0.75))
    return Answers(probe, found, known_by_one(*found))


@pytest.fixture
def empty(qtbot: QtBot) -> ComparePanel:
    return shown(qtbot, ComparePanel(), 700, 560)


@pytest.fixture
def panel(empty: ComparePanel) -> ComparePanel:
    """Run 1 beside the slower one."""
    empty.set_runs(RUNS, 1, 2)
    empty.set_layers(["Hidden 1", "Output"])
    empty.set_weights((side(1), side(2)), 0.5, Change(weights(2) - weights(1), "", 0.25, -0.5), 0.05)
    empty.set_answers(answers())
    QApplication.processEvents()
    return empty


def field(panel: ComparePanel, name: str) -> QComboBox:
    found = panel.findChild(QComboBox, name)
    assert isinstance(found, QComboBox)
    return found


# --- what it says ----------------------------------------------------------------------------


def test_with_one_run_it_says_how_to_get_a_second_one(empty: ComparePanel) -> None:
    empty.set_runs(RUNS[:1], 1, 1)
    assert "“Continue from here…” (C)" in empty.text()
    assert not any(child.isVisible() for child in empty.findChildren(WeightMosaic))
    assert empty.headings() == ()


def test_each_heading_says_which_moment_is_shown(panel: ComparePanel) -> None:
    late = Side(("only 2 epochs: after epoch 2", "only 2 epochs"), True, weights(2), "", (28, 28))
    panel.set_weights((side(1), late), 0.5, Change(weights(3)), 0.5)
    assert panel.headings() == ("Run 1, after epoch 3", "Slower: only 2 epochs: after epoch 2")


def test_a_mosaic_that_cannot_be_shown_says_why(panel: ComparePanel) -> None:
    missing = Side(("after epoch 3",), False, None, "B has no hidden layer 2")
    panel.set_weights((side(1), missing), 0.5, Change(None, "Nothing to subtract"), 0.5)
    QApplication.processEvents()
    assert [mosaic.isVisible() for mosaic in panel.mosaics] == [True, False, False]
    assert panel.notes() == ("", "B has no hidden layer 2", "Nothing to subtract")
    panel.set_weights((side(1), side(2)), 0.5, Change(weights(3)), 0.5)
    assert all(mosaic.isVisible() for mosaic in panel.mosaics)
    broken = np.full((784, 12), np.nan, np.float32)
    panel.set_weights((side(1), Side(("after epoch 3",), False, broken, "", (28, 28))), 0.5, Change(broken), 0.5)
    assert panel.notes() == ("", "No weight of B is a number", "No weight of B − A is a number")
    assert not panel.grab().isNull()


def test_the_difference_is_said_in_figures_and_how_much_stronger_its_colours_are(panel: ComparePanel) -> None:
    change = Change(weights(1), "", 0.25, -0.5)
    assert change.captions[0] == "25% of A in size, cosine of A and B −0.500"
    assert "25.00% as long as A" in change.explanation
    assert replace(change, distance=float("inf")).captions == ()
    assert Change(None, "The same weights").captions == ()
    moment = panel._columns[2].moment
    assert moment.texts[0].startswith("colours ×10 · 25% of A")
    panel.set_weights((side(1), side(2)), 0.5, Change(weights(3), "", 0.25, -0.5), 0.5)
    assert moment.texts[0].startswith("25% of A")


def test_it_counts_what_both_and_neither_read_or_says_why_it_cannot(panel: ComparePanel) -> None:
    assert panel.text() == "Of 100 validation digits both read 53, and neither reads 5"
    assert [strip.title.texts[0] for strip in panel.strips] == ["Only A is right (30)", "Only B is right (12)"]
    panel.set_answers(None, "B reads other pictures")
    assert panel.text() == "B reads other pictures"
    assert not any(strip.isVisible() for strip in panel.strips)


def test_answers_stay_with_a_renamed_run_and_go_with_another_pair(panel: ComparePanel) -> None:
    panel.set_runs((RUNS[0], RunChoice(2, "Slowest", 3), RUNS[2]), 1, 2)
    assert panel.headings()[B] == "Slowest, after epoch 3"
    assert panel.strips[A].isVisible()
    panel.set_runs(RUNS, 1, 5)
    assert panel.text() == "Not examined yet"


# --- what is painted -------------------------------------------------------------------------


def levels(mosaic: WeightMosaic) -> list[float]:
    return [float(level) for level in mosaic.image.levels]


def test_both_runs_have_one_scale_and_the_difference_its_own(panel: ComparePanel) -> None:
    assert [levels(mosaic) for mosaic in panel.mosaics] == [[-0.5, 0.5], [-0.5, 0.5], [-0.05, 0.05]]
    assert [mosaic.bar.scene() is not None for mosaic in panel.mosaics] == [False, True, True]


def test_the_neuron_under_the_mouse_is_framed_in_all_three_and_its_weights_are_read(panel: ComparePanel) -> None:
    a, b, change = panel.mosaics
    QTest.mouseMove(a.viewport(), cell(a, 40, 10))
    assert [mosaic.framed["hovered"] for mosaic in (a, b, change)] == [(28, 0)] * 3
    neuron = a.neuron_at(40, 10)
    assert panel.reading.startswith(f"A: Neuron {neuron} · pixel (10, 12) · ")
    assert ", B: " in panel.reading
    assert ", B − A: " in panel.reading
    QApplication.sendEvent(a, QEvent(QEvent.Type.Leave))
    assert [mosaic.framed["hovered"] for mosaic in (a, b, change)] == [None] * 3
    assert panel.reading.startswith("Point at a weight")


def seen(mosaic: WeightMosaic) -> list[float]:
    """The columns and rows that are in sight."""
    return [float(end) for ends in mosaic.view.viewRange() for end in ends]


def test_what_is_zoomed_in_one_is_zoomed_in_all_of_its_shape(panel: ComparePanel) -> None:
    a, b, change = panel.mosaics
    before = seen(a)
    wheel(b, 3)
    assert seen(b) != before
    for mosaic in (a, change):
        assert mosaic.zoomed
        assert seen(mosaic) == pytest.approx(seen(b), abs=1)
    change.see_all_button.click()
    assert not any(mosaic.zoomed for mosaic in panel.mosaics)
    assert seen(a) == before
    panel.set_weights((side(1), side(2, neurons=5)), 0.5, Change(None, "No difference"), 0.5)
    QApplication.processEvents()
    wheel(panel.mosaics[A], 3)
    assert [mosaic.zoomed for mosaic in panel.mosaics] == [True, False, False]


def test_a_picture_shows_and_tells_both_answers(panel: ComparePanel) -> None:
    tints = [DARK.run_color(run.color) for run in RUNS[:2]]
    assert tints[A] in panel.strips[A].title.styleSheet()
    first = panel.strips[A].gallery.examples[0]
    assert [(line.text, line.color, line.bold) for line in first.caption] == [
        ("A 0", tints[A], True), ("B 1", tints[B], False),
    ]  # fmt: skip
    assert answers().describe(4) == "4: A reads 4 with 75.0%, B reads 5 with 75.0%"


def test_the_smallest_panel_has_room_for_pictures_of_named_classes(empty: ComparePanel) -> None:
    names = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
    empty.set_runs(RUNS, 1, 2)
    empty.set_weights((side(1), side(2)), 0.5, Change(weights(2)), 0.05)
    empty.set_answers(answers(names))
    empty.resize(empty.minimumSize())
    QApplication.processEvents()
    for strip in empty.strips:
        assert strip.title.isVisible()
        assert strip.gallery.viewport().height() >= strip.gallery.gridSize().height()
        assert strip.gallery.viewport().width() >= strip.gallery.gridSize().width()
    assert empty.mosaics[A].view.height() > 30


# --- what is chosen --------------------------------------------------------------------------


def test_choosing_a_run_asks_for_the_pair_and_that_of_the_other_side_or_the_button_swaps(
    qtbot: QtBot, panel: ComparePanel
) -> None:
    button = panel.findChild(QToolButton, "compare-swap")
    assert isinstance(button, QToolButton)
    asks: list[tuple[Callable[[], object], list[int]]] = [
        (lambda: QTest.keyClick(field(panel, "compare-b"), Qt.Key.Key_Down), [1, 5]),
        (lambda: QTest.keyClick(field(panel, "compare-a"), Qt.Key.Key_Down), [2, 1]),
        (button.click, [2, 1]),
    ]
    for ask, pair in asks:
        panel.set_runs(RUNS, 1, 2)
        with qtbot.waitSignal(panel.pair_chosen) as chosen:
            ask()
        assert chosen.args == pair
    panel.set_runs(RUNS, 2, 1)
    assert [field(panel, f"compare-{letter}").currentText() for letter in "ab"] == ["Slower", "Run 1"]


def test_a_layer_is_chosen_and_stays_chosen_by_its_name(qtbot: QtBot, panel: ComparePanel) -> None:
    with qtbot.waitSignal(panel.layer_chosen) as chosen:
        QTest.keyClick(field(panel, "compare-layer"), Qt.Key.Key_Down)
    assert chosen.args == [1]
    panel.set_layers(["Hidden 1", "Hidden 2", "Output"])
    assert panel.layer == 2
    panel.set_layers(["Hidden 1", "Hidden 2", "Output"])
    assert panel.layer == 2


def test_a_click_on_a_picture_chooses_it(qtbot: QtBot, panel: ComparePanel) -> None:
    gallery = panel.strips[B].gallery
    with qtbot.waitSignal(panel.example_chosen) as chosen:
        click(gallery, gallery.visualRect(gallery.model().index(2, 0)).center())
    assert chosen.args == [32]


def test_the_caption_counts_the_neurons_that_are_painted_at_any_size(panel: ComparePanel) -> None:
    many = side(1, neurons=1400)
    panel.set_weights((many, many), 0.5, Change(None, "The same weights"), 0.5)
    counts = set()
    for size in ((1400, 1000), (500, 300), (900, 600)):
        panel.resize(*size)
        panel.grab()
        count = panel.mosaics[A].shown_neurons()
        counts.add(count)
        assert f"first {count:,} of 1,400" in panel._columns[A].moment.texts[0]
    assert len(counts) == 3
