"""The panel to draw in: the pad, what the network sees of it, and what it reads."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMimeData, QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from mnist_viz.views.actions import set_tip
from mnist_viz.views.digit_view import DigitView
from mnist_viz.views.drawing import draw_layout, give_row, pasted
from mnist_viz.views.drawing.give_row import GiveRow
from mnist_viz.views.drawing.pad import DrawingPad
from mnist_viz.views.drawing.pad_painting import Mark
from mnist_viz.views.drawing.pad_tools import PadTools
from mnist_viz.views.drawing.verdict import Part, Verdict
from mnist_viz.views.painting import Bytes, text_font, text_metrics
from mnist_viz.views.pill import pill_style
from mnist_viz.views.probabilities import DIGITS, ProbabilityBars
from mnist_viz.views.theme import DARK, SMALL, Theme, color

_TALL = 640  # pixels
_STEPS_TIP = "Show how the drawing is fitted, scaled and centred, and switch each step off (N)"


class DrawPanel(QWidget):
    """The drawing pad with everything that answers it at once."""

    strokes_changed = Signal(object)
    digit_requested = Signal(int)
    """The user wants to see an example of this class."""
    digit_changed = Signal(object, int)
    """Undo or redo brought back an example: the picture and its class."""
    save_requested = Signal(int)
    """The user wants to save the drawing as one of this class."""
    steps_requested = Signal()
    """The user wants to see the steps of the normalization, or no longer: see `shows_steps`."""
    image_dropped = Signal(str)
    """The path of a file that was dropped or pasted."""
    image_pasted = Signal(object)
    """A picture without a file that was dropped or pasted, (h, w) or (h, w, 3) uint8."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draw-panel")
        self.setAccessibleName("Draw")
        self._theme = DARK
        self._names: tuple[str, ...] = ()
        self._readable = True
        self.pad = DrawingPad(self)
        self.pad.strokes_changed.connect(self.strokes_changed)
        self.pad.digit_changed.connect(self.digit_changed)
        self.pad.history_changed.connect(self._on_history_changed)
        self._tools = PadTools(self.pad, self)
        self._seen = DigitView("", self)
        self._bars = ProbabilityBars(self)
        self._verdict = Verdict(self)
        self._note = QLabel(self)
        self._note.setObjectName("draw-note")
        self._note.setFont(text_font(SMALL))
        self._note_text = ""
        self._steps = QToolButton(self)
        self._steps.setObjectName("show-steps")
        self._steps.setText("Steps")
        self._steps.setAccessibleName("Steps of the normalization")
        self._steps.setToolTip(_STEPS_TIP)
        self._steps.setFont(text_font(SMALL))
        self._steps.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._steps.clicked.connect(self._on_steps_clicked)
        self._steps_view: QWidget | None = None
        self._give = GiveRow(self)
        self._give.digit_requested.connect(self.digit_requested)
        self._give.save_requested.connect(self.save_requested)
        self.setMinimumSize(240, 260)
        self.setAcceptDrops(True)
        self._make_keys()
        self.set_class_names(DIGITS)
        self.set_seen(None)
        self._on_history_changed()

    def _make_keys(self) -> None:
        paste = QAction("Paste picture", self)
        paste.setObjectName("paste-picture")
        paste.setShortcut("Ctrl+V")
        set_tip(paste, "Read the picture in the clipboard")
        paste.triggered.connect(self._on_paste)
        steps = QAction("Steps of the normalization", self)
        steps.setObjectName("steps")
        steps.setShortcut("N")
        set_tip(steps, "Show how the drawing is brought to what the network sees")
        steps.triggered.connect(self._steps.click)
        self.addActions([*self._tools.keys, paste, steps, *self._give.keys])

    # --- values in ---------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for part in (self.pad, self._tools, self._seen, self._bars, self._verdict, self._give):
            part.set_theme(theme)
        palette = self._note.palette()
        palette.setColor(self._note.foregroundRole(), color(theme.muted))
        self._note.setPalette(palette)
        self._steps.setStyleSheet(pill_style(theme))
        self.update()

    def set_steps_view(self, view: QWidget) -> None:
        """The view of the normalization, which the button "Steps" shows in place of the probabilities."""
        self._steps_view = view
        self._steps.setCheckable(True)
        view.setParent(self)
        view.setVisible(self._steps.isChecked())
        self._arrange()

    def set_seen(self, image: Bytes | None) -> None:
        """The picture that the network gets, (h, w) or (h, w, 3) uint8; None when nothing is drawn."""
        self._seen.set_image(image)
        if image is not None:
            height, width = image.shape[:2]
            self._seen.set_caption(f"What the network\nsees, {height} × {width}")
        elif not self._seen.accessibleName():
            self._seen.set_caption("What the network\nsees, 28 × 28")

    def set_probabilities(self, probabilities: NDArray[np.floating] | None, sure: bool = True) -> None:
        """One probability a class, and whether the network is sure of the likeliest; None when nothing is drawn."""
        self._bars.set_probabilities(probabilities)
        if probabilities is None:
            self._verdict.set_answer("", 0.0)
        else:
            winner = int(np.argmax(probabilities))
            self._verdict.set_answer(self._names[winner], float(probabilities[winner]), sure)

    def set_number(self, parts: Sequence[Part]) -> None:
        """Digits that were read one by one, each with its probability; none to go back to the single answer."""
        self._verdict.set_number(parts)

    def set_note(self, text: str) -> None:
        """A quiet line below the answer, as where the digit comes from."""
        self._note_text = text
        self._elide_note()

    def set_given(self, name: str, read: str | None) -> None:
        """Mark the example on the pad, of class `name`, by what the network reads; None where it cannot read it."""
        mark = None if read is None else Mark(read == name, "knew it" if read == name else f"read {read}")
        self.pad.set_mark(mark)

    def set_readable(self, readable: bool, why: str = "") -> None:
        """Whether the network can read drawings; `why` is the sentence that the pad shows if it cannot."""
        self._readable = readable
        self.pad.set_readable(readable, why)
        self._show_invitation()

    def set_saved_count(self, count: int) -> None:
        self._give.set_saved_count(count)

    def set_class_names(self, names: Sequence[str]) -> None:
        if tuple(names) == self._names:
            return
        self._names = tuple(names)
        self._bars.set_class_names(self._names)
        self._verdict.set_answer("", 0.0)
        self.pad.set_mark(None)
        self._give.set_class_names(self._names)
        self._on_history_changed()
        self._show_invitation()
        self._arrange()

    def verdict(self) -> str:
        """The answer as text."""
        return self._verdict.text()

    def shows_steps(self) -> bool:
        return self._steps.isChecked()

    # --- inside ------------------------------------------------------------------------------

    def _show_invitation(self) -> None:
        digits = all(name in DIGITS for name in self._names)
        what = "Draw a digit" if digits else "Draw something"
        self.pad.set_hint(f"{what} here")
        self._verdict.set_nothing(what if self._readable else "Ask for an example")

    @Slot()
    def _on_history_changed(self) -> None:
        self._give.set_can_save(bool(self.pad.strokes()))

    @Slot()
    def _on_paste(self) -> None:
        data: QMimeData | None = QGuiApplication.clipboard().mimeData()  # None where nothing was ever copied
        if data is None or not self._take_in(data):
            self.set_note("There is no picture in the clipboard")

    def _take_in(self, data: QMimeData) -> bool:
        path, picture = pasted.file_of(data), pasted.picture_of(data)
        if path:
            self.image_dropped.emit(path)
        elif picture is not None:
            self.image_pasted.emit(picture)
        return bool(path) or picture is not None

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if pasted.has_picture(event.mimeData()):
            event.acceptProposedAction()
            self.pad.set_dragged_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.pad.set_dragged_over(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self.pad.set_dragged_over(False)
        if self._take_in(event.mimeData()):
            event.acceptProposedAction()

    @Slot()
    def _on_steps_clicked(self) -> None:
        if self._steps_view is not None:
            self._steps_view.setVisible(self.shows_steps())
            self._arrange()
        self.steps_requested.emit()

    def _elide_note(self) -> None:
        width = self._note.width()
        self._note.setText(text_metrics(SMALL).elidedText(self._note_text, Qt.TextElideMode.ElideRight, width))
        self._note.setToolTip(self._note_text)

    # --- layout ------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return QSize(320, 720)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def _steps_height(self, view: QWidget) -> int:
        """In a tall panel the steps take from the pad what they need to be seen well."""
        return (view.sizeHint() if self.height() >= _TALL else view.minimumSizeHint()).height()

    def _arrange(self) -> None:
        steps = self._steps_view if self._steps.isChecked() else None
        needs = draw_layout.Needs(
            bars=self._bars.minimumSizeHint().height(),
            give=give_row.HEIGHT,
            tools=self._tools.column_height(),
            steps=self._steps_height(steps) if steps is not None else 0,
        )
        places = draw_layout.arrange(QRect(self.rect()), needs)
        for part, place in (
            (self.pad, places.pad),
            (self._tools, places.tools),
            (self._verdict, places.verdict),
            (self._note, places.note),
            (self._steps, places.steps_button),
            (self._seen, places.seen),
            (self._bars, places.bars),
            (self._give, places.give),
            (steps, places.steps),
        ):
            if part is not None:
                part.setGeometry(place)
        self._give.setVisible(not places.give.isEmpty())
        for part in (self._seen, self._bars):
            part.setVisible(steps is None or not places.steps.intersects(part.geometry()))
        self._elide_note()
