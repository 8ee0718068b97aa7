"""The bars of the probabilities: which classes are listed, in what order, and what is said of the others."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from mnist_viz.views.probabilities import TOLERANCE, ProbabilityBars
from mnist_viz.views.theme import DARK, LIGHT

NAMES = [f"a class with a long name {k}" for k in range(47)]


@pytest.fixture
def bars(qtbot: QtBot) -> ProbabilityBars:
    bars = ProbabilityBars()
    qtbot.addWidget(bars)
    bars.set_theme(DARK)
    bars.resize(220, 200)
    bars.show()
    bars.set_class_names(NAMES)
    return bars


def spread(**shares: float) -> NDArray[np.floating]:
    """Probabilities of 47 classes: those given, and the rest in equal parts; `c3=0.5` is for class 3."""
    given = {int(name[1:]): share for name, share in shares.items()}
    probabilities = np.full(47, (1 - sum(given.values())) / (47 - len(given)))
    for k, share in given.items():
        probabilities[k] = share
    return probabilities


def test_ten_classes_stand_in_their_own_order(bars: ProbabilityBars) -> None:
    bars.set_class_names(NAMES[:10])
    bars.set_probabilities(np.linspace(0, 0.2, 10))
    assert bars.shown_classes() == list(range(10))
    assert bars.others() == 0


def test_of_47_the_likeliest_come_first_and_the_others_are_summed_up(bars: ProbabilityBars) -> None:
    bars.set_probabilities(spread(c40=0.5, c3=0.3, c20=0.1))
    shown = bars.shown_classes()
    assert shown[:3] == [40, 3, 20]
    assert bars.others() == 47 - len(shown)
    for k in shown:
        assert bars.class_at(bars.row_of(k).center().y()) == k
    last = bars.row_of(shown[-1])
    assert last.bottom() + last.height() <= bars.height() + 1  # there is room for the row of the others
    assert bars.class_at(last.bottom() + last.height() / 2) == -1


def test_small_changes_leave_every_class_in_its_place(bars: ProbabilityBars) -> None:
    bars.set_probabilities(spread(c40=0.5, c3=0.20, c20=0.195))
    before = list(bars.shown_classes())
    bars.set_probabilities(spread(c40=0.5, c3=0.195, c20=0.20, c30=0.011))
    assert bars.shown_classes() == before


def test_the_winner_is_listed_however_slight_its_lead(bars: ProbabilityBars) -> None:
    bars.set_probabilities(spread())
    assert 46 not in bars.shown_classes()
    bars.set_probabilities(spread(c46=1 / 47 + TOLERANCE / 4))
    assert bars.shown_classes()[0] == 46


def test_no_class_is_listed_far_out_of_order_however_it_came_about(bars: ProbabilityBars) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 1, 47)
    for _ in range(200):
        logits += rng.normal(0, 0.1, 47)
        probabilities = np.exp(logits) / np.exp(logits).sum()
        bars.set_probabilities(probabilities)
        shown = bars.shown_classes()
        listed = probabilities[shown]
        assert np.argmax(probabilities) in shown
        assert all(listed[i] - listed[:i].min() <= TOLERANCE for i in range(1, len(listed)))
        assert np.delete(probabilities, shown).max() - listed.min() <= TOLERANCE


def test_a_class_is_described_by_its_whole_name(bars: ProbabilityBars) -> None:
    assert bars.describe(40) == NAMES[40]
    bars.set_probabilities(spread(c40=0.5))
    assert bars.describe(40) == f"{NAMES[40]} · 50.0%"
    bars.set_probabilities(np.full(47, np.nan))
    assert not bars.grab().isNull()


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_each_of_ten_classes_has_its_colour_and_more_than_ten_have_one(bars: ProbabilityBars, theme: object) -> None:
    assert isinstance(theme, type(DARK))
    assert len({theme.class_color(k, 10) for k in range(10)}) == 10
    assert len({theme.class_color(k, 47) for k in range(47)}) == 1
    bars.set_theme(theme)
    bars.set_probabilities(spread(c40=0.9))
    assert colors(bars.grab().toImage()) >= {theme.class_color(40, 47)}


def colors(image: QImage) -> set[str]:
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
