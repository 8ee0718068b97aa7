"""Buttons and a slider that go through the stages of something, or play them."""

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.views.icons import icon
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import Slider, row, tool_button

_STAGE_MS = 1_200  # of playing: enough to read a line of numbers
_BUTTON = (28, 24)  # width and height in pixels


class StagePlayer(QWidget):
    """Back, Play, Step, and a slider over all stages; it stops playing when it is hidden."""

    stage_changed = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self._theme = DARK
        self._timer = QTimer(self)
        self._timer.setInterval(_STAGE_MS)
        self._timer.timeout.connect(self._play_on)
        self.back = tool_button(f"{name}-back", "", "The stage before", kind="small", title="Back", size=_BUTTON)
        self.play = tool_button(f"{name}-play", "", "Play the stages", kind="small", title="Play", size=_BUTTON)
        self.next = tool_button(f"{name}-next", "", "The next stage", kind="small", title="Step", size=_BUTTON)
        self.back.clicked.connect(self._on_back)
        self.next.clicked.connect(self._on_next)
        self.play.clicked.connect(self._on_play)
        self.slider = Slider(f"{name}-stage", "Stage", "The stage that is shown", 0)
        self.slider.setPageStep(2)
        self.slider.valueChanged.connect(self._on_moved)
        self.slider.sliderPressed.connect(self.stop)
        row(self.back, self.play, self.next, (self.slider, 1), spacing=GRID // 2, parent=self)
        self._on_moved(0)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for button, name in ((self.back, "batch-back"), (self.next, "batch-forward")):
            button.setIcon(icon(name, theme.text, theme.disabled))
        self._set_playing(self._timer.isActive())

    def set_count(self, count: int) -> None:
        self.slider.setMaximum(count - 1)
        self._on_moved(self.stage)

    @property
    def stage(self) -> int:
        return self.slider.value()

    @property
    def at_end(self) -> bool:
        return self.stage == self.slider.maximum()

    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    def go_to(self, stage: int) -> None:
        self.stop()
        self.slider.setValue(stage)

    @Slot()
    def stop(self) -> None:
        self._set_playing(False)

    def hideEvent(self, event: QHideEvent) -> None:
        self.stop()
        super().hideEvent(event)

    def _set_playing(self, playing: bool) -> None:
        if playing:
            self._timer.start()
        else:
            self._timer.stop()
        self.play.setIcon(icon("pause" if playing else "play", self._theme.text))
        self.play.setToolTip("Stop at this stage" if playing else "Play the stages")

    @Slot()
    def _on_back(self) -> None:
        self.go_to(self.stage - 1)

    @Slot()
    def _on_next(self) -> None:
        self.go_to(self.stage + 1)

    @Slot()
    def _on_play(self) -> None:
        playing = not self.is_playing
        if playing and self.at_end:
            self.slider.setValue(0)
        self._set_playing(playing)

    @Slot()
    def _play_on(self) -> None:
        self.slider.setValue(self.stage + 1)
        if self.at_end:
            self.stop()

    @Slot(int)
    def _on_moved(self, stage: int) -> None:
        self.back.setEnabled(stage > 0)
        self.next.setEnabled(not self.at_end)
        self.stage_changed.emit(stage)
