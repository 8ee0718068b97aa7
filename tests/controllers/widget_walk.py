"""What can be wrong with the widgets of a window as they lie and look: cut texts, overlaps, too little contrast."""

import re
from collections.abc import Iterator
from html import unescape
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QDockWidget,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenuBar,
    QRadioButton,
    QSizeGrip,
    QStyle,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionFrame,
    QTabBar,
    QToolButton,
    QWidget,
)

from mnist_viz.views.elided_label import ElidedLabel, FittingLabel
from mnist_viz.views.plots.figure import Figure
from mnist_viz.views.theme import luminance
from mnist_viz.views.widgets import Choice

LEAST_CONTRAST = 4.5
"""Of a text against its ground: WCAG 2.2, success criterion 1.4.3."""

TEXTS = (QLabel, QAbstractButton, QComboBox, QLineEdit)


def seen(top: QWidget) -> list[QWidget]:
    """The widgets in `top` that are shown, also where they have to be scrolled to; not those behind others."""
    window = top.window()
    inside = (top, *top.findChildren(QWidget))
    return [one for one in inside if one.isVisible() and one.window() is window and _in_front(one)]


def _in_front(widget: QWidget) -> bool:
    """Whether the panel that it is in is not behind another, and nothing that it is in is folded to no height."""
    around = widget.parentWidget()
    while around is not None and not around.size().isEmpty():
        if isinstance(around, QDockWidget) and around.visibleRegion().isEmpty():
            return False
        around = around.parentWidget()
    return around is None


def named(widget: QWidget) -> str:
    """The widget with what it is in, and its text, for a report."""
    names: list[str] = []
    around: QWidget | None = widget
    while around is not None and len(names) < 4:
        names.append(around.objectName() or type(around).__name__)
        around = around.parentWidget()
    text = widget.text() if isinstance(widget, QLabel | QAbstractButton | QLineEdit) else ""
    return f"{' in '.join(names)} {text!r}" if text else " in ".join(names)


# --- cut texts -------------------------------------------------------------------------------


def cut_texts(widgets: list[QWidget]) -> Iterator[str]:
    """Texts without enough room, unless they end in an ellipsis on purpose and the tip has all of it."""
    for widget in widgets:
        for text, needed, room in _rooms(widget):
            if needed > room + 1 and not _told(widget, text):
                yield f"{named(widget)}: {text!r} needs {needed}, has {room}"


def _told(widget: QWidget, text: str) -> bool:
    """Whether a text that ends in an ellipsis stands in the tip."""
    if isinstance(widget, FittingLabel):
        return _plain(widget.toolTip()) == widget.texts[0] or text in _plain(widget.toolTip())
    return isinstance(widget, Choice) or (isinstance(widget, ElidedLabel) and text in _plain(widget.toolTip()))


def _plain(text: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", text))


def _rooms(widget: QWidget) -> Iterator[tuple[str, int, int]]:
    """Each text of a widget with the pixels that it needs and has, across or down."""
    metrics, style = widget.fontMetrics(), widget.style()
    if isinstance(widget, QLabel) and widget.text():
        inside = widget.contentsRect()
        if isinstance(widget, ElidedLabel):
            yield widget.text(), metrics.horizontalAdvance(widget.text()), inside.width() * _lines(widget)
            yield widget.text(), metrics.height() - 2, inside.height()
        elif widget.wordWrap():
            yield widget.text(), widget.heightForWidth(widget.width()), widget.height()
        else:
            hint = widget.sizeHint()
            yield widget.text(), hint.width(), widget.width()
            yield widget.text(), min(hint.height(), metrics.height() * (widget.text().count("\n") + 1)), widget.height()
    elif isinstance(widget, QAbstractButton) and widget.text() and not _shows_icon_alone(widget):
        yield widget.text(), metrics.horizontalAdvance(_shown(widget.text())), _button_room(widget)
        yield widget.text(), metrics.height() - 4, widget.height()
    elif isinstance(widget, QLineEdit) and not isinstance(widget.parent(), QComboBox):
        option = QStyleOptionFrame()
        widget.initStyleOption(option)
        room = style.subElementRect(QStyle.SubElement.SE_LineEditContents, option, widget).width()
        if text := widget.placeholderText():
            yield text, metrics.horizontalAdvance(text), room
        if isinstance(widget.parent(), QAbstractSpinBox):
            yield widget.text(), metrics.horizontalAdvance(widget.text()), room
    elif isinstance(widget, QComboBox):
        option_ = QStyleOptionComboBox()
        widget.initStyleOption(option_)
        field = style.subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option_, QStyle.SubControl.SC_ComboBoxEditField, widget
        )
        yield widget.currentText(), metrics.horizontalAdvance(widget.currentText()), field.width()
    elif isinstance(widget, QTabBar):
        for index in range(widget.count()):
            yield widget.tabText(index), metrics.horizontalAdvance(widget.tabText(index)), widget.tabRect(index).width()
    elif isinstance(widget, QHeaderView) and widget.orientation() is Qt.Orientation.Horizontal:
        model = widget.model()
        for section in range(widget.count()):
            text = str(model.headerData(section, Qt.Orientation.Horizontal) or "")
            if text and not widget.isSectionHidden(section):
                yield text, metrics.horizontalAdvance(text), widget.sectionSize(section)


