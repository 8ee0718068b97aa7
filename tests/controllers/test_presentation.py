"""A presentation fills the screen in large type with what leads, and goes back to exactly what was before."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_viz.views import layout, zoom
from mnist_viz.views.panel import is_seen
from tests.controllers.conftest import Program

SEEN = tuple[dict[str, QRect], set[str], QRect, bool, float]


@pytest.fixture(autouse=True)
def usual_size(qapp: QApplication, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(zoom, "_LEAD", (400, 300))  # the screen of tests is small
    font = qapp.font()
    yield
    zoom.set_scale(1.0)
    qapp.setFont(font)


@pytest.fixture
def shown(program: Program) -> Program:
    window = program.app.window
    window.activateWindow()
    program.qtbot.waitUntil(window.isActiveWindow)
    window.setFocus()
    return program


def seen(program: Program) -> SEEN:
    """Where the panels in front are, which are open, and the window's place, state and size of the interface."""
    window = program.app.window
    docks = window.docks.values()
    front = {dock.key: dock.geometry() for dock in docks if is_seen(dock.widget())}
    open_ones = {dock.key for dock in docks if not dock.isHidden()}
    return front, open_ones, window.geometry(), window.isFullScreen(), zoom.scale()


def press(program: Program, key: Qt.Key) -> None:
    QTest.keyClick(program.app.window, key)
    QApplication.processEvents()


def test_the_leading_panels_fill_the_screen_in_large_type_and_all_comes_back(shown: Program) -> None:
    window = shown.app.window
    window.open_panel("neuron")
    window.docks["draw"].raise_()
    window.setFocus()
    before = seen(shown)
    picture = shown.app.drawing.picture
    for back in (Qt.Key.Key_F5, Qt.Key.Key_F11):
        remembered = window.arrangement.save()
        press(shown, Qt.Key.Key_F5)
        assert window.isFullScreen()
        assert window.arrangement.presenting
        shown.qtbot.waitUntil(lambda: set(seen(shown)[0]) == set(layout.LEADING))
        assert zoom.scale() == 2.0
        assert window.commands.present.isChecked()
        assert shown.app.preferences.zoom == 1.0  # not for every day
        assert window.arrangement.save() == remembered  # nor if the program ends now
        press(shown, back)
        assert not window.arrangement.presenting
        shown.qtbot.waitUntil(lambda: seen(shown)[1:] == before[1:])
        shown.qtbot.waitUntil(lambda: set(seen(shown)[0]) == set(before[0]))
        for key, place in seen(shown)[0].items():
            # Qt rounds shares of the height to a pixel or two.
            sides = zip(place.getRect(), before[0][key].getRect(), strict=True)
            assert all(abs(a - b) <= 2 for a, b in sides), key
        assert shown.app.drawing.picture is picture

    press(shown, Qt.Key.Key_F5)
    QTest.keyClick(shown.app.window, Qt.Key.Key_Minus, Qt.KeyboardModifier.ControlModifier)
    assert zoom.scale() == 1.75
    press(shown, Qt.Key.Key_Escape)
    shown.qtbot.waitUntil(lambda: seen(shown)[1:] == before[1:])
    assert shown.app.preferences.zoom == 1.0

    press(shown, Qt.Key.Key_F5)
    shown.app.window.commands.restore_layout.trigger()
    assert not shown.app.window.arrangement.presenting
    assert "settings" in seen(shown)[1]


@pytest.mark.parametrize(
    ("screen", "level"), [((800, 600), 1.0), ((1366, 768), 1.1), ((1920, 1080), 1.5), ((3840, 2160), 2.5)]
)
def test_the_type_is_as_large_as_the_screen_bears(
    monkeypatch: pytest.MonkeyPatch, screen: tuple[int, int], level: float
) -> None:
    monkeypatch.setattr(zoom, "_LEAD", (1060, 640))
    assert zoom.presentation_level(QSize(*screen), 1.0) == level
    assert zoom.presentation_level(QSize(*screen), 3.0) == 3.0
