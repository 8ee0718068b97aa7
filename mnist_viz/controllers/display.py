"""Draws the shown frame into the panels, and nothing else: every picture follows from the frame."""

import time
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.analysis.comparison import weight_limit
from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.engine.pictures import CHANNELS, is_colour
from mnist_viz.recording.run import Run
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.session.session import Session
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.network.activations_panel import ActivationsPanel
from mnist_viz.views.network.weights_panel import WeightsPanel
from mnist_viz.views.transport import Progress, TransportBar

SECONDS_BETWEEN_FRAMES = 0.045
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


_SUM = -1
"""In place of a channel: all of them."""

_Range = tuple[int, bool, bool]
"""What a range of colours is of: the layer, its weights or their change, one channel or the sum of all."""


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
        self._limits: WeakKeyDictionary[Run | Model, dict[_Range, float]] = WeakKeyDictionary()
        self._measured: tuple[Frame, _Range] | None = None  # the last frame of the run whose range is known
        # What the user did is shown in this turn of the event loop, not at the next tick.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        session.shown_changed.connect(self._on_shown_changed)
        session.run_changed.connect(self._on_run_changed)
        session.stopped.connect(self._on_stopped)
        weights, activations = panels.weights, panels.activations
        weights.layer_selected.connect(self._on_layer_selected)
        weights.change_toggled.connect(self._on_change_toggled)
        weights.channel_selected.connect(self._on_channel_selected)
        for panel in (weights, activations):
            panel.neuron_hovered.connect(self._on_neuron_hovered)

    @Slot()
    def refresh(self) -> None:
        """Draw what has changed since the last time."""
        now = time.monotonic()
        following = self._session.follows_training
        if self._frame_dirty and (not following or now >= self._frame_due):
            self._frame_dirty = False
            self._frame_due = now + SECONDS_BETWEEN_FRAMES
            self._show_structure()
            self._show_weights()
            self._drawing.show_reading()
        if now >= self._texts_due:
            self._texts_due = now + SECONDS_BETWEEN_TEXTS
            self._show_progress()

    def redraw(self) -> None:
        """Draw what has changed at once, also what is usually drawn less often."""
        self._frame_due = self._texts_due = 0.0
        self.refresh()

    def _show_structure(self) -> None:
        frame = self._session.shown
        if frame is None:
            return
        hidden = len(frame.model.sizes) - 2
        self._panels.weights.set_layers([f"Layer {k + 1}" for k in range(hidden)] + ["Output"])
        self._panels.weights.set_colour(is_colour(self._session.image_shape))

    def _show_weights(self) -> None:
        frame = self._session.shown
        if frame is None:
            return
        panel, timeline = self._panels.weights, self._session.timeline
        first = timeline.first
        panel.set_change_available(not self._session.guest and first is not None)
        layer, change = panel.selected_layer(), panel.shows_change()
        shape = self._session.image_shape if layer == 0 else None
        channel = panel.selected_channel() if is_colour(shape) else None
        weights = _of_layer(frame, layer, channel)
        least, before = 0.0, None
        if change and first is not None:
            before = _of_layer(first, layer, channel)
            weights = weights - before
            # Measured by the first weights, what is learned starts dark and brightens, instead of filling any range.
            least = weight_limit(before) / 10
        # The range only widens, and by whole steps: so the colours of different epochs can be compared, and those of
        # different channels.
        key = layer, change, channel == _SUM
        limits = self._limits.setdefault(frame.model if self._session.guest else self._session.run, {})
        limit = max(limits.get(key, least), weight_limit(weights))
        last = timeline.last
        if last is not None and not self._session.at_live and self._measured != (last, key):
            # Who looks back, in a run that was opened too, sees all of it in the range of its end.
            self._measured = last, key
            end = _of_layer(last, layer, channel)
            limit = max(limit, weight_limit(end if before is None else end - before))
        limits[key] = limit
        nothing_yet = change and frame.step == 0
        names = self._session.class_names if layer == len(frame.model.sizes) - 2 else ()
        size = (shape[0], shape[1]) if shape is not None else None
        panel.set_weights(layer, None if nothing_yet else weights, limit, size, names)

    def _show_progress(self) -> None:
        session, history = self._session, self._session.history
        shown = session.shown
        if session.guest or shown is None:
            self._panels.transport.set_readout(Progress(epochs=session.epochs))
            return
        recent = history.recent(shown.step)
        ended = history.epoch_at(shown.step)
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
            self._limits.pop(self._session.run, None)
            self._frame_dirty = True

    @Slot(int)
    def _on_layer_selected(self, _layer: int) -> None:
        self._show_weights()

    @Slot(bool)
    def _on_change_toggled(self, _change: bool) -> None:
        self._show_weights()

    @Slot(int)
    def _on_channel_selected(self, _channel: int) -> None:
        self._show_weights()

    @Slot(int, int)
    def _on_neuron_hovered(self, layer: int, neuron: int) -> None:
        self._panels.weights.set_highlight(layer, neuron)
        self._panels.activations.set_highlight(layer, neuron)


def _of_layer(frame: Frame, layer: int, channel: int | None) -> NDArray[np.floating]:
    return _of_channel(frame.model.network().layers[layer].weights, channel)


def _of_channel(weights: NDArray[np.floating], channel: int | None) -> NDArray[np.floating]:
    """The weights for one colour of a colour picture's pixels, or the sum over its colours; None: as they are."""
    if channel is None:
        return weights
    by_channel = weights.reshape(-1, CHANNELS, weights.shape[1])
    return by_channel.sum(axis=1) if channel == _SUM else by_channel[:, channel]
