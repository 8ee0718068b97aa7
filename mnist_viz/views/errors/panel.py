"""The panel of errors: the confusion matrix of the shown moment, and the pictures that are read wrongly then."""

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFont, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from mnist_viz.views.errors.answers import Answers, Cell
from mnist_viz.views.errors.gallery import Gallery
from mnist_viz.views.errors.matrix import NOWHERE, ConfusionMatrix
from mnist_viz.views.errors.plan import plan_panel, widest
from mnist_viz.views.errors.scale import LEAST_LIMIT
from mnist_viz.views.legend import ColorLegend
from mnist_viz.views.painting import draw_heading, draw_message, text_width
from mnist_viz.views.theme import BODY, DARK, GRID, Theme

_MARGIN = 12
_HEADER = 28
_LEGEND = 16
_LEGEND_TITLES = ((270, "Mistakes, log scale"), (200, "Mistakes"), (0, ""))
_MOST = 200  # pictures that the gallery is given

_NOTHING = ("Nothing examined yet", "Train or open a network: what it gets wrong is shown here")


class ErrorsPanel(QWidget):
    """Heading, matrix, legend and pictures."""

    example_chosen = Signal(int)
    """The number, among the pictures that were examined, of the one that the user wants on the pad."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errors-panel")
        self.setAccessibleName("Errors")
        self._theme = DARK
        self._answers: Answers | None = None
        self._message = _NOTHING
        self._chosen: Cell = NOWHERE
        self._matrix = ConfusionMatrix(self)
        self._legend = ColorLegend(diverging=False, parent=self)
        self._gallery = Gallery(self)
        self._matrix.cell_chosen.connect(self._on_cell_chosen)
        self._gallery.example_chosen.connect(self.example_chosen)
        self.setMinimumSize(240, 200)
        self._show_parts()

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self._matrix, self._legend, self._gallery):
            part.set_theme(theme)
        self.update()

    def set_answers(self, answers: Answers, limit: int = LEAST_LIMIT) -> None:
        """Show what a network answered; as many mistakes as `limit` have the strongest colour.

        A chosen cell stays chosen while the classes are the same.
        """
        before, self._answers = self._answers, answers
        if before is None or before.class_names != answers.class_names:
            self._set_chosen(NOWHERE)
        self._matrix.set_answers(answers, limit)
        self._legend.set_range("0", f"{limit:,}")
        if before is None or (before.class_names, before.image_shape) != (answers.class_names, answers.image_shape):
            self._show_parts()
            self._arrange()
        self._show_pictures()
        self.update()

    def set_message(self, title: str = _NOTHING[0], text: str = _NOTHING[1]) -> None:
        """Show nothing but why nothing is shown."""
        self._message = title, text
        if self._answers is not None:
            self._answers = None
            self._matrix.set_answers(None)
            self._gallery.set_pictures(None, np.zeros(0, np.intp), 0, (), "")
            self._set_chosen(NOWHERE)
            self._show_parts()
        self.update()

    # --- what is shown -----------------------------------------------------------------------

    @property
    def matrix(self) -> ConfusionMatrix:
        return self._matrix

    @property
    def gallery(self) -> Gallery:
        return self._gallery

    @property
    def answers(self) -> Answers | None:
        """What is shown; None while nothing is."""
        return self._answers

    @property
    def chosen(self) -> Cell:
        """Label and answer of the cell that is chosen; -1 and -1 for none."""
        return self._chosen

    def text(self) -> str:
        """The heading, or why there is none."""
        answers = self._answers
        return f"{answers.accuracy} {answers.summaries[0]}" if answers is not None else " ".join(self._message)

    def _show_parts(self) -> None:
        for part in (self._matrix, self._legend, self._gallery):
            part.setVisible(self._answers is not None)

    def _show_pictures(self) -> None:
        answers = self._answers
        if answers is None:
            return
        if self._chosen == NOWHERE:
            total, nothing = answers.wrong, "Not one is read wrongly"
            titles: tuple[str, ...] = ("Surest mistakes", "Mistakes")
            indices = answers.mistakes(_MOST)
        else:
            total, nothing = int(answers.confusion[self._chosen]), "None now"
            titles, indices = answers.titles(self._chosen), answers.in_cell(self._chosen, _MOST)
        self._gallery.set_pictures(answers, indices, total, titles, nothing)

    def _set_chosen(self, cell: Cell) -> None:
        self._chosen = cell
        self._matrix.set_chosen(cell)

    # --- layout and painting -----------------------------------------------------------------

    def _arrange(self) -> None:
        if self._answers is None:
            return
        names = self._answers.class_names
        room = QRectF(self.rect()).adjusted(_MARGIN, _HEADER + 4, -_MARGIN, -GRID)
        plan = plan_panel(room, _LEGEND, len(names), widest(names), self.devicePixelRatioF())
        for part, place in ((self._matrix, plan.matrix), (self._legend, plan.legend), (self._gallery, plan.gallery)):
            part.setGeometry(place.toRect())
        room_of_title = plan.legend.width()
        self._legend.set_title(next(text for width, text in _LEGEND_TITLES if room_of_title >= width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._arrange()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            if self._answers is None:
                draw_message(painter, QRectF(self.rect()).adjusted(16, 0, -16, 0), self._theme, *self._message)
                return
            line = QRectF(_MARGIN, 0, self.width() - 2 * _MARGIN, _HEADER)
            title, (long, short) = self._answers.accuracy, self._answers.summaries
            room = line.width() - text_width(title, BODY, QFont.Weight.Medium) - 2 * GRID
            draw_heading(painter, line, self._theme, title, long if text_width(long, BODY) <= room else short)

    def sizeHint(self) -> QSize:
        return QSize(480, 320)

    # --- the mouse and the keys --------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._gallery.clearFocus()
            self._set_chosen(NOWHERE)
            self._show_pictures()
        else:
            super().keyPressEvent(event)

    @Slot(int, int)
    def _on_cell_chosen(self, label: int, answer: int) -> None:
        self._chosen = label, answer
        self._show_pictures()
