"""A run: one training with its settings, its frames and its metrics."""

from dataclasses import dataclass, field

from mnist_viz.engine.pictures import Shape
from mnist_viz.engine.run_config import RunConfig
from mnist_viz.engine.settings import Settings
from mnist_viz.engine.training import EpochEnd
from mnist_viz.recording.history import History
from mnist_viz.recording.snapshot import Frame
from mnist_viz.recording.timeline import Timeline


@dataclass(frozen=True)
class Incident:
    """Something that happened to a run.

    Attributes:
        step: batches trained by then.
        kind: "diverged", "stopped-early" or "failed".
        text: what it was, in a sentence.
    """

    step: int
    kind: str
    text: str


@dataclass(eq=False)
class Run:
    """One training.

    Attributes:
        number: tells it from the other runs of its session; from 1.
        name: for people.
        color: number of its colour.
        dataset: the name of its data.
        class_names: what the outputs stand for.
        image_shape: of the pictures, (height, width) or (height, width, 3); None if the inputs are no picture.
        config: its settings over time, and its random key.
        epochs: when it ends: later than its settings say, if it was asked to go on.
        timeline: its frames.
        history: its metrics.
        parent: the number of the run that it left; None for one from first weights.
        root_step: where it left it.
        from_model: whether its first weights were those of an opened model, and not drawn by its seed.
        visible: whether its curves are shown.
        pins: steps whose frames are kept whatever happens.
        incidents: what happened to it, in order.
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
        """The latest."""
        return self.config.settings

    @property
    def steps(self) -> int:
        """Batches trained."""
        return self.history.steps

    @property
    def best(self) -> EpochEnd | None:
        """The epoch with the lowest validation loss; of several the first."""
        return min(self.history.epochs, key=lambda epoch: epoch.val_loss, default=None)

    def configure(self, config: RunConfig) -> None:
        """Take over what was set for it."""
        self.config = config
        self.history.grid = config.grid

    def rewind(self, frame: Frame) -> None:
        """Forget what came after `frame`."""
        self.timeline.rewind(frame)
        self.history.rewind(frame.step)
        self.pins = {step for step in self.pins if step <= frame.step}
