"""The pad's tools: pen, eraser and width, undo, redo and clear, as a row or as a column."""

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QMenu, QToolButton, QWidget

from mnist_viz.views import icons
from mnist_viz.views.actions import make_action
from mnist_viz.views.drawing.pad import PEN_WIDTHS, DrawingPad, Tool
from mnist_viz.views.theme import DARK, Theme, color
from mnist_viz.views.widgets import tool_button

SIDE = 28
_GAP = 4
_TOOLS = ("pen", "eraser")
_BUTTONS = {
    "pen": ("Pen", "Draw (P or B)"),
    "eraser": ("Eraser", "Erase (E); the right mouse button and the eraser end of a tablet's pen erase too"),
    "width": ("Pen width", "Pen width on the pad ([ and ]). The picture for the network always uses the same width"),
    "undo": ("Undo", "Undo the last change on the pad (Ctrl+Z)"),
    "redo": ("Redo", "Redo the change undone last (Ctrl+Shift+Z)"),
    "clear": ("Clear", "Clear the pad (Del or Esc)"),
}
_WIDTH_NAMES = ("Very thin", "Thin", "Medium", "Thick", "Very thick")


class PadTools(QWidget):
    """Buttons for `pad`, and in `keys` actions with keys for the same."""

    def __init__(self, pad: DrawingPad, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pad-tools")
        self._pad = pad
        self._theme = DARK
        self._buttons = {name: _button(name, *words) for name, words in _BUTTONS.items()}
        # Tools at one end, what was done and undone at the other.
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(_GAP)
        for button in self._buttons.values():
            self._box.addWidget(button)
        self._box.insertStretch(len(_TOOLS) + 1)
        group = QButtonGroup(self)
        for name in _TOOLS:
            self._buttons[name].setCheckable(True)
            group.addButton(self._buttons[name])
        self._widths = self._make_widths()
        self.keys = [
            make_action(self, "pen-tool", "Pen", ("P", "B"), "Pen"),
            make_action(self, "eraser-tool", "Eraser", "E", "Eraser"),
            make_action(self, "thinner-pen", "Thinner pen", "[", "Thinner pen"),
            make_action(self, "thicker-pen", "Thicker pen", "]", "Thicker pen"),
        ]
        for action, slot in zip(self.keys, (self._on_pen, self._on_eraser, pad.thinner, pad.thicker), strict=True):
            action.triggered.connect(slot)
        self._buttons["pen"].clicked.connect(self._on_pen)
        self._buttons["eraser"].clicked.connect(self._on_eraser)
        self._buttons["undo"].clicked.connect(pad.undo)
        self._buttons["redo"].clicked.connect(pad.redo)
        self._buttons["clear"].clicked.connect(pad.clear)
        pad.history_changed.connect(self._on_history_changed)
        pad.tool_changed.connect(self._on_tool_changed)
        self._on_history_changed()
        self._on_tool_changed()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._draw_icons()

    def column_height(self) -> int:
        """The least height of the tools as a column."""
        return len(self._buttons) * (SIDE + _GAP)

    def set_upright(self, upright: bool) -> None:
        """Stand as a column, or lie as a row."""
        direction = QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        if direction is not self._box.direction():
            self._box.setDirection(direction)

    def _make_widths(self) -> list[QAction]:
        menu = QMenu(self)
        group = QActionGroup(menu)
        made = []
        for width, name in zip(PEN_WIDTHS, _WIDTH_NAMES, strict=True):
            action = menu.addAction(name)
            action.setCheckable(True)
            action.setData(width)
            group.addAction(action)
            made.append(action)
        menu.triggered.connect(self._on_width_chosen)
        self._buttons["width"].setMenu(menu)
        self._buttons["width"].setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        return made

    def _draw_icons(self) -> None:
        theme = self._theme
        dim = color(theme.text, 0.4)
        for name, button in self._buttons.items():
            if name != "width":
                button.setIcon(icons.icon(name, theme.text, dim))
        for k, action in enumerate(self._widths):
            action.setIcon(icons.icon(f"pen-width-{k}", theme.text))
        nearest = min(self._widths, key=lambda action: abs(action.data() - self._pad.pen_width()))
        self._buttons["width"].setIcon(nearest.icon())

    @Slot()
    def _on_pen(self) -> None:
        self._pad.set_tool(Tool.PEN)

    @Slot()
    def _on_eraser(self) -> None:
        self._pad.set_tool(Tool.ERASER)

    @Slot(QAction)
    def _on_width_chosen(self, action: QAction) -> None:
        self._pad.set_pen_width(action.data())

    @Slot()
    def _on_history_changed(self) -> None:
        self._buttons["undo"].setEnabled(self._pad.can_undo())
        self._buttons["redo"].setEnabled(self._pad.can_redo())
        self._buttons["clear"].setEnabled(not self._pad.is_empty())

    @Slot()
    def _on_tool_changed(self) -> None:
        self._buttons[self._pad.tool().value].setChecked(True)
        for action in self._widths:
            action.setChecked(action.data() == self._pad.pen_width())
        self._draw_icons()


def _button(name: str, title: str, tip: str) -> QToolButton:
    button = tool_button(f"pad-{name}", tip=tip, kind="tool", title=title, size=(SIDE, SIDE))
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button
