"""Chooses the next event at random: everything that there is now and then, what matters often."""

from collections.abc import Callable, Sequence
from random import Random

from PySide6.QtCore import QKeyCombination, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QMenu,
    QMenuBar,
    QTabBar,
    QWidget,
)
from shiboken6 import isValid

from mnist_viz.app import App
from mnist_viz.bench.events_moves import POPUP, Event, path_of
from mnist_viz.bench.events_world import World, places_to_save
from mnist_viz.views.panel import is_seen

MAIN = "main-window"
USUAL_SIZE = (1440, 900)
_SIZES = (USUAL_SIZE, (1024, 700), (1, 1), (300, 2000), (2000, 200), (4000, 3000), (800, 600))

_LEFT, _RIGHT, _MIDDLE = (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.MiddleButton)
_SHIFT, _CONTROL, _ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip

_NEVER = {"quit"}
"""The actions that end it all: `bench closing` does that."""

_INTENTS = {
    "play": 14, "forward-batch": 6, "back-batch": 6, "forward-epoch": 4, "back-epoch": 4, "live": 3, "first": 2,
    "reset-same": 2, "reset-new": 2, "branch": 3, "run-until": 2, "film": 2, "film-back": 1, "pin": 2,
    "previous-mark": 1, "next-mark": 1, "slower": 1, "faster": 2, "pretrained": 1, "undo-pad": 2, "redo-pad": 1,
    "clear-pad": 1, "open": 2, "save-session": 2, "save-session-as": 1, "save-model": 1, "read-image": 1,
    "export-curves": 1, "export-film": 1, "data": 2, "keys": 1, "full-screen": 1, "restore-layout": 1,
}  # fmt: skip

_DRAGGED = {
    "drawing-pad": 10, "timeline": 10, "confusion-matrix": 2, "weight-mosaic": 1, "runs-list": 1, "curves-legend": 1,
}  # fmt: skip

_TEXTS = ("0.1", "100", "-1", "1e9", "32, 16", "0", "", "abc", "512", "0,5", "3", "nan", "7 x", "9" * 30)

_PLAIN_KEYS = (
    "Tab", "Backtab", "Escape", "Return", "Space", "Up", "Down", "Left", "Right", "Home", "End", "PageUp", "PageDown",
    "Delete", "Backspace", "F2", "Menu", "Enter",
)  # fmt: skip


