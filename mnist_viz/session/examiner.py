"""Examining models in the background: what they get wrong, without holding up the window or the training."""

import threading
import time
from collections import deque
from collections.abc import Iterator
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from mnist_viz.analysis.evaluation import Examination, Examining, Probe
from mnist_viz.data.dataset import Dataset
from mnist_viz.recording.snapshot import Frame, Model

SHOWN, COMPARED = "shown", "compared"
_ROOM = {SHOWN: 1, COMPARED: 4}
"""For each lane, how many requests wait at most: of more the oldest are forgotten."""

PATIENCE = 0.1
"""Seconds that a newer request for the shown moment waits for the one before at most..."""

DROUGHT = 1.0
"""... unless nothing has come out for so many seconds: else who scrubs through a huge network would never see any."""

_KEPT = 8
"""Results of a lane that nobody has taken."""


class Examiner:
    """A thread that examines models, the newest request first; what it has found out it knows while the model lives.

    Requests come in lanes that take turns piece by piece, so none waits for another's end. All methods are for one
    thread, the window's. Results are kept by the model's identity; who shares the examiner asks for them with `get`.
    """

    def __init__(self) -> None:
        self._lanes = {name: _Lane(room) for name, room in _ROOM.items()}
        self._finished: deque[tuple[str, Model, Probe, Examination]] = deque()
        self._known: WeakKeyDictionary[Model, WeakKeyDictionary[Probe, Examination]] = WeakKeyDictionary()
        self._probes: WeakKeyDictionary[Dataset, dict[tuple[str, ...], Probe]] = WeakKeyDictionary()
        self._untaken: dict[str, deque[tuple[Model, Examination]]] = {name: deque(maxlen=_KEPT) for name in _ROOM}
        self._changed = threading.Condition()
        self._closed = False
        self._thread: threading.Thread | None = None

    def ask(self, source: Frame | Model, probe: Probe, lane: str = SHOWN) -> None:
        """Have a model examined, unless it is known already or on its way.

        Args:
            source: the model, or a frame of it.
            probe: on which pictures.
            lane: `SHOWN`, where a new request takes the place of the one that waits, or `COMPARED`, where a few wait.

        Raises:
            ValueError: the model cannot read the pictures, or has another number of classes.
        """
        model = _model(source)
        if (model.sizes[0], model.sizes[-1]) != (probe.images.shape[1], len(probe.class_names)):
            raise ValueError(f"a network {model.sizes} cannot be examined on {probe.title}")
        if self.get(model, probe) is not None:
            return
        with self._changed:
            if self._closed:
                return
            self._lanes[lane].ask(model, probe)
            self._changed.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="examining", daemon=True)
            self._thread.start()

    def probe(
        self, dataset: Dataset, class_names: tuple[str, ...] | None = None, numbers: NDArray[np.integer] | None = None
    ) -> Probe:
        """`Probe.of`, the same one each time: so what is known of a model is known to all who share the examiner."""
        names = dataset.class_names if class_names is None else class_names
        probes = self._probes.setdefault(dataset, {})
        if names not in probes:
            probes[names] = Probe.of(dataset, names, numbers)
        return probes[names]

    def get(self, source: Frame | Model, probe: Probe | None = None) -> Examination | None:
        """What is known of a model, on `probe` or else on any pictures."""
        self._collect()
        known = self._known.get(_model(source))
        if known is None:
            return None
        return known.get(probe) if probe is not None else next(iter(known.values()), None)

    def take(self, lane: str = SHOWN) -> list[tuple[Model, Examination]]:
        """What has come out in this lane since the last call; of many the last few."""
        self._collect()
        taken = list(self._untaken[lane])
        self._untaken[lane].clear()
        return taken

    def close(self, timeout: float = 2.0) -> bool:
        """End the thread; return whether it ended in time."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread is None:
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _collect(self) -> None:
        while self._finished:
            lane, model, probe, examination = self._finished.popleft()
            self._known.setdefault(model, WeakKeyDictionary())[probe] = examination
            self._untaken[lane].append((model, examination))

    # On the thread

    def _work(self) -> None:
        for name in self._turns():
            self._advance(name)

    def _advance(self, name: str) -> None:
        """A method of its own, so that a waiting thread holds no model."""
        lane = self._lanes[name]
        try:
            found = lane.advance()
        except Exception as error:
            # To where what nobody catches is logged, counted and said; the thread goes on.
            threading.excepthook(
                threading.ExceptHookArgs((type(error), error, error.__traceback__, threading.current_thread()))
            )
            lane.forget()
            return
        if found is not None:
            self._finished.append((name, *found))

    def _turns(self) -> Iterator[str]:
        """The lanes that have something to do, in turn; waits while none has, until the end."""
        while not self._closed:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or any(lane.busy for lane in self._lanes.values()))
            for name, lane in self._lanes.items():
                if self._closed:
                    return
                with self._changed:
                    busy = lane.prepare()
                if busy:
                    yield name


class _Lane:
    """Requests of one kind, and the one that is being worked on.

    `ask`, `busy` and `prepare` are called with the lock held; `advance` and `forget` by the thread alone.
    """

    def __init__(self, room: int) -> None:
        self._waiting: deque[tuple[Model, Probe]] = deque(maxlen=room)
        self._current: tuple[Model, Probe] | None = None
        self._examining: Examining | None = None
        self._began = 0.0
        self._last_result = 0.0
        self._replaces = room == 1

    @property
    def busy(self) -> bool:
        return self._current is not None or bool(self._waiting)

    def ask(self, model: Model, probe: Probe) -> None:
        if self._current == (model, probe):
            if self._replaces:
                self._waiting.clear()
        elif (model, probe) not in self._waiting:
            self._waiting.append((model, probe))

    def prepare(self) -> bool:
        """Choose what to work on next; whether there is anything."""
        if self._waiting and (self._current is None or self._is_out_of_date()):
            self._current, self._examining = self._waiting.popleft(), None
        return self._current is not None

    def advance(self) -> tuple[Model, Probe, Examination] | None:
        """Work on one piece; return what came out, if it was the last."""
        assert self._current is not None
        model, probe = self._current
        if self._examining is None:
            self._began = time.monotonic()
            self._examining = Examining(model.network(), probe.images, probe.labels, len(probe.class_names))
        self._examining.advance()
        if not self._examining.done:
            return None
        result = self._examining.result()
        self._last_result = time.monotonic()
        self.forget()
        return model, probe, result

    def forget(self) -> None:
        """Be done with what is being worked on."""
        self._current = self._examining = None

    def _is_out_of_date(self) -> bool:
        """Whether to give up what is being worked on for what waits."""
        if not self._replaces or self._examining is None:
            return self._replaces
        now, progress = time.monotonic(), self._examining.progress
        rest = (now - self._began) * (1.0 - progress) / progress if progress else 0.0
        return rest > PATIENCE and now - self._last_result < DROUGHT


def _model(source: Frame | Model) -> Model:
    return source.model if isinstance(source, Frame) else source
