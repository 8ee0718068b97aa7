"""Everything in the window says what it is: by Shift+F1, by a small ?, in menus, and by words in Ctrl+K."""

import re
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QTabBar,
    QToolButton,
    QWhatsThis,
    QWidget,
)

from mnist_viz.views.canvas import Canvas
from mnist_viz.views.command_palette import CommandPalette
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.what_is_this import entries, explained
from tests.controllers.conftest import Program
from tests.controllers.test_command_palette import do, opened
from tests.controllers.whole_window import make_all_panels, opened_dialogs

SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROLS = (
    QAbstractButton, QAbstractItemView, QAbstractSlider, QAbstractSpinBox, QComboBox, QLineEdit, Canvas, Figure,
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_explained(qtbot: object) -> Iterator[None]:
    yield
    QWhatsThis.hideText()
    QWhatsThis.leaveWhatsThisMode()


def explains() -> bool:
    """Whether a text is shown."""
    return any(top.inherits("QWhatsThat") and top.isVisible() for top in QApplication.topLevelWidgets())


def without_a_text(top: QWidget) -> list[str]:
    """The controls and charts in `top` that have no text, neither of their own nor of what they are in."""
    return [
        f"{type(one).__name__} {one.objectName()} in {one.parent()}"
        for one in top.findChildren(QWidget)
        if isinstance(one, CONTROLS) and not isinstance(one, QScrollBar) and next(explained(one), None) is None
        if one.window() is top and not isinstance(one.parent(), QTabBar)  # whose tabs explain
        if not one.objectName().startswith("qt_")  # Qt's own for bars without room, which are never shown
    ]


def test_a_panel_is_explained_by_its_tab_its_question_mark_and_its_parts_without_a_text(program: Program) -> None:
    program.qtbot.waitUntil(lambda: all(_tab_texts(program)))
    assert len(_tab_texts(program)) >= 5

    window = program.app.window
    window.resize(1440, 900)
    dock = window.docks["draw"]
    button = dock.titleBarWidget().findChild(QToolButton, "panel-help")
    assert isinstance(button, QToolButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    program.qtbot.waitUntil(explains)
    QWhatsThis.hideText()
    program.qtbot.waitUntil(lambda: not explains())
    bar = next(bar for bar in window.findChildren(QTabBar) if bar.count() and bar.tabText(0) == "Weights")
    behind = bar.findChild(QToolButton, "panel-help")
    assert isinstance(behind, QToolButton)
    program.qtbot.waitUntil(behind.isVisible)
    assert behind.x() > bar.tabRect(bar.count() - 1).right()
    QTest.mouseClick(behind, Qt.MouseButton.LeftButton)
    program.qtbot.waitUntil(explains)

    QWhatsThis.hideText()
    program.qtbot.waitUntil(lambda: not explains())
    swap = program.button("compare-swap")
    assert not swap.whatsThis()
    where = QPoint(3, 3)
    window.open_panel("compare")
    QApplication.sendEvent(swap, QHelpEvent(QEvent.Type.WhatsThis, where, swap.mapToGlobal(where)))
    program.qtbot.waitUntil(explains)
    assert next(explained(swap)) is window.docks["compare"]


def _tab_texts(program: Program) -> list[str]:
    bars = program.app.window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [bar.tabWhatsThis(index) for bar in bars if bar.isVisible() for index in range(bar.count())]


def test_every_control_and_chart_is_explained_shortly_by_a_text_that_nothing_else_has(program: Program) -> None:
    make_all_panels(program)
    window = program.app.window
    assert without_a_text(window) == []
    names = {part.objectName() for kind in (QWidget, QAction) for part in window.findChildren(kind)}
    for dialog in opened_dialogs(program):
        assert next(explained(dialog), None) is dialog, dialog.objectName()
        assert without_a_text(dialog) == []
        names |= {dialog.objectName(), *(part.objectName() for part in dialog.findChildren(QWidget))}
    used = [name for entry in entries() for name in entry.widgets]
    assert len(used) == len(set(used))
    assert [name for name in used if name not in names] == []
    for entry in entries():
        plain = re.sub(r"<[^>]*>", "", entry.text)
        assert len(plain.split()) <= 80, entry.title
        assert plain.count(".") >= 2, entry.title
        assert entry.text.count("<b>") == entry.text.count("</b>"), entry.title
    titles = [entry.title for entry in entries()]
    assert len(titles) == len(set(titles))


def test_the_key_explains_what_has_the_focus_or_makes_the_pointer_ask(program: Program) -> None:
    window = program.app.window
    window.activateWindow()
    program.qtbot.waitUntil(window.isActiveWindow)
    rate = program.app.settings.number("learning_rate")
    rate.setFocus()
    assert "η is the learning rate" in rate.whatsThis()
    QTest.keyClick(window, Qt.Key.Key_F1, SHIFT)
    program.qtbot.waitUntil(explains)
    assert not QWhatsThis.inWhatsThisMode()

    QWhatsThis.hideText()
    program.qtbot.waitUntil(lambda: not explains())
    window.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F1, SHIFT)
    assert QWhatsThis.inWhatsThisMode()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not QWhatsThis.inWhatsThisMode()
    assert not explains()


def test_terms_are_found_by_words_also_by_other_words_for_them(program: Program) -> None:
    palette = opened(program)
    for words, title in {
        "learning rate": "Learning rate", "eta": "Learning rate", "minibatch": "Batch and batch size",
        "epoch": "Epoch", "softmax": "Softmax", "momentum": "Momentum", "dropout": "Dropout",
        "validation": "Training, validation and test set", "memorize": "Overfitting", "relu": "Activation function",
        "backprop": "Backpropagation", "adam": "Optimizer", "cross-entropy": "Loss",
    }.items():  # fmt: skip
        palette.words.setText(words)
        assert f"Explain: {title}" in palette.shown(), words
    palette.close()
    program.qtbot.waitUntil(lambda: program.app.window.findChild(CommandPalette) is None)
    do(program, "explain softmax")
    program.qtbot.waitUntil(explains)
