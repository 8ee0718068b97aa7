"""The main window: panels in docks, the transport above, the timeline below, menus and keys."""

from collections.abc import Mapping
from itertools import chain

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QContextMenuEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QResizeEvent,
    QShortcutEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QDockWidget,
    QHBoxLayout,
    QLineEdit,
    QMainWindow,
    QMenuBar,
    QMessageBox,
    QTabBar,
    QTabWidget,
    QToolBar,
    QToolTip,
    QVBoxLayout,
    QWhatsThis,
    QWidget,
)

from mnist_viz.views import layout, menus, what_is_this, zoom
from mnist_viz.views.actions import Actions, make_action, set_tip
from mnist_viz.views.command_palette import CommandPalette, commands_of, explanations
from mnist_viz.views.dropping import DropTarget, is_something, path_of, why_not
from mnist_viz.views.keys_dialog import KeysDialog
from mnist_viz.views.layout_steps import LayoutSteps
from mnist_viz.views.message_bar import MessageBar
from mnist_viz.views.navigation import PanelNavigation
from mnist_viz.views.panel import PanelDock, TabHelp, is_seen
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.recent_menu import RecentMenu
from mnist_viz.views.settings.section import SectionBox
from mnist_viz.views.theme import GRID, Theme
from mnist_viz.views.throttle import single_shot
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.transport import TransportBar

NAME = "mnist-viz"

_FRAME = QSize(16, 48)  # what a window's frame may take of the screen; how much it is, is known once it is shown

_WINDOWS = (Qt.WindowType.Window, Qt.WindowType.Dialog, Qt.WindowType.Tool, Qt.WindowType.Sheet)

_ABOUT = (
    "<h3>mnist-viz</h3><p>Watch a neural network learn to read handwritten digits, and take part in it.</p>"
    "<p>The network is a fully connected one, written from scratch in NumPy. Qt shows it.</p>"
)


