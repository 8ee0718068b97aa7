"""The steps of the normalization, from the drawing to the network's input, each with a switch."""

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QRectF, QSize, QSizeF, Qt, QVariantAnimation, Signal, Slot
from PySide6.QtGui import QHideEvent, QPainter, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QCheckBox, QGridLayout, QWidget

from mnist_viz.data.drawing.normalization import Normalization
from mnist_viz.views import zoom
from mnist_viz.views.canvas import Canvas
from mnist_viz.views.drawing.normalization_stage import StageView, Step
from mnist_viz.views.elided_label import ElidedLabel
from mnist_viz.views.painting import draw_message
from mnist_viz.views.theme import GRID, SMALL
from mnist_viz.views.widgets import column, set_font, tool_button

_LEAST = 48  # side of a step's picture
_LEAST_CELL = 100  # a figure is as wide
_TEXTS = 40  # pixels of a step's title and figure
_CONTROL = 22
_SECONDS_A_STEP = 1.1

_SWITCHES = {
    "fit": (
        "Fit to box",
        "Scale the drawing into the box of 20 × 20; off, it keeps its size: draw a small one to see it misread",
    ),
    "pen": ("Round pen", "Draw with a thick round pen, in greys; off, a line of black pixels"),
    "centre": (
        "Centre",
        "Move the centre of mass into the middle; off, it stays where it is: draw in a corner to see it misread",
    ),
    "aspect": ("Keep shape", "Scale height and width alike; off, the drawing is stretched to fill the box"),
}
"""Label and tooltip of each switch, by its name."""
_TITLES = {Step.PAD: "Your drawing", Step.FIT: "Fitted", Step.PEN: "Drawn", Step.CENTRE: "Centred"}
_NO_DRAWING = ("Nothing drawn", "Draw a digit, and see here how it becomes the network's picture")


