"""A widget that holds plots or pictures of numbers: theme, zoom, menu, copy and export."""

from collections.abc import Callable

import numpy as np
import pyqtgraph
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QEvent, QPointF, QRect, QRectF, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintDevice,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
    QTransform,
)
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsItem, QLabel, QToolButton, QWidget

from mnist_viz.views import what_is_this, zoom
from mnist_viz.views.copying import copy_action
from mnist_viz.views.painting import frame_pen
from mnist_viz.views.theme import DARK, FAMILY, GRID, Theme, color

_DOTS_PER_INCH = 96  # as CSS counts pixels
_ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_CHOOSE = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_BUTTONS = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease, QEvent.Type.MouseButtonDblClick)
_HINT = "drag to pan, Shift+drag to zoom in, wheel to zoom, double click to see all"


class View(pyqtgraph.ViewBox):
    """The visible part of a plot or a picture, which the mouse zooms and pans.

    A drag pans, with Shift it zooms into a rectangle, with Ctrl it selects a range. The wheel zooms at the mouse.

    Args:
        downwards: whether y grows downwards, as the rows of an array.

    Attributes:
        rubber_band: whether a drag without Shift also zooms into a rectangle.
        selects_ranges: whether a drag with Ctrl selects a range.
        lassos: whether a drag goes around points, and with Ctrl pans.
        horizontal: whether wheel and drag change only the x axis; over the left axis they change the y axis.
    """

    clicked = Signal(float, float)  # x, y in data coordinates
    double_clicked = Signal(float, float)
    range_selected = Signal(float, float, bool)  # from, to on the x axis in a drag with Ctrl; whether it has ended
    lasso_dragged = Signal(object, bool)  # QPolygonF in data coordinates; whether the drag has ended

    def __init__(self, *, downwards: bool = False) -> None:
        super().__init__(enableMenu=False, defaultPadding=0, invertY=downwards)
        self.disableAutoRange()
        self.rubber_band = False
        self.selects_ranges = False
        self.lassos = False
        self.horizontal = False
        self._lasso = QPolygonF()

    def resizeEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().resizeEvent(event)
        # pyqtgraph offers what is near to a view without any room too, or was done to an axis of it.
        self.setEnabled(not self.rect().isEmpty())

    def wheelEvent(self, event, axis=None) -> None:  # type: ignore[no-untyped-def]
        if self.isEnabled():
            super().wheelEvent(event, 0 if axis is None and self.horizontal else axis)

    def mouseDragEvent(self, event, axis=None) -> None:  # type: ignore[no-untyped-def]
        if event.button() != Qt.MouseButton.LeftButton or not self.isEnabled():
            event.ignore()
        elif self.selects_ranges and axis is None and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            event.accept()
            ends = sorted(self.mapToView(point).x() for point in (event.buttonDownPos(), event.pos()))
            self.range_selected.emit(*ends, event.isFinish())
        elif self.lassos and not self.rubber_band and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            event.accept()
            if event.isStart():
                self._lasso = QPolygonF([self.mapToView(event.buttonDownPos())])
            self._lasso.append(self.mapToView(event.pos()))
            self.lasso_dragged.emit(self._lasso, event.isFinish())
        else:
            band = self.rubber_band or event.modifiers() & Qt.KeyboardModifier.ShiftModifier
            self.state["mouseMode"] = self.RectMode if band else self.PanMode
            super().mouseDragEvent(event, 0 if axis is None and self.horizontal and not band else axis)

    def mouseClickEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            event.accept()
            at = self.mapSceneToView(event.scenePos())
            if event.double():
                self.double_clicked.emit(at.x(), at.y())
            elif self.sceneBoundingRect().contains(event.scenePos()):  # the axes also pass on their clicks
                self.clicked.emit(at.x(), at.y())

    def nearest(self, places: NDArray[np.floating], x: float, y: float, pixels: float) -> int:
        """The number of the one of `places`, (n, 2), nearest to x, y on the screen; -1 if all are farther away."""
        squares = (((places - (x, y)) / self.viewPixelSize()) ** 2).sum(axis=1)
        found = int(squares.argmin()) if len(places) else -1
        return found if found >= 0 and squares[found] <= pixels**2 else -1

    def set_theme(self, theme: Theme) -> None:
        self.rbScaleBox.setPen(pyqtgraph.mkPen(color(theme.accent), width=1))
        self.rbScaleBox.setBrush(pyqtgraph.mkBrush(color(theme.accent, 0.15)))


