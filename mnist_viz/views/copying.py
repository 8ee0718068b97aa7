"""Ctrl+C: the picture of the widget that has the focus goes to the clipboard."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAction, QGuiApplication, QImage, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QWidget

_SIDE = 280  # pixels of a digit that is copied
_KEY = QKeySequence.StandardKey.Copy


class _CopyKey(QObject):
    """Triggers an action of a widget by Ctrl+C while the widget has the focus.

    Not by the action's own shortcut: in the window one action alone has a key, and the list of keys shows it.
    """

    def __init__(self, action: QAction, widget: QWidget) -> None:
        super().__init__(widget)
        self._action = action
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        pressed = isinstance(event, QKeyEvent) and event.type() != QEvent.Type.KeyRelease and event.matches(_KEY)
        if pressed:
            event.accept()  # where the window asks whether the key is its own, too
            if event.type() == QEvent.Type.KeyPress:
                self._action.trigger()
        return pressed


def copy_action(widget: QWidget) -> QAction:
    """An action of `widget`, for its context menu and by Ctrl+C while it has the focus."""
    key = QKeySequence(_KEY).toString(QKeySequence.SequenceFormat.NativeText)
    action = QAction(f"Copy picture\t{key}", widget)
    action.setObjectName(f"{widget.objectName()}-copy-picture")
    widget.addAction(action)
    _CopyKey(action, widget)
    return action


def copy_digit(image: QImage) -> None:
    """Put a digit on the clipboard, enlarged so that each of its pixels is a square."""
    scale = max(1, _SIDE // max(image.width(), image.height()))
    QGuiApplication.clipboard().setImage(image.scaled(image.size() * scale))
