"""What keys do depends on the focus: a field takes them as text, Enter presses a button, Escape leaves what is open."""

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcutEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QTabBar,
    QToolTip,
    QWhatsThis,
    QWidget,
)

from mnist_viz.views.actions import Actions, make_action
from mnist_viz.views.arrangement import Arrangement


class FocusKeys(QObject):
    """Watches the focused widget of a window, and Escape.

    Args:
        pad: what is drawn on, if there is one: Escape clears it also while it has the focus.
        arrangement: whose presentation Escape ends.
    """

    def __init__(self, window: QMainWindow, actions: Actions, pad: QWidget | None, arrangement: Arrangement) -> None:
        super().__init__(window)
        self._window, self._clear_pad, self._pad = window, actions.clear_pad, pad
        self._arrangement = arrangement
        text = "Press the focused button"  # by Enter, since Space always plays
        self._press = make_action(self, "press", text, ("Return", "Enter"), text)
        self._press.setAutoRepeat(False)
        self._press.setEnabled(False)
        self._press.triggered.connect(self._on_press_triggered)
        window.addAction(self._press)
        self._clear_pad.installEventFilter(self)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        """Watches the focused field, where single keys are text, and Escape, which clears the drawing at last."""
        if watched is self._clear_pad:
            escapes = isinstance(event, QShortcutEvent) and event.key() == QKeySequence(Qt.Key.Key_Escape)
            return escapes and self._dismiss()
        overrides = event.type() == QEvent.Type.ShortcutOverride
        if overrides and isinstance(event, QKeyEvent) and isinstance(watched, QTabBar):
            if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and not event.modifiers():
                event.accept()
        elif overrides and isinstance(event, QKeyEvent):
            command = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
            if not event.modifiers() & command and event.key() < Qt.Key.Key_F1.value:
                event.accept()
        elif event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self._window.setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                # Typing is finished: the keys are commands again, once the field has taken the value.
                QTimer.singleShot(0, self._window.setFocus)
        return super().eventFilter(watched, event)

    def _dismiss(self) -> bool:
        """Leave what Escape leaves before it clears the drawing: a list, a menu, a tip, a control with the focus."""
        here, popup = QApplication.focusWidget(), QApplication.activePopupWidget()
        drawing = self._pad is not None and here is not None and self._pad.isAncestorOf(here)
        if popup is not None:
            popup.close()
        elif QWhatsThis.inWhatsThisMode():
            QWhatsThis.leaveWhatsThisMode()
        elif QToolTip.isVisible():
            QToolTip.hideText()
        elif here is not None and not isinstance(here, QMainWindow | QDockWidget) and not drawing:
            self._window.setFocus()
        elif self._arrangement.presenting:
            self._arrangement.toggle_presentation()
        else:
            return False
        return True

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        # The fields of a dialog are the dialog's: they go away with it. A list's editor knows Enter and Escape itself.
        typed_in = isinstance(new, QLineEdit | QAbstractSpinBox | QTabBar)
        if new is not None and typed_in and new.window() is self._window and not _is_editor(new):
            new.installEventFilter(self)  # for good: keys come only to what has the focus
        self._press.setEnabled(isinstance(new, QAbstractButton))

    @Slot()
    def _on_press_triggered(self) -> None:
        button = QApplication.focusWidget()
        if isinstance(button, QAbstractButton):
            button.animateClick()


def _is_editor(widget: QWidget) -> bool:
    """Whether an item of a list or tree is edited in it: its parent is the view's viewport."""
    viewport = widget.parentWidget()
    return viewport is not None and isinstance(viewport.parentWidget(), QAbstractItemView)
