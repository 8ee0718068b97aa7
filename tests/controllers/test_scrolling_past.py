"""Whoever scrolls past a control changes nothing by that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QApplication, QComboBox, QScrollBar, QWidget

if TYPE_CHECKING:
    from tests.controllers.conftest import Program


def value(control: QWidget) -> object:
    if isinstance(control, QComboBox):
        return control.currentIndex()
    return control.text() if isinstance(control, QAbstractSpinBox) else control.property("value")


def test_the_wheel_changes_no_control_that_has_not_the_focus(program: Program) -> None:
    window = program.app.window
    window.setFocus()
    kinds = (QComboBox, QAbstractSpinBox, QAbstractSlider)
    controls = [one for kind in kinds for one in window.findChildren(kind) if not isinstance(one, QScrollBar)]
    assert len(controls) > 20
    for control in controls:
        before = value(control)
        for turn in (-120, 120):
            at = QPointF(control.rect().center())
            event = QWheelEvent(
                at, control.mapToGlobal(at), QPoint(), QPoint(0, turn), Qt.MouseButton.NoButton,
                Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
            )  # fmt: skip
            QApplication.sendEvent(control, event)
            assert value(control) == before, control.objectName()