def _shows_icon_alone(button: QAbstractButton) -> bool:
    style = Qt.ToolButtonStyle.ToolButtonIconOnly
    return isinstance(button, QToolButton) and button.toolButtonStyle() is style and not button.icon().isNull()


def _lines(label: ElidedLabel) -> int:
    return 2 if type(label).__name__ == "TwoLineLabel" else 1


def _shown(text: str) -> str:
    return text.replace("&&", "\0").replace("&", "").replace("\0", "&")


def _button_room(button: QAbstractButton) -> int:
    icon = 0 if button.icon().isNull() else button.iconSize().width() + 4
    if isinstance(button, QCheckBox | QRadioButton):
        option = QStyleOptionButton()
        button.initStyleOption(option)
        part = (
            QStyle.SubElement.SE_CheckBoxContents
            if isinstance(button, QCheckBox)
            else QStyle.SubElement.SE_RadioButtonContents
        )
        return button.style().subElementRect(part, option, button).width() - icon
    arrow = 12 if isinstance(button, QToolButton) and button.menu() is not None else 0
    return button.width() - 2 - arrow - icon


# --- places ----------------------------------------------------------------------------------


def overlaps(widgets: list[QWidget]) -> Iterator[str]:
    """Widgets that lie on their siblings."""
    beside: dict[QWidget, list[QWidget]] = {}
    for widget in widgets:
        parent = widget.parentWidget()
        # What lies on a plot or on the pad is placed there by hand, where it hides nothing that is read.
        if parent is not None and not isinstance(parent, QAbstractScrollArea | Figure):
            beside.setdefault(parent, []).append(widget)
    for children in beside.values():
        for one, other in combinations(children, 2):
            common = one.geometry().intersected(other.geometry())
            if min(common.width(), common.height()) > 1 and not _on_purpose(one, other):
                yield f"{named(one)} lies on {named(other)}: {one.geometry()}, {other.geometry()}"


def _on_purpose(one: QWidget, other: QWidget) -> bool:
    through = Qt.WidgetAttribute.WA_TransparentForMouseEvents
    return any(isinstance(each, QSizeGrip) or each.testAttribute(through) for each in (one, other))


def outside(widgets: list[QWidget]) -> Iterator[str]:
    """Widgets that stick out of what they are in, where that does not scroll."""
    for widget in widgets:
        parent = widget.parentWidget()
        if parent is None or widget.isWindow() or _scrolls(parent):
            continue
        room = parent.rect().adjusted(-1, -1, 1, 1)
        if not widget.size().isEmpty() and not room.contains(widget.geometry()):
            yield f"{named(widget)}: {widget.geometry()} in {parent.rect()}"
        if isinstance(widget, QMenuBar):
            for action in widget.actions():
                if not widget.rect().contains(widget.actionGeometry(action)):
                    yield f"the menu {action.text()} has no room"


def _scrolls(widget: QWidget) -> bool:
    """Whether a widget shows a part of what is in it."""
    parent = widget.parentWidget()
    return (isinstance(parent, QAbstractScrollArea) and parent.viewport() is widget) or isinstance(widget, QTabBar)


# --- colours ---------------------------------------------------------------------------------


def pale_texts(top: QWidget, widgets: list[QWidget]) -> Iterator[str]:
    """Texts in `top` that are hard to tell from their ground as they are painted, large, so that strokes are full."""
    picture = _pixels(top.grab().toImage())
    for widget in widgets:
        if isinstance(widget, TEXTS) and _has_text(widget):
            found = _contrast(picture, widget, top)
            if found is not None and found < LEAST_CONTRAST:
                yield f"{named(widget)}: {found:.2f}"


def _contrast(picture: NDArray[np.uint8], widget: QWidget, top: QWidget) -> float | None:
    """The greatest contrast within a widget against its most frequent colour; None where not all of it is seen."""
    region = widget.visibleRegion().boundingRect()
    place = QRect(widget.mapTo(top, region.topLeft()), region.size()).adjusted(3, 3, -3, -3)
    if region.size() != widget.size() or place.width() < 8 or place.height() < 8:
        return None
    light = luminance(picture[place.top() : place.bottom() + 1, place.left() : place.right() + 1])
    values, counts = np.unique(light.round(4), return_counts=True)
    ground = values[counts.argmax()]
    return float(max((values.max() + 0.05) / (ground + 0.05), (ground + 0.05) / (values.min() + 0.05)))


def _has_text(widget: QWidget) -> bool:
    text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()  # type: ignore[attr-defined]
    return bool(_plain(text).strip())


def _pixels(image: QImage) -> NDArray[np.uint8]:
    """(height, width, 3)"""
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()  # the image goes
