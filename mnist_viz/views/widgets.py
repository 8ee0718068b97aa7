"""Widgets of the window's looks, each made in one call, and rows and columns of them."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QAction, QActionEvent, QFont, QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLayout,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from mnist_viz.views import zoom
from mnist_viz.views.theme import GRID, TITLE, Theme, font

Item = QWidget | QLayout | tuple[QWidget | QLayout, int] | int | None
"""In a row or column: a widget or layout, with its stretch; a gap in pixels; None for a stretching gap."""

_MOVES = (
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
)  # fmt: skip

_AROUND = 4  # pixels that Qt leaves on both sides of the icon of a combo box

Box = TypeVar("Box", bound=QBoxLayout)
Margins = int | tuple[int, int, int, int]


def set_look(widget: QWidget, **properties: object) -> None:
    """Set properties that the style sheet reads ("role", "kind", "invalid"), and apply it where they have changed."""
    changed = {name: value for name, value in properties.items() if widget.property(name) != value}
    for name, value in changed.items():
        widget.setProperty(name, value)
    if changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def recolor(top: QWidget, theme: Theme) -> None:
    """Give a theme to `top` and to all that it holds; what is held comes first."""
    for widget in reversed([top, *top.findChildren(QWidget)]):
        if (set_theme := getattr(widget, "set_theme", None)) is not None:
            set_theme(theme)


def scroll_to(widget: QWidget) -> None:
    """Scroll all that `widget` is in so that it can be seen; Qt does so for the Tab key alone."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)  # what was just unfolded has no place yet
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(widget, 0, 2 * GRID)  # with the name above it
        around = around.parentWidget()


class ActionButton(QToolButton):
    """A button that shows an action and triggers it.

    Qt 6.11 connects a tool button to its action once more at each change of the action, so that hours of use take
    hundreds of megabytes, and each change longer than the one before.
    """

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self.setDefaultAction(action)

    def actionEvent(self, event: QActionEvent) -> None:
        if event.type() == QEvent.Type.ActionChanged:
            event.action().disconnect(self)
        super().actionEvent(event)


def set_font(widget: QWidget, size: int, weight: QFont.Weight = QFont.Weight.Normal) -> None:
    """Give a widget a font of its own, `size` units high, which follows the zoom."""
    widget.setFont(font(size, weight))
    zoom.set_font_size(widget, size)


def tool_button(
    name: str,
    text: str = "",
    tip: str = "",
    *,
    kind: str,
    title: str = "",
    size: tuple[int, int] | None = None,
    action: QAction | None = None,
) -> QToolButton:
    """A button that the keyboard reaches, but that leaves the focus where it is when it is clicked.

    Args:
        kind: its look, see style.qss.
        title: what a screen reader calls it; `text` if it is empty.
        size: width and height in pixels; its icon is 16 pixels wide.
        action: whose text, icon, keys and tooltip it takes.
    """
    button = ActionButton(action) if action is not None else QToolButton()
    button.setObjectName(name)
    if action is None:
        button.setText(text)
        button.setToolTip(tip)
    button.setAccessibleName(title or button.text())
    button.setProperty("kind", kind)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if size is not None:
        button.setFixedSize(*size)
        button.setIconSize(QSize(16, 16))
    return button


