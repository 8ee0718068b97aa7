"""Loss and accuracy over the epochs, training and validation, with a cursor at the frame that is shown."""

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QFontMetrics, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from mnist_viz.views.curve_plot import (
    Curve,
    CurvePlot,
    Scale,
    linear_scale,
    log_scale,
    percent_scale,
    upper_percent_scale,
    visible_extent,
)
from mnist_viz.views.legend import format_loss
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color, font

__all__ = ["Curve", "CurvesPanel"]

_LOG_FLOOR = 1e-6


class CurvesPanel(QWidget):
    """Two plots, one above the other, that share their epochs."""

    cursor_requested = Signal(float)  # an epoch

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self.setAccessibleName("Loss and accuracy over the epochs")
        self._curves = (Curve(), Curve(), Curve(), Curve())
        self._extent = 0.0
        self._cursor: float | None = None
        self._hover: float | None = None
        self._dirty = False
        self._loss_scale: Scale | None = None

        self.log_button = _switch("log-loss", "log", "Show the loss on a logarithmic scale (L)")
        self.zoom_button = _switch("zoom-accuracy", "zoom", "Show the top of the accuracy alone (Z)")
        self.log_button.toggled.connect(self._on_log_toggled)
        self.zoom_button.toggled.connect(self._on_zoom_toggled)
        for key, text, button in (
            ("L", "Logarithmic loss", self.log_button),
            ("Z", "Zoom into the accuracy", self.zoom_button),
        ):
            action = QAction(text, self)
            action.setObjectName(f"{button.objectName()}-key")
            action.setShortcut(key)
            action.triggered.connect(button.toggle)
            self.addAction(action)
        self._key = _Key()
        self._loss_heading = _Heading("Loss")
        self._accuracy_heading = _Heading("Accuracy")
        self.loss_plot = CurvePlot("loss-plot", shows_epochs=False)
        self.accuracy_plot = CurvePlot("accuracy-plot", shows_epochs=True)

        loss_row = QHBoxLayout()
        accuracy_row = QHBoxLayout()
        for row, heading, button in (
            (loss_row, self._loss_heading, self.log_button),
            (accuracy_row, self._accuracy_heading, self.zoom_button),
        ):
            row.setSpacing(GRID)
            row.addWidget(heading, 1)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID, GRID)
        column.setSpacing(0)
        column.addWidget(self._key)
        column.addLayout(loss_row)
        column.addWidget(self.loss_plot, 1)
        column.addSpacing(4)
        column.addLayout(accuracy_row)
        column.addWidget(self.accuracy_plot, 1)
        self.setMinimumWidth(33 * GRID)
        for plot in (self.loss_plot, self.accuracy_plot):
            plot.cursor_requested.connect(self.cursor_requested)
            plot.hovered.connect(self._on_hovered)
        self._apply()

    def set_curves(
        self, train_loss: Curve, validation_loss: Curve, train_accuracy: Curve, validation_accuracy: Curve
    ) -> None:
        """Show four curves; losses in nats, accuracies from 0 to 1. Points that are not finite are left out."""
        self._curves = (
            _finite(train_loss),
            _finite(validation_loss),
            _finite(train_accuracy),
            _finite(validation_accuracy),
        )
        if not any(len(curve) for curve in self._curves):
            self._loss_scale = None
        self._refresh()

    def set_cursor(self, epoch: float | None) -> None:
        """Mark the frame that is shown; None marks none."""
        if epoch != self._cursor:
            self._cursor = epoch
            self._refresh_cursor()

    def set_extent(self, epochs: float) -> None:
        """Say how many epochs the whole run has: the axis grows to that in a few steps, see `visible_extent`."""
        if epochs != self._extent:
            self._extent = epochs
            self._refresh()

    def set_theme(self, theme: Theme) -> None:
        for part in (self._key, self._loss_heading, self._accuracy_heading, self.loss_plot, self.accuracy_plot):
            part.set_theme(theme)

    @property
    def readout(self) -> tuple[str, ...]:
        """The texts beside the headings: epoch, both losses, both accuracies."""
        return (self._key.epoch, *self._loss_heading.values, *self._accuracy_heading.values)

    @property
    def is_empty(self) -> bool:
        return not any(len(curve) for curve in self._curves)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self._apply()

    def _refresh(self) -> None:
        if self.isVisible():
            self._apply()
        else:
            self._dirty = True

    def _refresh_cursor(self) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        self.loss_plot.set_cursor(self._cursor)
        self.accuracy_plot.set_cursor(self._cursor)
        self._show_values()

    def _apply(self) -> None:
        self._dirty = False
        train_loss, validation_loss, train_accuracy, validation_accuracy = self._curves
        last = max((float(curve.x[-1]) for curve in self._curves if len(curve)), default=0.0)
        extent = visible_extent(last, self._extent)
        for plot in (self.loss_plot, self.accuracy_plot):
            plot.set_extent(extent)
        values = [curve.y for curve in (train_loss, validation_loss) if len(curve)]
        peak = max((float(y.max()) for y in values), default=2.4)
        lowest = min((float(y.min()) for y in values), default=0.1)
        if self.log_button.isChecked():
            self._loss_scale = log_scale(lowest, peak, self._loss_scale)
            self.loss_plot.set_curves(_log(train_loss), _log(validation_loss))
        else:
            self._loss_scale = linear_scale(peak, self._loss_scale)
            self.loss_plot.set_curves(train_loss, validation_loss)
        self.loss_plot.set_scale(self._loss_scale)
        if self.zoom_button.isChecked():
            best = max((float(c.y[-1]) for c in (train_accuracy, validation_accuracy) if len(c)), default=0.0)
            self.accuracy_plot.set_scale(upper_percent_scale(best))
        else:
            self.accuracy_plot.set_scale(percent_scale())
        self.accuracy_plot.set_curves(train_accuracy, validation_accuracy)
        self.loss_plot.set_note("Press Play to train:\nthe curves appear here" if self.is_empty else "")
        self._refresh_cursor()
        self._dirty = False

    def _show_values(self) -> None:
        """Beside the headings stand the values under the mouse, else at the cursor, else the newest."""
        epoch = self._hover if self._hover is not None else self._cursor
        if self.is_empty:
            epoch = None
        elif epoch is None:
            epoch = max(float(curve.x[-1]) for curve in self._curves if len(curve))
        self._key.set_epoch("" if epoch is None else f"epoch {epoch:.2f}")
        values = [None if epoch is None else curve.at(epoch) for curve in self._curves]
        self._loss_heading.set_values(*("–" if v is None else format_loss(v) for v in values[:2]))
        self._accuracy_heading.set_values(*("–" if v is None else f"{100 * v:.2f}%" for v in values[2:]))

    @Slot(object)
    def _on_hovered(self, epoch: float | None) -> None:
        self._hover = None if self.is_empty else epoch
        for plot in (self.loss_plot, self.accuracy_plot):
            plot.set_hover(self._hover)
        self._show_values()

    @Slot(bool)
    def _on_log_toggled(self, _: bool) -> None:
        self._loss_scale = None
        self._refresh()

    @Slot(bool)
    def _on_zoom_toggled(self, _: bool) -> None:
        self._refresh()


