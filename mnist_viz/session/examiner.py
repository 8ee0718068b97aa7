"""Examining models in the background: what they get wrong, without delaying the window or the training."""

import threading
import time
from collections import deque
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_viz.analysis.evaluation import PROBE_SIZE, Examination, Probe, examine
from mnist_viz.data.dataset import Dataset
from mnist_viz.data.errors import CancelledError
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.session.background_tasks import BackgroundTasks, Task

SHOWN, COMPARED = "shown", "compared"
_ROOM = {SHOWN: 1, COMPARED: 4}
"""For each queue, how many requests wait at most: of more the oldest are forgotten."""

PATIENCE = 0.1
"""Seconds that a newer request for the shown moment waits for the one before at most..."""

LONGEST_WITHOUT_RESULT = 1.0
"""... unless there was no result for so many seconds: scrubbing through a huge network would never show one."""


class Examiner(QObject):
    """Has models examined, the newest request first; what has been found out is known while the model lives.

    Requests for the shown moment and for a comparison have a queue each, so none waits for the other. Results are kept
    by the model's identity; who shares the examiner asks for them with `get`.
    """

    examined = Signal()  # a request has come to its end, and `get` may know more

    def __init__(self, tasks: BackgroundTasks) -> None:
        super().__init__()
        self._tasks = tasks
        self._queues = {name: _Queue(room) for name, room in _ROOM.items()}
        self._known: WeakKeyDictionary[Model, WeakKeyDictionary[Probe, Examination]] = WeakKeyDictionary()
        self._probes: WeakKeyDictionary[Dataset, dict[tuple[object, ...], Probe]] = WeakKeyDictionary()

    def ask(self, source: Frame | Model, probe: Probe, queue: str = SHOWN) -> None:
        """Have a model examined, unless it is known already or on its way.

        Args:
            source: the model, or a frame of it.
            queue: `SHOWN`, where a new request takes the place of the one that waits, or `COMPARED`, where a few wait.

        Raises:
            ValueError: the model cannot read the pictures, or has another number of classes.
        """
        model = _model(source)
        if (model.sizes[0], model.sizes[-1]) != (probe.images.shape[1], len(probe.class_names)):
            raise ValueError(f"a network {model.sizes} cannot be examined on {probe.title}")
        if self.get(model, probe) is None:
            self._queues[queue].add(model, probe)
            self._begin(queue)

    def busy(self, queue: str) -> bool:
        return self._queues[queue].current is not None

    def probe(
        self,
        dataset: Dataset,
        class_names: tuple[str, ...] | None = None,
        numbers: NDArray[np.integer] | None = None,
        part: str = "validation",
        most: int | None = PROBE_SIZE,
    ) -> Probe:
        """`Probe.of`, the same one each time: so what is known of a model is known to all who share the examiner."""
        names = dataset.class_names if class_names is None else class_names
        probes = self._probes.setdefault(dataset, {})
        key = names, part, most
        if key not in probes:
            probes[key] = Probe.of(dataset, names, numbers, part, most)
        return probes[key]

    def get(self, source: Frame | Model, probe: Probe | None = None) -> Examination | None:
        """The examination of a model on `probe`, or else on any pictures; None if there is none yet."""
        known = self._known.get(_model(source))
        if known is None:
            return None
        return known.get(probe) if probe is not None else next(iter(known.values()), None)

    def _begin(self, name: str) -> None:
        queue = self._queues[name]
        if queue.current is not None or not queue.waiting:
            return
        model, probe = queue.current = queue.waiting.popleft()
        self._tasks.submit(
            partial(_examine, queue, model, probe),
            partial(self._on_found, name, model, probe), partial(self._on_nothing_found, name),
            queue=f"examining {name}",
        )  # fmt: skip

    def _on_found(self, name: str, model: Model, probe: Probe, found: Examination | None) -> None:
        if found is not None:
            self._known.setdefault(model, WeakKeyDictionary())[probe] = found
            self._queues[name].last_result = time.monotonic()
        self._on_nothing_found(name)

    def _on_nothing_found(self, name: str, _why: str = "") -> None:
        self._queues[name].current = None
        self._begin(name)
        self.examined.emit()


class _Queue:
    """Requests of one kind.

    Attributes:
        waiting: the newest last.
        last_result: when something has come out last.
    """

    def __init__(self, room: int) -> None:
        self.current: tuple[Model, Probe] | None = None
        self.waiting: deque[tuple[Model, Probe]] = deque(maxlen=room)
        self.last_result = 0.0
        self._replaces = room == 1

    def add(self, model: Model, probe: Probe) -> None:
        if self.current == (model, probe):
            if self._replaces:
                self.waiting.clear()
        elif (model, probe) not in self.waiting:
            self.waiting.append((model, probe))

    def gives_up(self, began: float, progress: float) -> bool:
        """Whether what is being worked on gives way to what waits. Called in the thread."""
        if not self._replaces or not self.waiting:
            return False
        now = time.monotonic()
        rest = (now - began) * (1.0 - progress) / progress if progress else 0.0
        return rest > PATIENCE and now - self.last_result < LONGEST_WITHOUT_RESULT


def _examine(queue: _Queue, model: Model, probe: Probe, task: Task) -> Examination | None:
    """Done in the thread, a piece at a time; None if it failed."""
    began = time.monotonic()

    def between(share: float) -> None:
        task.check()
        if queue.gives_up(began, share):
            raise CancelledError

    try:
        return examine(model.network(), probe.images, probe.labels, len(probe.class_names), between)
    except CancelledError:
        raise
    except Exception as error:
        # To where what nobody catches is counted, and not logged in full each time: the next moment may fail too.
        threading.excepthook(
            threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
        )
        return None


def _model(source: Frame | Model) -> Model:
    return source.model if isinstance(source, Frame) else source
