"""The events: how a line of a trace names a widget, and what is done with it."""

from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QInputDevice,
    QPointingDevice,
    QTabletEvent,
    QWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QDockWidget, QFileDialog, QMenu, QWidget
from shiboken6 import isValid

from mnist_viz.app import App
from mnist_viz.views.panel import is_seen

Event = dict[str, Any]
"""A line of a trace: "do" is what is done, "on" the path of a widget; the rest depends."""

Kind = QEvent.Type
POPUP = "@popup"
"""The path of whatever menu or list is open."""

_STYLUS = QPointingDevice(
    "a stylus", 7, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 10, 3,
)  # fmt: skip


def path_of(widget: QWidget) -> str:
    """Names a widget by its own name and those above it, with a number where siblings have the same."""
    parts: list[str] = []
    at: QWidget | None = widget
    while at is not None:
        parent = at.parentWidget()
        siblings = _children(parent)
        same = [other for other in siblings if _word(other) == _word(at)]
        place = same.index(at) if at in same else 0
        parts.append(f"{_word(at)}#{place}" if len(same) > 1 else _word(at))
        at = parent
    return "/".join(reversed(parts))


def find(path: str) -> QWidget | None:
    """The widget of that path, if there is one now."""
    if path == POPUP:
        return QApplication.activePopupWidget()
    at: QWidget | None = None
    for part in path.split("/"):
        word, _, place = part.partition("#")
        same = [child for child in _children(at) if _word(child) == word]
        if int(place or 0) >= len(same):
            return None
        at = same[int(place or 0)]
    return at


def _children(parent: QWidget | None) -> list[QWidget]:
    if parent is None:
        return [widget for widget in QApplication.topLevelWidgets() if widget.parentWidget() is None]
    return [child for child in parent.children() if isinstance(child, QWidget)]


def _word(widget: QWidget) -> str:
    return (widget.objectName() or type(widget).__name__).replace("/", "|").replace("#", "=")


