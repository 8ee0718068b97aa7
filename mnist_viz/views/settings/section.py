"""A part of the settings form that folds: a title that says what is folded, and the fields in two columns."""

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QGridLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from mnist_viz.views.painting import text_metrics, text_width
from mnist_viz.views.settings.fields import Field, SwitchField, restyle
from mnist_viz.views.theme import BODY, GRID, SMALL, font

_HEIGHT = 4 * GRID
_CHEVRON = 12 + GRID // 2  # the mark of the style sheet and its gap


class Fold(QCheckBox):
    """The line that folds and unfolds what stands below it: a title, and at the right a word on what is folded."""

    def __init__(self, title: str, *, small: bool = False) -> None:
        super().__init__(title)
        self._title = title
        self._font = (SMALL, QFont.Weight.Normal) if small else (BODY, QFont.Weight.Medium)
        self._text = ""
        self.setProperty("kind", "small-fold" if small else "fold")
        self.setFont(font(*self._font))
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._summary = QLabel(self)
        self._summary.setProperty("role", "caption")
        self._summary.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.toggled.connect(self._arrange)

    @property
    def summary(self) -> str:
        """What stands at the right while it is folded."""
        return self._text

    def set_summary(self, text: str, role: str = "caption") -> None:
        """Say in a word what is folded; `role` is that of a label: caption, waiting or problem."""
        if text != self._text:
            self._text = text
            self.setAccessibleDescription(text)
            self._arrange()
        if role != self._summary.property("role"):
            self._summary.setProperty("role", role)
            restyle(self._summary)

    def sizeHint(self) -> QSize:
        return QSize(round(_CHEVRON + text_width(self._title, *self._font)) + GRID, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, point: QPoint) -> bool:  # noqa: N802
        return self.rect().contains(point)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers() & ~_KEYPAD:
            self.click()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        left = self.sizeHint().width() + GRID
        room = max(self.width() - left - GRID // 2, 0)
        self._summary.setGeometry(left, 0, room, self.height())
        text = text_metrics(SMALL).elidedText(self._text, Qt.TextElideMode.ElideRight, room)
        self._summary.setText(text)
        self._summary.setVisible(not self.isChecked() and text != "…")
        self.setToolTip(self._text if text != self._text and not self.isChecked() else "")


_KEYPAD = Qt.KeyboardModifier.KeypadModifier


class SectionBox(QWidget):
    """Fields below a fold.

    Attributes:
        fold: its title, which unfolds it when it is checked.
        body: what folds.
    """

    toggled = Signal()

    def __init__(self, title: str, fields: Iterable[Field], *, unfolded: bool) -> None:
        super().__init__()
        self.fields = tuple(fields)
        self.fold = Fold(title)
        self.fold.setObjectName(f"fold-{title.lower().replace(' ', '-')}")
        self.body = QWidget()
        self.body.setLayout(_grid(self.fields))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.fold)
        column.addWidget(self.body)
        self.fold.toggled.connect(self._on_toggled)
        self.fold.setChecked(unfolded)
        self.body.setVisible(unfolded)

    @property
    def unfolded(self) -> bool:
        return self.fold.isChecked()

    def show_summary(self, text: str) -> None:
        """Say what is folded; a field in it that is impossible or waits for a reset comes first."""
        if any(field.invalid for field in self.fields):
            self.fold.set_summary("impossible", "problem")
        elif any(field.waits for field in self.fields):
            self.fold.set_summary(f"{text}  •" if text else "•", "waiting")
        else:
            self.fold.set_summary(text)

    @Slot(bool)
    def _on_toggled(self, unfolded: bool) -> None:
        self.body.setVisible(unfolded)
        self.toggled.emit()


def _grid(fields: Iterable[Field]) -> QGridLayout:
    """Two columns; what is `wide` has a row of its own, and switches share one."""
    grid = QGridLayout()
    grid.setContentsMargins(0, 0, 0, GRID)
    grid.setHorizontalSpacing(2 * GRID)
    grid.setVerticalSpacing(GRID)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    row = column = 0
    switches: _Switches | None = None
    for field in fields:
        if isinstance(field, SwitchField):
            known, switches = switches, switches or _Switches()
            switches.add(field)
            if known is not None:
                continue
        else:
            switches = None
        if field.wide or switches is not None:
            row, column = row + bool(column), 0
            grid.addWidget(switches or field, row, 0, 1, 2)
            row += 1
        else:
            grid.addWidget(field, row, column, Qt.AlignmentFlag.AlignTop)
            row, column = (row + 1, 0) if column else (row, 1)
    return grid


class _Switches(QWidget):
    """Switches beside each other, or below each other where that is too wide."""

    def __init__(self) -> None:
        super().__init__()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(2 * GRID)
        self._box.addStretch()
        self._fields: list[SwitchField] = []

    def add(self, field: SwitchField) -> None:
        self._fields.append(field)
        self._box.insertWidget(self._box.count() - 1, field)

    def minimumSizeHint(self) -> QSize:
        widest = max((field.sizeHint().width() for field in self._fields), default=0)
        return QSize(widest, self._box.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # a switch is marked, and wider
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        hints = [field.sizeHint().width() for field in self._fields]
        beside = sum(hints) + 2 * GRID * (len(hints) - 1) <= self.width()
        direction = QBoxLayout.Direction.LeftToRight if beside else QBoxLayout.Direction.TopToBottom
        if direction is not self._box.direction():
            self._box.setDirection(direction)
            self._box.setSpacing(2 * GRID if beside else 0)
