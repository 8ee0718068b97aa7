"""Where the panels are at first, and the bytes in which the window remembers where they went."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRect, Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMainWindow, QStyle, QTabBar, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.panel import PanelDock


@dataclass(frozen=True)
class Place:
    """Where a panel is at first.

    Attributes:
        column: counted from the left; None for a panel that is behind another one.
        height: its share of the column.
        least: the units of height that it has at least, which those above it give.
        behind: the panel whose place it shares, with a tab each.
        low_behind: the same in a low window, in which no two panels have room one below the other.
        narrow_behind: the same in a narrow window, which has room for two columns.
    """

    column: int | None = None
    height: float = 1.0
    least: int = 0
    behind: str = ""
    low_behind: str = ""
    narrow_behind: str = ""


PLACES = {
    "draw": Place(0),
    "weights": Place(1, 0.56),
    "activations": Place(1, 0.44, low_behind="weights"),
    "curves": Place(2, 0.68, narrow_behind="weights"),
    "settings": Place(2, 0.32, 190, low_behind="curves", narrow_behind="activations"),
    "errors": Place(behind="weights"),
    "runs": Place(behind="settings"),
    "compare": Place(behind="weights"),
}
"""By the key of the panel. One that is not named is in the middle: those of the menu *Look closer*, and new ones."""


@dataclass(frozen=True)
class LayoutState:
    """Where the panels are, and who has put them there.

    Attributes:
        panels: their places, in Qt's bytes.
        own: whether the user has made the layout.
        shape: that of the window for which it was made.
    """

    panels: bytes
    own: bool
    shape: tuple[bool, bool]


LEADING = ("draw", "activations", "curves")
"""The panels that a presentation shows."""

# The side columns' share of the window's width, and its limits in units.
_WIDTHS = {"draw": (2 / 9, 252, 440), "curves": (0.3, 296, 640)}
_LOW, _NARROW = 680, 910  # units of the window's height and width
_BARS = 170  # units of its height that the bars take

_CHECKSUM = 32  # bytes

Structure = frozenset[frozenset[str]]
"""Which of the usual panels share a place; what floats is named alone and with a star."""


def shape(window: QMainWindow) -> tuple[bool, bool]:
    """Whether the window is too low for two panels one below the other, and too narrow for three columns."""
    return zoom.units(window.height()) < _LOW, zoom.units(window.width()) < _NARROW


def arrange(window: QMainWindow, docks: Mapping[str, PanelDock], *, presenting: bool = False) -> None:
    """Put every panel where it is at first: drawing left, network in the middle, curves and settings right.

    Args:
        presenting: show only those that lead, side by side.
    """
    for dock in docks.values():
        dock.setFloating(False)
        window.removeDockWidget(dock)
    columns = _columns(window, docks, presenting=presenting)
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
    middle = columns[len(columns) // 2]
    for dock in others:
        usual = middle[0] if dock.on_demand else middle[-1]
        window.tabifyDockWidget(docks.get(_behind(window, dock.key), usual), dock)
    for dock in docks.values():
        dock.setVisible(dock in placed if presenting else not dock.on_demand)
    for column in columns:
        for dock in column:
            dock.raise_()
    size(window, docks, presenting=presenting)
    hide_old_tabs(window, docks)


def place_new(window: QMainWindow, docks: Mapping[str, PanelDock]) -> None:
    """Give a place to panels that a remembered layout does not know."""
    known = [dock for dock in docks.values() if _has_place(window, dock)]
    for dock in docks.values():
        if dock not in known and known:
            front = docks.get(_behind(window, dock.key), known[0])
            window.tabifyDockWidget(front if front in known else known[0], dock)
            dock.setVisible(not dock.on_demand)


def structure(window: QMainWindow, docks: Mapping[str, PanelDock]) -> Structure:
    """Which panels share a place, to see whether the user has moved any."""
    return frozenset(
        frozenset(
            [f"{key}*"]
            if dock.isFloating()
            else {each.key for each in (dock, *tabbed(window, dock)) if not each.on_demand}
        )
        for key, dock in docks.items()
        if not dock.isHidden() and not dock.on_demand
    )


def tabbed(window: QMainWindow, dock: PanelDock) -> list[PanelDock]:
    """The other panels that are open in the same place."""
    others = window.tabifiedDockWidgets(dock)
    return [each for each in others if isinstance(each, PanelDock) and not each.isHidden()]


def _has_place(window: QMainWindow, dock: PanelDock) -> bool:
    return dock.isFloating() or window.dockWidgetArea(dock) is not Qt.DockWidgetArea.NoDockWidgetArea


def _behind(window: QMainWindow, key: str) -> str:
    """The panel that another one is behind; empty for one that has a place of its own."""
    place, (low, narrow) = PLACES.get(key, Place()), shape(window)
    elsewhere = (low and place.low_behind) or (narrow and place.narrow_behind)
    return elsewhere or ("" if place.column is not None else place.behind)


def _columns(window: QMainWindow, docks: Mapping[str, PanelDock], *, presenting: bool = False) -> list[list[PanelDock]]:
    """The panels that have a place of their own, in columns from left to right."""
    if presenting:
        return [[docks[key]] for key in LEADING if key in docks]
    columns: dict[int, list[PanelDock]] = {}
    for key, place in PLACES.items():
        if key in docks and place.column is not None and _behind(window, key) not in docks:
            columns.setdefault(place.column, []).append(docks[key])
    return [columns[number] for number in sorted(columns)]


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


def size(window: QMainWindow, docks: Mapping[str, PanelDock], *, presenting: bool = False) -> None:
    """Give the columns their widths and the panels their heights; only a shown window knows its own size."""
    columns = _columns(window, docks, presenting=presenting)
    widths = {
        key: round(min(max(share * window.width(), zoom.px(low)), zoom.px(high)))
        for key, (share, low, high) in _WIDTHS.items()
    }
    first = [column[0] for column in columns]
    edges = (len(first) - 1) * window.style().pixelMetric(QStyle.PixelMetric.PM_DockWidgetSeparatorExtent, None, window)
    taken = edges + sum(widths.get(dock.key, 0) for dock in first)
    rest = max(window.contentsRect().width() - taken, 1)  # a screen may be too small
    window.resizeDocks(first, [widths.get(dock.key, rest) for dock in first], Qt.Orientation.Horizontal)
    for column in columns:
        if len(column) > 1:
            room = max(window.height() - zoom.px(_BARS), 1)
            heights = [max(round(room * PLACES[dock.key].height), zoom.px(PLACES[dock.key].least)) for dock in column]
            heights[0] = max(heights[0] + room - sum(heights), 1)
            window.resizeDocks(column, heights, Qt.Orientation.Vertical)


# The screen


def keep_on_screen(top: QWidget) -> None:
    """Move and shrink a window so that all of it, with its frame, is on a screen that is there."""
    full = Qt.WindowState.WindowMaximized | Qt.WindowState.WindowFullScreen | Qt.WindowState.WindowMinimized
    if top.windowState() & full:
        return
    frame, inner = top.frameGeometry(), top.geometry()
    fitting = fitted(frame, [screen.availableGeometry() for screen in QGuiApplication.screens()])
    if fitting != frame:
        top.resize(inner.size() + fitting.size() - frame.size())
        top.move(fitting.topLeft())


def fitted(frame: QRect, areas: Iterable[QRect]) -> QRect:
    """`frame` inside the area that holds most of it, or if none does in the first; smaller if need be."""
    areas = list(areas)
    if not areas:
        return frame

    def common(area: QRect) -> int:
        both = area.intersected(frame)
        return both.width() * both.height() if both.isValid() else 0

    area = max(areas, key=common)
    size = frame.size().boundedTo(area.size())
    left = min(max(frame.left(), area.left()), area.right() + 1 - size.width())
    top = min(max(frame.top(), area.top()), area.bottom() + 1 - size.height())
    return QRect(left, top, size.width(), size.height())


# What is remembered


def pack(geometry: bytes, state: bytes, *, own: bool) -> bytes:
    """Join the two parts that Qt gives into one, with a checksum: Qt crashes on some layouts that were damaged.

    Args:
        own: whether the user has made the arrangement; another one follows the size of the window.
    """
    body = bytes([own]) + len(geometry).to_bytes(4, "big") + geometry + state
    return _checksum(body) + body


def unpack(packed: bytes) -> tuple[bytes, bytes, bool] | None:
    """Take apart what `pack` joined; None if it is damaged, or was written by another version of Qt."""
    checksum, body = packed[:_CHECKSUM], packed[_CHECKSUM:]
    if checksum != _checksum(body):
        return None
    length = int.from_bytes(body[1:5], "big")
    return body[5 : 5 + length], body[5 + length :], bool(body[0])


def _checksum(body: bytes) -> bytes:
    return hashlib.sha256(f"mnist-viz layout 2, Qt {qVersion()}\n".encode() + body).digest()