def _switch(name: str, text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setText(text)
    button.setCheckable(True)
    button.setProperty("kind", "small")
    button.setFixedSize(6 * GRID, 3 * GRID)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button


def _finite(curve: Curve) -> Curve:
    good = np.isfinite(curve.y)
    return curve if good.all() else Curve(curve.x[good], curve.y[good])


def _log(curve: Curve) -> Curve:
    return Curve(curve.x, np.log10(np.maximum(curve.y, _LOG_FLOOR)))


class _Key(QWidget):
    """Which line is which, and the epoch of the values below. Painted: labels would be laid out at each change."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(3 * GRID)
        self._theme = DARK
        self.epoch = ""

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_epoch(self, text: str) -> None:
        if text != self.epoch:
            self.epoch = text
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        small = font(SMALL)
        painter.setFont(small)
        metrics = QFontMetrics(small)
        middle = self.height() / 2
        x = 4.0
        for name, ink, dotted in (
            ("training", self._theme.training, False),
            ("validation", self._theme.validation, True),
        ):
            painter.setPen(QPen(color(ink), 1.5))
            painter.drawLine(round(x), round(middle), round(x + 14), round(middle))
            if dotted:
                painter.setBrush(color(ink))
                painter.drawEllipse(QRectF(x + 4.5, middle - 2.5, 5, 5))
            painter.setPen(color(self._theme.muted))
            painter.drawText(QRectF(x + 20, 0, 100, self.height()), Qt.AlignmentFlag.AlignVCenter, name)
            x += 20 + metrics.horizontalAdvance(name) + 2 * GRID
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(0, 0, self.width() - 8, self.height()), right, self.epoch)


class _Heading(QWidget):
    """What a plot shows, and the two values in their curves' colours, at fixed places."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setFixedHeight(3 * GRID)
        self._theme = DARK
        self._title = title
        self._value_font = font(BODY, QFont.Weight.Medium)
        self._value_width = QFontMetrics(self._value_font).horizontalAdvance("100.00%") + GRID
        self.values = ("–", "–")

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_values(self, training: str, validation: str) -> None:
        if (training, validation) != self.values:
            self.values = (training, validation)
            self.setAccessibleName(f"{self._title}: training {training}, validation {validation}")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        theme = self._theme
        painter.setFont(font(BODY, QFont.Weight.DemiBold))
        painter.setPen(color(theme.text))
        painter.drawText(QRectF(4, 0, 120, self.height()), Qt.AlignmentFlag.AlignVCenter, self._title)
        painter.setFont(self._value_font)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        right = self.width()
        for text, ink in ((self.values[1], theme.validation), (self.values[0], theme.training)):
            painter.setPen(color(ink))
            painter.drawText(QRectF(right - self._value_width, 0, self._value_width, self.height()), align, text)
            right -= self._value_width
