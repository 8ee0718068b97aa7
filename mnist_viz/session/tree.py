"""The runs in the window and the moment of them that is shown: all of a session but its training."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.samples import Shape
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Run
from mnist_viz.recording.run_words import MAX_NAME
from mnist_viz.recording.runs import Runs
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.timeline import Timeline


@dataclass(frozen=True, eq=False)
class Guest:
    """A model from a file, shown in the place of a run: what its outputs stand for, what it reads, its name."""

    frame: Frame
    class_names: tuple[str, ...]
    image_shape: Shape | None
    name: str = ""


class Tree(QObject):
    """A tree of runs, one of them active: that one is shown."""

    state_changed = Signal()  # what may be done now
    run_changed = Signal()  # another run is active, or a new one
    runs_changed = Signal()  # the tree, or what its runs are called and look like
    shown_changed = Signal()  # another frame is shown
    recorded_changed = Signal()  # the timeline has other frames, or another end
    metrics_changed = Signal()

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.runs = Runs()
        config = RunConfig(0, 1, (1, 1), ((0, settings),))
        self._none = Run(0, "", 0, "", (), None, config, settings.epochs, Timeline(), History(config.grid))
        self._guest: Guest | None = None

    # What is shown

    @property
    def run(self) -> Run:
        """The active run; before the first one an empty one, which is in no tree."""
        return self.runs.active or self._none

    @property
    def timeline(self) -> Timeline:
        return self.run.timeline

    @property
    def history(self) -> History:
        return self.run.history

    @property
    def shown(self) -> Frame | None:
        """The frame the window draws: a guest's, or the one at the timeline's cursor."""
        return self._guest.frame if self._guest is not None else self.timeline.shown

    @property
    def guest(self) -> bool:
        """Whether a model from a file is shown in place of the run."""
        return self._guest is not None

    @property
    def shown_name(self) -> str:
        """What the network shown is called: a guest's file, or the run."""
        return self._guest.name if self._guest is not None else self.run.name

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the outputs of the network shown stand for."""
        return self._guest.class_names if self._guest is not None else self.run.class_names

    @property
    def image_shape(self) -> Shape | None:
        """The shape of the pictures that the network shown reads; None if its inputs are no picture."""
        return self._guest.image_shape if self._guest is not None else self.run.image_shape

    @property
    def at_live(self) -> bool:
        return self._guest is None and self.timeline.live

    @property
    def has_trained(self) -> bool:
        tail = self.timeline.tail
        return tail is not None and tail.step > 0

    @property
    def can_go_back(self) -> bool:
        shown = self.shown
        return self._guest is None and shown is not None and shown.step > 0

    # The cursor

    def go_to(self, index: int) -> None:
        """Show the recorded frame number `index`; training goes on meanwhile."""
        self._guest = None
        self.timeline.go_to(index)
        self._cursor_moved()

    def go_to_epoch(self, epoch: float) -> None:
        frames = self.timeline.frames
        if frames:
            self.go_to(min(range(len(frames)), key=lambda i: abs(frames[i].epoch - epoch)))

    def go_live(self) -> None:
        self._guest = None
        self.timeline.go_live()
        self._cursor_moved()

    # What runs are called and look like, and what is kept of them

    # A view may show a run for a moment longer than there is one: then nothing happens.

    def rename(self, number: int, name: str) -> None:
        """Call a run otherwise; an empty name gives it its first one back."""
        if number in self.runs:
            self.runs.get(number).name = " ".join(name.split())[:MAX_NAME] or f"Run {number}"
            self.runs_changed.emit()

    def recolor(self, number: int, color: int) -> None:
        if number in self.runs:
            self.runs.get(number).color = color
            self.runs_changed.emit()

    def set_visible(self, number: int, visible: bool) -> None:
        if number in self.runs:
            self.runs.get(number).visible = visible
            self.runs_changed.emit()

    def set_pinned(self, run: Run, frame: Frame, pinned: bool) -> None:
        """Keep a frame of a run whatever happens, or no longer."""
        if pinned:
            run.pins.add(frame.step)
            if run.timeline.find(frame.step) is None:
                run.timeline.insert(frame)
        else:
            run.pins.discard(frame.step)
        self.recorded_changed.emit()
        self.runs_changed.emit()

    def set_budget(self, budget: int) -> None:
        """Let the frames of all runs hold `budget` bytes."""
        self.runs.budget = budget
        self.runs.keep_to_budget()
        self.recorded_changed.emit()

    # For the session

    def _announce_run(self) -> None:
        self.runs_changed.emit()
        self.run_changed.emit()
        self.recorded_changed.emit()
        self.metrics_changed.emit()
        self.shown_changed.emit()
        self.state_changed.emit()

    def _cursor_moved(self) -> None:
        self.shown_changed.emit()
        self.state_changed.emit()
