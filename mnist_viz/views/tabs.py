"""The tabs of panels that share a place: with their menus and helps, and a ? behind the last one."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal, Slot
from PySide6.QtWidgets import QTabBar, QToolButton

from mnist_viz.views import zoom
from mnist_viz.views.panel import PanelDock, help_button
from mnist_viz.views.theme import GRID


class PanelTabs(QObject):
    """What one of the window's tab bars can do beyond Qt's; it ends with the bar.

    Args:
        bar: made by Qt, which knows of the panels nothing but their titles.
        docks: all panels.
    """

    double_clicked = Signal(str)  # key

    def __init__(self, bar: QTabBar, docks: Sequence[PanelDock]) -> None:
        super().__init__(bar)
        self._bar = bar
        self._docks = {dock.windowTitle(): dock for dock in docks}
        bar.setElideMode(Qt.TextElideMode.ElideNone)  # what has no room is behind arrows, not cut
        bar.setUsesScrollButtons(True)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        bar.customContextMenuRequested.connect(self._on_menu_requested)
        bar.tabBarDoubleClicked.connect(self._on_double_clicked)
        self._help = help_button("the panel in front")
        self._help.setParent(bar)
        self._help.clicked.connect(self._on_help_clicked)
        bar.installEventFilter(self)

    def show(self) -> None:
        """Give the tabs their helps, and put the ? behind the last one, where there is room and the panel has none."""
        for index in range(self._bar.count()):
            if dock := self._dock(index):
                self._bar.setTabWhatsThis(index, dock.whatsThis())
        zoom.fit(self._help)
        last = self._bar.tabRect(self._bar.count() - 1)
        place = QRect(QPoint(last.right() + GRID // 2, 0), self._help.maximumSize())  # the style sheet lowers it
        place.moveTop(last.center().y() - place.height() // 2)
        self._help.setGeometry(place)
        front = self._dock(self._bar.currentIndex())
        wanted = front is None or not front.on_demand
        scrolls = any(arrow.isVisible() for arrow in self._bar.findChildren(QToolButton) if arrow is not self._help)
        self._help.setVisible(wanted and not scrolls and self._bar.rect().contains(place))

    def _dock(self, index: int) -> PanelDock | None:
        return self._docks.get(self._bar.tabText(index))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        if event.type() == QEvent.Type.Resize:
            self.show()
        return super().eventFilter(watched, event)

    @Slot(int)
    def _on_double_clicked(self, index: int) -> None:
        if dock := self._dock(index):
            self.double_clicked.emit(dock.key)

    @Slot(QPoint)
    def _on_menu_requested(self, place: QPoint) -> None:
        """What can be done with the panel, as on the title of one that has no tab."""
        if dock := self._dock(self._bar.tabAt(place)):
            dock.make_menu().popup(self._bar.mapToGlobal(place))

    @Slot()
    def _on_help_clicked(self) -> None:
        if dock := self._dock(self._bar.currentIndex()):
            dock.show_help()