class MainWindow(QMainWindow):
    """Arranges the widgets it is given.

    Attributes:
        commands: the actions, whose `triggered` says what the user wants.
        docks: the panels by their keys.
    """

    theme_chosen = Signal(str)  # "system", "dark" or "light"
    dropped = Signal(str)  # the path of a folder or a file
    refused = Signal(str)  # why nothing comes of what was dropped, a sentence
    presenting_changed = Signal(bool)  # before the panels are arranged: what is shown large decides their places
    closing = Signal()

    def __init__(
        self,
        panels: Mapping[str, tuple[str, QWidget | None]],
        actions: Actions,
        transport: TransportBar,
        timeline: TimelineBar,
        messages: MessageBar,
    ) -> None:
        """Put the window together.

        Args:
            panels: title and widget by key; no widget for one that is made when it is first seen, which has an entry in
                the menu *Look closer*. The keys that have a place in the default layout are "draw", "weights",
                "activations", "curves" and "settings", others are tabbed with the activations.
            actions: the intents; the transport must be made of the same ones.
        """
        super().__init__()
        self.setObjectName("main-window")
        self.setWindowTitle(NAME)
        free = QGuiApplication.primaryScreen().availableSize() - _FRAME
        self._chosen_size = zoom.size(1440, 900).boundedTo(free)  # by the window itself
        self.resize(self._chosen_size)
        # A click beside a field takes the focus from it, so that single keys are commands again.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAnimated(False)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        DropTarget(self, is_something).dropped.connect(self._on_dropped)
        self.setContentsMargins(GRID, 0, GRID, 0)
        self.commands = actions
        actions.setParent(self)
        self.docks = self._make_docks(panels)
        self._placed = False
        self._own = False  # whether the user has made the arrangement: then it does not follow the window's size
        self._whole: QByteArray | None = None  # the arrangement that a maximized panel hides
        self._before_presentation: tuple[QByteArray, QByteArray] | None = None  # geometry, and places of the panels
        self._usual_place = self.windowState(), self.geometry()  # before the presentation
        self._titled = ""
        self._file = "", False
        self._field: QWidget | None = None
        self._connect_actions()
        self._press = self._make_press_action()
        themes = menus.theme_actions(self)
        themes.triggered.connect(self._on_theme_triggered)
        self.theme_actions = {str(action.data()): action for action in themes.actions()}
        self._make_panel_keys()
        self.menu_bar = QMenuBar()
        # The bar shares its row with the messages, which a bar at the screen's top could not.
        self.menu_bar.setNativeMenuBar(False)
        self.recent_menu = RecentMenu(self.menu_bar)
        docks = list(self.docks.values())
        self.run_menu = menus.fill(self.menu_bar, actions, docks, themes.actions(), self.recent_menu)
        self._place_bars(transport, timeline, messages)
        self._navigation = PanelNavigation(self, self.docks, (transport, timeline), actions)
        self._settling = single_shot(self, self._settle)
        self._titling = single_shot(self, self._show_tabbed)
        self._clamping = single_shot(self, self._keep_on_screen)
        self._steps = LayoutSteps(docks, actions.undo_stack, self._arrangement, self._arrange_as, self)
        for dock in self.docks.values():
            for changed in (dock.visibilityChanged, dock.topLevelChanged, dock.dockLocationChanged):
                changed.connect(self._on_docks_changed)
            dock.double_clicked.connect(self.toggle_maximized)
        self._arrange()
        what_is_this.explain(self)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenRemoved.connect(self._on_screens_changed)
        QApplication.instance().focusChanged.connect(self._on_focus_changed)  # type: ignore[union-attr]

    # Values in

    def set_theme(self, theme: Theme) -> None:
        """Recolour what the window itself draws; the widgets that it was given have setters of their own."""
        self.commands.set_theme(theme)
        for dock in self.docks.values():
            dock.set_theme(theme)

    def set_theme_choice(self, name: str) -> None:
        """Check the menu's entry for "system", "dark" or "light"."""
        self.theme_actions[name].setChecked(True)

    def set_zoom(self, level: float) -> None:
        """Show how large the interface is, 1 for 100%, in the menu."""
        self.commands.set_zoom(level)
        for dock in self.docks.values():
            dock.show_title()
        self._settling.start()

    def set_title(self, name: str) -> None:
        """Name the model or the run in the title; an empty name leaves the program's alone."""
        self._titled = name
        self._show_title()

    def set_log(self, path: str) -> None:
        """Name the log's file where it can be opened."""
        set_tip(self.commands.show_log, f"Open the folder of the log, {path}")

    def set_file(self, name: str, unsaved: bool) -> None:
        """Name the session's file in the title, if it has one, and mark what is not saved."""
        if (name, unsaved) != self._file:
            self._file = name, unsaved
            self._show_title()

    def _show_title(self) -> None:
        name, unsaved = self._file
        # Qt puts the mark in the place of "[*]"; where a name holds one itself, it is doubled.
        named = " – ".join(part.replace("[*]", "[*][*]") for part in (self._titled, name) if part)
        named += "[*]" if unsaved else ""
        if not unsaved:
            self.setWindowModified(False)  # before the title, which then has no place for the mark
        self.setWindowTitle(f"{named} – {NAME}" if named else NAME)
        self.setWindowModified(unsaved)

    def layout_state(self) -> bytes:
        """The window's size and the place of each panel, for `restore_layout_state`."""
        geometry, state = self._before_presentation or (
            self.saveGeometry(), self.saveState() if self._whole is None else self._whole
        )  # fmt: skip
        return layout.pack(bytes(geometry.data()), bytes(state.data()), own=self._own)

    def restore_layout_state(self, state: bytes) -> bool:
        """Restore what `layout_state` gave; False if it is damaged or of another version of Qt, and nothing changes."""
        parts = layout.unpack(state)
        if parts is None:
            return False
        before = self.saveGeometry(), self.saveState()
        # The size first, since the panels' shares are of it; on another screen it may not be possible, and then
        # the panels' places still count.
        self.restoreGeometry(parts[0])
        if not self.restoreState(parts[1]):
            self.restoreGeometry(before[0])
            self.restoreState(before[1])
            return False
        self._placed, self._own, self._whole = True, parts[2], None
        self._steps.begin()
        layout.place_new(self, self.docks)
        self._on_state_restored()
        self._clamping.start()  # the screen it was on may be gone
        self._chosen_size = self.size()
        return True

    def _on_state_restored(self) -> None:
        layout.hide_old_tabs(self, self.docks)
        self._structure = layout.structure(self, self.docks)
        self._titling.start()
        self._settling.start()

    def _arrangement(self) -> layout.Arrangement | None:
        if self._whole is not None or self.presenting:
            return None
        own = self._own or layout.structure(self, self.docks) != self._structure
        return layout.Arrangement(bytes(self.saveState().data()), own, self._shape)

    def _arrange_as(self, arrangement: layout.Arrangement) -> None:
        if self.presenting:
            self.toggle_presentation()
        self._own, self._shape, self._whole = arrangement.own, arrangement.shape, None
        self.restoreState(arrangement.state)
        self._on_state_restored()

    def open_panel(self, key: str) -> None:
        """Show a panel, in front of those that share its place, and give it the focus."""
        self._navigation.go_to(self.docks[key])

    @Slot(str)
    def toggle_maximized(self, key: str) -> None:
        """Let a panel fill the window; once one does, bring the others back."""
        if self._whole is not None:
            whole, self._whole = self._whole, None
            self.restoreState(whole)
        elif not self.docks[key].isFloating():
            self._whole = self.saveState()
            for dock in self.docks.values():
                if dock.key != key and not dock.isFloating():
                    dock.hide()
        self._titling.start()

    @Slot()
    def _on_maximize_panel_triggered(self) -> None:
        focused = [dock.key for dock in self.docks.values() if dock.has_focus()]
        if focused or self._whole is not None:
            self.toggle_maximized(focused[0] if focused else "")

    @property
    def presenting(self) -> bool:
        return self._before_presentation is not None

    @Slot()
    def toggle_presentation(self) -> None:
        """Fill the screen with the panels that lead; or go back to what was before, as it was."""
        if self._before_presentation is None:
            state = self.saveState() if self._whole is None else self._whole
            self._before_presentation, self._whole = (self.saveGeometry(), state), None
            self._usual_place = self.windowState(), self.geometry()
            self.setWindowState(self.windowState() | Qt.WindowState.WindowFullScreen)
            self.presenting_changed.emit(True)
            layout.arrange(self, self.docks, presenting=True)
            self.setFocus()  # and not the field of a panel that is hidden now
        else:
            _, state = self._before_presentation
            self._before_presentation = self._whole = None
            self.presenting_changed.emit(False)
            self.setWindowState(self._usual_place[0])
            if not self.isMaximized() and not self.isFullScreen():
                self.setGeometry(self._usual_place[1])  # which Qt's own would move
            self.restoreState(state)
            layout.hide_old_tabs(self, self.docks)
        self.commands.present.setChecked(self.presenting)
        self.commands.full_screen.setChecked(self.isFullScreen())
        self._titling.start()

    @Slot()
    def restore_default_layout(self) -> None:
        if self.presenting:
            self.toggle_presentation()
        self._steps.begin("restore the layout")
        self._own = False
        self._arrange()

    def _arrange(self) -> None:
        self._whole = None
        layout.arrange(self, self.docks)
        self._shape = layout.shape(self)
        self._structure = layout.structure(self, self.docks)
        self._titling.start()

    @Slot()
    def _on_docks_changed(self) -> None:
        self._titling.start()
        for dock in self.docks.values():
            if dock.isFloating() and dock.isVisible():
                layout.keep_on_screen(dock)

    @Slot()
    def _on_screens_changed(self) -> None:
        self._clamping.start()

    @Slot()
    def _settle(self) -> None:
        """Let the arrangement follow the size of the window, unless the user has made it."""
        if self.presenting:
            layout.size(self, self.docks, presenting=True)
        if self._whole is not None or self.presenting:
            return
        self._own = self._own or layout.structure(self, self.docks) != self._structure
        if self._own or not self._placed:
            return
        if layout.shape(self) == self._shape:
            layout.size(self, self.docks)
            return
        seen = [dock for dock in self.docks.values() if is_seen(dock.widget())]
        opened = [dock for dock in self.docks.values() if dock.on_demand and not dock.isHidden()]
        self._steps.begin()
        self._arrange()
        for dock in opened:
            dock.show()
        for dock in reversed(seen):  # where two share a place now, the first is in front
            dock.raise_()

    @Slot()
    def _show_tabbed(self) -> None:
        """A panel with a tab needs no title."""
        for dock in self.docks.values():
            dock.set_tabbed(not dock.isFloating() and bool(layout.tabbed(self, dock)))
        for bar in self.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly):
            bar.setElideMode(Qt.TextElideMode.ElideNone)  # what has no room is behind arrows, not cut
            bar.setUsesScrollButtons(True)
            if not bar.property("watched"):
                bar.setProperty("watched", True)
                bar.tabBarDoubleClicked.connect(self._on_tab_double_clicked)
                TabHelp(bar).requested.connect(self._on_help_requested)
            for index in range(bar.count()):
                for dock in self._docks_of_tab(bar, index):
                    bar.setTabWhatsThis(index, dock.whatsThis())
            in_front = self._docks_of_tab(bar, bar.currentIndex())
            for tab_help in bar.findChildren(TabHelp):
                tab_help.wanted = not any(dock.on_demand for dock in in_front)
                tab_help.place()

    @Slot()
    def _keep_on_screen(self) -> None:
        """Bring the window, the panels that float and the dialogs back to a screen that is there."""
        for top in (self, *self.findChildren(QWidget)):
            if top.isWindow() and top.isVisible() and top.windowType() in _WINDOWS:
                layout.keep_on_screen(top)

    # Making

    def _connect_actions(self) -> None:
        a = self.commands
        a.quit.triggered.connect(self.close)
        a.clear_pad.installEventFilter(self)
        self.installEventFilter(self)
        a.full_screen.triggered.connect(self._on_full_screen_triggered)
        a.present.triggered.connect(self.toggle_presentation)
        a.maximize_panel.triggered.connect(self._on_maximize_panel_triggered)
        a.restore_layout.triggered.connect(self.restore_default_layout)
        a.see_all.triggered.connect(self._on_see_all_triggered)
        a.keys.triggered.connect(self._on_keys_triggered)
        a.what_is_this.triggered.connect(self._on_what_is_this_triggered)
        a.find_command.triggered.connect(self._on_find_command_triggered)
        a.about.triggered.connect(self._on_about_triggered)
        for actions in a.groups().values():
            self.addActions(actions)

    def _make_press_action(self) -> QAction:
        """An action for Enter, which presses the focused button, since Space always plays."""
        text = "Press the focused button"
        action = make_action(self, "press", text, ("Return", "Enter"), text)
        action.setAutoRepeat(False)
        action.setEnabled(False)
        action.triggered.connect(self._on_press_triggered)
        self.addAction(action)
        return action

    def _make_docks(self, panels: Mapping[str, tuple[str, QWidget | None]]) -> dict[str, PanelDock]:
        docks, numbers = {}, {False: 0, True: 0}
        for key, (title, widget) in panels.items():
            numbers[widget is None] += 1
            number, modifier = numbers[widget is None], "Ctrl+Alt" if widget is None else "Ctrl"
            docks[key] = PanelDock(key, title, widget, f"{modifier}+{number}" if number <= 9 else "", self)
        return docks

    def _make_panel_keys(self) -> None:
        for title, on_demand in (("Panels", False), ("Look closer", True)):
            shown = [dock.show_action for dock in self.docks.values() if dock.on_demand is on_demand]
            self.addActions(shown)
            self.commands.add_group(title, shown)
        for dock in self.docks.values():
            # Keys that a panel has of its own are listed with the others.
            if own := dock.panel.actions():
                self.commands.add_group(dock.windowTitle(), own)
                self.addActions(own)  # a panel that floats is a window of its own, and its keys work there only

    def _place_bars(self, transport: TransportBar, timeline: TimelineBar, messages: MessageBar) -> None:
        top = QWidget()
        top.setObjectName("menu-row")
        row = QHBoxLayout(top)
        row.setContentsMargins(GRID, 0, GRID, 0)
        row.setSpacing(GRID)
        row.addWidget(self.menu_bar)
        row.addWidget(messages, 1)
        self.setMenuWidget(top)
        for name, area, bar, above in (
            ("transport-toolbar", Qt.ToolBarArea.TopToolBarArea, transport, 0),
            ("timeline-toolbar", Qt.ToolBarArea.BottomToolBarArea, timeline, GRID),
        ):
            toolbar = QToolBar(self)
            toolbar.setObjectName(name)
            toolbar.setMovable(False)
            toolbar.setFloatable(False)
            toolbar.toggleViewAction().setVisible(False)
            spaced = QWidget()
            around = QVBoxLayout(spaced)
            around.setContentsMargins(0, above, 0, GRID)
            around.addWidget(bar)
            toolbar.addWidget(spaced)
            self.addToolBar(area, toolbar)

    # Events

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._placed:
            self._placed = True
            layout.size(self, self.docks)
        if self.size() == self._chosen_size:
            self._clamping.start()  # now the frame is known
        self.setFocus()  # not the first button, which would look chosen

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settling.start()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """On a tab: what can be done with its panel, as on the title of one that has none."""
        bar = self.childAt(event.pos())
        if not isinstance(bar, QTabBar):
            return
        for dock in self._docks_of_tab(bar, bar.tabAt(bar.mapFrom(self, event.pos()))):
            dock.make_menu().popup(event.globalPos())

    @Slot(int)
    def _on_tab_double_clicked(self, index: int) -> None:
        bar = self.sender()
        if isinstance(bar, QTabBar):
            for dock in self._docks_of_tab(bar, index):
                self.toggle_maximized(dock.key)

    def _docks_of_tab(self, bar: QTabBar, index: int) -> list[PanelDock]:
        """The panel whose tab it is, if it is one's."""
        return [dock for dock in self.docks.values() if index >= 0 and dock.windowTitle() == bar.tabText(index)]

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Watches the focused field: while the user types, single keys are text, not commands.

        And Escape, which clears the drawing unless there is something else to leave.
        """
        if watched is self.commands.clear_pad:
            escapes = isinstance(event, QShortcutEvent) and event.key() == QKeySequence(Qt.Key.Key_Escape)
            return escapes and self._dismiss()
        if watched is self:  # Qt handles the separators of the panels before mousePressEvent
            if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
                self._own = self._own or self.isSeparator(event.position().toPoint())
            return False
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
                self.setFocus()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                # Typing is finished: the keys are commands again, once the field has taken the value.
                QTimer.singleShot(0, self.setFocus)
        return super().eventFilter(watched, event)

    def _dismiss(self) -> bool:
        """Leave what Escape leaves before it clears the drawing: a list, a menu, a tip, a control with the focus."""
        here, popup = QApplication.focusWidget(), QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
        elif QWhatsThis.inWhatsThisMode():
            QWhatsThis.leaveWhatsThisMode()
        elif QToolTip.isVisible():
            QToolTip.hideText()
        elif here is not None and not isinstance(here, QMainWindow | QDockWidget) and not self._draws(here):
            self.setFocus()
        elif self.presenting:
            self.toggle_presentation()
        else:
            return False
        return True

    def _draws(self, widget: QWidget) -> bool:
        dock = self.docks.get("draw")
        return dock is not None and (widget is dock or dock.isAncestorOf(widget))

    @Slot(QWidget, QWidget)
    def _on_focus_changed(self, old: QWidget | None, new: QWidget | None) -> None:
        field, self._field = self._field, None
        if field is not None:
            field.removeEventFilter(self)
        # The fields of a dialog are the dialog's: they go away with it. A list's editor knows Enter and Escape itself.
        typed_in = isinstance(new, QLineEdit | QAbstractSpinBox | QTabBar)
        if new is not None and typed_in and self.isAncestorOf(new) and not _is_editor(new):
            self._field = new
            new.installEventFilter(self)
        self._press.setEnabled(isinstance(new, QAbstractButton))

    # Slots

    @Slot(QMimeData)
    def _on_dropped(self, data: QMimeData) -> None:
        if path := path_of(data):
            self.dropped.emit(path)
        elif data.hasImage():
            self.refused.emit("Drop the picture on the drawing pad to have it read")
        else:
            self.refused.emit(why_not(data))

    @Slot()
    def _on_press_triggered(self) -> None:
        button = QApplication.focusWidget()
        if isinstance(button, QAbstractButton):
            button.animateClick()

    @Slot()
    def _on_full_screen_triggered(self) -> None:
        if self.presenting:
            self.toggle_presentation()
        else:
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        self.commands.full_screen.setChecked(self.isFullScreen())

    @Slot()
    def _on_see_all_triggered(self) -> None:
        focused = QApplication.focusWidget()
        figures = [focused] if isinstance(focused, Figure) else self.findChildren(Figure)
        for figure in figures:
            figure.see_all()

    @Slot(QAction)
    def _on_theme_triggered(self, action: QAction) -> None:
        self.theme_chosen.emit(action.data())

    @Slot()
    def _on_keys_triggered(self) -> None:
        KeysDialog(self.commands.groups(), self).open()

    @Slot(str)
    def _on_help_requested(self, title: str) -> None:
        for dock in self.docks.values():
            if dock.windowTitle() == title:
                dock.show_help()

    @Slot()
    def _on_what_is_this_triggered(self) -> None:
        if not what_is_this.show_text_of(QApplication.focusWidget()):
            QWhatsThis.enterWhatsThisMode()

    @Slot()
    def _on_find_command_triggered(self) -> None:
        actions = chain.from_iterable(self.commands.groups().values())
        commands = commands_of(self, actions, self.docks["settings"], self._go_to_field)
        CommandPalette([*commands, *explanations(self)], self).open()

    def _go_to_field(self, field: QWidget) -> None:
        """Give a field of the settings the focus, also where it is folded."""
        self.open_panel("settings")
        for section in self.docks["settings"].findChildren(SectionBox):
            if section.isAncestorOf(field):
                section.fold.setChecked(True)
        field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def _on_about_triggered(self) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, f"About {NAME}", _ABOUT, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()


def _is_editor(widget: QWidget) -> bool:
    """Whether an item of a list or tree is edited in it: its parent is the view's viewport."""
    viewport = widget.parentWidget()
    return viewport is not None and isinstance(viewport.parentWidget(), QAbstractItemView)
