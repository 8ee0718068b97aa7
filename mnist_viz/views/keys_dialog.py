"""The list of keys, made from the actions themselves so that it cannot be wrong."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFont, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_viz.views.theme import BODY, GRID, SMALL, TITLE, font


class KeysDialog(QDialog):
    """Shows each action that has a key, in two columns of groups."""

    def __init__(self, groups: Mapping[str, Sequence[QAction]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("keys-dialog")
        self.setWindowTitle("Keys")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        heading = QLabel("Keys")
        heading.setFont(font(TITLE, QFont.Weight.DemiBold))
        hint = QLabel("They work wherever the focus is, except while you type into a field.")
        hint.setProperty("role", "muted")
        columns = QHBoxLayout()
        columns.setSpacing(5 * GRID)
        filled: list[tuple[int, QVBoxLayout]] = []
        for _ in range(2):
            column = QVBoxLayout()
            column.setSpacing(2 * GRID)
            columns.addLayout(column)
            filled.append((0, column))
        for title, actions in groups.items():
            with_keys = [action for action in actions if action.shortcuts()]
            if not with_keys:
                continue
            # Each group goes to the shorter column.
            shorter = min(range(2), key=lambda i: filled[i][0])
            rows, column = filled[shorter]
            column.addWidget(_group(title, with_keys))
            filled[shorter] = (rows + len(with_keys) + 2, column)
        for _, column in filled:
            column.addStretch()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID, 4 * GRID)
        whole.setSpacing(GRID)
        whole.addWidget(heading)
        whole.addWidget(hint)
        whole.addSpacing(GRID)
        whole.addLayout(columns)


def _group(title: str, actions: Sequence[QAction]) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(4)
    grid.setHorizontalSpacing(3 * GRID)
    grid.setColumnMinimumWidth(0, 24 * GRID)
    heading = QLabel(title)
    heading.setFont(font(BODY, QFont.Weight.DemiBold))
    heading.setMinimumHeight(3 * GRID)
    grid.addWidget(heading, 0, 0, 1, 2)
    for row, action in enumerate(actions, start=1):
        name = QLabel(action.text().rstrip("…").replace("&", ""))
        name.setProperty("role", "muted")
        grid.addWidget(name, row, 0)
        grid.addWidget(_caps(action.shortcuts()), row, 1)
    return box


def _caps(sequences: Sequence[QKeySequence]) -> QWidget:
    """The keys as caps, right-aligned."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(4)
    row.addStretch()
    small = font(SMALL)
    metrics = QFontMetrics(small)
    for number, sequence in enumerate(sequences):
        if number:
            between = QLabel("or")
            between.setProperty("role", "muted")
            row.addWidget(between)
        text = sequence.toString(QKeySequence.SequenceFormat.NativeText)
        for key in text.split("+") if len(text) > 1 else [text]:
            cap = QLabel(_ARROWS.get(key, key))
            cap.setProperty("role", "key")
            cap.setFont(small)
            # Not by the style sheet, which comes too late for the layout.
            cap.setFixedSize(max(24, metrics.horizontalAdvance(cap.text()) + 2 * GRID), 22)
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            row.addWidget(cap)
    return box


_ARROWS = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
