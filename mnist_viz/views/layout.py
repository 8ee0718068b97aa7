"""Where the panels are at first, and the bytes in which the window remembers where they went."""

import hashlib
from collections.abc import Mapping
from itertools import pairwise

from PySide6.QtCore import Qt, qVersion
from PySide6.QtWidgets import QMainWindow, QTabBar

from mnist_viz.views.panel import PanelDock

_COLUMNS = (("draw",), ("weights", "activations"), ("curves", "settings"))
# A panel that is behind another one at first. The network and the drawing are in sight beside each of them.
_BEHIND = {"compare": "weights", "errors": "weights", "runs": "settings"}
# The side columns' share of the window's width, and its limits in pixels.
_WIDTHS = {"draw": (2 / 9, 280, 440), "curves": (0.3, 304, 640)}
_HEIGHTS = {"weights": 0.56, "activations": 0.44, "curves": 0.68, "settings": 0.32}

_CHECKSUM = 32  # bytes


def arrange(window: QMainWindow, docks: Mapping[str, PanelDock]) -> None:
    """Put every panel where it is at first: drawing left, network in the middle, curves and settings right."""
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    columns = _columns(docks)
    placed = {dock for column in columns for dock in column}
    others = [dock for dock in docks.values() if dock not in placed]
    if not columns:
        columns, others = [others[:1]], others[1:]
    left = Qt.DockWidgetArea.LeftDockWidgetArea
    # With no central widget one area holds them all, so that each edge between two can be moved.
    window.addDockWidget(left, columns[0][0])
    for before, column in pairwise(columns):
        window.splitDockWidget(before[0], column[0], Qt.Orientation.Horizontal)
    for column in columns:
        for above, below in pairwise(column):
            window.splitDockWidget(above, below, Qt.Orientation.Vertical)
    middle = columns[len(columns) // 2][-1]
    fronts = []
    for dock in others:
        front = docks.get("weights" if dock.on_demand else _BEHIND.get(dock.key, ""), middle)
        window.tabifyDockWidget(front, dock)
        fronts.append(front)
    for dock in docks.values():
        dock.setVisible(not dock.on_demand)
    for front in fronts:
        front.raise_()
    size(window, docks)
    hide_old_tabs(window, docks)


def _columns(docks: Mapping[str, PanelDock]) -> list[list[PanelDock]]:
    """The panels that have a column of their own, from left to right."""
    columns = [[docks[key] for key in column if key in docks] for column in _COLUMNS]
    return [column for column in columns if column]


def hide_old_tabs(window: QMainWindow, docks: Mapping[str, PanelDock]) -> None:
    """Hide the tab bars of the arrangement before: Qt leaves them standing until the next panel is moved by hand."""
    groups = {
        frozenset([dock.windowTitle(), *(other.windowTitle() for other in window.tabifiedDockWidgets(dock))])
        for dock in docks.values()
    }
    seen: set[frozenset[str]] = set()
    bars = window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    for bar in reversed(bars):  # the newest of a group is the one in use
        titles = frozenset(bar.tabText(k) for k in range(bar.count()))
        if titles and (titles not in groups or titles in seen):
            bar.hide()
        seen.add(titles)


def size(window: QMainWindow, docks: Mapping[str, PanelDock]) -> None:
    """Give the columns their widths and the panels their heights; only a shown window knows its own size."""
    columns = _columns(docks)
    widths = {key: round(min(max(share * window.width(), low), high)) for key, (share, low, high) in _WIDTHS.items()}
    first = [column[0] for column in columns]
    rest = max(window.width() - sum(widths.get(dock.key, 0) for dock in first), 1)  # a screen may be too small
    window.resizeDocks(first, [widths.get(dock.key, rest) for dock in first], Qt.Orientation.Horizontal)
    for column in columns:
        if len(column) > 1:
            heights = [round(window.height() * _HEIGHTS.get(dock.key, 0.5)) for dock in column]
            window.resizeDocks(column, heights, Qt.Orientation.Vertical)


def pack(geometry: bytes, state: bytes) -> bytes:
    """Join the two parts that Qt gives into one, with a checksum: Qt crashes on some layouts that were damaged."""
    body = len(geometry).to_bytes(4, "big") + geometry + state
    return _checksum(body) + body


def unpack(packed: bytes) -> tuple[bytes, bytes] | None:
    """Take apart what `pack` joined; None if it is damaged, or was written by another version of Qt."""
    checksum, body = packed[:_CHECKSUM], packed[_CHECKSUM:]
    if checksum != _checksum(body):
        return None
    length = int.from_bytes(body[:4], "big")
    return body[4 : 4 + length], body[4 + length :]


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(f"mnist-viz layout, Qt {qVersion()}\n".encode() + body).digest()
