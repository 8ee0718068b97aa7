"""Where the panels are, how they follow the window's size, and what fills the window for a while."""

from collections.abc import Mapping
from typing import NamedTuple

from PySide6.QtCore import QByteArray, QEvent, QObject, QRect, Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar, QWidget

from mnist_viz.views import layout
from mnist_viz.views.actions import Actions
from mnist_viz.views.layout_steps import LayoutSteps
from mnist_viz.views.panel import PanelDock, is_seen
from mnist_viz.views.tabs import PanelTabs
from mnist_viz.views.throttle import single_shot

_WINDOWS = (Qt.WindowType.Window, Qt.WindowType.Dialog, Qt.WindowType.Tool, Qt.WindowType.Sheet)


class _Before(NamedTuple):
    """What comes back after a presentation."""

    geometry: QByteArray  # the window's, as it is remembered
    places: QByteArray  # of the panels, as `QMainWindow.saveState` gives them
    state: Qt.WindowState
    place: QRect  # the window's, from which `restoreGeometry` would move it


class Arrangement(QObject):
    """Arranges the panels of a window.

    For a while one panel may fill the window (it is maximized), or the leading ones the screen (a presentation, in
    which again one may be maximized). The usual places are kept meanwhile: they come back, and are what is remembered.
    They follow the window's size until the user changes them.
    """

    presenting_changed = Signal(bool)  # before the panels are arranged: what is shown large decides their places

    def __init__(self, window: QMainWindow, docks: Mapping[str, PanelDock], actions: Actions) -> None:
        super().__init__(window)
        self._window, self._docks, self._actions = window, docks, actions
        self._before_maximized: QByteArray | None = None  # as `_Before.places`
        self._before_presentation: _Before | None = None
        self._given: layout.Structure | None = None  # what this class has made; None once the user has changed it
        self._shape = layout.shape(window)  # for which it was made
        self._sized = False  # whether the panels have their sizes, which a window that was never shown cannot give
        self._default_size = window.size()  # that nobody has chosen
        self._settling = single_shot(self, self._settle)
        self._titling = single_shot(self, self._show_titles)
        self._clamping = single_shot(self, self._keep_on_screen)
        self._steps = LayoutSteps(list(docks.values()), actions.undo_stack, self._take, self._put, self)
        for dock in docks.values():
            for changed in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
                changed.connect(self._on_docks_changed)
            dock.double_clicked.connect(self.toggle_maximized)
        actions.full_screen.triggered.connect(self._on_full_screen_triggered)
        actions.present.triggered.connect(self.toggle_presentation)
        actions.maximize_panel.triggered.connect(self._on_maximize_panel_triggered)
        actions.restore_layout.triggered.connect(self.restore_default)
        removed, queued = QApplication.instance().screenRemoved, Qt.ConnectionType.QueuedConnection  # type: ignore[union-attr]
        removed.connect(self._keep_on_screen, queued)
        window.installEventFilter(self)
        self._arrange()

    # What is remembered

    def save(self) -> bytes:
        """The window's size and the usual place of each panel, for `restore`."""
        before = self._before_presentation
        geometry = self._window.saveGeometry() if before is None else before.geometry
        return layout.pack(bytes(geometry.data()), bytes(self._usual_places().data()), own=self._given is None)

    def restore(self, saved: bytes) -> bool:
        """Restore what `save` gave; False if it is damaged or of another version of Qt, and nothing changes."""
        parts = layout.unpack(saved)
        if parts is None:
            return False
        before = self._window.saveGeometry(), self._window.saveState()
        # The size first, since the panels' shares are of it; on another screen it may not be possible, and then
        # the panels' places still count.
        self._window.restoreGeometry(parts[0])
        if not self._window.restoreState(parts[1]):
            self._window.restoreGeometry(before[0])
            self._window.restoreState(before[1])
            return False
        self._sized, self._before_maximized = True, None
        self._steps.begin()
        layout.place_new(self._window, self._docks)
        self._on_restored(own=parts[2])
        self._clamping.start()  # the screen it was on may be gone
        self._default_size = self._window.size()
        return True

    @Slot()
    def restore_default(self) -> None:
        self._end_presentation()
        self._steps.begin("restore the layout")
        self._arrange()

    def _arrange(self) -> None:
        self._before_maximized = None
        layout.arrange(self._window, self._docks)
        self._shape, self._given = layout.shape(self._window), layout.structure(self._window, self._docks)
        self._titling.start()

    def _on_restored(self, *, own: bool) -> None:
        layout.hide_old_tabs(self._window, self._docks)
        self._given = None if own else layout.structure(self._window, self._docks)
        self._titling.start()
        self._settling.start()

    def _usual_places(self) -> QByteArray:
        if self._before_presentation is not None:
            return self._before_presentation.places
        return self._window.saveState() if self._before_maximized is None else self._before_maximized

    def _is_usual(self) -> bool:
        return self._before_maximized is None and self._before_presentation is None

    def _is_own(self) -> bool:
        """Whether the user has changed what this class has made."""
        return self._given is None or layout.structure(self._window, self._docks) != self._given

    # Steps that can be undone

    def _take(self) -> layout.LayoutState | None:
        if not self._is_usual():
            return None
        return layout.LayoutState(bytes(self._window.saveState().data()), self._is_own(), self._shape)

    def _put(self, state: layout.LayoutState) -> None:
        self._end_presentation()
        self._shape, self._before_maximized = state.shape, None
        self._window.restoreState(state.panels)
        self._on_restored(own=state.own)

    # What fills the window for a while

    @Slot(str)
    def toggle_maximized(self, key: str) -> None:
        """Let a panel fill the window, if it is in it; once one does, bring the others back."""
        if self._before_maximized is not None:
            before, self._before_maximized = self._before_maximized, None
            self._window.restoreState(before)
        elif key in self._docks and not self._docks[key].isFloating():
            self._before_maximized = self._window.saveState()
            for dock in self._docks.values():
                if dock.key != key and not dock.isFloating():
                    dock.hide()
        self._titling.start()

    @Slot()
    def _on_maximize_panel_triggered(self) -> None:
        self.toggle_maximized(next((dock.key for dock in self._docks.values() if dock.has_focus()), ""))

    @property
    def presenting(self) -> bool:
        return self._before_presentation is not None

    @Slot()
    def toggle_presentation(self) -> None:
        """Fill the screen with the panels that lead; or go back to what was before, as it was."""
        if self.presenting:
            self._end_presentation()
            return
        window, places = self._window, self._usual_places()
        self._before_maximized = None
        self._before_presentation = _Before(window.saveGeometry(), places, window.windowState(), window.geometry())
        window.setWindowState(window.windowState() | Qt.WindowState.WindowFullScreen)
        self.presenting_changed.emit(True)
        layout.arrange(window, self._docks, presenting=True)
        window.setFocus()  # and not the field of a panel that is hidden now
        self._show_state()

    def _end_presentation(self) -> None:
        before, window = self._before_presentation, self._window
        if before is None:
            return
        self._before_presentation = self._before_maximized = None
        self.presenting_changed.emit(False)
        window.setWindowState(before.state)
        if not window.isMaximized() and not window.isFullScreen():
            window.setGeometry(before.place)
        window.restoreState(before.places)
        layout.hide_old_tabs(window, self._docks)
        self._show_state()

    @Slot()
    def _on_full_screen_triggered(self) -> None:
        if self.presenting:
            self._end_presentation()
        else:
            self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)
            self._show_state()

    def _show_state(self) -> None:
        self._actions.present.setChecked(self.presenting)
        self._actions.full_screen.setChecked(self._window.isFullScreen())
        self._titling.start()

    # What follows from a change

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        """Watches the window: its size, and the separators, which Qt handles before the window's mousePressEvent."""
        if event.type() == QEvent.Type.Resize:
            self._settling.start()
        elif event.type() == QEvent.Type.Show:
            if not self._sized:
                self._sized = True
                layout.size(self._window, self._docks)
            if self._window.size() == self._default_size:
                self._clamping.start()  # now the frame is known
        elif isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseButtonPress:
            self._given = None if self._window.isSeparator(event.position().toPoint()) else self._given
        return False

    def follow_zoom(self) -> None:
        """Fit the panels and their titles to the size of the interface."""
        for dock in self._docks.values():
            dock.show_title()
        self._settling.start()

    @Slot()
    def _settle(self) -> None:
        """Let the arrangement follow the size of the window, unless the user has made it."""
        if self.presenting:
            layout.size(self._window, self._docks, presenting=True)
        if not self._is_usual():
            return
        self._given = None if self._is_own() else self._given
        if self._given is None or not self._sized:
            return
        if layout.shape(self._window) == self._shape:
            layout.size(self._window, self._docks)
            return
        seen = [dock for dock in self._docks.values() if is_seen(dock.widget())]
        opened = [dock for dock in self._docks.values() if dock.on_demand and not dock.isHidden()]
        self._steps.begin()
        self._arrange()
        for dock in opened:
            dock.show()
        for dock in reversed(seen):  # where two share a place now, the first is in front
            dock.raise_()

    @Slot()
    def _on_docks_changed(self) -> None:
        self._titling.start()
        for dock in self._docks.values():
            if dock.isFloating() and dock.isVisible():
                layout.keep_on_screen(dock)

    @Slot()
    def _show_titles(self) -> None:
        """A panel with a tab needs no title."""
        for dock in self._docks.values():
            dock.set_tabbed(not dock.isFloating() and bool(layout.tabbed(self._window, dock)))
        for bar in self._window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            if bar.isHidden() or not bar.count():  # Qt leaves some behind at each change, and still holds them
                continue
            tabs = bar.findChild(PanelTabs)
            if tabs is None:
                tabs = PanelTabs(bar, list(self._docks.values()))
                tabs.double_clicked.connect(self.toggle_maximized)
            tabs.show()

    @Slot()
    def _keep_on_screen(self) -> None:
        """Bring the window, the panels that float and the dialogs back to a screen that is there."""
        for top in (self._window, *self._window.findChildren(QWidget)):
            if top.isWindow() and top.isVisible() and top.windowType() in _WINDOWS:
                layout.keep_on_screen(top)
