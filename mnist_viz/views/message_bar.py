"""One quiet line for what the program has to say, with what can be done about it.

It keeps its height when it is empty, so that nothing below moves when a message comes or goes.
"""

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QToolButton, QWidget

from mnist_viz.views import icons
from mnist_viz.views.theme import BODY, DARK, GRID, Theme, color, font

Kind = Literal["info", "error", "progress"]

HEIGHT = 4 * GRID
_BAR_WIDTH = 15 * GRID


class MessageBar(QFrame):
    """Shows one message at a time: the newest."""

    action_triggered = Signal(str)  # the id of the button pressed
    dismissed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("message-bar")
        self.setFixedHeight(HEIGHT)
        self._line = _Line()
        self._dismiss = QToolButton()
        self._dismiss.setObjectName("dismiss-message")
        self._dismiss.setAccessibleName("Dismiss the message")
        self._dismiss.setToolTip("Dismiss the message")
        self._dismiss.setProperty("kind", "small")
        self._dismiss.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._dismiss.setFixedSize(24, 24)
        self._dismiss.clicked.connect(self._on_dismiss_clicked)
        self._buttons: list[QToolButton] = []
        row = QHBoxLayout(self)
        row.setContentsMargins(GRID, 0, 4, 0)
        row.setSpacing(GRID)
        row.addWidget(self._line, 1)
        row.addWidget(self._dismiss)
        self.clear()

    @property
    def text(self) -> str:
        return self._line.text

    @property
    def kind(self) -> Kind:
        return self._line.kind

    def show_message(self, text: str, kind: Kind = "info", actions: Sequence[tuple[str, str]] = ()) -> None:
        """Show `text`; `actions` are the id and the label of each button."""
        self._line.set_message(text, kind, None)
        self._set_actions(actions)
        self._dismiss.setVisible(True)

    def set_progress(self, text: str, fraction: float | None, actions: Sequence[tuple[str, str]] | None = None) -> None:
        """Show how far something is, 0 to 1, or that it goes on (None). Without `actions` the buttons stay."""
        if self._line.kind != "progress":
            self._set_actions(actions or ())
        elif actions is not None:
            self._set_actions(actions)
        self._line.set_message(text, "progress", fraction)
        self._dismiss.setVisible(False)

    def clear(self) -> None:
        self._line.set_message("", "info", None)
        self._set_actions(())
        self._dismiss.setVisible(False)

    def set_theme(self, theme: Theme) -> None:
        self._line.set_theme(theme)
        self._dismiss.setIcon(icons.icon("close", theme.muted))

    def _set_actions(self, actions: Sequence[tuple[str, str]]) -> None:
        if [(button.objectName(), button.text()) for button in self._buttons] == list(actions):
            return
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        for button in self._buttons:
            row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for position, (name, label) in enumerate(actions):
            button = QToolButton()
            button.setObjectName(name)
            button.setText(label)
            button.setToolTip(label)
            button.setAccessibleName(label)
            button.setProperty("kind", "message")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(self._on_action_clicked)
            row.insertWidget(1 + position, button)
            self._buttons.append(button)

    @Slot()
    def _on_action_clicked(self) -> None:
        self.action_triggered.emit(self.sender().objectName())

    @Slot()
    def _on_dismiss_clicked(self) -> None:
        self.clear()
        self.dismissed.emit()


class _Line(QWidget):
    """The icon, the text and the progress, painted; the text is shortened where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._theme = DARK
        self.text = ""
        self.kind: Kind = "info"
        self.fraction: float | None = None
        self._font = font(BODY)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.update()

    def set_message(self, text: str, kind: Kind, fraction: float | None) -> None:
        # One line: what follows a line break would be painted over the next widget.
        text = " ".join(text.split())
        self.text, self.kind, self.fraction = text, kind, fraction
        self.setToolTip(text)
        self.setAccessibleName(text)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(30 * GRID, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.text:
            return
        # Closed at once even if painting fails: a painter left open brings the process down.
        with QPainter(self) as painter:
            self._paint(painter)

    def _paint(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme = self._theme
        metrics = QFontMetrics(self._font)
        extra = _BAR_WIDTH + GRID if self.kind == "progress" else 16 + GRID
        text = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, self.width() - extra)
        width = metrics.horizontalAdvance(text)
        x = self.width() - extra - width
        middle = self.height() / 2
        if self.kind == "progress":
            self._paint_bar(painter, QRectF(self.width() - _BAR_WIDTH, middle - 2, _BAR_WIDTH, 4))
        else:
            mark = theme.bad if self.kind == "error" else theme.muted
            icons.paint(self.kind, painter, QRectF(x, middle - 8, 16, 16), color(mark))
            x += 16 + GRID
        painter.setFont(self._font)
        painter.setPen(color(theme.muted if self.kind == "progress" else theme.text))
        painter.drawText(QRectF(x, 0, width + 1, self.height()), Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_bar(self, painter: QPainter, bar: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(self._theme.border))
        painter.drawRoundedRect(bar, 2, 2)
        painter.setBrush(color(self._theme.accent))
        if self.fraction is None:
            # Without a timer: a still, striped bar says "going on" and costs nothing while training.
            for k in range(5):
                painter.drawRoundedRect(QRectF(bar.x() + k * bar.width() / 5 + 4, bar.y(), 12, 4), 2, 2)
        else:
            share = min(max(self.fraction, 0.0), 1.0)
            painter.drawRoundedRect(QRectF(bar.x(), bar.y(), max(4.0, share * bar.width()), 4), 2, 2)
