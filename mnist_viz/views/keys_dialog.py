"""The list of keys, made from the actions themselves so that it cannot be wrong."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFont, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

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
        keys = QWidget()
        columns = QHBoxLayout(keys)
        columns.setContentsMargins(0, 0, 0, 0)
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
            named = _by_name(with_keys)
            column.addWidget(_group(title, named))
            filled[shorter] = (rows + len(named) + 2, column)
        for _, column in filled:
            column.addStretch()
        whole = QVBoxLayout(self)
        whole.setSpacing(GRID)
        whole.addWidget(heading)
        whole.addWidget(hint)
        whole.addSpacing(GRID)
        # On a low screen the list scrolls.
        scrolled = QScrollArea()
        scrolled.setWidget(keys)
        scrolled.setWidgetResizable(True)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        size, bar = keys.sizeHint(), 2 * GRID
        scrolled.setMinimumWidth(size.width() + bar)
        whole.setContentsMargins(4 * GRID, 3 * GRID, 4 * GRID - bar, 4 * GRID)
        whole.addWidget(scrolled)
        around = self.sizeHint().height() - scrolled.sizeHint().height() + 4
        room = self.screen().availableSize().height() - 6 * GRID
        self.resize(self.sizeHint().width(), min(size.height() + around, room))


def _by_name(actions: Sequence[QAction]) -> dict[str, list[QAction]]:
    """Those that have one name, such as a key for each digit, share a row."""
    named: dict[str, list[QAction]] = {}
    for action in actions:
        named.setdefault(action.text().rstrip("…").replace("&", ""), []).append(action)
    return named


def _group(title: str, named: Mapping[str, Sequence[QAction]]) -> QWidget:
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
    for row, (text, actions) in enumerate(named.items(), start=1):
        name = QLabel(text)
        name.setProperty("role", "muted")
        grid.addWidget(name, row, 0)
        if len(actions) == 1:
            grid.addWidget(_caps(actions[0].shortcuts(), "or"), row, 1)
        else:
            grid.addWidget(_caps([actions[0].shortcut(), actions[-1].shortcut()], "to"), row, 1)
    return box


def _caps(sequences: Sequence[QKeySequence], joined: str) -> QWidget:
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
            between = QLabel(joined)
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