class Figure(pyqtgraph.GraphicsLayoutWidget):
    """The base of all widgets that show plots or heatmaps.

    A subclass puts items into the layout, registers their views with `watch`, and sets the full ranges in `fit`.

    Attributes:
        keeps_arrows: whether the arrows and Enter are the figure's after a click too: usually they are only where the
            focus came by the keyboard, and after a click still step through the training.
        further_keys: those that `press` hears while the figure has the focus.
    """

    keeps_arrows = False
    further_keys: frozenset[Qt.Key] = frozenset()

    export_requested = Signal(str)  # "png" or "svg"
    zoomed_changed = Signal(bool)
    menu_opening = Signal(object)  # where, a QPointF in the figure's pixels; None if a key opens the context menu

    def __init__(self, name: str, accessible_name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible_name)
        self.setAccessibleDescription(_HINT)
        self.theme = DARK
        self.zoomed = False  # by the user; otherwise the ranges follow the contents
        self._by_keys = False  # whether the focus came by the keyboard, and the arrows belong to the figure
        self._button_margin = GRID  # pixels at the right
        self.note_margins = 0, 0  # units at the left of the note of an empty figure, and below it
        self._views: list[View] = []
        self.ci.layout.setContentsMargins(0, 0, 0, 0)
        self.ci.layout.setSpacing(0)
        self._buttons: list[QToolButton] = []  # at the upper edge, from the right
        self.see_all_button = self.add_button("see-all", self.see_all)
        self.set_home()
        self._note = QLabel(self)
        self._note.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._note.setWordWrap(True)
        self._note.setProperty("role", "muted")
        self._note.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._note.hide()
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.viewport().setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)  # left to the figure
        self.viewport().setMouseTracking(True)
        self.add_action("see-all", "See all\tA", self.see_all)  # the key is the window's, for all figures
        self.band_action = self.add_action("zoom-band", "Drag zooms into a rectangle", self._on_band_triggered)
        self.band_action.setCheckable(True)
        self.add_separator()
        self.copy_action = copy_action(self)
        self.copy_action.triggered.connect(self.copy)
        self.png_action = self.add_action("export-png", "Save as picture (PNG)…", self._on_export_triggered)
        self.svg_action = self.add_action("export-svg", "Save as drawing (SVG)…", self._on_export_triggered)
        self.add_separator()
        self.add_action("explain", "What is this?", self._on_explain_triggered)

    # --- for subclasses ----------------------------------------------------------------------

    def watch(self, view: View) -> None:
        """Notice when the user zooms or pans `view`, which is part of the layout."""
        self._views.append(view)
        view.set_theme(self.theme)
        view.sigRangeChangedManually.connect(self._on_range_changed_manually)

    def fit(self) -> None:
        """Set the ranges of the views so that everything is visible."""

    @Slot()
    def fit_unless_zoomed(self) -> None:
        if not self.zoomed:
            self.fit()

    def export_description(self) -> str:
        """What an exported drawing says about itself beside its title."""
        return ""

    def point_at(self, position: QPointF | None) -> None:
        """The mouse is at `position`, in the figure's units, with no button pressed; None when it has left."""

    def step(self, right: int, down: int) -> bool:
        """Point at what lies that way, one to the right or left, down or up; False if the arrows mean nothing here."""
        return False

    @property
    def pointing(self) -> bool:
        """Whether something is pointed at that could be chosen, and is not chosen already."""
        return False

    def choose(self) -> None:
        """Choose what is pointed at, as a click would."""

    def press(self, key: Qt.Key) -> None:
        """Do what one of `further_keys` does."""

    def note_area(self) -> QRect:
        """The rectangle of the note of an empty figure, in pixels."""
        left, below = (zoom.px(side) for side in self.note_margins)
        return self.rect().adjusted(left, 0, 0, -below)

    def add_action(self, name: str, text: str, slot: Callable[..., object] | None = None) -> QAction:
        """Add an entry to the context menu."""
        action = QAction(text, self)
        action.setObjectName(f"{self.objectName()}-{name}")
        if slot is not None:
            action.triggered.connect(slot)
        self.addAction(action)
        return action

    def add_button(self, name: str, slot: Callable[..., object]) -> QToolButton:
        """Make a button at the upper edge, left of those before; it is hidden at first."""
        button = QToolButton(self)
        button.setObjectName(f"{self.objectName()}-{name}")
        button.setProperty("kind", "switch")
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(slot)
        button.hide()
        self._buttons.append(button)
        return button

    def add_separator(self) -> QAction:
        separator = QAction(self)
        separator.setSeparator(True)
        self.addAction(separator)
        return separator

    def set_home(self, text: str = "See all", tip: str = "Show everything again (A, or a double click)") -> None:
        """Label the button that ends a zoom, such as "Follow" while training runs."""
        if text != self.see_all_button.text():
            self.see_all_button.setText(text)
            self.see_all_button.setToolTip(tip)
            self.place_buttons()

    def set_note(self, text: str) -> None:
        """Show `text` in the middle of the figure, such as what to do while it is empty; "" for none."""
        self._note.setText(text)
        self._note.setVisible(bool(text))
        self._note.setGeometry(self.note_area())

    @property
    def note(self) -> str:
        return self._note.text()

    def set_theme(self, theme: Theme) -> None:
        self.theme = theme
        self.setBackground(color(theme.panel))
        for view in self._views:
            view.set_theme(theme)

    @Slot()
    def see_all(self) -> None:
        self._set_zoomed(False)
        self.fit()

    # --- pictures out ------------------------------------------------------------------------

    def picture(self, scale: float = 2.0) -> QImage:
        """The figure without buttons, at `scale` device pixels a pixel."""
        image = QImage(self.size() * scale, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(scale)
        self._paint_on(image)
        return image

    def svg(self) -> bytes:
        """The figure as an SVG document, with lines as lines."""
        buffer = QBuffer()
        generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # of two, the version in which lines are clipped
        generator.setOutputDevice(buffer)
        generator.setResolution(_DOTS_PER_INCH)
        generator.setSize(self.size())
        generator.setViewBox(QRectF(self.rect()))
        generator.setTitle(self.accessibleName())
        generator.setDescription(self.export_description())
        self._paint_on(generator)
        family = f'font-family="{FAMILY}'.encode()
        return bytes(buffer.data().data()).replace(family, family + b", Helvetica, Arial, sans-serif")

    def _paint_on(self, device: QPaintDevice) -> None:
        self.scene().prepareForPaint()
        # What is cached as pixels for the screen is drawn as lines here.
        cached = [(item, item.cacheMode()) for item in self.scene().items()]
        for item, _ in cached:
            item.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        with QPainter(device) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), color(self.theme.panel))
            self.scene().render(painter, QRectF(self.rect()), self.range)
        for item, mode in cached:
            item.setCacheMode(mode)

    @Slot()
    def copy(self) -> None:
        """Put a picture of the figure on the clipboard."""
        QGuiApplication.clipboard().setImage(self.picture())

    def _set_zoomed(self, zoomed: bool) -> None:
        if zoomed != self.zoomed:
            self.zoomed = zoomed
            self.see_all_button.setVisible(zoomed)
            self.place_buttons()
            self.zoomed_changed.emit(zoomed)

    def place_buttons(self) -> None:
        right = self.width() - zoom.px(self._button_margin)
        for button in self._buttons:
            if not button.isHidden():
                button.resize(button.sizeHint().width() + zoom.px(2 * GRID), zoom.px(2 * GRID + 4))
                button.move(right - button.width(), zoom.px(GRID // 2))
                right -= button.width() + zoom.px(GRID)

    def updateMatrix(self, propagate: bool = True) -> None:  # noqa: N802
        """Scale the scene, which is in units, to the widget's pixels."""
        self.setSceneRect(self.range)
        self.setTransform(QTransform.fromScale(zoom.scale(), zoom.scale()))
        self.sigDeviceRangeChanged.emit(self, self.range)
        self.sigDeviceTransformChanged.emit(self)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        self.autoPixelRange = False  # pyqtgraph's range would be the widget in pixels
        self.range = QRectF(0, 0, zoom.units(self.width()), zoom.units(self.height()))
        super().resizeEvent(event)
        if event is None:  # pyqtgraph's own, before the figure is complete
            return
        self.place_buttons()
        self._note.setGeometry(self.note_area())
        self.fit_unless_zoomed()

    def close(self) -> bool:
        """Close as any widget does: pyqtgraph's own takes the scene apart under items in use, and may crash."""
        return QWidget.close(self)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._by_keys = event.reason() not in (Qt.FocusReason.MouseFocusReason, Qt.FocusReason.PopupFocusReason)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if self._by_keys:
            self.point_at(None)
        self._by_keys = False
        self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            with QPainter(self.viewport()) as painter:
                painter.setPen(frame_pen(self.theme.accent))
                painter.drawRect(self.viewport().rect().adjusted(1, 1, -1, -1))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._takes(event):
            super().keyPressEvent(event)
            return
        key = Qt.Key(event.key())
        if key in self.further_keys:
            self.press(key)
        elif key in _CHOOSE:
            self.choose()
        elif not self.step(*_ARROWS[key]):
            super().keyPressEvent(event)

    def _takes(self, event: QKeyEvent) -> bool:
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        arrows = event.key() in _ARROWS or (event.key() in _CHOOSE and self.pointing)
        return plain and ((arrows and (self._by_keys or self.keeps_arrows)) or event.key() in self.further_keys)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()
            return True
        done: bool = super().event(event)
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.resizeEvent(QResizeEvent(self.size(), self.size()))
        return done

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QContextMenuEvent):
            by_mouse = event.reason() == QContextMenuEvent.Reason.Mouse
            self.menu_opening.emit(QPointF(event.pos()) if by_mouse else None)
        done = bool(super().viewportEvent(event))
        if (
            event.type() in _BUTTONS
        ):  # some are left unaccepted; they must not reach the dock, which would start to move
            event.accept()
        return done

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() == Qt.MouseButton.NoButton:
            self.point_at(event.position() / zoom.scale())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(None)

    @Slot(object)
    def _on_range_changed_manually(self, _mask: object) -> None:
        self._set_zoomed(True)

    @Slot(bool)
    def _on_band_triggered(self, checked: bool) -> None:
        for view in self._views:
            view.rubber_band = checked

    @Slot()
    def _on_explain_triggered(self) -> None:
        what_is_this.show_text_of(self)

    @Slot()
    def _on_export_triggered(self) -> None:
        self.export_requested.emit("svg" if self.sender() is self.svg_action else "png")