class NormalizationView(Canvas):
    """The steps side by side, in a square of two by two, or one below the other, as there is room.

    Where there is less, only the last picture and the switches.
    """

    switches_changed = Signal()
    shown_changed = Signal()
    """The view was shown or hidden."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("normalization-view", "What the network sees, step by step", parent)
        self._stages: Normalization | None = None
        self._message = _NO_DRAWING
        self._compact = False  # whether there is room for one picture only
        self.stages = {step: StageView(step) for step in Step}
        self._figures: dict[Step, ElidedLabel] = {}
        self._cells = {step: self._cell(step) for step in Step}
        self.switches = {name: self._switch(name, *texts) for name, texts in _SWITCHES.items()}
        tip = "Show the steps one after the other"
        self.play = tool_button("play-steps", "Play the steps", tip, kind="pill")
        set_font(self.play, SMALL)
        self.play.setCursor(Qt.CursorShape.PointingHandCursor)
        self.play.clicked.connect(self.animate)
        self._grid, self._controls = QGridLayout(), QGridLayout()
        self._grid.setSpacing(GRID)
        self._controls.setHorizontalSpacing(2 * GRID)
        self._controls.setVerticalSpacing(0)
        self._whole = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._whole.setContentsMargins(0, 0, 0, 0)
        self._whole.setSpacing(GRID)
        self._whole.addLayout(self._grid, 1)
        self._whole.addLayout(self._controls)
        self._arrange()
        self._animation = QVariantAnimation(self)
        last = len(Step) - 1
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(float(last))
        self._animation.setDuration(round(1000 * _SECONDS_A_STEP * last))
        self._animation.valueChanged.connect(self.show_moment)

    def set_stages(self, stages: Normalization | None, why: tuple[str, str] = _NO_DRAWING) -> None:
        """Show the steps of a drawing; None if there are none, and `why`: a title and a sentence."""
        self._stages, self._message = stages, why
        for stage in self.stages.values():
            stage.set_stages(stages)
        for step, text in (_figures(stages) if stages is not None else {}).items():
            self._figures[step].setText(text)
        if stages is None:
            self._animation.stop()
            self.show_moment(float(len(Step)))
        self._show_parts()

    def taken(self) -> Mapping[str, bool]:
        """Which steps are switched on, by name: "fit", "aspect", "pen", "centre"."""
        return {name: box.isChecked() for name, box in self.switches.items()}

    @Slot()
    def animate(self) -> None:
        """Show one step after the other."""
        if self._stages is not None:
            self._animation.stop()
            self.show_moment(0.0)
            self._animation.start()

    @Slot(object)
    def show_moment(self, moment: float) -> None:
        """Show the steps at a moment of the play: step k is on its way from k - 1 to k, and then stays."""
        ease = QEasingCurve(QEasingCurve.Type.InOutCubic)
        for step, stage in self.stages.items():
            stage.set_done(ease.valueForProgress(min(max(moment - step.value + 1, 0.0), 1.0)))

    def is_animating(self) -> bool:
        return self._animation.state() is QVariantAnimation.State.Running

    def _switch(self, name: str, label: str, tip: str) -> QCheckBox:
        box = QCheckBox(label)
        box.setObjectName(f"switch-{name}")
        box.setChecked(True)
        box.setProperty("kind", "low")
        box.setToolTip(tip)
        box.setAccessibleName(label)
        box.setCursor(Qt.CursorShape.PointingHandCursor)
        box.toggled.connect(self._on_toggled)
        return box

    def _cell(self, step: Step) -> QWidget:
        """A step's title, its picture and its figure below each other."""
        title = ElidedLabel()
        title.setText(_TITLES[step])
        figure = self._figures[step] = ElidedLabel("caption")
        figure.setObjectName(f"figure-{step.name.lower()}")
        for label in (title, figure):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        cell = QWidget()
        column(title, (self.stages[step], 1), figure, spacing=2, parent=cell)
        return cell

    def _show_parts(self) -> None:
        for step, cell in self._cells.items():
            cell.setVisible(self._stages is not None and (not self._compact or step is Step.CENTRE))
        for box in self.switches.values():
            box.setVisible(self._stages is not None)
        self.play.setVisible(self._stages is not None and not self._compact)
        self.switches["aspect"].setEnabled(self.switches["fit"].isChecked())
        self.update()

    @Slot(bool)
    def _on_toggled(self, _on: bool) -> None:
        self._show_parts()
        self.switches_changed.emit()

    def sizeHint(self) -> QSize:
        return zoom.size(300, 270)

    def minimumSizeHint(self) -> QSize:
        return zoom.size(2 * _LEAST_CELL + GRID, len(_SWITCHES) * _CONTROL)

    def showEvent(self, event: QShowEvent) -> None:
        self.shown_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        self._animation.stop()
        self.show_moment(float(len(Step)))
        self.shown_changed.emit()

    def paint(self, painter: QPainter, within: QRectF) -> None:
        if self._stages is None:
            draw_message(painter, self.area, self.theme, *self._message)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _arrange(self) -> None:
        """As many steps beside each other as makes the pictures largest; where they would be too small, the last."""
        controls = zoom.units(self._controls.sizeHint().height()) if not self._compact else 2 * _CONTROL
        room = QSizeF(self.area.width(), self.area.height() - controls - GRID)
        columns = max((4, 2, 1), key=lambda columns: (_side(room, columns), columns))
        self._compact = _side(room, columns) < _LEAST
        for place, cell in enumerate(self._cells.values()):
            self._grid.removeWidget(cell)
            self._grid.addWidget(cell, *divmod(place, columns))
        across = 1 if self._compact else 2
        for place, control in enumerate([*self.switches.values(), self.play]):
            self._controls.removeWidget(control)
            self._controls.addWidget(control, *divmod(place, across))
        direction = QBoxLayout.Direction.LeftToRight if self._compact else QBoxLayout.Direction.TopToBottom
        self._whole.setDirection(direction)
        self._show_parts()


def _side(room: QSizeF, columns: int) -> float:
    """The side of each picture with the steps in so many columns; 0 if there is no room."""
    rows = len(Step) // columns
    width = (room.width() + GRID) // columns - GRID
    if width < _LEAST_CELL and columns > 1:
        return 0
    return min(width, (room.height() + GRID) // rows - GRID - _TEXTS)


def _figures(stages: Normalization) -> dict[Step, str]:
    left, top, right, bottom = stages.bounds
    across, down = stages.scale
    same = across == down or min(across, down) == 0  # a single line has but one side
    scale = f"scale ×{max(across, down):.2f}" if same else f"scale ×{across:.2f}, ×{down:.2f}"
    x, y = stages.moved
    return {
        Step.PAD: f"{right - left:.0f} × {bottom - top:.0f} of 28 pixels",
        Step.FIT: scale,
        Step.PEN: f"{int(stages.drawn.sum()) / 255:.0f} pixels of ink",
        Step.CENTRE: f"moved {_way(x, 'right', 'left')}, {_way(y, 'down', 'up')}" if x or y else "not moved",
    }


def _way(pixels: int, forward: str, back: str) -> str:
    return f"{abs(pixels)} {forward if pixels >= 0 else back}"
