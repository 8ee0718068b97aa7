"""Draws the shown frame into the panels."""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, Signal, Slot

from mnist_viz.analysis.telling import most_telling, telling_scores
from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.controllers.redraw import Redraw
from mnist_viz.recording.run import Run
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.session.session import Session
from mnist_viz.session.work import RESTING
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.views.network.activations_panel import ActivationsPanel
from mnist_viz.views.network.weights_panel import Ranges, WeightsPanel
from mnist_viz.views.transport import Progress, TransportBar
from mnist_viz.views.window import MainWindow

SECONDS_BETWEEN_FRAMES = 0.1
"""While training is followed: painting takes time from it."""
SECONDS_BETWEEN_TEXTS = 0.1
"""Text takes longer to draw than a picture, and nobody reads faster."""


@dataclass(frozen=True)
class _Telling:
    """The most telling neurons of each hidden layer: at which moment they were chosen, and whether by pictures."""

    step: int
    epoch: int
    had_images: bool
    chosen: Sequence[Sequence[int]]


class DisplayController(QObject):
    """Keeps the panels showing the session's frame; how it reads the drawing is shown by `drawing`."""

    neuron_chosen = Signal(int, int)  # layer and number; -1, -1 when none is any more

    def __init__(
        self, session: Session, weights: WeightsPanel, activations: ActivationsPanel, transport: TransportBar,
        drawing: DrawingController, window: MainWindow,
    ) -> None:  # fmt: skip
        super().__init__()
        self._session = session
        self._weights = weights
        self._transport = transport
        self._drawing = drawing
        self._docks = window.docks
        self._neuron_panels = weights, activations
        self._frame = Redraw(self._show_frame, self, SECONDS_BETWEEN_FRAMES, session=session, following=True)
        self._mosaic = Redraw(self._show_weights, self, panel=weights)
        self._texts = Redraw(self._show_progress, self, SECONDS_BETWEEN_TEXTS)
        self._ranges: WeakKeyDictionary[Run | Model, Ranges] = WeakKeyDictionary()
        self._telling: WeakKeyDictionary[Run | Model, _Telling] = WeakKeyDictionary()
        self._chosen = (-1, -1)  # layer and neuron
        session.shown_changed.connect(self._frame.soon)
        session.run_changed.connect(self._frame.mark)
        session.runs_changed.connect(self._show_subjects)
        session.stopped.connect(self._on_stopped)
        for panel in self._neuron_panels:
            panel.neuron_hovered.connect(self._on_neuron_hovered)
            panel.neuron_clicked.connect(self._on_neuron_clicked)

    def refresh(self) -> None:
        """Draw what has changed since the last time."""
        self._frame.tick()
        self._mosaic.tick()
        self._texts.mark()
        self._texts.tick()

    def redraw(self) -> None:
        """Draw what has changed at once, also what is usually drawn less often, or behind another panel."""
        self._frame.force()
        self._show_progress()
        if self._mosaic.dirty:
            self._mosaic.draw()

    def close(self) -> None:
        """Draw nothing any more: the database from which frames are read is about to be closed."""
        for redraw in (self._frame, self._mosaic, self._texts):
            redraw.stop()

    def choose(self, layer: int, neuron: int) -> None:
        """Select a neuron in both panels; -1, -1 for none, as for one that the network shown lacks."""
        if not self._has(layer, neuron):  # a panel may still show the network before
            layer, neuron = -1, -1
        self._chosen = layer, neuron
        for panel in self._neuron_panels:
            panel.set_chosen(layer, neuron)
        self.neuron_chosen.emit(layer, neuron)

    def _show_frame(self) -> None:
        self._forget_missing_neuron()
        self._show_subjects()
        self._drawing.show_reading()
        self._mosaic.mark()
        self._mosaic.tick()

    def _forget_missing_neuron(self) -> None:
        """Select none if the network shown lacks the selected one."""
        if self._chosen[1] >= 0 and not self._has(*self._chosen):
            self.choose(-1, -1)

    def _has(self, layer: int, neuron: int) -> bool:
        frame = self._session.shown
        widths = frame.model.sizes[1:] if frame is not None else ()
        return 0 <= layer < len(widths) and 0 <= neuron < widths[layer]

    @Slot()
    def _show_subjects(self) -> None:
        """Say in the panels' titles of which network they are, and which one the settings are of."""
        session, frame = self._session, self._session.shown
        if frame is None:
            return
        name = session.shown_name
        network = f"{name} · {'-'.join(map(str, frame.model.sizes))}"
        trained = f"of {session.run.name if len(session.runs) else 'the network'}"
        subjects = {
            "draw": f"read by {name}",
            "weights": network,
            "activations": network,
            "errors": f"of {name}",
            "settings": f"{trained}, which Play trains, not of {name}" if session.guest else trained,
        }
        for key, subject in subjects.items():
            self._docks[key].set_subject(subject)

    def _show_weights(self) -> None:
        session, frame = self._session, self._session.shown
        if frame is None:
            return
        run: Run | Model = frame.model if session.guest else session.run
        first = None if session.guest else session.timeline.first
        # In the past, also of an opened run, all of it is shown in the range of its end.
        last = None if session.guest or session.at_live else session.timeline.last
        self._weights.set_model(
            frame.model.weights,
            first.model.weights if first is not None else None,
            last.model.weights if last is not None else None,
            session.image_shape,
            session.class_names,
            self._ranges.setdefault(run, {}),
            self._most_telling(run, session.timeline.tail or frame if run is session.run else frame),
        )

    def _most_telling(self, run: Run | Model, newest: Frame) -> Sequence[Sequence[int]]:
        """The most telling neurons of the newest moment, in the past too, so that one sees how they came to be.

        They are chosen anew at the end of an epoch, while training rests, and when there are pictures at last: it
        takes a millisecond or more, and tiles that changed places at every frame could not be followed.
        """
        dataset, inputs = self._session.dataset, newest.model.sizes[0]
        readable = dataset is not None and dataset.input_size == inputs
        images = dataset.validation.images if dataset is not None and readable else np.zeros((0, inputs), np.uint8)
        step, epoch = newest.step, int(newest.epoch)
        before = self._telling.get(run)
        goes_on = before is not None and epoch == before.epoch and self._session.state not in RESTING
        if before is not None and before.had_images == readable and (goes_on or step == before.step):
            return before.chosen
        scores = telling_scores(newest.model.network(), images)
        # What was chosen before any training is chance.
        places = before.chosen if before is not None and before.step else ((),) * len(scores)
        chosen = tuple(most_telling(each, shown) for each, shown in zip(scores, places, strict=True))
        self._telling[run] = _Telling(step, epoch, readable, chosen)
        return chosen

    def _show_progress(self) -> None:
        session, history = self._session, self._session.history
        shown = session.shown
        if session.guest or shown is None:
            self._transport.set_readout(Progress(epochs=session.epochs))
            return
        recent = history.recent(shown.step)
        ended = history.last_epoch(shown.step)
        # The last batch of an epoch belongs to it, not to the next.
        epoch, batch = history.grid.at(max(shown.step - 1, 0))
        batches = history.grid.batches(epoch)
        self._transport.set_readout(
            Progress(
                epoch=epoch + 1 if shown.step else 0,
                epochs=max(session.epochs, epoch + 1),
                batch=batch + 1 if shown.step else 0,
                batches=batches,
                loss=recent[0] if recent else None,
                train_accuracy=recent[1] if recent else None,
                validation_accuracy=ended.val_accuracy if ended else None,
                samples_per_second=session.samples_per_second,
            )
        )

    @Slot(object)
    def _on_stopped(self, note: Stopped) -> None:
        if note.reason is Stop.DIVERGED:  # the range of weights that exploded would hide all others
            self._ranges.pop(self._session.run, None)
            self._frame.mark()

    @Slot(int, int)
    def _on_neuron_hovered(self, layer: int, neuron: int) -> None:
        for panel in self._neuron_panels:
            panel.set_highlight(layer, neuron)

    @Slot(int, int)
    def _on_neuron_clicked(self, layer: int, neuron: int) -> None:
        """Select a neuron in both panels; a second click deselects it."""
        self.choose(*((layer, neuron) if (layer, neuron) != self._chosen else (-1, -1)))