class Chooser:
    """Events for what can be seen in the window of `app`."""

    def __init__(self, app: App, world: World, rng: Random) -> None:
        self._app = app
        self._world = world
        self._rng = rng
        self._seen: list[QWidget] = []
        self._age = 0

    def next(self) -> list[Event]:
        """What to do next: one event, or a few that belong together."""
        popup, modal = QApplication.activePopupWidget(), QApplication.activeModalWidget()
        if popup is not None:
            return self._on_popup(popup)
        if isinstance(modal, QFileDialog):
            return self._on_file_dialog(modal)
        if modal is not None:
            return self._on_dialog(modal)
        loose = [d for d in self._dialogs() if d.isVisible()]
        if loose and self._rng.random() < 0.5:
            return self._on_dialog(self._rng.choice(loose))
        return self._on_window()

    # What is in front

    def _on_popup(self, popup: QWidget) -> list[Event]:
        rng = self._rng
        if rng.random() < 0.2:
            return [self._key(rng.choice(["Escape", "Down", "Up", "Return", "Right", "Left"]))]
        if isinstance(popup, QMenu):
            entries = [
                k for k, action in enumerate(popup.actions())
                if action.objectName() not in _NEVER and not action.isSeparator()
            ]  # fmt: skip
            return [{"do": "choose", "on": POPUP, "entry": rng.choice(entries)}] if entries else [self._key("Escape")]
        return [{"do": "click", "on": POPUP, "at": self._at()}]

    def _on_file_dialog(self, dialog: QFileDialog) -> list[Event]:
        rng = self._rng
        if rng.random() < 0.25:
            return [{"do": "file", "path": None}]
        answer: Event = {"do": "file"}
        if dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave:
            kind = next((k for k in ("model", "session", "film", "picture") if k in dialog.windowTitle()), "metrics")
            answer |= {"path": rng.choice(places_to_save(kind)), "kind": rng.randrange(4)}
        elif dialog.fileMode() is QFileDialog.FileMode.Directory:
            answer["path"] = rng.choice(["own folder ä", "empty folder", "../data", "own folder ä/class 1"])
        else:
            answer["path"] = rng.choice(self._world.files())
        # A file that cannot be chosen leaves the dialog open, with a message over it.
        return [answer]

    def _on_dialog(self, dialog: QWidget) -> list[Event]:
        rng = self._rng
        if rng.random() < 0.12:
            return [self._key(rng.choice(["Escape", "Escape", "Return", "Tab", "Space"]))]
        if rng.random() < 0.04:
            return [{"do": "close", "on": path_of(dialog)}]
        inside = [w for w in dialog.findChildren(QWidget) if is_seen(w)]
        wanted = [w for w in inside if isinstance(w, QAbstractButton | QComboBox | QAbstractSpinBox | QLineEdit)]
        return self._to(rng.choice(wanted if wanted and rng.random() < 0.8 else inside or [dialog]))

    def _on_window(self) -> list[Event]:
        kinds: dict[Callable[[], list[Event]], float] = {
            self._intent: 22, self._anywhere: 20, self._drag: 10, self._field: 8, self._shortcut: 5, self._plain_key: 4,
            self._button: 9, self._wheel: 3, self._hover: 4, self._menu: 3, self._wait: 12, self._drop: 1.5,
            self._pen_or_touch: 2, self._window_change: 2, self._dock: 3, self._clipboard: 0.5, self._tab: 2,
        }  # fmt: skip
        return self._rng.choices(list(kinds), list(kinds.values()))[0]()

    # What is done to the window

    def _intent(self) -> list[Event]:
        name = self._rng.choices(list(_INTENTS), list(_INTENTS.values()))[0]
        action = self._app.window.findChild(QAction, name)
        return [_pressed(action)] if isinstance(action, QAction) else self._wait()

    def _shortcut(self) -> list[Event]:
        actions = [a for a in self._app.window.actions() if a.shortcuts() and a.objectName() not in _NEVER]
        return [_pressed(self._rng.choice(actions))]

    def _plain_key(self) -> list[Event]:
        modifiers = self._rng.choice([0, 0, 0, 0, _SHIFT.value, _CONTROL.value, _ALT.value])
        if self._rng.random() < 0.7 or modifiers == _CONTROL.value:  # Ctrl+Q is a letter with it
            return [self._key(self._rng.choice(_PLAIN_KEYS), modifiers)]
        return [{"do": "key", "key": self._rng.randrange(0x20, 0x60), "with": modifiers}]

    def _anywhere(self) -> list[Event]:
        return self._to(self._rng.choice(self._visible()))

    def _button(self) -> list[Event]:
        buttons = [w for w in self._visible() if isinstance(w, QAbstractButton | QComboBox)]
        return self._to(self._rng.choice(buttons)) if buttons else self._anywhere()

    def _field(self) -> list[Event]:
        fields = [w for w in self._visible() if isinstance(w, QAbstractSpinBox | QComboBox | QLineEdit)]
        return self._to(self._rng.choice(fields)) if fields else self._anywhere()

    def _to(self, widget: QWidget) -> list[Event]:
        """Click it, and fill it if it is a field."""
        rng, path = self._rng, path_of(widget)
        click: Event = {"do": "click", "on": path, "at": self._at()}
        draw = rng.random()
        if draw < 0.07:
            click["button"] = _RIGHT.value
        elif draw < 0.09:
            click["button"] = _MIDDLE.value
        elif draw < 0.15:
            click["do"] = "double"
        elif draw < 0.2:
            click["with"] = rng.choice([_SHIFT, _CONTROL]).value
        if not isinstance(widget, QAbstractSpinBox | QLineEdit) or rng.random() < 0.3:
            return [click]
        text: Event = {"do": "type", "on": path, "text": rng.choice(_TEXTS), "over": rng.random() < 0.8}
        return [click, text, self._key(rng.choice(["Return", "Tab", "Escape", "Up", "Down"]))]

    def _drag(self) -> list[Event]:
        rng = self._rng
        named = [(w, weight) for w in self._visible() if (weight := _DRAGGED.get(w.objectName()))]
        if named and rng.random() < 0.8:
            widget = rng.choices([w for w, _ in named], [weight for _, weight in named])[0]
        else:
            widget = rng.choice(self._visible())
        path, button = path_of(widget), (_LEFT if rng.random() < 0.9 else _RIGHT).value
        x, y = self._at()
        events: list[Event] = [{"do": "press", "on": path, "at": (x, y), "button": button}]
        for _ in range(rng.randrange(1, 12)):
            x, y = _clip(x + rng.gauss(0, 0.15)), _clip(y + rng.gauss(0, 0.15))
            events.append({"do": "move", "on": path, "at": (x, y)})
        if rng.random() < 0.1:  # something else while the button is down
            events += rng.choice([self._intent, self._plain_key, self._wait, self._window_change])()
        return [*events, {"do": "release", "on": path, "at": (x, y), "button": button}]

    def _wheel(self) -> list[Event]:
        rng = self._rng
        by = rng.choice([(0, 120), (0, -120), (120, 0), (0, 7), (0, -1200)])
        modifiers = rng.choice([0, 0, _CONTROL.value, _SHIFT.value])
        widget = rng.choice(self._visible())
        return [{"do": "wheel", "on": path_of(widget), "at": self._at(), "by": by, "with": modifiers}]

    def _hover(self) -> list[Event]:
        path = path_of(self._rng.choice(self._visible()))
        return [{"do": "move", "on": path, "at": self._at()} for _ in range(self._rng.randrange(1, 4))]

    def _menu(self) -> list[Event]:
        bar: QMenuBar = self._app.window.menu_bar
        places = [bar.actionGeometry(action).center() for action in bar.actions()]
        place = self._rng.choice(places)
        at = place.x() / max(1, bar.width()), place.y() / max(1, bar.height())
        return [{"do": "click", "on": path_of(bar), "at": at}]

    def _tab(self) -> list[Event]:
        bars = [w for w in self._visible() if isinstance(w, QTabBar) and w.count()]
        if not bars:
            return self._anywhere()
        bar = self._rng.choice(bars)
        place = bar.tabRect(self._rng.randrange(bar.count())).center()
        at = place.x() / max(1, bar.width()), place.y() / max(1, bar.height())
        return [{"do": "click", "on": path_of(bar), "at": at}]

    def _dock(self) -> list[Event]:
        rng = self._rng
        dock: QDockWidget = rng.choice(list(self._app.window.docks.values()))
        path = path_of(dock)
        kind = rng.randrange(4)
        if kind == 0:
            return [{"do": "close", "on": path}]
        if kind == 1:
            return [{"do": "float", "on": path, "floating": rng.random() < 0.5}]
        if kind == 2:
            return [_pressed(dock.toggleViewAction())]
        title = dock.titleBarWidget()
        return [{"do": rng.choice(["double", "press", "release"]), "on": path_of(title), "at": self._at()}]

    def _window_change(self) -> list[Event]:
        rng = self._rng
        kind = rng.randrange(4)
        if kind == 0:
            return [{"do": "scheme", "scheme": rng.randrange(3)}]
        if kind == 1:
            return [{"do": "activate", "on": MAIN}]
        if kind == 2:
            change: Event = {"do": "resize", "on": MAIN, "size": rng.choice(_SIZES)}
            return [change, *self._wait(), {"do": "resize", "on": MAIN, "size": USUAL_SIZE}]
        state = {"do": "state", "on": MAIN, "state": rng.choice(["minimized", "maximized", "full"])}
        return [state, *self._wait(), *self._intent(), {"do": "state", "on": MAIN, "state": "normal"}]

    def _drop(self) -> list[Event]:
        place = self._rng.choice([MAIN, *(path_of(d) for d in self._dialogs() if d.isVisible() and d.acceptDrops())])
        return [{"do": "drop", "on": place, "path": self._rng.choice(self._world.files()), "at": self._at()}]

    def _clipboard(self) -> list[Event]:
        rng = self._rng
        if rng.random() < 0.3:
            return [{"do": "clipboard", "text": rng.choice(_TEXTS)}]
        size = rng.choice([(28, 28), (1, 1), (400, 300), (3, 900)])
        return [{"do": "clipboard", "picture": size, "seed": rng.randrange(100)}]

    def _pen_or_touch(self) -> list[Event]:
        rng = self._rng
        if rng.random() < 0.5:
            points = [(*self._at(), round(rng.random(), 2)) for _ in range(rng.randrange(2, 12))]
            return [{"do": "pen", "on": path_of(self._app.draw.pad), "points": points}]
        fingers = rng.randrange(1, 3)
        moves = [[self._at() for _ in range(fingers)] for _ in range(rng.randrange(2, 10))]
        return [{"do": "touch", "on": path_of(self._app.draw.pad), "points": moves}]

    def _wait(self) -> list[Event]:
        return [{"do": "wait", "ms": self._rng.randrange(50)}]

    # Helpers

    def _visible(self) -> Sequence[QWidget]:
        """The widgets that can be clicked, looked for now and then only, for that takes its time."""
        self._age += 1
        if self._age % 15 == 1 or not self._seen:
            windows = [self._app.window, *(d for d in self._app.window.docks.values() if d.isFloating())]
            found = {id(w): w for window in windows for w in window.findChildren(QWidget) if is_seen(w)}
            self._seen = [w for w in found.values() if not isinstance(w.window(), QDialog | QMenu)]
        self._seen = [w for w in self._seen if isValid(w) and w.isVisible()]
        return self._seen or [self._app.window]

    def _dialogs(self) -> list[QDialog]:
        return [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog)]

    def _at(self) -> tuple[float, float]:
        return round(self._rng.random(), 4), round(self._rng.random(), 4)

    def _key(self, name: str, modifiers: int = 0) -> Event:
        return {"do": "key", "key": Qt.Key[f"Key_{name}"].value, "with": modifiers}


def _pressed(action: QAction) -> Event:
    shortcut = action.shortcut()
    if shortcut.isEmpty():
        return {"do": "wait", "ms": 0}
    together: QKeyCombination = shortcut[0]  # type: ignore[index] # the stubs do not know of it
    return {"do": "key", "key": together.key().value, "with": together.keyboardModifiers().value}


def _clip(share: float) -> float:
    return round(min(max(share, 0.0), 0.9999), 4)
