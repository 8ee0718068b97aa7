"""The panel with the pad, the network's input and its answer."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLayout, QMenu, QToolButton, QWidget

from mnist_viz.views import zoom
from mnist_viz.views.actions import make_action, offer_first
from mnist_viz.views.drawing import pasted
from mnist_viz.views.drawing.digit_view import DigitView
from mnist_viz.views.drawing.give_row import GiveRow
from mnist_viz.views.drawing.pad import DrawingPad
from mnist_viz.views.drawing.pad_painting import Mark
from mnist_viz.views.drawing.pad_tools import SIDE, PadTools
from mnist_viz.views.drawing.verdict import Part, Verdict
from mnist_viz.views.dropping import DropTarget, is_something, path_of, why_not
from mnist_viz.views.elided_label import TwoLineLabel
from mnist_viz.views.painting import Bytes
from mnist_viz.views.probabilities import DIGITS, ProbabilityBars
from mnist_viz.views.theme import GRID, SMALL
from mnist_viz.views.widgets import column, row, set_font, tool_button

_MARGIN, _NOTE = 12, 20  # pixels
_CAPTION_WIDTH, _WIDEST_SEEN, _TALLEST_READING = 100, 176, 280  # beyond that more room is left empty
_LEAST_PAD, _SMALL_PAD = 112, 144
_READING_WIDTH, _SPLIT_WIDTH = 260, 560
_TALL = 640
_LEAST_HIGH, _LEAST_LOW = 444, 260  # with the answer below the pad, and beside it
_LEAST_BESIDE = 464  # the width for that

_ASK_TIP = "Ask about the picture on the pad"
_STEPS_TIP = "Show how the drawing is fitted, scaled and centred, and switch each step off (N)"


class DrawPanel(QWidget):
    """The drawing pad, the network's input and its answer."""

    part_chosen = Signal(int)
    """The user chose a digit of a number, on the pad or in the answer."""
    digit_requested = Signal(int)
    """The user wants to see an example of this class."""
    save_requested = Signal(int)
    """The user wants to save the drawing as one of this class."""
    file_dropped = Signal(str)
    """The path of a file or a folder that was dropped or pasted."""
    image_pasted = Signal(object)
    """A picture without a file that was dropped or pasted, (h, w, 4) uint8: red, green, blue and how solid it is."""
    refused = Signal(str)
    """Why nothing comes of what was dropped or pasted, a sentence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("draw-panel")
        self.setAccessibleName("Draw")
        self._names: tuple[str, ...] = ()
        self._refuses = False
        self.pad = DrawingPad()
        self._tools = PadTools(self.pad)
        self._seen = DigitView()
        self._bars = ProbabilityBars()
        self._verdict = Verdict()
        self._note = TwoLineLabel("caption")
        self._note.setObjectName("draw-note")
        self._steps = tool_button(
            "show-steps", "Steps", _STEPS_TIP, kind="pill", title="Steps of the normalization"
        )  # fmt: skip
        self._ask = tool_button("ask", "Why?", _ASK_TIP, kind="pill", title=_ASK_TIP)
        for button in (self._steps, self._ask):
            set_font(button, SMALL)
            button.setFixedHeight(_NOTE)
        self._ask.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._ask.hide()
        self._steps_view: QWidget | None = None
        self._give = GiveRow()
        self._lay_out()
        self.pad.history_changed.connect(self._on_history_changed)
        self.pad.group_clicked.connect(self.part_chosen)
        self._verdict.part_chosen.connect(self.part_chosen)
        self._steps.clicked.connect(self._show_steps)
        self._give.digit_requested.connect(self.digit_requested)
        self._give.save_requested.connect(self.save_requested)
        self.setMinimumWidth(220)
        drops = DropTarget(self, is_something)
        drops.hovered.connect(self._on_hovered)
        drops.dropped.connect(self._take_in)
        self._make_keys()
        self.set_class_names(DIGITS)
        self.set_seen(None)
        self._on_history_changed()

    def _lay_out(self) -> None:
        """The pad with its tools, and below or beside it what answers it: see `_arrange`."""
        self._pad_box = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._pad_box.setSpacing(GRID)
        self._pad_box.addWidget(self.pad, 0, Qt.AlignmentFlag.AlignCenter)
        self._pad_box.addWidget(self._tools)
        self._answer = QWidget()
        column(self._verdict, row((self._note, 1), self._ask, self._steps), spacing=0, parent=self._answer)
        self._seen.setMinimumWidth(_CAPTION_WIDTH)
        self._seen.setMaximumWidth(_WIDEST_SEEN)
        self._reading = QWidget()
        self._reading.setMaximumHeight(_TALLEST_READING)
        self._reading_box = column(row((self._seen, 3), (self._bars, 5)), parent=self._reading)
        self._beside = QGridLayout()
        self._beside.setHorizontalSpacing(3 * GRID)
        self._beside.setVerticalSpacing(GRID)
        self._beside.setRowStretch(1, 100)
        self._beside.setRowStretch(3, 1)  # what is beyond the tallest reading is left empty
        self._beside.setColumnStretch(0, 1)
        self._whole = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # see `minimumSizeHint`
        self._whole.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        self._whole.addLayout(self._pad_box)
        self._whole.addLayout(self._beside, 1)
        self._arrangement: tuple[int, bool, bool, bool] | None = None
        self._place_answer(split=False)

    def _place_answer(self, *, split: bool) -> None:
        """The answer, the reading and the foot below each other, or the reading beside the others."""
        for part in (self._answer, self._reading, self._give):
            self._beside.removeWidget(part)
        self._beside.addWidget(self._answer, 0, 0)
        self._beside.addWidget(self._reading, *((0, 1, 3, 1) if split else (1, 0)))
        self._beside.addWidget(self._give, 2, 0, Qt.AlignmentFlag.AlignBottom)
        self._beside.setColumnStretch(1, int(split))

    def _make_keys(self) -> None:
        tip = "Copy the picture on the pad, or of the digit or plot that has the focus"
        copy = make_action(self, "copy-picture", "Copy picture", "Ctrl+C", tip)
        copy.triggered.connect(self.pad.copy)
        tip = "Read the picture in the clipboard"
        paste = make_action(self, "paste-picture", "Paste picture", "Ctrl+V", tip)
        paste.triggered.connect(self._on_paste)
        tip = "Show how the drawing is converted to the network's input"
        steps = make_action(self, "steps", "Steps of the normalization", "N", tip)
        steps.triggered.connect(self._steps.click)
        self.addActions([*self._tools.keys, copy, paste, steps, *self._give.keys])

    def set_steps_view(self, view: QWidget) -> None:
        """The view of the normalization, which the button "Steps" shows in place of the probabilities."""
        self._steps_view = view
        self._steps.setCheckable(True)
        self._reading_box.addWidget(view)
        self._show_steps()

    def set_questions(self, actions: Sequence[QAction]) -> None:
        """What can be asked about the picture on the pad: a button's menu, and the context menus of pad and answer."""
        menu = QMenu(self)
        menu.addActions(actions)
        self._ask.setMenu(menu)
        self._ask.show()
        for part in (self.pad, self._verdict, self._seen):
            offer_first(part, actions)

    def set_seen(self, image: Bytes | None, shape: tuple[int, ...] | None = None) -> None:
        """The picture that the network gets, (h, w) or (h, w, 3) uint8; None when nothing is drawn.

        Args:
            shape: of the pictures that the network reads; None if it reads none.
        """
        self._seen.set_image(image)
        size = image.shape if image is not None else shape
        self._seen.set_caption(f"What the network\nsees{f', {size[0]} × {size[1]}' if size is not None else ''}")

    def set_answer(
        self, parts: Sequence[Part], probabilities: NDArray[np.floating] | None = None, current: int = 0
    ) -> None:
        """What is read, each digit of a number by itself, and one probability a class for the `current` digit."""
        self._bars.set_probabilities(probabilities)
        self._verdict.set_answer(parts, current)

    def set_note(self, text: str) -> None:
        """A note below the answer, such as where the digit comes from."""
        self._note.setText(text)
        self._note.setToolTip(text)

    def set_given(self, name: str, read: str | None) -> None:
        """Mark the example on the pad, of class `name`, by what the network reads; None where it cannot read it."""
        mark = None if read is None else Mark(read == name, "knew it" if read == name else f"read {read}")
        self.pad.set_mark(mark)

    def set_refusal(self, why: str) -> None:
        """Why the network cannot read drawings, a sentence that the pad shows; empty if it can."""
        self._refuses = bool(why)
        self.pad.set_refusal(why)
        self._show_invitation()

    def set_saved_count(self, count: int) -> None:
        self._give.set_saved_count(count)

    def set_class_names(self, names: Sequence[str]) -> None:
        if tuple(names) == self._names:
            return
        self._names = tuple(names)
        self._bars.set_class_names(self._names)
        self._verdict.set_answer(())
        self.pad.set_mark(None)
        self._give.set_class_names(self._names)
        self._on_history_changed()
        self._show_invitation()

    def verdict(self) -> str:
        return self._verdict.text()

    def shows_steps(self) -> bool:
        return self._steps.isChecked()

    def _show_invitation(self) -> None:
        digits = all(name in DIGITS for name in self._names)
        what = "Draw a digit" if digits else "Draw something"
        self.pad.set_hint(f"{what} here")
        self._verdict.set_nothing("Ask for an example" if self._refuses else what)

    @Slot()
    def _on_history_changed(self) -> None:
        self._give.set_can_save(bool(self.pad.strokes()))

    @Slot()
    def _on_paste(self) -> None:
        self._take_in(QGuiApplication.clipboard().mimeData())

    @Slot(QMimeData)
    def _take_in(self, data: QMimeData | None) -> None:
        """Pass on what was dropped or pasted; the clipboard's is None where nothing was ever copied."""
        path, picture = (path_of(data), pasted.picture_of(data)) if data is not None else ("", None)
        if picture is not None and not pasted.is_for_pad(path):
            self.image_pasted.emit(picture)
        elif path:
            self.file_dropped.emit(path)
        else:
            self.refused.emit(why_not(data))

    @Slot(object)
    def _on_hovered(self, data: QMimeData | None) -> None:
        self.pad.set_dragged_over(data is not None and (data.hasImage() or pasted.is_for_pad(path_of(data))))

    @Slot()
    def _show_steps(self) -> None:
        if self._steps_view is not None:
            self._steps_view.setVisible(self.shows_steps())
            for part in (self._seen, self._bars):
                part.setVisible(not self.shows_steps())
            self._arrange()

    # --- layout ------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        return zoom.size(320, 720)

    def minimumSizeHint(self) -> QSize:
        beside = zoom.units(self.width()) >= _LEAST_BESIDE
        return zoom.size(220, _LEAST_LOW if beside else _LEAST_HIGH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
        self._arrange()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def _arrange(self) -> None:
        """Place the answer below the pad, or beside it where that makes the pad larger."""
        width, height = (zoom.units(side) - 2 * _MARGIN for side in (self.width(), self.height()))
        reading = zoom.units(self._reading.minimumSizeHint().height())  # of few classes the picture is the higher
        if self.shows_steps() and self._steps_view is not None:
            # In a tall panel the steps have the height they need, and the pad the rest.
            view = self._steps_view
            tall = zoom.units(self.height()) >= _TALL
            reading = zoom.units((view.sizeHint() if tall else view.minimumSizeHint()).height())
        answer = zoom.units(self._answer.minimumSizeHint().height()) + reading + 2 * GRID
        foot = zoom.units(self._give.minimumSizeHint().height()) + GRID
        # A low panel shows the steps in the place of its foot, too.
        low = self.shows_steps() and self._steps_view is not None and height - answer - foot - SIDE < _SMALL_PAD
        self._give.setVisible(not low)
        below = height - answer - (0 if low else foot)
        tools = SIDE + GRID
        lying, upright = min(width, below - tools), min(width - tools, below)
        beside = min(height, width - _READING_WIDTH - tools - 2 * GRID)
        is_beside = beside > 1.1 * max(lying, upright, _LEAST_PAD)
        stand = is_beside or upright > lying
        stand = stand and (height if is_beside else below) >= self._tools.column_height()
        side = beside if is_beside else max(upright if stand else lying, _LEAST_PAD)
        arrangement = zoom.px(side), stand, is_beside, is_beside and width - beside >= _SPLIT_WIDTH
        if arrangement != self._arrangement:
            self._arrangement = arrangement
            self._apply(*arrangement)

    def _apply(self, side: int, stand: bool, is_beside: bool, split: bool) -> None:
        """Set the pad's side in pixels, the tools upright (`stand`), and the answer in two columns (`split`)."""
        columns, rows = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self.pad.setFixedSize(side, side)
        self._tools.set_upright(stand)
        self._pad_box.setDirection(columns if stand else rows)
        together = stand and not is_beside
        self._whole.setAlignment(self._pad_box, Qt.AlignmentFlag.AlignHCenter if together else Qt.AlignmentFlag(0))
        self._whole.setDirection(columns if is_beside else rows)
        self._whole.setSpacing(zoom.px(2 * GRID if is_beside else GRID))
        self._place_answer(split=split)
        self._whole.activate()
