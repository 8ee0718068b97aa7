"""A panel's frame: a dock with a slim title that can be moved, tabbed, floated, hidden and brought back."""

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QEnterEvent, QFont, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QDockWidget, QFrame, QMenu, QScrollArea, QToolButton, QWidget

from mnist_viz.views import icons, what_is_this, zoom
from mnist_viz.views.actions import make_action
from mnist_viz.views.elided_label import ElidedLabel
from mnist_viz.views.theme import BODY, GRID, Theme
from mnist_viz.views.widgets import column, label, row, set_font, set_look, tool_button

TITLE_HEIGHT = 4 * GRID
_LEAST = 120, 40  # of a panel: a smaller one could not be scrolled


class PanelDock(QDockWidget):
    """Holds one panel.

    Args:
        panel: the widget inside; None for one that is made when it is first seen, and shown when it is asked for.
        shortcut: goes to it.

    Attributes:
        key: the panel's name in the program: "draw", "weights", ...
        panel: the widget inside.
        on_demand: whether it is hidden until somebody asks for it.
        show_action: goes to it, and back from it.
        picture_action: saves it as a picture.
    """

    picture_requested = Signal(str)  # key
    double_clicked = Signal(str)  # key: on the title

    def __init__(
        self, key: str, title: str, panel: QWidget | None, shortcut: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(title, parent)
        self.key = key
        self.on_demand = panel is None
        self.panel = panel if panel is not None else QWidget()
        self.setObjectName(f"dock-{key}")
        self.setAllowedAreas(Qt.DockWidgetArea.AllDockWidgetAreas)
        self._title = _TitleBar(title)
        self._title.double_clicked.connect(self._on_title_double_clicked)
        self.setTitleBarWidget(self._title)
        self._body = QFrame()
        self._body.setObjectName("panel-body")
        self.area = _PanelScroll()
        self.area.hold(self.panel)
        column(self.area, margins=1, parent=self._body)  # the frame's own line
        self.setWidget(self._body)
        tip = f"Save the panel {title} as a PNG file"
        self.picture_action = make_action(self, f"picture-{key}", "Save as picture…", (), tip)
        self.picture_action.triggered.connect(self._on_picture_triggered)
        tip = f"Go to the panel {title}; from there, go back to where you were"
        self.show_action = make_action(self, f"show-{key}", title, shortcut, tip)
        self.show_action.setCheckable(True)  # whether the panel is open
        self.toggleViewAction().toggled.connect(self.show_action.setChecked)
        self._title.float_button.clicked.connect(self._on_float_clicked)
        self._title.close_button.clicked.connect(self.close)
        self._title.help_button.clicked.connect(self.show_help)
        self._title.help_button.setHidden(self.on_demand)  # which has a button of its own
        self.topLevelChanged.connect(self._on_top_level_changed)
        self._theme: Theme | None = None
        self._tabbed = False

    def set_panel(self, panel: QWidget) -> None:
        """Put `panel` in the place of the one that was not made yet."""
        self.panel = panel
        self.area.hold(panel)
        zoom.fit(panel)
        what_is_this.explain(panel)
        self.setWhatsThis(panel.whatsThis())
        panel.show()

    def has_focus(self) -> bool:
        here = QApplication.focusWidget()
        return here is not None and (here is self or self.isAncestorOf(here))

    def set_tabbed(self, tabbed: bool) -> None:
        """Whether the panel has a tab, which then names it: its title would only repeat that."""
        if tabbed != self._tabbed:
            self._tabbed = tabbed
            self.show_title()

    def show_title(self) -> None:
        """As high as the interface's size asks, or not at all."""
        self._title.set_height(0 if self._tabbed else zoom.px(TITLE_HEIGHT))
        set_look(self._body, tabbed=self._tabbed)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._title.close_button.setIcon(icons.icon("close", theme.muted))
        self._show_float_icon()

    def set_subject(self, text: str) -> None:
        """Say beside the title of which network the panel is."""
        self._title.subject.setText(text)
        self._title.subject.setToolTip(text)

    @property
    def subject(self) -> str:
        return self._title.subject.text()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._title.set_buttons_shown(True)

    def leaveEvent(self, event: QEvent) -> None:
        self._title.set_buttons_shown(False)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._title.geometry().contains(event.pos()):
            self.make_menu().popup(event.globalPos())

    def make_menu(self) -> QMenu:
        """What can be done with the panel, as a menu."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.picture_action)
        menu.addAction("What is this?", self.show_help)
        menu.addSeparator()
        menu.addAction("Dock" if self.isFloating() else "Float", self._on_float_clicked)
        menu.addAction("Hide", self.close)
        return menu

    @Slot()
    def show_help(self) -> None:
        what_is_this.show_text_of(self.panel)

    def _show_float_icon(self) -> None:
        if self._theme is None:
            return
        floating = self.isFloating()
        self._title.float_button.setIcon(icons.icon("dock" if floating else "float", self._theme.muted))
        tip = "Put the panel back into the window" if floating else "Take the panel out of the window"
        self._title.float_button.setToolTip(tip)
        self._title.float_button.setAccessibleName(tip)

    @Slot()
    def _on_float_clicked(self) -> None:
        self.setFloating(not self.isFloating())

    @Slot()
    def _on_title_double_clicked(self) -> None:
        self.double_clicked.emit(self.key)

    @Slot()
    def _on_picture_triggered(self) -> None:
        self.picture_requested.emit(self.key)

    @Slot(bool)
    def _on_top_level_changed(self, floating: bool) -> None:
        self._show_float_icon()
        parent = self.parentWidget()
        if floating:
            self.setFocus()  # or the window that it has become would give it to the first button
        if floating and parent is not None:
            # Qt would put it where the pointer is, or at the screen's corner.
            window = parent.window()
            if not window.frameGeometry().intersects(self.frameGeometry()):
                self.move(window.frameGeometry().topLeft() + QPoint(8 * GRID, 8 * GRID))


class _PanelScroll(QScrollArea):
    """Lets a panel be smaller than it can be: it then scrolls."""

    def __init__(self) -> None:
        super().__init__()
        # Two fingers draw on the pad; of a panel that floats Qt's gesture also misses its target.
        self.viewport().ungrabGesture(Qt.GestureType.PanGesture)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def hold(self, panel: QWidget) -> None:
        """Show `panel`; the one before is deleted."""
        self.setWidget(_Held(panel))

    def sizeHint(self) -> QSize:
        held = self.widget()
        return held.sizeHint() if held is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return zoom.size(*_LEAST)


class _Held(QWidget):
    """As large as the panel in it has to be. Texts that wrap would have a panel be as high as it would like to."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__()
        self._panel = panel
        panel.setParent(self)

    def sizeHint(self) -> QSize:
        return self._panel.sizeHint()

    def minimumSizeHint(self) -> QSize:
        least, hint = self._panel.minimumSize(), self._panel.minimumSizeHint()
        return QSize(least.width() or hint.width(), least.height() or hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._panel.resize(self.size())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)


class _TitleBar(QFrame):
    """The title and two small buttons. It leaves the mouse to the dock, which moves by it, but for a double click."""

    double_clicked = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setObjectName("panel-title")
        self._height = TITLE_HEIGHT
        name = label(title, "title")
        set_font(name, BODY, QFont.Weight.DemiBold)
        self.subject = ElidedLabel()
        self.subject.setProperty("role", "muted")
        self.help_button = help_button(title)
        self.float_button = _title_button("float-panel")
        self.close_button = _title_button("hide-panel")
        self.close_button.setToolTip("Hide the panel (Ctrl+W); the menu brings it back")
        self.close_button.setAccessibleName(f"Hide the panel {title}")
        margins = (2 * GRID - 4, 4, 4, 0)
        row(
            name, GRID, (self.subject, 1), self.help_button, self.float_button, self.close_button,
            spacing=0, margins=margins, parent=self,
        )  # fmt: skip
        for button in (self.float_button, self.close_button):
            policy = button.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            button.setSizePolicy(policy)
        self.set_buttons_shown(False)

    def set_height(self, pixels: int) -> None:
        if pixels != self._height:
            self._height = pixels
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._height)

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._height)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()

    def set_buttons_shown(self, shown: bool) -> None:
        """The buttons are there while the mouse is over the panel, and out of sight otherwise."""
        self.float_button.setVisible(shown)
        self.close_button.setVisible(shown)


def _title_button(name: str) -> QToolButton:
    button = tool_button(name, kind="small", size=(24, 24))
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def help_button(title: str) -> QToolButton:
    """The small ? beside the title of a panel, or on its tab."""
    button = tool_button(
        "panel-help", "?", f"What {title} shows", kind="small", title=f"What is {title}?", size=(20, 20)
    )
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return button


def is_seen(widget: QWidget) -> bool:
    """Whether any of it can be seen; of a panel behind another one Qt says that it is visible."""
    return widget.isVisible() and not widget.visibleRegion().isEmpty()
