"""A run: one training with its settings, its frames and its metrics, and its moment nearest to an epoch."""

from dataclasses import dataclass, field
from typing import get_args

from mnist_viz.engine.diagnosis import Kind
from mnist_viz.engine.metrics import guesses
from mnist_viz.engine.progress import EpochEnd
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.samples import Shape
from mnist_viz.engine.settings import Settings
from mnist_viz.recording.history import History
from mnist_viz.recording.run_words import moment_in_words
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.timeline import Timeline

EDITED = "edited"
FINDINGS = get_args(Kind)
INCIDENTS = ("diverged", "stopped-early", "failed", EDITED, *FINDINGS)


@dataclass(frozen=True)
class Incident:
    """Something that happened to a run.

    Attributes:
        step: batches trained by then.
        kind: one of `INCIDENTS`; "edited" where its network was changed by hand.
    """

    step: int
    kind: str
    text: str


@dataclass(eq=False)
class Run:
    """One training.

    Attributes:
        number: tells it from the other runs of its session; from 1.
        image_shape: of the pictures, (height, width) or (height, width, 3); None if the inputs are no picture.
        config: its settings over time, and its random key.
        epochs: when it ends: later than its settings say, if it was asked to go on.
        parent: the number of the run that it left; None for one from first weights.
        root_step: where it left it.
        from_model: whether its first weights were those of an opened model, and not drawn by its seed.
        pins: steps whose frames are kept whatever happens.
        tested: step, loss and accuracy from 0 to 1 on the test set, once it is measured.
    """

    number: int
    name: str
    color: int
    dataset: str
    class_names: tuple[str, ...]
    image_shape: Shape | None
    config: RunConfig
    epochs: int
    timeline: Timeline
    history: History
    parent: int | None = None
    root_step: int = 0
    from_model: bool = False
    visible: bool = True
    pins: set[int] = field(default_factory=set)
    incidents: list[Incident] = field(default_factory=list)
    tested: tuple[int, float, float] | None = None

    @property
    def settings(self) -> Settings:
        return self.config.settings

    @property
    def steps(self) -> int:
        """Batches trained."""
        return self.history.steps

    @property
    def best(self) -> EpochEnd | None:
        """The epoch with the lowest validation loss, of several the first; None while the network only guesses."""
        classes = self.config.sizes[-1]
        learned = (epoch for epoch in self.history.epochs if not guesses(epoch.val_accuracy, classes))
        return min(learned, key=lambda epoch: epoch.val_loss, default=None)

    @property
    def trained_with(self) -> Settings:
        """Those of its last batch; of one that has not been trained since it began, those that it begins with."""
        return self.config.at(max(self.steps - 1, self.root_step))

    def configure(self, config: RunConfig) -> None:
        self.config = config
        self.history.grid = config.grid

    def rewind(self, frame: Frame) -> None:
        self.timeline.rewind(frame)
        self.history.rewind(frame.step)
        self.pins = {step for step in self.pins if step <= frame.step}


@dataclass(frozen=True, eq=False)
class Moment:
    """What is shown of a run where a certain epoch is wanted.

    Attributes:
        frame: the recorded one nearest to it, or the newest state if that is nearer.
        late: whether the run ends before that epoch.
        words: which moment it is, as "after epoch 3", and if it is late that there is none later; the longest first.
    """

    frame: Frame
    late: bool
    words: tuple[str, ...]


def frame_at(run: Run, epoch: float) -> Moment | None:
    """The moment of `run` nearest to `epoch`, of two equally near ones the earlier; None if there is none at all."""
    tail = run.timeline.tail
    if tail is None:
        return None
    frame = min((*run.timeline.frames, tail), key=lambda frame: abs(frame.epoch - epoch))
    return _moment(run, frame, tail.epoch < epoch)


def moment_of(run: Run, frame: Frame) -> Moment:
    """`frame`, one of `run`, recorded or not."""
    return _moment(run, frame, False)


def _moment(run: Run, frame: Frame, late: bool) -> Moment:
    moment = moment_in_words(frame.step, run.history.grid)
    if frame.step == 0:
        return Moment(frame, late, (f"not trained yet: {moment}", "not trained yet") if late else (moment,))
    if not late:
        return Moment(frame, late, (f"after {moment}",))
    if frame.epoch == round(frame.epoch):
        epochs = f"only {frame.epoch:,.0f} epoch{'' if frame.epoch == 1 else 's'}"
        return Moment(frame, late, (f"{epochs}: after {moment}", epochs))
    return Moment(frame, late, (f"ends after {moment}", f"ends at {frame.epoch:,.1f}"))
