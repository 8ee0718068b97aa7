"""Draws the shown frame into the panels, and nothing else: every picture follows from the frame."""

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.recording.run import Run
from mnist_viz.recording.snapshot import Model
from mnist_viz.session.session import Session
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.network.activations_panel import ActivationsPanel
from mnist_viz.views.network.weights_panel import Ranges, WeightsPanel
from mnist_viz.views.panel import is_seen
from mnist_viz.views.transport import Progress, TransportBar

SECONDS_BETWEEN_FRAMES = 0.1
"""While training is followed. What is painted more often costs the training more than it tells."""
SECONDS_BETWEEN_TEXTS = 0.1
"""Text costs more to draw than a picture, and nobody reads faster."""


@dataclass(frozen=True)
class Panels:
    """The widgets that show the frame."""

    draw: DrawPanel
    weights: WeightsPanel
    activations: ActivationsPanel
    transport: TransportBar


class DisplayController(QObject):
    """Keeps the panels showing the session's frame.

    What changed is noted when it changes and drawn at the next `refresh`, so that no amount of training draws
    more than once a tick. What the frame makes of the drawing is `drawing`'s to show.
    """

    def __init__(self, session: Session, panels: Panels, drawing: DrawingController) -> None:
        super().__init__()
        self._session = session
        self._panels = panels
        self._drawing = drawing
        self._frame_dirty = True
        self._frame_due = self._texts_due = 0.0
        self._weights_dirty = False
        self._ranges: WeakKeyDictionary[Run | Model, Ranges] = WeakKeyDictionary()
        self._chosen = (-1, -1)  # layer and neuron
        # What the user did is shown in this turn of the event loop, not at the next tick.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        session.shown_changed.connect(self._on_shown_changed)
        session.run_changed.connect(self._on_run_changed)
        session.stopped.connect(self._on_stopped)
        for panel in (panels.weights, panels.activations):
            panel.neuron_hovered.connect(self._on_neuron_hovered)
            panel.neuron_clicked.connect(self._on_neuron_clicked)

    @Slot()
    def refresh(self) -> None:
        """Draw what has changed since the last time."""
        now = time.monotonic()
        following = self._session.follows_training
        if self._frame_dirty and (not following or now >= self._frame_due):
            self._frame_dirty = False
            self._frame_due = now + SECONDS_BETWEEN_FRAMES
            self._weights_dirty = True
            self._drawing.show_reading()
        if self._weights_dirty and is_seen(self._panels.weights):
            self._show_weights()
        if now >= self._texts_due:
            self._texts_due = now + SECONDS_BETWEEN_TEXTS
            self._show_progress()

    def redraw(self) -> None:
        """Draw what has changed at once, also what is usually drawn less often, or behind another panel."""
        self._frame_due = self._texts_due = 0.0
        self.refresh()
        if self._weights_dirty:
            self._show_weights()

    def _show_weights(self) -> None:
        session, frame = self._session, self._session.shown
        self._weights_dirty = False
        if frame is None:
            return
        run: Run | Model = frame.model if session.guest else session.run
        first = None if session.guest else session.timeline.first
        # Who looks back, in a run that was opened too, sees all of it in the range of its end.
        last = None if session.guest or session.at_live else session.timeline.last
        self._panels.weights.set_model(
            frame.model.weights,
            first.model.weights if first is not None else None,
            last.model.weights if last is not None else None,
            session.image_shape,
            session.class_names,
            self._ranges.setdefault(run, {}),
        )

    def _show_progress(self) -> None:
        session, history = self._session, self._session.history
        shown = session.shown
        if session.guest or shown is None:
            self._panels.transport.set_readout(Progress(epochs=session.epochs))
            return
        recent = history.recent(shown.step)
        ended = history.last_epoch(shown.step)
        # The last batch of an epoch belongs to it, not to the next.
        epoch, batch = history.grid.at(max(shown.step - 1, 0))
        batches = history.grid.batches(epoch)
        self._panels.transport.set_readout(
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

    @Slot()
    def _on_shown_changed(self) -> None:
        self._frame_dirty = True
        self._soon.start(0)

    @Slot()
    def _on_run_changed(self) -> None:
        self._frame_dirty = True

    @Slot(object)
    def _on_stopped(self, note: Stopped) -> None:
        if note.reason is Stop.DIVERGED:  # the range of weights that exploded would hide all others
            self._ranges.pop(self._session.run, None)
            self._frame_dirty = True

    @Slot(int, int)
    def _on_neuron_hovered(self, layer: int, neuron: int) -> None:
        for panel in (self._panels.weights, self._panels.activations):
            panel.set_highlight(layer, neuron)

    @Slot(int, int)
    def _on_neuron_clicked(self, layer: int, neuron: int) -> None:
        """Choose a neuron everywhere; a second click lets it go."""
        self._chosen = (layer, neuron) if (layer, neuron) != self._chosen else (-1, -1)
        for panel in (self._panels.weights, self._panels.activations):
            panel.set_chosen(*self._chosen)
