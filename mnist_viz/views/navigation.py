"""Goes from panel to panel by the keyboard: Ctrl with a number, F6, and back to where one was."""

from collections.abc import Mapping, Sequence
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QObject, QPoint, Qt, Slot
from PySide6.QtWidgets import QAbstractItemView, QApplication, QMainWindow, QWidget

from mnist_viz.views import layout
from mnist_viz.views.actions import Actions
from mnist_viz.views.panel import PanelDock, is_seen
from mnist_viz.views.plots.figure import Figure

_KEYED = Qt.FocusReason.ShortcutFocusReason


class PanelNavigation(QObject):
    """Shows panels and gives them the focus.

    Args:
        window: holds the docks.
        docks: the panels by key, whose `show_action` is connected here.
        bars: what F6 goes to beside the panels: the first before them, the others after them.
        actions: with those for the next and the last panel, and for closing one.
    """

    def __init__(
        self, window: QMainWindow, docks: Mapping[str, PanelDock], bars: Sequence[QWidget], actions: Actions
    ) -> None:
        super().__init__(window)
        self._window = window
        self._docks = docks
        self._bars = tuple(bars)
        self._focused: WeakKeyDictionary[QWidget, ref[QWidget]] = WeakKeyDictionary()
        self._back: tuple[ref[QWidget] | None, list[PanelDock]] = None, []
        for dock in docks.values():
            dock.show_action.triggered.connect(self._on_show_triggered)
        actions.next_panel.triggered.connect(self._on_next)
        actions.previous_panel.triggered.connect(self._on_previous)
        actions.close_panel.triggered.connect(self._on_close)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]

    def go_to(self, dock: PanelDock) -> None:
        """Show a panel in front of those that share its place, and give it the focus."""
        here = QApplication.focusWidget()
        self._back = ref(here) if here is not None else None, [each for each in self._docks.values() if _seen(each)]
        dock.show()
        dock.raise_()
        if dock.isFloating():
            dock.activateWindow()
        self._enter(dock)

    def go_back(self) -> None:
        """Give the focus back to where it was before `go_to`, and bring to the front what was there."""
        where, seen = self._back
        for dock in seen:
            if not dock.isHidden():
                dock.raise_()
        widget = where() if where is not None else None
        if widget is not None and widget.isVisible():
            widget.setFocus(_KEYED)
        else:
            self._window.setFocus(_KEYED)

    def _enter(self, part: QWidget) -> None:
        """Give the focus to what had it last in a part of the window, or else to its chart, list or first control."""
        inside = part.panel if isinstance(part, PanelDock) else part
        last = self._focused.get(part)
        target = last() if last is not None else None
        if target is None or not _takes_focus(target, inside):
            target = _first(inside)
        if target is None:
            self._window.setFocus(_KEYED)
            return
        target.setFocus(_KEYED)
        if isinstance(part, PanelDock):
            part.area.ensureWidgetVisible(target)

    def _parts(self) -> list[QWidget]:
        """What F6 goes through: the first bar, the panels that can be seen in reading order, the other bars."""
        seen = [dock for dock in self._docks.values() if _seen(dock)]
        seen.sort(key=lambda dock: (dock.isFloating(), *_corner(dock)))
        return [*self._bars[:1], *seen, *self._bars[1:]]

    def _current(self, parts: Sequence[QWidget]) -> int:
        here = QApplication.focusWidget()
        return next((k for k, part in enumerate(parts) if here is not None and part.isAncestorOf(here)), -1)

    def _go_along(self, by: int) -> None:
        parts = self._parts()
        current = self._current(parts)
        part = parts[(current + by) % len(parts) if current >= 0 else (0 if by > 0 else -1)]
        part.window().activateWindow()
        self._enter(part)

    @Slot()
    def _on_show_triggered(self) -> None:
        dock = self.sender().parent()
        assert isinstance(dock, PanelDock)
        if _seen(dock) and dock.has_focus():
            self.go_back()
        else:
            self.go_to(dock)
        dock.show_action.setChecked(not dock.isHidden())

    @Slot()
    def _on_next(self) -> None:
        self._go_along(1)

    @Slot()
    def _on_previous(self) -> None:
        self._go_along(-1)

    @Slot()
    def _on_close(self) -> None:
        parts = self._parts()
        current = self._current(parts)
        part = parts[current]
        if current >= 0 and isinstance(part, PanelDock):
            others = layout.tabbed(self._window, part)
            part.close()
            self._enter(others[0]) if others and _seen(others[0]) else self._window.setFocus(_KEYED)

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, _old: QWidget | None, new: QWidget | None) -> None:
        if new is not None:
            for part in (*self._bars, *self._docks.values()):
                if part.isAncestorOf(new):
                    self._focused[part] = ref(new)


def _seen(dock: PanelDock) -> bool:
    return not dock.isHidden() and is_seen(dock.widget())


def _corner(dock: PanelDock) -> tuple[int, int]:
    corner = dock.mapToGlobal(QPoint(0, 0))
    return corner.x(), corner.y()


def _takes_focus(widget: QWidget, inside: QWidget) -> bool:
    reached = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)
    return reached and widget.isVisible() and widget.isEnabled() and (widget is inside or inside.isAncestorOf(widget))


def _first(inside: QWidget) -> QWidget | None:
    """The uppermost chart or list in a part of the window, or its uppermost control.

    Qt's focus chain would tell too, but `nextInFocusChain` makes PySide take the next widget for a child of this one,
    and forget all that is in it when this one goes.
    """

    def rank(widget: QWidget) -> tuple[int, int, int]:
        kind = 0 if isinstance(widget, Figure) else 1 if isinstance(widget, QAbstractItemView) else 2
        corner = widget.mapTo(inside, QPoint(0, 0))
        return kind, corner.y(), corner.x()

    ways = [widget for widget in (inside, *inside.findChildren(QWidget)) if _takes_focus(widget, inside)]
    return min(ways, key=rank, default=None)
