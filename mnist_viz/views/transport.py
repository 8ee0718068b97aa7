"""The transport bar: play, step, reset, speed, preset and data set, and the progress of training."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QFont, QFontMetrics, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mnist_viz.engine.metrics import format_accuracy, format_loss
from mnist_viz.views import zoom
from mnist_viz.views.actions import Actions, TransportState
from mnist_viz.views.canvas import Canvas
from mnist_viz.views.theme import BODY, GRID, SMALL, color, font
from mnist_viz.views.widgets import Choice, column, label, row, tool_button

MORE = "more…"  # not the key of a data set

SPEEDS: tuple[tuple[str, float | None], ...] = (
    ("2 batches/s", 2.0),
    ("10 batches/s", 10.0),
    ("50 batches/s", 50.0),
    ("Full speed", None),
)


@dataclass(frozen=True)
class Progress:
    """The progress of training. Epochs and batches count from 1, accuracies are from 0 to 1; None is unknown."""

    epoch: int = 0
    epochs: int = 0
    batch: int = 0
    batches: int = 0
    loss: float | None = None
    train_accuracy: float | None = None
    validation_accuracy: float | None = None
    samples_per_second: float | None = None


class TransportBar(QFrame):
    """Buttons made of the window's actions, three choices and a readout."""

    speed_changed = Signal(object)  # float, batches a second, or None for full speed
    preset_chosen = Signal(str)
    dataset_chosen = Signal(str)
    more_data_requested = Signal()

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self._actions = actions
        self._current_dataset: str | None = None
        self.play_button = _PlayButton(actions.play)
        self.reset_button = self._menu_button(
            actions.reset_same, actions.reset_same, actions.reset_new, actions.pretrained
        )
        self.speed = _combo("speed", "How fast to train, from slow motion to full speed (- and +)")
        for title, value in SPEEDS:
            self.speed.addItem(title, value)
        self.speed.setCurrentIndex(len(SPEEDS) - 1)
        self.preset = _combo("preset", "A network to start from: its layers and its settings")
        self.dataset = _combo("dataset", "The pictures to learn from")
        self.readout = _Readout()

        self._buttons, self._choices = QWidget(), QWidget()
        row(
            *(self._button(action, "quiet") for action in (actions.back_epoch, actions.back_batch)),
            4, self.play_button, 4,
            self._button(actions.forward_batch, "quiet"), self._menu_button(actions.forward_epoch, actions.run_until),
            4, self.reset_button,
            spacing=4, parent=self._buttons,
        )  # fmt: skip
        choices = ("Speed", self.speed), ("Preset", self.preset), ("Data", self.dataset)
        row(*(_captioned(*each) for each in choices), None, spacing=GRID, parent=self._choices)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(GRID, 4, GRID * 2, 4)
        self._grid.setHorizontalSpacing(GRID + 4)
        self._grid.setVerticalSpacing(4)
        self._grid.setColumnStretch(2, 1)
        self._rows = 0
        self._arrange(1)
        self.speed.activated.connect(self._on_speed_activated)
        self.preset.activated.connect(self._on_preset_activated)
        self.dataset.activated.connect(self._on_dataset_activated)
        actions.slower.triggered.connect(self._on_slower_triggered)
        actions.faster.triggered.connect(self._on_faster_triggered)

    def _arrange(self, rows: int) -> None:
        """Put the choices beside the buttons, or in a narrow window below them."""
        if rows == self._rows:
            return
        self._rows = rows
        for part in (self._buttons, self._choices, self.readout):
            self._grid.removeWidget(part)
        self._grid.addWidget(self._buttons, 0, 0)
        self._grid.addWidget(self.readout, 0, 2)
        self._grid.addWidget(self._choices, *((0, 1) if rows == 1 else (1, 0, 1, 3)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose_rows()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._choose_rows()
        return super().event(event)

    def _choose_rows(self) -> None:
        parts = self._buttons.sizeHint(), self._choices.sizeHint(), self.readout.sizeHint()
        needed = sum(part.width() for part in parts) + zoom.px(6 * GRID)
        self._arrange(1 if needed <= self.width() else 2)

    def minimumSizeHint(self) -> QSize:
        """As narrow as two rows are."""
        parts = self._buttons.sizeHint(), self._choices.sizeHint()
        return QSize(max(part.width() for part in parts) + zoom.px(4 * GRID), super().minimumSizeHint().height())

    def _button(self, action: QAction, kind: str, width: int = 4 * GRID) -> QToolButton:
        button = tool_button(f"{action.objectName()}-button", kind=kind, size=(width, 4 * GRID), action=action)
        button.setAutoRepeat(action.autoRepeat())
        button.setAutoRepeatDelay(400)
        button.setAutoRepeatInterval(80)
        return button

    def _menu_button(self, action: QAction, *further: QAction) -> QToolButton:
        """A button with an arrow beside it, that opens a menu."""
        button = self._button(action, "menu", 6 * GRID)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.addActions(further)
        button.setMenu(menu)
        return button

    def set_state(self, state: TransportState) -> None:
        """Show the session's state: what can be pressed, and whether the button plays or pauses."""
        self._actions.set_transport_state(state)
        enabled = state.state != "preparing"
        for combo in (self.preset, self.dataset):
            combo.setEnabled(enabled)

    def set_presets(self, presets: Sequence[tuple[str, str, str]]) -> None:
        """List the presets: key, title, tooltip."""
        self.preset.clear()
        for key, title, tip in presets:
            self.preset.addItem(title, key)
            self.preset.setItemData(self.preset.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        _widen_list(self.preset)

    def set_datasets(self, datasets: Sequence[tuple[str, str, bool, str]]) -> None:
        """List the data sets: key, title, whether it is here, and a note. One that is not here can be fetched."""
        self.dataset.clear()
        for key, title, present, note in datasets:
            self.dataset.addItem(title if present else f"{title} (fetch…)", key)
            self.dataset.setItemData(self.dataset.count() - 1, note, Qt.ItemDataRole.ToolTipRole)
        self.dataset.insertSeparator(self.dataset.count())
        self.dataset.addItem("More data…", MORE)
        tip = "All data sets, fetching them, and data of your own (Ctrl+D)"
        self.dataset.setItemData(self.dataset.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.set_current_dataset(self._current_dataset)
        _widen_list(self.dataset)

    def set_current_preset(self, key: str) -> None:
        self.preset.choose(key)

    def set_current_dataset(self, key: str | None) -> None:
        self._current_dataset = key
        self.dataset.choose(key)

    def set_speed(self, batches_per_second: float | None) -> None:
        """Show a speed; one that is not offered leaves the choice as it is."""
        for index, (_, value) in enumerate(SPEEDS):
            if value == batches_per_second:
                self.speed.setCurrentIndex(index)

    def set_readout(self, progress: Progress) -> None:
        """Show the progress of training; cheap enough for ten times a second."""
        self.readout.set_progress(progress)

    @Slot(int)
    def _on_speed_activated(self, index: int) -> None:
        self.speed_changed.emit(SPEEDS[index][1])

    @Slot()
    def _on_slower_triggered(self) -> None:
        self._change_speed(-1)

    @Slot()
    def _on_faster_triggered(self) -> None:
        self._change_speed(1)

    def _change_speed(self, by: int) -> None:
        index = min(max(self.speed.currentIndex() + by, 0), len(SPEEDS) - 1)
        if index != self.speed.currentIndex():
            self.speed.setCurrentIndex(index)
            self.speed_changed.emit(SPEEDS[index][1])

    @Slot(int)
    def _on_preset_activated(self, index: int) -> None:
        self.preset_chosen.emit(self.preset.itemData(index))

    @Slot(int)
    def _on_dataset_activated(self, index: int) -> None:
        chosen = self.dataset.itemData(index)
        if chosen == MORE:
            self.set_current_dataset(self._current_dataset)  # it is no data set
            self.more_data_requested.emit()
        else:
            self.dataset_chosen.emit(chosen)


class _PlayButton(QPushButton):
    """The one prominent button. A tool button could hold the action itself, but would not centre its text."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self._action = action
        self.setObjectName(f"{action.objectName()}-button")
        self.setProperty("kind", "primary")
        self.setFixedSize(13 * GRID, 5 * GRID)
        self.setIconSize(QSize(16, 16))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._on_action_changed)
        self._on_action_changed()

    @Slot()
    def _on_action_changed(self) -> None:
        self.setText(self._action.text())
        self.setIcon(self._action.icon())
        self.setEnabled(self._action.isEnabled())
        self.setToolTip(self._action.toolTip())
        self.setAccessibleName(self._action.text())


def _combo(name: str, tip: str) -> Choice:
    combo = Choice(name, name, tip)
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    combo.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    combo.setMinimumWidth(13 * GRID)
    combo.setMaximumWidth(19 * GRID)
    return combo


def _widen_list(combo: QComboBox) -> None:
    """Let the list be as wide as its longest entry, also where the closed box is not."""
    combo.view().setMinimumWidth(combo.view().sizeHintForColumn(0) + 4 * GRID)


def _captioned(caption: str, combo: QComboBox) -> QVBoxLayout:
    text = label(caption, "caption")
    text.setBuddy(combo)
    return column(None, text, combo, None, spacing=2)


@dataclass(frozen=True)
class _Field:
    caption: str
    short: str  # the caption where the bar is narrow
    widest: str  # decides the width, so that nothing moves when the number changes
    priority: int  # the highest is left out first when there is no room


_FIELDS = (
    _Field("Epoch", "Epoch", "100 / 100", 0),
    _Field("Batch", "Batch", "50,000 / 50,000", 3),
    _Field("Training loss", "Loss", "10.0000", 2),
    _Field("Accuracy training / validation", "Accuracy", "100.00% / 100.00%", 1),
    _Field("Pictures per second", "Pictures/s", "1,000,000", 4),
)


class _Readout(Canvas):
    """Five figures with captions, painted at fixed places; labels would lay the bar out anew ten times a second."""

    def __init__(self) -> None:
        super().__init__("readout", "how the training stands")
        self.setToolTip(
            "Progress of training at the shown moment.\nTraining loss and accuracy are the mean of the last fiftieth "
            "of an epoch;\nvalidation accuracy is of the whole validation set, at the end of the last epoch."
        )
        self._progress = Progress()
        self._caption_font = font(SMALL)
        self._figure_font = font(BODY, QFont.Weight.Medium)
        caption, figure = (QFontMetrics(one).horizontalAdvance for one in (self._caption_font, self._figure_font))
        self._long = [max(caption(field.caption), figure(field.widest)) + 2 * GRID for field in _FIELDS]
        self._short = [max(caption(field.short), figure(field.widest)) + GRID for field in _FIELDS]

    def set_progress(self, progress: Progress) -> None:
        if progress != self._progress:
            self._progress = progress
            self.setAccessibleDescription(", ".join(self.texts()))
            self.update()

    def texts(self) -> list[str]:
        """The five figures as they are shown."""
        p = self._progress
        train, validation = (
            "–" if share is None else format_accuracy(share) for share in (p.train_accuracy, p.validation_accuracy)
        )
        return [
            f"{p.epoch} / {p.epochs}" if p.epochs else "–",
            f"{p.batch:,} / {p.batches:,}" if p.batches else "–",
            "–" if p.loss is None else format_loss(p.loss),
            "–" if p.train_accuracy is None and p.validation_accuracy is None else f"{train} / {validation}",
            "–" if p.samples_per_second is None else f"{p.samples_per_second:,.0f}",
        ]

    def shown(self) -> list[tuple[int, str, int]]:
        """The fields for which there is room: index, caption, width."""
        if sum(self._long) <= self.area.width():
            return [(i, field.caption, self._long[i]) for i, field in enumerate(_FIELDS)]
        room = self.area.width()
        chosen = []
        for i in sorted(range(len(_FIELDS)), key=lambda i: _FIELDS[i].priority):
            if self._short[i] > room:
                break
            chosen.append((i, _FIELDS[i].short, self._short[i]))
            room -= self._short[i]
        return sorted(chosen)

    def sizeHint(self) -> QSize:
        """Room for the three that matter most: a second row of the bar would take more from the panels."""
        leading = sum(width for field, width in zip(_FIELDS, self._short, strict=True) if field.priority <= 2)
        return zoom.size(leading, 5 * GRID)

    def minimumSizeHint(self) -> QSize:
        return zoom.size(self._short[0], 5 * GRID)

    def paint(self, painter: QPainter, within: QRectF) -> None:
        muted, text = color(self.theme.muted), color(self.theme.text)
        shown = self.shown()
        x = round(self.area.width()) - sum(width for _, _, width in shown)
        texts = self.texts()
        middle = round(self.area.height()) // 2
        align = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for i, caption, width in shown:
            painter.setFont(self._caption_font)
            painter.setPen(muted)
            painter.drawText(QRect(x, middle - 18, width, 16), align, caption)
            painter.setFont(self._figure_font)
            painter.setPen(text)
            painter.drawText(QRect(x, middle, width, 20), align, texts[i])
            x += width
