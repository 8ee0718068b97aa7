"""The panel to draw in: the pad, what the network sees of it, and what it reads."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QComboBox, QLabel, QPushButton, QToolButton, QWidget

from mnist_viz.views.digit_view import DigitView
from mnist_viz.views.pad import DrawingPad
from mnist_viz.views.pad_icons import pad_icon
from mnist_viz.views.painting import Bytes, text_font, text_metrics
from mnist_viz.views.probabilities import DIGITS, ProbabilityBars
from mnist_viz.views.theme import DARK, GRID, SMALL, Theme, color
from mnist_viz.views.verdict import Verdict

_MARGIN = 12
_TOOLS = 28
_VERDICT = 36
_NOTE = 16
_GIVE = 28
_LABEL = 20
_SEEN = (56, 168)  # smallest and largest side of the picture that the network sees
_CAPTION, _CAPTION_WIDTH = 32, 100


class DrawPanel(QWidget):
    """The drawing pad with everything that answers it at once."""

    strokes_changed = Signal(object)
    digit_requested = Signal(int)
    """The user wants to see an example of this class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draw-panel")
        self.setAccessibleName("Draw")
        self._theme = DARK
        self._names: tuple[str, ...] = ()
        self.pad = DrawingPad(self)
        self.pad.strokes_changed.connect(self.strokes_changed)
        self.pad.history_changed.connect(self._on_history_changed)
        self._seen = DigitView("What the network\nsees, 28 × 28", self)
        self._bars = ProbabilityBars(self)
        self._verdict = Verdict(self)
        self._note = QLabel(self)
        self._note.setObjectName("draw-note")
        self._note.setFont(text_font(SMALL))
        self._note_text = ""
        self._undo = self._tool("undo", "Undo", "Undo the last stroke (Ctrl+Z)")
        self._redo = self._tool("redo", "Redo", "Draw the undone stroke again (Ctrl+Shift+Z)")
        self._clear = self._tool("clear", "Clear", "Clear the pad (Del or Esc)")
        self._undo.clicked.connect(self.pad.undo)
        self._redo.clicked.connect(self.pad.redo)
        self._clear.clicked.connect(self.pad.clear)
        self._give_label = QLabel("Give me a", self)
        self._give_label.setFont(text_font(SMALL))
        self._give_group = QButtonGroup(self)
        self._give_group.idClicked.connect(self._on_digit_clicked)
        self._give_buttons: list[QToolButton] = []
        self._give_list = QComboBox(self)
        self._give_list.setObjectName("digit-requests")
        self._give_list.setToolTip("Show an example of this class from the test set")
        self._give_list.activated.connect(self._on_digit_clicked)
        self.setMinimumSize(240, 260)
        self.set_class_names(DIGITS)
        self._on_history_changed()

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.pad, self._seen, self._bars, self._verdict):
            part.set_theme(theme)
        for button, kind in ((self._undo, "undo"), (self._redo, "redo"), (self._clear, "clear")):
            button.setIcon(pad_icon(kind, theme, self.devicePixelRatioF()))
        for label in (self._note, self._give_label):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), color(theme.muted))
            label.setPalette(palette)
        self.update()

    def set_seen(self, image: Bytes | None) -> None:
        """The (28, 28) uint8 picture that the network gets; None when nothing is drawn."""
        self._seen.set_image(image)

    def set_probabilities(self, probabilities: NDArray[np.floating] | None) -> None:
        """One probability a class; None when nothing is drawn."""
        self._bars.set_probabilities(probabilities)
        if probabilities is None:
            self._verdict.set_answer("", 0.0, 0)
        else:
            winner = int(np.argmax(probabilities))
            self._verdict.set_answer(self._names[winner], float(probabilities[winner]), winner)

    def set_note(self, text: str) -> None:
        """A quiet line below the answer, as where the digit comes from."""
        self._note_text = text
        self._elide_note()

    def set_class_names(self, names: Sequence[str]) -> None:
        if tuple(names) == self._names:
            return
        self._names = tuple(names)
        self._bars.set_class_names(self._names)
        self._verdict.set_answer("", 0.0, 0)
        for button in self._give_buttons:
            self._give_group.removeButton(button)
            button.setParent(None)
            button.deleteLater()
        self._give_buttons = []
        self._give_list.clear()
        if len(self._names) <= 10 and max(map(len, self._names)) <= 2:
            for k, name in enumerate(self._names):
                button = QToolButton(self)
                button.setObjectName(f"digit-request-{k}")
                button.setStyleSheet("QToolButton { padding: 0; }")
                button.setText(name)
                button.setToolTip(f"Show a {name} from the test set")
                button.setAccessibleName(f"Give me a {name}")
                button.setCursor(Qt.CursorShape.PointingHandCursor)
                self._give_group.addButton(button, k)
                self._give_buttons.append(button)
                button.setVisible(self.isVisible())
        else:
            self._give_list.addItems(list(self._names))
        self._give_list.setVisible(not self._give_buttons)
        for button in self._give_buttons:
            button.show()
        self._arrange()

    # --- what the window's shortcuts call ------------------------------------------------------

    def verdict(self) -> str:
        """The answer as it is shown: 'Reads 7 · 98.2%' or 'Draw a digit'."""
        return self._verdict.text()

    # --- inside ------------------------------------------------------------------------------

    def _tool(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(f"pad-{name}")
        button.setAccessibleName(text)
        button.setStyleSheet("QPushButton { padding: 0; }")
        button.setToolTip(tip)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    @Slot()
    def _on_history_changed(self) -> None:
        self._undo.setEnabled(self.pad.can_undo())
        self._redo.setEnabled(self.pad.can_redo())
        self._clear.setEnabled(not self.pad.is_empty())

    @Slot(int)
    def _on_digit_clicked(self, index: int) -> None:
        self.digit_requested.emit(index)

    def _elide_note(self) -> None:
        self._note.setText(
            text_metrics(SMALL).elidedText(self._note_text, Qt.TextElideMode.ElideRight, self._note.width())
        )
        self._note.setToolTip(self._note_text)

    # --- layout ------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(320, 720)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        inner = QRect(self.rect()).adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        beside = min(inner.height(), inner.width() - 260 - 2 * GRID)
        below = self._pad_side_in_column(inner)
        if beside > below * 1.1:
            self._arrange_beside(inner, beside)
        else:
            self._arrange_column(inner, below, self._pad_side_in_column(inner, tools_beside=True))
        self._elide_note()

    def _give_height(self, width: int) -> int:
        return _GIVE if width >= 336 or not self._give_buttons else _LABEL + _GIVE

    def _pad_side_in_column(self, inner: QRect, tools_beside: bool = False) -> int:
        """The pad's side when all else stands below it, but for the three tools if they stand beside it."""
        bars = self._bars.minimumSizeHint().height()
        others = _VERDICT + _NOTE + bars + self._give_height(inner.width()) + 4 * GRID
        if tools_beside:
            return max(min(inner.width() - _TOOLS - GRID, inner.height() - others), 112)
        return max(min(inner.width(), inner.height() - others - _TOOLS - GRID), 112)

    def _arrange_column(self, inner: QRect, side: int, with_tools_beside: int) -> None:
        left, width = inner.left(), inner.width()
        if with_tools_beside > side:
            side = with_tools_beside
            spare = (width - side - GRID - _TOOLS) // 2
            self.pad.setGeometry(left + spare, inner.top(), side, side)
            self._place_tools(QRect(left + spare + side + GRID, inner.top(), _TOOLS, side))
            y = inner.top() + side + GRID
        else:
            self.pad.setGeometry(left + (width - side) // 2, inner.top(), side, side)
            y = inner.top() + side + GRID
            self._place_tools(QRect(left, y, width, _TOOLS))
            y += _TOOLS + GRID
        self._verdict.setGeometry(left, y, width, _VERDICT)
        y += _VERDICT
        self._note.setGeometry(left, y, width, _NOTE)
        y += _NOTE + GRID
        give = self._give_height(width)
        room = inner.bottom() + 1 - y - give - GRID
        bars = max(min(room, 280), self._bars.minimumSizeHint().height())
        self._place_reading(QRect(left, y, width, bars))
        self._place_give(QRect(left, y + bars + GRID, width, give))

    def _arrange_beside(self, inner: QRect, side: int) -> None:
        """The pad on the left; what answers it in one column, or in two where it is wide and short."""
        top = inner.top() + (inner.height() - side) // 2
        self.pad.setGeometry(inner.left(), top, side, side)
        left = inner.left() + side + 2 * GRID
        width = inner.right() + 1 - left
        split = width >= 560
        first = min(width // 2 - GRID, 320) if split else width
        give = self._give_height(first)
        bottom = top + side
        self._verdict.setGeometry(left, top, first, _VERDICT)
        self._note.setGeometry(left, top + _VERDICT, first, _NOTE)
        self._place_give(QRect(left, bottom - give, first, give))
        tools = bottom - give - GRID - _TOOLS
        self._place_tools(QRect(left, tools, first, _TOOLS))
        if split:
            rest = min(width - first - 3 * GRID, 480)
            self._place_reading(QRect(left + first + 3 * GRID, top, rest, min(side, 280)))
        else:
            y = top + _VERDICT + _NOTE + GRID
            self._place_reading(QRect(left, y, first, min(tools - GRID - y, 280)))

    def _place_tools(self, rect: QRect) -> None:
        """Side by side with their names, or as a column of icons."""
        buttons = (self._undo, self._redo, self._clear)
        named = rect.width() > _TOOLS
        for button in buttons:
            button.setText(button.accessibleName() if named else "")
        if not named:
            for k, button in enumerate(buttons):
                button.setGeometry(rect.left(), rect.top() + k * (_TOOLS + GRID), _TOOLS, _TOOLS)
            return
        width = (rect.width() - 2 * GRID) // 3
        for k, button in enumerate(buttons):
            button.setGeometry(rect.left() + k * (width + GRID), rect.top(), width, rect.height())

    def _place_reading(self, rect: QRect) -> None:
        """The picture that the network sees, and beside it the probabilities."""
        seen = max(min(rect.width() * 3 // 8, rect.height() - _CAPTION, _SEEN[1]), _SEEN[0])
        width = max(seen + GRID, _CAPTION_WIDTH)
        self._seen.setGeometry(rect.left(), rect.top(), width, seen + _CAPTION)
        left = rect.left() + width + GRID
        self._bars.setGeometry(left, rect.top(), rect.right() + 1 - left, rect.height())

    def _place_give(self, rect: QRect) -> None:
        above = rect.height() > _GIVE
        label = 64
        self._give_label.setGeometry(
            rect.left(), rect.top(), label if not above else rect.width(), _LABEL if above else _GIVE
        )
        row = QRect(
            rect.left() + (0 if above else label),
            rect.bottom() + 1 - _GIVE,
            rect.width() - (0 if above else label),
            _GIVE,
        )
        if not self._give_buttons:
            self._give_list.setGeometry(row)
            return
        count = len(self._give_buttons)
        for k, button in enumerate(self._give_buttons):
            x0 = row.left() + k * (row.width() + 4) // count
            x1 = row.left() + (k + 1) * (row.width() + 4) // count - 4
            button.setGeometry(x0, row.top(), x1 - x0, _GIVE)