def push_button(name: str, text: str, tip: str, kind: str = "") -> QPushButton:
    """A button that Enter presses only when it has the focus, or in a dialog where it is "primary"."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setToolTip(tip)
    button.setAccessibleName(text)
    button.setAutoDefault(False)
    button.setDefault(kind == "primary")
    button.setProperty("kind", kind)
    return button


def tab_bar(name: str, title: str, pages: Mapping[str, str]) -> QTabBar:
    """Tabs with their tooltips, as wide as there is room for."""
    bar = QTabBar()
    bar.setObjectName(name)
    bar.setAccessibleName(title)
    bar.setDrawBase(False)
    bar.setExpanding(False)
    bar.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
    for page, tip in pages.items():
        bar.setTabToolTip(bar.addTab(page), tip)
    return bar


def pages(bar: QTabBar, *shown: QWidget) -> QStackedWidget:
    """The page of each tab of `bar`."""
    stack = QStackedWidget()
    for page in shown:
        stack.addWidget(page)
    bar.currentChanged.connect(stack.setCurrentIndex)
    return stack


def label(text: str = "", role: str = "", *, wrap: bool = False) -> QLabel:
    """A text; `role` is its look: "title", "caption", "muted", "problem" or "waiting"."""
    made = QLabel(text)
    made.setWordWrap(wrap)
    if role:
        made.setProperty("role", role)
    return made


def heading(text: str) -> QLabel:
    made = QLabel(text)
    set_font(made, TITLE, QFont.Weight.DemiBold)
    return made


def row(*items: Item, spacing: int = GRID, margins: Margins = 0, parent: QWidget | None = None) -> QHBoxLayout:
    """Items beside each other, in `parent` or in another layout."""
    return _filled(QHBoxLayout(parent) if parent is not None else QHBoxLayout(), items, spacing, margins)


def column(*items: Item, spacing: int = GRID, margins: Margins = 0, parent: QWidget | None = None) -> QVBoxLayout:
    """Items below each other, in `parent` or in another layout."""
    return _filled(QVBoxLayout(parent) if parent is not None else QVBoxLayout(), items, spacing, margins)


def _filled(box: Box, items: Sequence[Item], spacing: int, margins: Margins) -> Box:
    box.setContentsMargins(*(margins if isinstance(margins, tuple) else (margins,) * 4))
    box.setSpacing(spacing)
    for item in items:
        if item is None:
            box.addStretch()
        elif isinstance(item, int):
            box.addWidget(gap(item - spacing))
        else:
            what, stretch = item if isinstance(item, tuple) else (item, 0)
            if isinstance(what, QWidget):
                box.addWidget(what, stretch)
            else:
                box.addLayout(what, stretch)
    return box


def gap(pixels: int) -> QWidget:
    """Room between two items of a layout, besides its spacing.

    Not one of Qt's spacers, which a change of the scale would have to ask the layout for: PySide keeps what it has made
    of a layout's items after Qt has deleted them, and takes it for whatever comes to lie at the same address.
    """
    room = QWidget()
    room.setFixedSize(pixels, pixels)
    return room


class Choice(QComboBox):
    """A combo box that the wheel changes only while it has the focus, so that scrolling past changes nothing.

    A text without enough room ends in an ellipsis, where Qt would cut it through a letter, and is in the tip.
    """

    def __init__(self, name: str = "", title: str = "", tip: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setToolTip(tip)
        self.setItemDelegate(QStyledItemDelegate(self))  # the default one takes no style sheet
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def offer(self, names: Mapping[Any, str]) -> None:
        """Offer these, by their data; nothing changes if they are there already."""
        if [(self.itemData(k), self.itemText(k)) for k in range(self.count())] != list(names.items()):
            self.clear()
            for key, name in names.items():
                self.addItem(name, key)

    def choose(self, key: object) -> None:
        """Show the entry with this data, or none; emits no `activated`."""
        self.setCurrentIndex(-1 if key is None else self.findData(key))  # a separator has None for its data

    def text_room(self) -> int:
        """The pixels that there are for the text."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        control, field = QStyle.ComplexControl.CC_ComboBox, QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(control, option, field, self).width()
        icon = 0 if self.itemIcon(self.currentIndex()).isNull() else self.iconSize().width() + 2 * _AROUND
        return room - icon

    def paintEvent(self, event: QPaintEvent) -> None:
        option, control = QStyleOptionComboBox(), QStyle.ComplexControl.CC_ComboBox
        self.initStyleOption(option)
        option.currentText = self.fontMetrics().elidedText(
            self.currentText(), Qt.TextElideMode.ElideRight, self.text_room()
        )
        with QPainter(self) as painter:
            self.style().drawComplexControl(control, option, painter, self)
            self.style().drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option, painter, self)

    def event(self, event: QEvent) -> bool:
        cut = self.fontMetrics().horizontalAdvance(self.currentText()) > self.text_room()
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and cut:
            QToolTip.showText(event.globalPos(), f"{self.currentText()}\n{self.toolTip()}".strip(), self)
            return True
        return super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class OwnKeys(QObject):
    """While `widget` has the focus these keys are its own, and no shortcuts of the window."""

    def __init__(self, widget: QWidget, *keys: Qt.Key) -> None:
        super().__init__(widget)
        self._keys = keys
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
            return False
        if is_own := event.key() in self._keys:
            event.accept()
        return is_own


class HiddenWhenSmall(QObject):
    """Shows a widget only while `within`, which holds it, has so many units of width and height."""

    def __init__(self, widget: QWidget, within: QWidget, width: float = 0.0, height: float = 0.0) -> None:
        super().__init__(within)
        self._widget, self._within, self._least = widget, within, (width, height)
        within.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        if event.type() == QEvent.Type.Resize:
            width, height = self._least
            wide, high = zoom.units(self._within.width()), zoom.units(self._within.height())
            self._widget.setVisible(wide >= width and high >= height)
        return False


class Slider(QSlider):
    """A horizontal slider, with steps from 0 to `most`; with the focus on it the arrows move it, and no training."""

    def __init__(self, name: str, title: str, tip: str, most: int) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName(name)
        self.setAccessibleName(title)
        self.setToolTip(tip)
        self.setRange(0, most)
        self.setPageStep(max(most // 10, 1))
        OwnKeys(self, *_MOVES)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # scrolling past changes nothing


class ProgressBar(QProgressBar):
    """A thin bar, hidden until `show_progress`.

    Where it is not known how far something is, nothing is shown: Qt's moving bar takes time from the training.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setTextVisible(False)
        self.setAccessibleName("Progress")
        self.setRange(0, 1000)
        self.hide()

    def show_progress(self, fraction: float | None) -> None:
        """Show progress, 0 to 1."""
        self.setVisible(fraction is not None)
        self.setValue(round(1000 * (fraction or 0)))
