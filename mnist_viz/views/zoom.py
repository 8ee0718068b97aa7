"""How large the interface is: all sizes in the code are units, and a unit is a pixel at a zoom of 100%.

Widgets are built in units. `fit` then brings a widget and all that it holds to the present scale: sizes, margins, gaps,
icons and fonts; the window at the start and at each change of the zoom, a dialog when it opens, and whatever adds
widgets later those. The style sheet is scaled as it is read (`theme.style_sheet`). Painted widgets (`Canvas`) and
figures paint in units and scale the painter, so that their code knows nothing of this; where pixels come in, such as
the width of a widget or the place of the mouse, `units` makes units of them, and `px` pixels where a size goes out.
"""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QSize
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QGridLayout, QLayout, QWidget

LEVELS = (0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0, 2.5)
"""The zooms that Ctrl + and Ctrl - go through."""

_LEAD = 1060, 640
"""Units, wide and high, that three panels side by side and the bars need."""

_UNLIMITED = 16777215  # Qt's QWIDGETSIZE_MAX
_KEPT = "_units"  # the property that holds what was set, by name: in units and in pixels
_FONT = "_font_units"

_scale = 1.0
_was_changed = False  # while every unit has always been a pixel there is nothing to fit


def scale() -> float:
    """Pixels a unit."""
    return _scale


def set_scale(pixels: float) -> None:
    """Change how many pixels a unit has; what is there already follows at `fit`."""
    global _scale, _was_changed
    _scale = pixels
    _was_changed = _was_changed or pixels != 1.0


def px(size: float) -> int:
    """A size in units as whole pixels."""
    return round(size * _scale)


def size(width: float, height: float) -> QSize:
    """A size in units as one in pixels."""
    return QSize(px(width), px(height))


def units(pixels: float) -> float:
    """Pixels as units."""
    return pixels / _scale


def ratio(widget: QWidget) -> float:
    """Device pixels a unit."""
    return widget.devicePixelRatioF() * _scale


def next_level(zoom: float, by: int) -> float:
    """The level above (1) or below (-1) a zoom; the last one has none."""
    beyond = [level for level in LEVELS if (level - zoom) * by > 1e-6]
    return zoom if not beyond else min(beyond) if by > 0 else max(beyond)


def presentation_level(screen: QSize, least: float) -> float:
    """The largest level at which the leading panels still fit a screen of so many pixels, but no less than `least`."""
    width, height = (side / screen_scale() for side in (screen.width(), screen.height()))
    fitting = [level for level in LEVELS if width >= level * _LEAD[0] and height >= level * _LEAD[1]]
    return max([least, *fitting])


def screen_scale() -> float:
    """Pixels a unit at 100%: what the system asks for where Qt has not enlarged its pixels already."""
    screen = QApplication.primaryScreen()
    usual = 72.0 if QApplication.platformName() == "cocoa" else 96.0
    return max(screen.logicalDotsPerInch() / usual, 0.5) if screen is not None else 1.0


def set_font_size(widget: QWidget, pixels: int) -> None:
    """Say how large a widget's own font is, in units, so that it follows the zoom."""
    widget.setProperty(_FONT, pixels)
    _fit_font(widget)


def fit(top: QWidget) -> None:
    """Bring `top` and all that it holds to the present scale. What holds it already is left as it is."""
    if not _was_changed:
        return
    widgets = [top, *top.findChildren(QWidget)]
    for widget in widgets:
        _fit_font(widget)
        _fit_widget(widget)
    for layout in top.findChildren(QLayout):
        _fit_layout(layout)
    for widget in widgets:
        # To a painted widget it is as if it had come to a screen with other pixels.
        QCoreApplication.sendEvent(widget, QEvent(QEvent.Type.DevicePixelRatioChange))


def _fit_font(widget: QWidget) -> None:
    pixels = widget.property(_FONT)
    if pixels and widget.font().pixelSize() != px(pixels):
        font = widget.font()
        font.setPixelSize(px(pixels))
        widget.setFont(font)


def _fit_widget(widget: QWidget) -> None:
    kept = _Kept(widget)
    for name, styled, get, put in (
        ("least width", "minw", widget.minimumWidth, widget.setMinimumWidth),
        ("least height", "minh", widget.minimumHeight, widget.setMinimumHeight),
        ("most width", "maxw", widget.maximumWidth, widget.setMaximumWidth),
        ("most height", "maxh", widget.maximumHeight, widget.setMaximumHeight),
    ):
        # What the style sheet has set it also scales.
        if 0 < get() < _UNLIMITED and widget.property(f"_q_stylesheet_{styled}") is None:
            kept.scale(name, get(), put)
    if isinstance(widget, QAbstractButton | QAbstractItemView) and widget.iconSize().isValid():
        kept.scale("icon", widget.iconSize().width(), lambda side: widget.setIconSize(QSize(side, side)))
    kept.save()


def _fit_layout(layout: QLayout) -> None:
    kept = _Kept(layout)
    margins = layout.contentsMargins()
    before = margins.left(), margins.top(), margins.right(), margins.bottom()
    after: list[int] = []
    for side, margin in enumerate(before):
        kept.scale(f"margin {side}", margin, after.append)
    layout.setContentsMargins(*after)
    if isinstance(layout, QGridLayout):
        kept.scale("across", layout.horizontalSpacing(), layout.setHorizontalSpacing)
        kept.scale("down", layout.verticalSpacing(), layout.setVerticalSpacing)
        for column in range(layout.columnCount()):
            if least := layout.columnMinimumWidth(column):
                kept.scale(f"column {column}", least, partial(layout.setColumnMinimumWidth, column))
    elif layout.spacing() > 0:
        kept.scale("spacing", layout.spacing(), layout.setSpacing)
    kept.save()
    layout.invalidate()


class _Kept:
    """What is known of the sizes of a widget or a layout: in units, and the pixels that were made of them.

    A size that is not what was set last has been changed since, in pixels.
    """

    def __init__(self, of: QWidget | QLayout) -> None:
        self._of = of
        self._known: dict[str, tuple[float, int, float]] = of.property(_KEPT) or {}

    def scale(self, name: str, pixels: int, put: Callable[[int], object]) -> None:
        in_units, was_put, at = self._known.get(name, (float(pixels), pixels, _scale))
        if pixels != was_put:
            in_units = pixels / at
        now = px(in_units)
        self._known[name] = in_units, now, _scale
        put(now)

    def save(self) -> None:
        self._of.setProperty(_KEPT, self._known)
