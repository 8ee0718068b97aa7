"""The list of keys, made from the actions themselves so that it cannot be wrong."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFont, QFontMetrics, QKeySequence
from PySide6.QtWidgets import QGridLayout, QLabel, QScrollArea, QWidget

from mnist_viz.views.actions import LISTED
from mnist_viz.views.dialog import Dialog
from mnist_viz.views.theme import BODY, GRID, SMALL, font
from mnist_viz.views.widgets import Item, column, heading, label, row, set_font


class KeysDialog(Dialog):
    """Shows each action that has a key, in two columns of groups."""

    def __init__(self, groups: Mapping[str, Sequence[QAction]], parent: QWidget | None = None) -> None:
        super().__init__("keys-dialog", "Keys", parent)
        keys = QWidget()
        columns: list[list[QWidget]] = [[], []]
        rows = [0, 0]
        for title, actions in groups.items():
            if named := _by_name([action for action in actions if action.shortcuts()]):
                shorter = rows.index(min(rows))
                columns[shorter].append(_group(title, named))
                rows[shorter] += len(named) + 2
        row(*(column(*groups, None, spacing=2 * GRID) for groups in columns), spacing=5 * GRID, parent=keys)
        # On a low screen the list scrolls.
        scrolled = QScrollArea()
        scrolled.setWidget(keys)
        scrolled.setWidgetResizable(True)
        scrolled.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        size, bar = keys.sizeHint(), 2 * GRID
        scrolled.setMinimumWidth(size.width() + bar)
        hint = label("They work wherever the focus is, except while you type into a field.", "muted")
        margins = (4 * GRID, 3 * GRID, 4 * GRID - bar, 4 * GRID)
        asks = label("Shift+F1 explains what has the focus, or if nothing has it what you click next.", "muted")
        column(heading("Keys"), hint, asks, GRID, scrolled, margins=margins, parent=self)
        around = self.sizeHint().height() - scrolled.sizeHint().height() + 4
        room = self.screen().availableSize().height() - 6 * GRID
        self.resize(self.sizeHint().width(), min(size.height() + around, room))


def _by_name(actions: Sequence[QAction]) -> dict[str, list[QAction]]:
    """Those that have one name, such as a key for each digit, share a row."""
    named: dict[str, list[QAction]] = {}
    for action in actions:
        text = action.property(LISTED) or action.text()
        named.setdefault(text.rstrip("…").replace("&", ""), []).append(action)
    return named


def _group(title: str, named: Mapping[str, Sequence[QAction]]) -> QWidget:
    box = QWidget()
    grid = QGridLayout(box)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setVerticalSpacing(4)
    grid.setHorizontalSpacing(3 * GRID)
    grid.setColumnMinimumWidth(0, 24 * GRID)
    head = QLabel(title)
    set_font(head, BODY, QFont.Weight.DemiBold)
    head.setMinimumHeight(3 * GRID)
    grid.addWidget(head, 0, 0, 1, 2)
    for line, (text, actions) in enumerate(named.items(), start=1):
        grid.addWidget(label(text, "muted"), line, 0)
        if len(actions) == 1:
            grid.addWidget(_caps(actions[0].shortcuts(), "or"), line, 1)
        else:
            grid.addWidget(_caps([actions[0].shortcut(), actions[-1].shortcut()], "to"), line, 1)
    return box


def _caps(sequences: Sequence[QKeySequence], joined: str) -> QWidget:
    """The keys as caps, right-aligned."""
    caps: list[Item] = [None]
    small = font(SMALL)
    metrics = QFontMetrics(small)
    for number, sequence in enumerate(sequences):
        if number:
            caps.append(label(joined, "muted"))
        text = sequence.toString(QKeySequence.SequenceFormat.NativeText)
        for key in text.split("+") if len(text) > 1 else [text]:
            cap = label(_ARROWS.get(key, key), "key")
            set_font(cap, SMALL)
            # Not by the style sheet, which comes too late for the layout.
            cap.setFixedSize(max(24, metrics.horizontalAdvance(cap.text()) + 2 * GRID), 22)
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            caps.append(cap)
    box = QWidget()
    row(*caps, spacing=4, parent=box)
    return box


_ARROWS = {"Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
