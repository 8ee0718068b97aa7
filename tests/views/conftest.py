"""The window, the drawing pad, and the settings form as a hand drives it: by keys and clicks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pyqtgraph
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from mnist_viz.engine.augmentation import Augmentation
from mnist_viz.engine.setting_sections import SECTIONS
from mnist_viz.engine.settings import SPECS, Choice, Number, Settings, Switch
from mnist_viz.views.actions import Actions, TransportState
from mnist_viz.views.drawing import pad as pad_module
from mnist_viz.views.drawing.pad import DrawingPad
from mnist_viz.views.message_bar import MessageBar
from mnist_viz.views.settings.augmentation import AugmentationField
from mnist_viz.views.settings.layer_rows import LayerRows
from mnist_viz.views.settings.layers import ONE_A_LAYER, ActivationField, HiddenField
from mnist_viz.views.settings.panel import SettingsPanel
from mnist_viz.views.settings.section import SectionBox
from mnist_viz.views.theme import DARK
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.window import MainWindow
from tests.views.hand import shown

MakeWindow = Callable[[Mapping[str, tuple[str, QWidget | None]]], MainWindow]

OTHER: dict[str, Any] = {
    "hidden": (32, 16), "activation": "relu,tanh", "biases": False, "batch_norm": True, "decay_every": 3,
    "keep_zeros": True, "early_stopping": 4, "batch_size": 64, "epochs": 7, "seed": 9,
    "augmentation": Augmentation(shift=1.25),
    "max_norm": 3.0, "gradient_clip": 1.0, "warmup": 2.0,
}  # fmt: skip
"""A value for each setting that is not the usual one, where a half would not do."""


@pytest.fixture(autouse=True)
def every_movement_of_the_mouse(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test moves faster than a hand; pyqtgraph would leave movements out."""
    monkeypatch.setitem(pyqtgraph.CONFIG_OPTIONS, "mouseRateLimit", -1)


class Form(SettingsPanel):
    """The panel, and what a hand does to it.

    Attributes:
        run: the settings of the run that it is filled with.
    """

    def __init__(self, run: Settings) -> None:
        super().__init__()
        self.fill(run)

    def fill(self, run: Settings) -> None:
        self.run = run
        self.set_settings(run)
        self.set_running(run)

    # What is where

    def section(self, title: str) -> SectionBox:
        return self.sections[[section.title for section in SECTIONS].index(title)]

    def input(self, name: str) -> QWidget:
        """Where a setting is given: the first place, if there are several."""
        return self.fields[name].inputs()[0]

    def content(self) -> QWidget:
        """What scrolls."""
        content = self.sections[0].parentWidget()
        assert content is not None
        return content

    @property
    def rows(self) -> LayerRows:
        """The hidden layers as rows."""
        field = self.fields["hidden"]
        assert isinstance(field, HiddenField)
        return field.rows

    @property
    def activation(self) -> ActivationField:
        field = self.fields["activation"]
        assert isinstance(field, ActivationField)
        return field

    @property
    def augmentation(self) -> AugmentationField:
        field = self.fields["augmentation"]
        assert isinstance(field, AugmentationField)
        return field

    # What it says

    def line(self) -> str:
        """What waits, or what is impossible."""
        label = self._label("settings-line")
        return label.text() if label.isVisible() else ""

    @property
    def chain(self) -> QLabel:
        """The widths of all layers."""
        return self._label("layer-sizes")

    def count(self) -> str:
        return self._label("parameter-count").text()

    def _label(self, name: str) -> QLabel:
        label = self.findChild(QLabel, name)
        assert isinstance(label, QLabel)
        return label

    # What a hand does

    def retype(self, field: QWidget, text: str) -> None:
        """Replace a field's text by keys."""
        field.setFocus()
        QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(field, Qt.Key.Key_Delete)
        QTest.keyClicks(field, text)

    def type_in(self, field: QWidget, text: str) -> None:
        """Replace a field's text and press Return."""
        self.retype(field, text)
        QTest.keyClick(field, Qt.Key.Key_Return)

    def pick(self, name: str, data: str) -> None:
        """Choose an entry by the keyboard."""
        combo = self.input(name)
        assert isinstance(combo, QComboBox)
        combo.setFocus()
        wanted = combo.findData(data)
        combo.setCurrentIndex(wanted - 1 if wanted else 1)
        QTest.keyClick(combo, Qt.Key.Key_Down if wanted else Qt.Key.Key_Up)
        assert combo.currentData() == data

    def press(self, name: str) -> None:
        """Click a switch."""
        widget = self.input(name)
        QTest.mouseClick(widget, Qt.MouseButton.LeftButton, pos=QPoint(10, widget.height() // 2))

    def discard(self) -> None:
        QTest.mouseClick(self.discard_button, Qt.MouseButton.LeftButton)

    def other(self, name: str) -> Any:
        """A value of a setting that the run has not."""
        spec = SPECS[name]
        return list(spec.titles)[-1] if isinstance(spec, Choice) else OTHER.get(name, 0.5)

    def enter(self, name: str) -> Settings:
        """Give a setting its other value; return what the settings are then."""
        spec, value = SPECS[name], self.other(name)
        if isinstance(spec, Number):
            self.type_in(self.number(name), f"{value:g}")
        elif isinstance(spec, Choice):
            self.pick(name, value)
        elif isinstance(spec, Switch):
            self.press(name)
        elif name == "hidden":
            self.retype(self.hidden, ", ".join(map(str, value)))
        elif name == "activation":
            self.pick(name, ONE_A_LAYER)
            self.retype(self.activation.line, value)
        else:
            self.augmentation.fold.setChecked(True)
            self.type_in(self.augmentation.numbers["shift"], f"{value.shift:g}")
        return replace(self.run, **{name: value})


@pytest.fixture
def panel(qtbot: QtBot) -> Form:
    """As it is at first, with a run."""
    panel = Form(Settings(hidden=(128, 64), epochs=10))
    qtbot.addWidget(panel)
    panel.resize(360, 600)
    panel.show()
    qtbot.waitExposed(panel)
    panel.activateWindow()
    return panel


@pytest.fixture
def unfolded(panel: Form) -> Form:
    """All sections open, and no field idle."""
    for box in panel.sections:
        box.fold.setChecked(True)
    panel.fill(replace(panel.run, optimizer="momentum", schedule="step", decay=0.1))
    return panel


@pytest.fixture
def pad(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> DrawingPad:
    """A pad of 200 x 200 pixels, which answers each movement at once on a slow machine too."""
    monkeypatch.setattr(pad_module, "LATE", 5_000.0)
    return shown(qtbot, DrawingPad(), 200, 200)


@pytest.fixture
def make_window(qtbot: QtBot) -> MakeWindow:
    """Makes a window of panels, each a title and a widget by key, and shows it as the active one."""

    def make(panels: Mapping[str, tuple[str, QWidget | None]]) -> MainWindow:
        actions = Actions()
        window = MainWindow(panels, actions, TransportBar(actions), TimelineBar(actions), MessageBar())
        qtbot.addWidget(window)
        window.set_theme(DARK)
        actions.set_transport_state(TransportState("paused", can_back=True, at_live=False))
        window.resize(1440, 900)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)
        return window

    return make
