"""The pad's tools: pen, eraser and width, undo, redo and clear, as a row or as a column."""

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QBoxLayout, QButtonGroup, QMenu, QToolButton, QWidget

from mnist_viz.views import icons
from mnist_viz.views.actions import set_tip
from mnist_viz.views.drawing.pad import PEN_WIDTHS, DrawingPad, Tool
from mnist_viz.views.theme import DARK, Theme, color

SIDE = 28
_GAP = 4
_TOOLS = (("pen", "Pen"), ("eraser", "Eraser"))
_STEPS = (("undo", "Undo"), ("redo", "Redo"), ("clear", "Clear"))
_WIDTH_NAMES = ("Very thin", "Thin", "Medium", "Thick", "Very thick")


class PadTools(QWidget):
    """Buttons for `pad`, and in `keys` the same as actions, for whoever lists and hears the keys."""

    def __init__(self, pad: DrawingPad, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pad-tools")
        self._pad = pad
        self._theme = DARK
        self._buttons = {name: self._button(name, title) for name, title in (*_TOOLS, ("width", "Pen width"), *_STEPS)}
        # Tools at one end, what was done and undone at the other.
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(_GAP)
        for button in self._buttons.values():
            self._box.addWidget(button)
        self._box.insertStretch(len(_TOOLS) + 1)
        group = QButtonGroup(self)
        for name, _ in _TOOLS:
            self._buttons[name].setCheckable(True)
            group.addButton(self._buttons[name])
        self._widths = self._make_widths()
        self.keys = [
            self._key("pen-tool", "Pen", ("P", "B"), self._on_pen),
            self._key("eraser-tool", "Eraser", ("E",), self._on_eraser),
            self._key("thinner-pen", "Thinner pen", ("[",), pad.thinner),
            self._key("thicker-pen", "Thicker pen", ("]",), pad.thicker),
        ]
        for name, tip in {
            "pen": "Draw (P or B)",
            "eraser": "Rub out (E); so do the right mouse button and the other end of a tablet's pen",
            "width": "Width of the pen on the pad ([ and ]). What the network sees is always drawn with one width",
            "undo": "Undo what was done last on the pad (Ctrl+Z)",
            "redo": "Do again what was undone (Ctrl+Shift+Z)",
            "clear": "Clear the pad (Del or Esc)",
        }.items():
            self._buttons[name].setToolTip(tip)
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
        """How high the tools stand at least as a column."""
        return len(self._buttons) * (SIDE + _GAP)

    def set_upright(self, upright: bool) -> None:
        """Stand as a column, or lie as a row."""
        direction = QBoxLayout.Direction.TopToBottom if upright else QBoxLayout.Direction.LeftToRight
        if direction is not self._box.direction():
            self._box.setDirection(direction)

    def _button(self, name: str, title: str) -> QToolButton:
        button = QToolButton(self)
        button.setObjectName(f"pad-{name}")
        button.setAccessibleName(title)
        button.setProperty("kind", "tool")
        button.setIconSize(QSize(16, 16))
        button.setFixedSize(SIDE, SIDE)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

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

    def _key(self, name: str, text: str, keys: tuple[str, ...], slot: object) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in keys])
        set_tip(action, text)
        action.triggered.connect(slot)
        return action

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