class Moves:
    """Does the events to the window of `app`; files are named below `work`."""

    def __init__(self, app: App, work: Path) -> None:
        self._app = app
        self._work = work
        self._screen = QTest.createTouchDevice()

    def do(self, event: Event) -> bool:
        """Do it; return whether there was something to do it to."""
        if QApplication.activeWindow() is None and QApplication.activePopupWidget() is None:
            # What a window manager does when another window goes.
            (QApplication.activeModalWidget() or self._app.window).activateWindow()
            QApplication.processEvents()
        widget = find(event["on"]) if "on" in event else self._app.window
        if widget is None:
            return False
        move = getattr(self, f"_{event['do'].replace('-', '_')}")
        return move(event, widget) is not False

    # The mouse

    def _press(self, event: Event, widget: QWidget) -> bool:
        return self._button(QTest.mousePress, event, widget)

    def _release(self, event: Event, widget: QWidget) -> bool:
        return self._button(QTest.mouseRelease, event, widget)

    def _click(self, event: Event, widget: QWidget) -> bool:
        # One by one: what is pressed may be gone, with its window, before it is released.
        return self._press(event, widget) and self._button(QTest.mouseRelease, event, self._still(widget))

    def _double(self, event: Event, widget: QWidget) -> bool:
        return self._click(event, widget) and self._click(event, self._still(widget))

    def _still(self, widget: QWidget) -> QWidget:
        """`widget`, or the window where it is gone."""
        return widget if isValid(widget) and _window_of(widget) is not None else self._app.window

    def _button(self, send: Any, event: Event, widget: QWidget) -> bool:
        return _send(send, widget, event, Qt.MouseButton(event.get("button", 1)), _modifiers(event))

    def _move(self, event: Event, widget: QWidget) -> bool:
        return _send(QTest.mouseMove, widget, event)

    def _wheel(self, event: Event, widget: QWidget) -> bool:
        window = _window_of(widget)
        if window is not None:
            QTest.wheelEvent(window, _place(event, widget), QPoint(*event["by"]), QPoint(), _modifiers(event))
        return window is not None

    def _choose(self, event: Event, widget: QWidget) -> bool:
        """Click the entry of a menu."""
        if not isinstance(widget, QMenu) or event["entry"] >= len(widget.actions()):
            return False
        place = widget.actionGeometry(widget.actions()[event["entry"]]).center()
        there: Event = {"at": (place.x() / max(1, widget.width()), place.y() / max(1, widget.height()))}
        return not place.isNull() and self._move(there, widget) and self._click(there, self._still(widget))

    # The keys

    def _key(self, event: Event, widget: QWidget) -> bool:
        # One by one, as with the mouse.
        for send in (QTest.keyPress, QTest.keyRelease):
            send(self._typed_at(widget), Qt.Key(event["key"]), _modifiers(event))
        return True

    def _type(self, event: Event, widget: QWidget) -> bool:
        if event.get("over"):
            self._key({"key": Qt.Key.Key_A.value, "with": Qt.KeyboardModifier.ControlModifier.value}, widget)
        for letter in event["text"]:
            for action in (QTest.KeyAction.Press, QTest.KeyAction.Release):
                QTest.sendKeyEvent(action, self._typed_at(widget), Qt.Key(ord(letter.upper())), letter, _none())
        return True

    def _typed_at(self, widget: QWidget) -> Any:
        """Where keys go: to a popup, to the window that has the focus, or to that of `widget`."""
        popup = QApplication.activePopupWidget()
        if popup is not None:
            return popup
        focused = QGuiApplication.focusWindow()
        # A dialog that has been closed has it until it is deleted, which may be while the key is sent.
        is_there = focused is not None and isValid(focused) and focused.isVisible()
        return focused if is_there else self._still(widget).window()

    # A pen and fingers

    def _pen(self, event: Event, widget: QWidget) -> None:
        points = [(QPointF(x * widget.width(), y * widget.height()), pressure) for x, y, pressure in event["points"]]
        left, none = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
        self._tablet(widget, Kind.TabletPress, *points[0], left, left)
        for place, pressure in points[1:]:
            self._tablet(widget, Kind.TabletMove, place, pressure, none, left)
        self._tablet(widget, Kind.TabletRelease, points[-1][0], 0.0, left, none)

    def _tablet(self, widget: QWidget, kind: Kind, place: QPointF, pressure: float, *buttons: Qt.MouseButton) -> None:
        all_over = widget.mapToGlobal(place)
        event = QTabletEvent(kind, _STYLUS, place, all_over, pressure, 0, 0, 0, 0, 0, _none(), *buttons)
        QApplication.sendEvent(widget, event)

    def _touch(self, event: Event, widget: QWidget) -> bool:
        window = _window_of(widget)
        if window is None:
            return False
        for step, points in enumerate(event["points"]):
            sequence = QTest.touchEvent(window, self._screen)
            for finger, (x, y) in enumerate(points):
                place = widget.mapTo(widget.window(), QPoint(int(x * widget.width()), int(y * widget.height())))
                if step == 0:
                    sequence.press(finger, place, window)
                elif step + 1 < len(event["points"]):
                    sequence.move(finger, place, window)
                else:
                    sequence.release(finger, place, window)
            sequence.commit()
        return True

    # The window, as a window manager and the system treat it

    def _resize(self, event: Event, widget: QWidget) -> None:
        widget.window().resize(*event["size"])

    def _state(self, event: Event, widget: QWidget) -> None:
        window = widget.window()
        {
            "minimized": window.showMinimized, "maximized": window.showMaximized,
            "full": window.showFullScreen, "normal": window.showNormal,
        }[event["state"]]()  # fmt: skip

    def _scheme(self, event: Event, _: QWidget) -> None:
        QGuiApplication.styleHints().setColorScheme(Qt.ColorScheme(event["scheme"]))

    def _close(self, _: Event, widget: QWidget) -> bool:
        if isinstance(widget, QDockWidget | QDialog):
            widget.close()
            return True
        return False

    def _float(self, event: Event, widget: QWidget) -> bool:
        if isinstance(widget, QDockWidget):
            widget.setFloating(event["floating"])
            return True
        return False

    def _activate(self, _: Event, widget: QWidget) -> None:
        widget.activateWindow()

    # Files and the clipboard

    def _file(self, event: Event, _: QWidget) -> bool:
        """Answer the file dialog that is open."""
        dialog = next((w for w in QApplication.topLevelWidgets() if isinstance(w, QFileDialog) and w.isVisible()), None)
        if dialog is None:
            return False
        if event["path"] is None:
            dialog.reject()
            return True
        dialog.selectFile(str(self._work / event["path"]))
        if "kind" in event and event["kind"] < len(dialog.nameFilters()):
            dialog.selectNameFilter(dialog.nameFilters()[event["kind"]])
        dialog.accept()
        return True

    def _drop(self, event: Event, widget: QWidget) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(self._work / event["path"]))])
        action, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
        place = _local(event, widget)
        enter = QDragEnterEvent(place, action, mime, left, _none())
        QApplication.sendEvent(widget, enter)
        if enter.isAccepted():
            QApplication.sendEvent(widget, QDropEvent(place.toPointF(), action, mime, left, _none()))

    def _clipboard(self, event: Event, _: QWidget) -> None:
        clipboard = QGuiApplication.clipboard()
        if (size := event.get("picture")) is not None:
            rng = np.random.default_rng(event["seed"])
            width, height = size
            dots = rng.integers(0, 256, (height, width), dtype=np.uint8)
            clipboard.setImage(QImage(dots.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy())
        else:
            clipboard.setText(event["text"])

    def _wait(self, _: Event, __: QWidget) -> None:
        """Nothing: the next event comes later."""


def _send(send: Any, widget: QWidget, event: Event, *arguments: Any) -> bool:
    """Send a mouse event to the window of `widget`, so that Qt finds out whom it is for."""
    if not is_seen(widget):
        return False
    top, place = widget.window(), _place(event, widget)
    window = _window_of(widget)
    if window is not None and top is not QApplication.activePopupWidget():
        send(window, *arguments, pos=place)
    else:
        below = top.childAt(place) or top
        send(below, *arguments, pos=below.mapFrom(top, place))
    return True


def _window_of(widget: QWidget) -> QWindow | None:
    """None too where PySide gives what stood for another window, which is gone."""
    window = widget.window().windowHandle() if is_seen(widget) else None
    return window if window is not None and isValid(window) else None


def _modifiers(event: Event) -> Qt.KeyboardModifier:
    return Qt.KeyboardModifier(event.get("with", 0))


def _local(event: Event, widget: QWidget) -> QPoint:
    """The place in the widget; shares are of what can be seen of it."""
    x, y = event.get("at", (0.5, 0.5))
    seen = widget.visibleRegion().boundingRect()
    return seen.topLeft() + QPoint(int(x * seen.width()), int(y * seen.height()))


def _place(event: Event, widget: QWidget) -> QPoint:
    """In the widget's window. QTest takes the very corner for "anywhere"."""
    place = widget.mapTo(widget.window(), _local(event, widget))
    return place if not place.isNull() else QPoint(1, 1)


def _none() -> Qt.KeyboardModifier:
    return Qt.KeyboardModifier.NoModifier
