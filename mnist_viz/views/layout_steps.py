"""Makes steps that can be undone of what the user does to the arrangement of the panels."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QApplication

from mnist_viz.views.layout import LayoutState
from mnist_viz.views.panel import PanelDock
from mnist_viz.views.throttle import single_shot
from mnist_viz.views.undo_stack import UndoStack

_MS = 100
"""Between two looks while panels are moved and resized."""


class LayoutSteps(QObject):
    """Notes one step for an act: a panel is closed, opened, moved, taken out or put back, or all are restored.

    The sizes of the panels and which of a group is in front are no steps, but come back with them.

    Args:
        take: gives the present arrangement; None while it is hidden by a panel that fills the window.
        put: arranges the panels so.
    """

    def __init__(
        self,
        docks: Sequence[PanelDock],
        stack: UndoStack,
        take: Callable[[], LayoutState | None],
        put: Callable[[LayoutState], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._docks = tuple(docks)
        self._stack, self._take, self._put = stack, take, put
        self._before: LayoutState | None = None  # None while what changes is no act of the user
        self._panels = self._look()
        self._lifted: set[PanelDock] = set()  # taken out since, perhaps to be put elsewhere
        self._words = ""
        self._settled = single_shot(self, self._on_settled)
        for dock in self._docks:
            dock.installEventFilter(self)
            dock.visibilityChanged.connect(self._on_changed)
            dock.dockLocationChanged.connect(self._on_changed)
            dock.topLevelChanged.connect(self._on_top_level_changed)

    @property
    def pending(self) -> bool:
        """Whether something has changed that was not looked at yet."""
        return self._settled.isActive()

    def begin(self, words: str = "") -> None:
        """All that changes until the arrangement has settled is one step, `words`; none without words."""
        self._words = words
        if not words:
            self._before = None
        self._on_changed()

    def _look(self) -> list[tuple[bool, bool]]:
        """Of each panel, whether it is closed and whether it is outside of the window."""
        return [(dock.isHidden(), dock.isFloating()) for dock in self._docks]

    def _said(self, panels: list[tuple[bool, bool]], lifted: set[PanelDock]) -> str:
        """What was done; empty if nothing."""
        done = []
        for dock, before, after in zip(self._docks, self._panels, panels, strict=True):
            if before[0] != after[0]:
                done.append(f"{'close' if after[0] else 'open'} {dock.windowTitle()}")
            elif before[1] != after[1]:
                done.append(f"{'float' if after[1] else 'dock'} {dock.windowTitle()}")
            elif dock in lifted and not after[1]:
                done.append(f"move {dock.windowTitle()}")
        return done[0] if len(done) == 1 else "change of the layout" if done else ""

    def _go(self, state: LayoutState) -> None:
        self.begin()
        self._put(state)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        """Watches the sizes of the panels, and where those are that are outside of the window."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move) and not self._settled.isActive():
            self._settled.start(_MS)
        return False

    @Slot()
    def _on_changed(self) -> None:
        self._settled.start(0)

    @Slot(bool)
    def _on_top_level_changed(self, floating: bool) -> None:
        dock = self.sender()
        if floating and isinstance(dock, PanelDock):
            self._lifted.add(dock)
        self._on_changed()

    @Slot()
    def _on_settled(self) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:  # it is still being dragged
            self._settled.start(_MS)
            return
        after, lifted = self._take(), self._lifted
        self._lifted = set()
        if after is None:
            return
        panels = self._look()
        words, before = self._words or self._said(panels, lifted), self._before
        self._before, self._panels, self._words = after, panels, ""
        if before is not None and words and before.panels != after.panels:
            self._stack.note(words, partial(self._go, before), partial(self._go, after))
