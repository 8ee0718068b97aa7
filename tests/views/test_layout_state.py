"""What Qt is given of a remembered layout: all that it wrote itself, and nothing that may harm it."""

import random
import struct

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.views.actions import Actions
from mnist_viz.views.layout import pack, unpack
from mnist_viz.views.layout_state import safe_geometry, safe_state
from mnist_viz.views.message_bar import MessageBar
from mnist_viz.views.timeline_bar import TimelineBar
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.window import MainWindow

KEYS = ("draw", "weights", "activations", "curves", "settings", "compare", "errors", "runs")


@pytest.fixture
def window(qtbot: QtBot) -> MainWindow:
    actions = Actions()
    panels: dict[str, tuple[str, QWidget]] = {key: (key.title(), QWidget()) for key in KEYS}
    window = MainWindow(panels, actions, TransportBar(actions), TimelineBar(actions), MessageBar())
    qtbot.addWidget(window)
    window.show()
    return window


def names(window: MainWindow) -> list[str]:
    return [dock.objectName() for dock in window.docks.values()]


def arrange(window: MainWindow, how: int) -> None:
    docks = window.docks
    match how:
        case 1:
            docks["runs"].hide()
            docks["curves"].setFloating(True)
        case 2:
            window.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, docks["weights"])
            docks["draw"].close()
            window.tabifyDockWidget(docks["settings"], docks["curves"])
        case 3:
            for dock in docks.values():
                dock.hide()
        case 4:
            for dock in docks.values():
                dock.setFloating(True)
                dock.move(-50, -60)
        case 5:
            window.showMaximized()
        case 6:
            window.showFullScreen()
        case 7:
            window.splitDockWidget(docks["curves"], docks["draw"], Qt.Orientation.Horizontal)
            window.splitDockWidget(docks["draw"], docks["runs"], Qt.Orientation.Vertical)
        case 8:
            window.resize(3000, 300)
            for key, area in zip(KEYS, Qt.DockWidgetArea, strict=False):
                if area in (Qt.DockWidgetArea.TopDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea):
                    window.addDockWidget(area, docks[key])
    QApplication.processEvents()


@pytest.mark.parametrize("how", range(9))
def test_what_qt_wrote_passes_as_it_is(window: MainWindow, how: int) -> None:
    arrange(window, how)
    state, geometry = bytes(window.saveState().data()), bytes(window.saveGeometry().data())
    assert safe_state(state, state, names(window)) == state
    assert safe_geometry(geometry) == geometry


def test_a_state_cut_off_anywhere_among_the_panels_is_none(window: MainWindow) -> None:
    state = bytes(window.saveState().data())
    end = state.index("transport".encode("utf-16-be"))
    for length in range(end - 21):
        assert safe_state(state[:length], state, names(window)) is None
    for length in range(66):
        assert safe_geometry(bytes(window.saveGeometry().data())[:length]) == b""


def test_the_bars_stay_as_they_are(window: MainWindow) -> None:
    state = bytes(window.saveState().data())
    spoilt = state.replace("transport".encode("utf-16-be"), "something".encode("utf-16-be"))
    assert spoilt != state
    assert safe_state(spoilt, state, names(window)) == state


@pytest.mark.parametrize(
    ("name", "other"),
    [("dock-draw", "dock-cake"), ("dock-draw", "dock-runs")],
    ids=["a panel that there is not", "a panel in two places"],
)
def test_panels_that_cannot_be_are_none(window: MainWindow, name: str, other: str) -> None:
    state = bytes(window.saveState().data())
    spoilt = state.replace(name.encode("utf-16-be"), other.encode("utf-16-be"))
    assert spoilt != state
    assert safe_state(spoilt, state, names(window)) is None


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 1), (8, 2**31 - 1), (12, -(2**31)), (16, -20_000), (40, 99), (46, -1), (62, 20_000)],
    ids=["no geometry", "left", "top", "right", "screen", "width of the screen", "bottom"],
)
def test_a_window_that_cannot_be_has_no_geometry(window: MainWindow, place: int, value: int) -> None:
    geometry = bytearray(window.saveGeometry().data())
    struct.pack_into(">i", geometry, place, value)
    assert safe_geometry(bytes(geometry)) == b""


def test_no_damage_to_a_layout_harms_the_window(window: MainWindow) -> None:
    """Qt itself crashes on one of some hundred such layouts."""
    rng = random.Random(0)
    window.docks["curves"].setFloating(True)
    parts = unpack(window.layout_state())
    assert parts is not None
    for _ in range(300):
        geometry, state = map(bytearray, parts)
        for _ in range(rng.choice((1, 2, 5))):
            state[rng.randrange(len(state))] = rng.choice(
                (0, 1, 0x7F, 0xFA, 0xFB, 0xFC, 0xFD, 0xFF, rng.randrange(256))
            )
            geometry[rng.randrange(len(geometry))] ^= 1 << rng.randrange(8)
        window.restore_layout_state(pack(geometry, state))
        assert max(window.width(), window.height()) < 20_000
    window.restore_default_layout()
    assert all(dock.isVisible() for dock in window.docks.values())
