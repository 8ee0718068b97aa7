"""The sections of the form fold, say what is in them, and are gone through by the keyboard."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from mnist_viz.engine.setting_sections import SECTIONS
from mnist_viz.engine.settings import SPECS

if TYPE_CHECKING:
    from tests.views.conftest import Form


def test_the_common_sections_are_open_and_the_others_folded(panel: "Form") -> None:
    for section, part in zip(SECTIONS, panel.sections, strict=True):
        assert part.body.isVisible() == section.common == part.unfolded
    for name in ("hidden", "activation", "learning_rate", "batch_size", "epochs", "optimizer"):
        assert panel.fields[name].isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter])
def test_a_section_folds_and_unfolds_by_the_keyboard(panel: "Form", key: Qt.Key) -> None:
    for part in panel.sections:
        before = part.unfolded
        part.fold.setFocus()
        for unfolded in (not before, before):
            QTest.keyClick(part.fold, key)
            assert part.body.isVisible() is unfolded


def test_a_section_unfolds_by_a_click_anywhere_on_its_line(panel: "Form", qtbot: QtBot) -> None:
    part = panel.section("Run")
    QTest.mouseClick(part.fold, Qt.MouseButton.LeftButton, pos=part.fold.rect().bottomRight() - QPoint(3, 3))
    assert part.body.isVisible()
    seed = panel.number("seed")
    qtbot.waitUntil(lambda: not seed.visibleRegion().isEmpty())  # it comes into sight


def test_a_folded_section_says_what_is_in_it(panel: "Form") -> None:
    assert panel.section("Regularization").fold.summary == "off"
    assert panel.section("Rate schedule").fold.summary == "constant"
    panel.set_settings(replace(panel.run, dropout=0.2, l2=1e-4, early_stopping=3))
    assert panel.section("Regularization").fold.summary == "dropout 0.2, L2 0.0001"
    assert panel.section("Run").fold.summary == "early stopping 3"


def test_a_folded_section_tells_of_what_waits_and_of_what_is_impossible(panel: "Form") -> None:
    part = panel.section("Run")
    panel.number("seed").stepBy(1)
    assert part.fold.summary.endswith("•")
    panel.type_in(panel.number("early_stopping"), "-1")
    assert part.fold.summary == "impossible"
    panel.discard()
    assert part.fold.summary == ""


def test_tab_goes_through_the_form_in_reading_order(unfolded: "Form") -> None:
    """Down the form, and within a row from left to right."""
    unfolded.augmentation.fold.setChecked(True)
    first = unfolded.sections[0].fold
    first.setFocus()
    places = []
    for _ in range(2 * len(SPECS)):  # more than there are
        widget = QApplication.focusWidget()
        assert widget is not None
        places.append(widget.mapTo(unfolded.content(), QPoint(0, 0)))
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        if QApplication.focusWidget() is first:
            break
    inputs = [widget for field in unfolded.fields.values() for widget in field.inputs() if widget.isVisible()]
    assert len(places) == len(inputs) + len(SECTIONS)
    assert places == sorted(places, key=lambda place: (place.y(), place.x()))
