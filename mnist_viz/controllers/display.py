"""Draws the shown frame into the panels, and nothing else: every picture follows from the frame."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.engine.pictures import CHANNELS, is_colour
from mnist_viz.recording.readout import weight_limit
from mnist_viz.recording.snapshot import Model
from mnist_viz.session.session import BUSY, Session
from mnist_viz.session.worker import Stop, Stopped
from mnist_viz.views.curves import Curve, CurvesPanel
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.network.activations_panel import ActivationsPanel
from mnist_viz.views.network.weights_panel import WeightsPanel
from mnist_viz.views.timeline_bar import TimelineBar
from mnist_viz.views.transport import Progress, TransportBar

SECONDS_BETWEEN_CURVES = 0.1
SECONDS_BETWEEN_TEXTS = 0.1
"""Text costs more to draw than a picture, and nobody reads faster."""


@dataclass(frozen=True)
class Panels:
    """The widgets that show the frame."""

    draw: DrawPanel
    weights: WeightsPanel
    activations: ActivationsPanel
    curves: CurvesPanel
    timeline: TimelineBar
    transport: TransportBar


_SUM = -1
"""In place of a channel: all of them."""


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
        self._frame_dirty = self._timeline_dirty = self._curves_dirty = True
        self._curves_due = self._texts_due = 0.0
        # By layer, of the weights and of their change, of one channel and of the sum of all.
        self._limits: dict[tuple[int, bool, bool], float] = {}
        self._guest: Model | None = None
        self._guest_limits: dict[tuple[int, bool, bool], float] = {}  # the same for the guest
        # What the user did is shown in this turn of the event loop, not at the next tick.
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.refresh)
        session.shown_changed.connect(self._on_shown_changed)
        session.recorded_changed.connect(self._on_recorded_changed)
        session.metrics_changed.connect(self._on_metrics_changed)
        session.run_changed.connect(self._on_run_changed)
        session.stopped.connect(self._on_stopped)
        weights, activations, curves = panels.weights, panels.activations, panels.curves
        weights.layer_selected.connect(self._on_layer_selected)
        weights.change_toggled.connect(self._on_change_toggled)
        weights.channel_selected.connect(self._on_channel_selected)
        for panel in (weights, activations):
            panel.neuron_hovered.connect(self._on_neuron_hovered)
        curves.cursor_requested.connect(session.go_to_epoch)

    @Slot()
    def refresh(self) -> None:
        """Draw what has changed since the last time."""
        now = time.monotonic()
        if self._frame_dirty:
            self._frame_dirty = False
            self._show_structure()
            self._show_weights()
            self._drawing.show_reading()
            self._show_cursor()
        if self._timeline_dirty:
            self._timeline_dirty = False
            self._show_timeline()
            self._show_cursor()
        if self._curves_dirty and now >= self._curves_due:
            self._curves_dirty = False
            self._curves_due = now + SECONDS_BETWEEN_CURVES
            self._show_curves()
        if now >= self._texts_due:
            self._texts_due = now + SECONDS_BETWEEN_TEXTS
            self._show_progress()

    def _show_structure(self) -> None:
        frame = self._session.shown
        if frame is None:
            return
        sizes, shape = frame.model.sizes, self._session.image_shape
        hidden = len(sizes) - 2
        self._panels.weights.set_layers([f"Layer {k + 1}" for k in range(hidden)] + ["Output"])
        self._panels.weights.set_colour(is_colour(shape))
        names = self._session.class_names
        self._panels.activations.set_structure(sizes[1:-1], frame.model.activation, names, sizes[0], shape)
        self._panels.draw.set_class_names(names)

    def _show_weights(self) -> None:
        frame = self._session.shown
        if frame is None:
            return
        panel, first = self._panels.weights, self._session.timeline.first
        guest = frame.model if self._session.guest else None
        if guest is not self._guest:
            self._guest = guest
            self._guest_limits.clear()
        limits = self._limits if guest is None else self._guest_limits
        panel.set_change_available(not self._session.guest and first is not None)
        layers = frame.model.network().layers
        layer, change = panel.selected_layer(), panel.shows_change()
        shape = self._session.image_shape if layer == 0 else None
        channel = panel.selected_channel() if is_colour(shape) else None
        weights = _of_channel(layers[layer].weights, channel)
        least = 0.0
        if change and first is not None:
            before = _of_channel(first.model.network().layers[layer].weights, channel)
            weights = weights - before
            # Measured by the first weights, what is learned starts dark and brightens, instead of filling any range.
            least = weight_limit(before) / 10
        # The range only widens, and by whole steps: so the colours of different epochs can be compared, and those of
        # different channels.
        key = layer, change, channel == _SUM
        limit = max(limits.get(key, least), weight_limit(weights))
        limits[key] = limit
        nothing_yet = change and frame.step == 0
        names = self._session.class_names if layer == len(layers) - 1 else ()
        size = (shape[0], shape[1]) if shape is not None else None
        panel.set_weights(layer, None if nothing_yet else weights, limit, size, names)

    def _show_timeline(self) -> None:
        timeline, session = self._session.timeline, self._session
        frames = timeline.frames
        epochs = np.array([frame.epoch for frame in frames])
        self._panels.timeline.set_frames(epochs, epochs == np.rint(epochs), float(session.epochs))

    def _show_cursor(self) -> None:
        session = self._session
        shown = None if session.guest else session.shown
        grid = session.history.grid
        self._panels.timeline.set_cursor(
            session.timeline.index,
            session.at_live,
            shown.epoch if shown is not None else None,
            grid.batches(grid.at(shown.step)[0]) if shown is not None else 0,
        )
        self._panels.timeline.set_guest(session.guest)
        # While training is followed the cursor moves with the curves, not ahead of them.
        if not (session.at_live and session.state in BUSY):
            self._show_curves_cursor()

    def _show_curves_cursor(self) -> None:
        shown = None if self._session.guest else self._session.shown
        self._panels.curves.set_cursor(shown.epoch if shown is not None else None)

    def _show_curves(self) -> None:
        history = self._session.history
        train_loss, train_accuracy = history.training()
        val_loss, val_accuracy = history.validation()
        self._panels.curves.set_curves(
            *(Curve(series.x, series.y) for series in (train_loss, val_loss, train_accuracy, val_accuracy))
        )
        self._panels.curves.set_extent(float(self._session.epochs))
        self._show_curves_cursor()

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
    def _on_recorded_changed(self) -> None:
        self._timeline_dirty = self._curves_dirty = True

    @Slot()
    def _on_metrics_changed(self) -> None:
        self._curves_dirty = True

    @Slot()
    def _on_run_changed(self) -> None:
        self._limits.clear()
        self._frame_dirty = self._timeline_dirty = self._curves_dirty = True
        self._curves_due = 0.0

    @Slot(object)
    def _on_stopped(self, note: Stopped) -> None:
        if note.reason is Stop.DIVERGED:  # the range of weights that exploded would hide all others
            self._limits.clear()
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


def _of_channel(weights: NDArray[np.floating], channel: int | None) -> NDArray[np.floating]:
    """The weights for one colour of a colour picture's pixels, or the sum over its colours; None: as they are."""
    if channel is None:
        return weights
    by_channel = weights.reshape(-1, CHANNELS, weights.shape[1])
    return by_channel.sum(axis=1) if channel == _SUM else by_channel[:, channel]
