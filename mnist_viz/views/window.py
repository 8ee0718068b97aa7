"""The main window: panels in docks, the transport above, the timeline below, menus and keys."""

from collections.abc import Mapping
from itertools import chain

from PySide6.QtCore import QCoreApplication, QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QMenuBar,
    QMessageBox,
    QTabWidget,
    QToolBar,
    QWhatsThis,
    QWidget,
)

from mnist_viz.views import menus, what_is_this, zoom
from mnist_viz.views.actions import Actions, set_tip
from mnist_viz.views.arrangement import Arrangement
from mnist_viz.views.command_palette import CommandPalette, commands_of, explanations
from mnist_viz.views.dropping import DropTarget, is_something, path_of, why_not
from mnist_viz.views.focus_keys import FocusKeys
from mnist_viz.views.keys_dialog import KeysDialog
from mnist_viz.views.message_bar import MessageBar
from mnist_viz.views.navigation import PanelNavigation
from mnist_viz.views.panel import PanelDock
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.recent_menu import RecentMenu
from mnist_viz.views.settings.section import SectionBox
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.widgets import column, row, scroll_to

NAME = "mnist-viz"

_FRAME = QSize(16, 48)  # what a window's frame may take of the screen; how much it is, is known once it is shown

_ABOUT = (
    "<h3>mnist-viz {version}</h3>"
    "<p>Watch a neural network learn to read handwritten digits, and take part in it.</p>"
    "<p>The network is a fully connected one, written from scratch in NumPy. Qt shows it.</p>"
    "<p>MIT licence.</p>"
)


class MainWindow(QMainWindow):
    """Shows the widgets that it is given, and what can be done with them.

    Attributes:
        commands: the actions, whose `triggered` says what the user wants.
        docks: the panels by their keys.
        arrangement: of the panels.
    """

    theme_chosen = Signal(str)  # "system", "dark" or "light"
    dropped = Signal(str)  # the path of a folder or a file
    refused = Signal(str)  # why nothing comes of what was dropped, a sentence
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
        self.resize(zoom.size(1440, 900).boundedTo(free))
        # A click beside a field takes the focus from it, so that single keys are commands again.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setAnimated(False)
        self.setDockNestingEnabled(True)
        self.setTabPosition(Qt.DockWidgetArea.AllDockWidgetAreas, QTabWidget.TabPosition.North)
        DropTarget(self, is_something).dropped.connect(self._on_dropped)
        self.setContentsMargins(GRID, 0, GRID, 0)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # Qt's has the panels and the bars
        self.commands = actions
        actions.setParent(self)
        self.docks = self._make_docks(panels)
        self.theme = DARK
        self._titled = ""
        self._file = "", False
        self._connect_actions()
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
        self.arrangement = Arrangement(self, self.docks, actions)
        self._focus_keys = FocusKeys(self, actions, self.docks.get("draw"), self.arrangement)
        what_is_this.explain(self)

    def set_theme(self, theme: Theme) -> None:
        """Recolour the icons of the actions; a panel that is made later takes `theme`."""
        self.theme = theme
        self.commands.set_theme(theme)

    def set_theme_choice(self, name: str) -> None:
        """Check the menu's entry for "system", "dark" or "light"."""
        self.theme_actions[name].setChecked(True)

    def set_zoom(self, level: float) -> None:
        """Show how large the interface is, 1 for 100%, in the menu."""
        self.commands.set_zoom(level)
        self.arrangement.follow_zoom()

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

    def open_panel(self, key: str) -> None:
        """Show a panel, in front of those that share its place, and give it the focus."""
        self._navigation.go_to(self.docks[key])

    def _connect_actions(self) -> None:
        a = self.commands
        a.quit.triggered.connect(self.close)
        a.see_all.triggered.connect(self._on_see_all_triggered)
        a.keys.triggered.connect(self._on_keys_triggered)
        a.what_is_this.triggered.connect(self._on_what_is_this_triggered)
        a.find_command.triggered.connect(self._on_find_command_triggered)
        a.about.triggered.connect(self._on_about_triggered)
        for actions in a.groups().values():
            self.addActions(actions)

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
        row(self.menu_bar, (messages, 1), spacing=GRID, margins=(GRID, 0, GRID, 0), parent=top)
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
            column(bar, margins=(0, above, 0, GRID), parent=spaced)
            toolbar.addWidget(spaced)
            self.addToolBar(area, toolbar)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.setFocus()  # not the first button, which would look chosen

    def closeEvent(self, event: QCloseEvent) -> None:
        self.closing.emit()
        event.accept()

    @Slot(QMimeData)
    def _on_dropped(self, data: QMimeData) -> None:
        if path := path_of(data):
            self.dropped.emit(path)
        elif data.hasImage():
            self.refused.emit("Drop the picture on the drawing pad to have it read")
        else:
            self.refused.emit(why_not(data))

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
        scroll_to(field)

    @Slot()
    def _on_about_triggered(self) -> None:
        box = QMessageBox(
            QMessageBox.Icon.NoIcon,
            f"About {NAME}",
            _ABOUT.format(version=QCoreApplication.applicationVersion()),
            parent=self,
        )
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
