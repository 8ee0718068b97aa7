"""Which recorded frame of a run stands for an epoch, and how that moment is named."""

from dataclasses import dataclass

from mnist_viz.recording.run import Run
from mnist_viz.recording.run_words import moment_in_words
from mnist_viz.recording.snapshot import Frame


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
