"""At every size and zoom all texts can be read, nothing lies on anything else, and all is reached."""

from collections.abc import Iterator
from itertools import chain

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QTabBar, QWidget

from mnist_viz.engine.settings import Settings
from mnist_viz.views import zoom
from tests.controllers.conftest import Program
from tests.controllers.whole_window import make_all_panels, opened_dialogs
from tests.controllers.widget_walk import cut_texts, outside, overlaps, pale_texts, seen

SIZES = (
    (800, 560, 1.0), (800, 760, 1.0), (1024, 700, 1.0), (1366, 768, 1.0), (1920, 1080, 1.0),
    (1366, 768, 1.25), (1440, 900, 1.5), (1920, 1080, 2.0),
)  # fmt: skip
"""Width, height and zoom, which stands for the scale of a screen."""


@pytest.fixture(scope="module")
def settings() -> Settings:
    """More layers and neurons than have room at once: every control of the panels is shown."""
    return Settings(hidden=(40, 20), batch_size=10, epochs=5_000, learning_rate=0.1)


@pytest.fixture
def whole(program: Program, qapp: QApplication) -> Iterator[Program]:
    """The program with a digit on the pad, a few batches trained, and every panel open."""
    font = qapp.font()
    program.train(12)
    program.button("digit-request-4").click()
    make_all_panels(program)
    for dock in program.app.window.docks.values():
        dock.show()
    yield program
    zoom.set_scale(1.0)
    qapp.setFont(font)


def show(program: Program, width: int, height: int, level: float) -> None:
    program.app.appearance.set_zoom(level)
    program.app.window.resize(width, height)
    settle()


def settle() -> None:
    for _ in range(2):
        QApplication.processEvents()


def problems(top: QWidget) -> set[str]:
    widgets = seen(top)
    return {what for check in (cut_texts, overlaps, outside) for what in check(widgets)}


def parts(program: Program) -> Iterator[QWidget]:
    """The bars of the window, then one panel after the other as it is brought to the front."""
    window = program.app.window
    yield from filter(None, (window.menuWidget(),))
    yield program.app.transport
    yield program.app.timeline
    yield from window.findChildren(QTabBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
    for dock in window.docks.values():
        dock.raise_()
        yield dock


def test_no_text_is_cut_nothing_overlaps_and_all_is_inside(whole: Program) -> None:
    found = set()
    for width, height, level in SIZES:
        show(whole, width, height, level)
        shown = opened_dialogs(whole) if (width, height) == (1366, 768) else ()
        for part in chain(parts(whole), shown):
            settle()
            found |= {f"at {width} x {height}, {level:.0%}: {what}" for what in problems(part)}
    assert not found, "\n".join(sorted(found))


def test_every_text_stands_out_from_its_ground(whole: Program) -> None:
    found = set()
    for theme in ("dark", "light"):
        whole.app.appearance.set_theme(theme)
        show(whole, 2400, 1500, 2.0)
        for part in chain(parts(whole), opened_dialogs(whole)):
            settle()
            found |= {f"{theme}: {what}" for what in pale_texts(part, seen(part))}
    assert not found, "\n".join(sorted(found))


def test_no_panel_scrolls_sideways(whole: Program) -> None:
    found = set()
    for width, height, level in ((960, 540, 1.0), *SIZES):
        show(whole, width, height, level)
        for key, dock in whole.app.window.docks.items():
            dock.raise_()
            settle()
            if hidden := dock.area.horizontalScrollBar().maximum():
                found.add(f"at {width} x {height}, {level:.0%}: {hidden} pixels of {key}")
    assert not found, "\n".join(sorted(found))
