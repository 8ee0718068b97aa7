"""Random things that a person does to the window, with real events: everything now and then, what matters often."""

from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

import numpy as np
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QAction,
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
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from mnist_viz.app import App
from mnist_viz.views.panel import is_seen
from tests.stress.world import World

Act = Iterator[int]
"""Yields between events, while the event loop turns: milliseconds until it goes on."""
Place = tuple[float, float]
"""Shares of what can be seen of a widget."""

USUAL_SIZE = (1440, 900)
SIZES = ((1024, 700), (1, 1), (300, 2000), (2000, 200), (4000, 3000), (800, 600))
TEXTS = ("0.1", "100", "-1", "1e9", "32, 16", "0", "", "abc", "512", "0,5", "3", "NaN", "7 x", "9" * 30)
KEYS = (
    "Tab", "Backtab", "Escape", "Return", "Space", "Up", "Down", "Left", "Right", "Home", "End", "PageUp", "PageDown",
    "Delete", "Backspace", "F2", "Menu", "Enter",
)  # fmt: skip
OFTEN = {
    "play": 14, "forward-batch": 6, "back-batch": 6, "forward-epoch": 4, "back-epoch": 4, "live": 3, "branch": 3,
    "first": 2, "reset-same": 2, "reset-new": 2, "run-until": 2, "film": 2, "pin": 2, "open": 2, "save-session": 2,
    "data": 2,
}  # fmt: skip
"""Actions of the window that are chosen so much oftener than the others."""
DRAGGED = {"drawing-pad": 10, "timeline": 10, "confusion-matrix": 2, "weight-mosaic": 1, "runs-list": 1}

