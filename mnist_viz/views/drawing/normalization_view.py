"""What the network sees, step by step: from the drawing to its picture, each step with a switch."""

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QRect, QSize, Qt, QVariantAnimation, Signal, Slot
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QLabel, QToolButton, QWidget

from mnist_viz.views.drawing.normalization_stage import Stages, StageView, Step
from mnist_viz.views.painting import draw_message, text_font
from mnist_viz.views.theme import BODY, DARK, GRID, SMALL, Theme, color

_CAPTION, _FIGURE, _BELOW = 22, 18, 24
_LEAST, _MOST = 48, 240  # sides of a step's picture
_LEAST_CELL = 100  # a caption is as wide
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
_CAPTIONS = {Step.FIT: "fit", Step.PEN: "pen", Step.CENTRE: "centre"}
"""The switch above each picture."""
_NO_DRAWING = ("Nothing drawn", "Draw a digit, and see here how it becomes the network's picture")


class NormalizationView(QWidget):
    """The steps side by side, in a square of two by two, or one below the other, as there is room.

    Where there is too little for that, the last picture and the switches.
    """

    switches_changed = Signal()
    shown_changed = Signal()
    """The panel has come into sight or gone from it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("normalization-view")
        self.setAccessibleName("What the network sees, step by step")
        self._theme = DARK
        self._stages: Stages | None = None
        self._message = _NO_DRAWING
        self._compact = False  # whether there is room for one picture only
        self.stages = {step: StageView(step, self) for step in Step}
        self._caption = self._label("Your drawing", BODY)
        self._figures = {step: self._label("", SMALL) for step in Step}
        for step, figure in self._figures.items():
            figure.setObjectName(f"figure-{step.name.lower()}")
        self.switches = {name: self._switch(name, *texts) for name, texts in _SWITCHES.items()}
        self.play = QToolButton(self)
        self.play.setObjectName("play-steps")
        self.play.setStyleSheet("QToolButton { padding: 0 8px; }")
        self.play.setText("Play the steps")
        self.play.setFont(text_font(SMALL))
        self.play.setToolTip("Show the steps one after the other")
        self.play.setAccessibleName("Play the steps")
        self.play.setCursor(Qt.CursorShape.PointingHandCursor)
        self.play.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.play.clicked.connect(self.animate)
        self._animation = QVariantAnimation(self)
        last = len(Step) - 1
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(float(last))
        self._animation.setDuration(round(1000 * _SECONDS_A_STEP * last))
        self._animation.valueChanged.connect(self.show_moment)
        self._show_parts()

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for stage in self.stages.values():
            stage.set_theme(theme)
        for label, tint in ((self._caption, theme.text), *((figure, theme.muted) for figure in self._figures.values())):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), color(tint))
            label.setPalette(palette)
        self.update()

    def set_stages(self, stages: Stages | None, why: tuple[str, str] = _NO_DRAWING) -> None:
        """Show the steps of a drawing; None if there are none, and `why`: a title and a sentence."""
        self._stages, self._message = stages, why
        for stage in self.stages.values():
            stage.set_stages(stages)
        for step, text in _figures(stages).items():
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

    # --- inside ------------------------------------------------------------------------------

    def _label(self, text: str, size: int) -> QLabel:
        label = QLabel(text, self)
        label.setFont(text_font(size))
        label.setAlignment(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter)
        return label

    def _switch(self, name: str, label: str, tip: str) -> QCheckBox:
        box = QCheckBox(label, self)
        box.setObjectName(f"switch-{name}")
        box.setChecked(True)
        box.setStyleSheet("QCheckBox { min-height: 0; }")  # the rows here are lower than those of a form
        box.setToolTip(tip)
        box.setAccessibleName(label)
        box.setCursor(Qt.CursorShape.PointingHandCursor)
        box.toggled.connect(self._on_toggled)
        return box

    def _show_parts(self) -> None:
        parts = [*self.stages.values(), *self._figures.values(), *self.switches.values(), self._caption, self.play]
        for part in parts:
            part.setVisible(self._stages is not None and (not self._compact or part in self._essential()))
        self.switches["aspect"].setEnabled(self.switches["fit"].isChecked())
        self.update()

    @Slot(bool)
    def _on_toggled(self, _on: bool) -> None:
        self._show_parts()
        self.switches_changed.emit()

    # --- events ------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(300, 270)

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * _LEAST_CELL + GRID, len(_SWITCHES) * _CAPTION)

    def showEvent(self, event: QShowEvent) -> None:
        self.shown_changed.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        self._animation.stop()
        self.show_moment(float(len(Step)))
        self.shown_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            if self._stages is None:
                draw_message(painter, self.rect().toRectF(), self._theme, *self._message)

    def resizeEvent(self, event: QResizeEvent) -> None:
        compact = max(_side(self.size(), columns) for columns in (4, 2, 1)) < _LEAST
        if compact != self._compact:
            self._compact = compact
            self._show_parts()
        if compact:
            self._arrange_compact()
        else:
            self._arrange_steps()

    def _essential(self) -> list[QWidget]:
        return [self.stages[Step.CENTRE], *self.switches.values()]

    def _arrange_compact(self) -> None:
        side = max(min(self.height(), self.width() - _LEAST_CELL - 2 * GRID), 0)
        self.stages[Step.CENTRE].setGeometry(0, 0, side, side)
        for k, box in enumerate(self.switches.values()):
            box.setGeometry(side + 2 * GRID, k * _CAPTION, self.width() - side - 2 * GRID, _CAPTION)

    def _arrange_steps(self) -> None:
        columns = max((4, 2, 1), key=lambda columns: (_side(self.size(), columns), columns))
        side, y = _side(self.size(), columns), 0
        width = (self.width() + GRID) // columns - GRID
        for row in range(len(Step) // columns):
            for column in range(columns):
                self._arrange_step(Step(row * columns + column), QRect(column * (width + GRID), y, width, 0), side)
            y += _row_height(side, row * columns) + GRID

    def _arrange_step(self, step: Step, cell: QRect, side: int) -> None:
        y = cell.top()
        caption = self.switches[_CAPTIONS[step]] if step in _CAPTIONS else self._caption
        _put_in_middle(caption, cell, y, _CAPTION)
        y += _CAPTION
        self.stages[step].setGeometry(cell.left() + (cell.width() - side) // 2, y, side, side)
        y += side
        self._figures[step].setGeometry(cell.left(), y, cell.width(), _FIGURE)
        y += _FIGURE
        if step in _BELOW_PICTURE:
            _put_in_middle(self.play if step is Step.PAD else self.switches["aspect"], cell, y, _BELOW)


_BELOW_PICTURE = (Step.PAD, Step.FIT)


def _put_in_middle(widget: QWidget, cell: QRect, y: int, height: int) -> None:
    width = min(widget.sizeHint().width(), cell.width())
    widget.setGeometry(cell.left() + (cell.width() - width) // 2, y, width, height)


def _row_height(side: int, first: int) -> int:
    """The height of the row of steps that begins with the step `first`."""
    return _CAPTION + side + _FIGURE + (_BELOW if Step(first) in _BELOW_PICTURE else 0)


def _side(room: QSize, columns: int) -> int:
    """The side of each picture if the steps stand in so many columns; 0 if they cannot."""
    rows = len(Step) // columns
    width = (room.width() + GRID) // columns - GRID
    if width < _LEAST_CELL and columns > 1:
        return 0
    texts = sum(_row_height(0, row * columns) + GRID for row in range(rows)) - GRID
    return min(width, (room.height() - texts) // rows, _MOST)


def _figures(stages: Stages | None) -> dict[Step, str]:
    """What is to be said of each step in numbers."""
    if stages is None:
        return dict.fromkeys(Step, "")
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