NONE, SHIFT, CONTROL, ALT = (
    Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
LEFT, RIGHT, MIDDLE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton
FIELDS = (QAbstractSpinBox, QComboBox, QLineEdit)
STYLUS = QPointingDevice(
    "a stylus", 7, QInputDevice.DeviceType.Stylus, QPointingDevice.PointerType.Pen,
    QInputDevice.Capability.Position | QInputDevice.Capability.Pressure, 10, 3,
)  # fmt: skip


class Hands:
    """Chooses what to do, and does it.

    Args:
        note: told each event before it is sent.
    """

    def __init__(self, app: App, world: World, rng: Random, note: Callable[[str], object]) -> None:
        self._app, self._world, self._rng, self._note = app, world, rng, note
        self._window = app.window
        self._touch_screen = QTest.createTouchDevice()
        self._seen: list[QWidget] = []
        self._looked = 0

    def next(self) -> Act:
        """The next thing to do, with what is in front."""
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is None and QApplication.activeWindow() is None:
            (modal or self._window).activateWindow()  # what a window manager does when another window goes
        if popup is not None:
            return self._in_popup(popup)
        if isinstance(modal, QFileDialog):
            return self._answer(modal)
        if modal is not None:
            return self._in_dialog(modal)
        loose = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
        if loose and self._rng.random() < 0.5:
            return self._in_dialog(self._rng.choice(loose))
        acts: dict[Callable[[], Act], float] = {
            self._action: 27, self._anywhere: 20, self._drag: 10, self._field: 8, self._any_key: 4, self._button: 9,
            self._wheel: 3, self._hover: 4, self._menu: 3, self._wait: 12, self._drop: 1.5, self._pen: 1,
            self._fingers: 1, self._change_window: 2, self._dock: 3, self._clipboard: 0.5, self._tab: 2,
        }  # fmt: skip
        return self._rng.choices(list(acts), list(acts.values()))[0]()

    # What is in front

    def _in_popup(self, popup: QWidget) -> Act:
        rng = self._rng
        entries = [a for a in popup.actions() if not a.isSeparator()]
        if rng.random() < 0.2 or (isinstance(popup, QMenu) and not entries):
            yield from self._key(rng.choice(["Escape", "Down", "Up", "Return", "Right", "Left"]))
        elif isinstance(popup, QMenu):
            place = self._share(popup, popup.actionGeometry(rng.choice(entries)).center())
            yield from self._move(popup, place)
            yield from self._click(popup, place)
        else:
            yield from self._click(popup, self._at())

    def _answer(self, dialog: QFileDialog) -> Act:
        """A file that cannot be chosen leaves the dialog open, with a message over it."""
        rng, work = self._rng, self._world.work
        if rng.random() < 0.25:
            self._note("reject the file dialog")
            dialog.reject()
            return
        if dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave:
            kind = rng.choice(dialog.nameFilters())
            dialog.selectNameFilter(kind)
            ending = kind.rpartition("*")[2].rstrip(")") or ".x"
            name = f"{rng.choice(['saved 1', 'saved 2', 'no such folder/saved', 'own.npz/saved'])}{ending}"
        elif dialog.fileMode() is QFileDialog.FileMode.Directory:
            name = rng.choice(["own folder ä", "empty folder", "../data", "own folder ä/class 1"])
        else:
            name = rng.choice(self._world.files())
        self._note(f"choose the file {name}")
        dialog.selectFile(str(work / name))
        dialog.accept()
        yield 0

    def _in_dialog(self, dialog: QWidget) -> Act:
        rng = self._rng
        inside = [w for w in dialog.findChildren(QWidget) if is_seen(w)]
        wanted = [w for w in inside if isinstance(w, (QAbstractButton, *FIELDS))]
        chance = rng.random()
        if chance < 0.12:
            yield from self._key(rng.choice(["Escape", "Escape", "Return", "Tab", "Space"]))
        elif chance < 0.16:
            self._note("close the dialog")
            dialog.close()
        else:
            yield from self._use(rng.choice(wanted if wanted and rng.random() < 0.8 else inside or [dialog]))

    # What is done to the window

    def _action(self) -> Act:
        actions = [a for a in self._window.findChildren(QAction) if a.shortcuts()]
        action = self._rng.choices(actions, [OFTEN.get(a.objectName(), 1) for a in actions])[0]
        keys: Any = action.shortcuts()[0][0]  # type: ignore[index] # the stubs do not know of it
        yield from self._press_key(keys.key(), keys.keyboardModifiers())

    def _any_key(self) -> Act:
        modifiers = self._rng.choice([NONE, NONE, NONE, NONE, SHIFT, CONTROL, ALT])
        if self._rng.random() < 0.7 or modifiers is CONTROL:  # Ctrl+Q is a letter with it
            yield from self._key(self._rng.choice(KEYS), modifiers)
        else:
            yield from self._press_key(Qt.Key(self._rng.randrange(0x20, 0x60)), modifiers)

    def _anywhere(self) -> Act:
        return self._use(self._rng.choice(self._visible()))

    def _button(self) -> Act:
        return self._use(self._one_of(QAbstractButton, QComboBox))

    def _field(self) -> Act:
        return self._use(self._one_of(*FIELDS))

    def _use(self, widget: QWidget) -> Act:
        """Click it, and fill it if it is a field."""
        rng, chance = self._rng, self._rng.random()
        button = RIGHT if chance < 0.07 else MIDDLE if chance < 0.09 else LEFT
        modifiers = rng.choice([SHIFT, CONTROL]) if 0.15 < chance < 0.2 else NONE
        place = self._at()
        for _ in range(2 if 0.09 < chance < 0.15 else 1):
            yield from self._click(widget, place, button, modifiers)
        if isValid(widget) and isinstance(widget, QAbstractSpinBox | QLineEdit) and rng.random() < 0.7:
            text = rng.choice(TEXTS)
            if rng.random() < 0.8:
                yield from self._key("A", CONTROL)
            self._note(f"type {text!r}")
            for letter in text:
                for act in (QTest.KeyAction.Press, QTest.KeyAction.Release):
                    QTest.sendKeyEvent(act, self._typed_at(), Qt.Key(ord(letter.upper())), letter, NONE)
            yield 0
            yield from self._key(rng.choice(["Return", "Tab", "Escape", "Up", "Down"]))

    def _drag(self) -> Act:
        rng = self._rng
        named = [w for w in self._visible() if w.objectName() in DRAGGED]
        weights = [DRAGGED[w.objectName()] for w in named]
        widget = rng.choices(named, weights)[0] if named and rng.random() < 0.8 else rng.choice(self._visible())
        button, (x, y) = LEFT if rng.random() < 0.9 else RIGHT, self._at()
        yield from self._mouse(QTest.mousePress, widget, (x, y), button, NONE)
        for _ in range(rng.randrange(1, 12)):
            x, y = (min(max(v + rng.gauss(0, 0.15), 0.0), 0.9999) for v in (x, y))
            yield from self._move(widget, (x, y))
        if rng.random() < 0.1:  # something else while the button is down
            yield from rng.choice([self._action, self._any_key, self._wait, self._change_window])()
        yield from self._mouse(QTest.mouseRelease, widget, (x, y), button, NONE)

    def _wheel(self) -> Act:
        widget, by = self._rng.choice(self._visible()), self._rng.choice([(0, 120), (0, -120), (120, 0), (0, -1200)])
        if (window := _window_of(widget)) is not None:
            self._note(f"wheel {_name(widget)} by {by}")
            place = widget.mapTo(widget.window(), _local(widget, self._at()))
            QTest.wheelEvent(window, place, QPoint(*by), QPoint(), self._rng.choice([NONE, NONE, CONTROL, SHIFT]))
        yield 0

    def _hover(self) -> Act:
        widget = self._rng.choice(self._visible())
        for _ in range(self._rng.randrange(1, 4)):
            yield from self._move(widget, self._at())

    def _menu(self) -> Act:
        bar = self._window.menu_bar
        return self._click(bar, self._share(bar, bar.actionGeometry(self._rng.choice(bar.actions())).center()))

    def _tab(self) -> Act:
        bar = self._one_of(QTabBar)
        if isinstance(bar, QTabBar) and bar.count():
            yield from self._click(bar, self._share(bar, bar.tabRect(self._rng.randrange(bar.count())).center()))

    def _dock(self) -> Act:
        dock = self._rng.choice(list(self._window.docks.values()))
        name, act = self._rng.choice(
            [("close", dock.close), ("float", lambda: dock.setFloating(not dock.isFloating())),
             ("toggle", dock.toggleViewAction().trigger)]
        )  # fmt: skip
        self._note(f"{name} {_name(dock)}")
        act()
        yield 0

    def _change_window(self) -> Act:
        window, rng = self._window, self._rng
        change = rng.choice(["scheme", "size", "minimized", "maximized", "full"])
        self._note(f"the window: {change}")
        if change == "scheme":
            QGuiApplication.styleHints().setColorScheme(Qt.ColorScheme(rng.randrange(3)))
        elif change == "size":
            window.resize(*rng.choice(SIZES))
            yield rng.randrange(50)
            window.resize(*USUAL_SIZE)
        else:
            {"minimized": window.showMinimized, "maximized": window.showMaximized, "full": window.showFullScreen}[
                change
            ]()
            yield rng.randrange(50)
            yield from self._action()
            window.showNormal()
        yield 0

    def _drop(self) -> Act:
        places = [w for w in QApplication.topLevelWidgets() if w.isVisible() and w.acceptDrops()]
        widget, name = self._rng.choice(places or [self._window]), self._rng.choice(self._world.files())
        self._note(f"drop {name} on {_name(widget)}")
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(self._world.work / name))])
        place, copy = _local(widget, self._at()), Qt.DropAction.CopyAction
        enter = QDragEnterEvent(place, copy, mime, LEFT, NONE)
        QApplication.sendEvent(widget, enter)
        if enter.isAccepted():
            QApplication.sendEvent(widget, QDropEvent(place.toPointF(), copy, mime, LEFT, NONE))
        yield 0

    def _clipboard(self) -> Act:
        rng, clipboard = self._rng, QGuiApplication.clipboard()
        self._note("something else is in the clipboard")
        if rng.random() < 0.3:
            clipboard.setText(rng.choice(TEXTS))
        else:
            width, height = rng.choice([(28, 28), (1, 1), (400, 300), (3, 900)])
            dots = np.random.default_rng(rng.randrange(100)).integers(0, 256, (height, width), np.uint8)
            clipboard.setImage(QImage(dots.tobytes(), width, height, width, QImage.Format.Format_Grayscale8).copy())
        yield 0

    def _pen(self) -> Act:
        pad, rng, kind = self._app.draw.pad, self._rng, QEvent.Type
        places = [QPointF(x * pad.width(), y * pad.height()) for x, y in (self._at() for _ in range(2, 12))]
        self._note("draw with a pen")
        steps = [kind.TabletPress, *[kind.TabletMove] * (len(places) - 2), kind.TabletRelease]
        for step, place in zip(steps, places, strict=True):
            button = Qt.MouseButton.NoButton if step is kind.TabletMove else LEFT
            held = Qt.MouseButton.NoButton if step is kind.TabletRelease else LEFT
            everywhere = pad.mapToGlobal(place)
            event = QTabletEvent(step, STYLUS, place, everywhere, rng.random(), 0, 0, 0, 0, 0, NONE, button, held)
            QApplication.sendEvent(pad, event)
        yield 0

    def _fingers(self) -> Act:
        pad, steps, fingers = self._app.draw.pad, self._rng.randrange(2, 10), self._rng.randrange(1, 3)
        if (window := _window_of(pad)) is None:
            return
        self._note(f"draw with {fingers} fingers")
        for step in range(steps):
            touch = QTest.touchEvent(window, self._touch_screen)
            for finger in range(fingers):
                act = touch.press if step == 0 else touch.move if step + 1 < steps else touch.release
                act(finger, pad.mapTo(self._window, _local(pad, self._at())), window)
            touch.commit()
        yield 0

    def _wait(self) -> Act:
        yield self._rng.randrange(50)

    # Events

    def _click(
        self, widget: QWidget, at: Place, button: Qt.MouseButton = LEFT, modifiers: Qt.KeyboardModifier = NONE
    ) -> Act:
        """What is pressed may be gone, with its window, before it is released."""
        yield from self._mouse(QTest.mousePress, widget, at, button, modifiers)
        still_there = widget if isValid(widget) and _window_of(widget) is not None else self._window
        yield from self._mouse(QTest.mouseRelease, still_there, at, button, modifiers)

    def _move(self, widget: QWidget, at: Place) -> Act:
        return self._mouse(QTest.mouseMove, widget, at)

    def _mouse(self, send: Any, widget: QWidget, at: Place, *arguments: Any) -> Act:
        """Send it to the window of the widget, so that Qt finds out whom it is for."""
        if isValid(widget) and is_seen(widget):
            self._note(f"{send.__name__} {_name(widget)} at {at[0]:.3f}, {at[1]:.3f}")
            top, window = widget.window(), _window_of(widget)
            place = widget.mapTo(top, _local(widget, at))
            place = QPoint(1, 1) if place.isNull() else place  # QTest takes the very corner for "anywhere"
            if window is not None and top is not QApplication.activePopupWidget():
                send(window, *arguments, pos=place)
            else:
                below = top.childAt(place) or top
                send(below, *arguments, pos=below.mapFrom(top, place))
        yield 0

    def _key(self, name: str, modifiers: Qt.KeyboardModifier = NONE) -> Act:
        return self._press_key(Qt.Key[f"Key_{name}"], modifiers)

    def _press_key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> Act:
        self._note(f"press {key.name} {modifiers.name}")
        for send in (QTest.keyPress, QTest.keyRelease):
            send(self._typed_at(), key, modifiers)
        yield 0

    def _typed_at(self) -> Any:
        """Where keys go: to a popup, or to the window that has the focus."""
        focused = QGuiApplication.focusWindow()
        # A dialog that has been closed has it until it is deleted, which may be while the key is sent.
        is_there = focused is not None and isValid(focused) and focused.isVisible()
        return QApplication.activePopupWidget() or (focused if is_there else self._window)

    # Helpers

    def _visible(self) -> Sequence[QWidget]:
        """The widgets that can be clicked; looked for now and then only, for that takes its time."""
        self._looked += 1
        if self._looked % 15 == 1:
            windows = [self._window, *(d for d in self._window.docks.values() if d.isFloating())]
            found = {id(w): w for window in windows for w in window.findChildren(QWidget) if is_seen(w)}
            self._seen = [w for w in found.values() if not isinstance(w.window(), QDialog | QMenu)]
        self._seen = [w for w in self._seen if isValid(w) and w.isVisible()]
        return self._seen or [self._window]

    def _one_of(self, *kinds: type[QWidget]) -> QWidget:
        return self._rng.choice([w for w in self._visible() if isinstance(w, kinds)] or [self._window])

    def _at(self) -> Place:
        return self._rng.random(), self._rng.random()

    def _share(self, widget: QWidget, place: QPoint) -> Place:
        return place.x() / max(1, widget.width()), place.y() / max(1, widget.height())


def _local(widget: QWidget, at: Place) -> QPoint:
    seen = widget.visibleRegion().boundingRect()
    return seen.topLeft() + QPoint(int(at[0] * seen.width()), int(at[1] * seen.height()))


def _window_of(widget: QWidget) -> QWindow | None:
    """None too where PySide gives what stood for another window, which is gone."""
    window = widget.window().windowHandle() if isValid(widget) and is_seen(widget) else None
    return window if window is not None and isValid(window) else None


def _name(widget: QWidget) -> str:
    return widget.objectName() or type(widget).__name__
