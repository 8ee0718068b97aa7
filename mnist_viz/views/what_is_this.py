"""What each control, chart and term is: the texts of ``resources/help.toml``, as Qt's "What's This?" shows them."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWhatsThis, QWidget

from mnist_viz.system.paths import resource
from mnist_viz.views import zoom
from mnist_viz.views.theme import GRID


@dataclass(frozen=True)
class HelpEntry:
    """An explanation; the file says what its parts are."""

    title: str
    text: str
    formula: str = ""
    read: str = ""
    words: str = ""
    widgets: tuple[str, ...] = ()

    @property
    def html(self) -> str:
        formula = f"<p><i>{self.formula}</i></p>" if self.formula else ""
        read = f"<p>Read on: {self.read}.</p>" if self.read else ""
        return f"<p><b>{self.title}</b></p><p>{self.text}</p>{formula}{read}"


@cache
def entries() -> tuple[HelpEntry, ...]:
    """All explanations, in the order of the file."""
    found = tomllib.loads(resource("help.toml").read_text(encoding="utf-8"))
    return tuple(HelpEntry(**{**entry, "widgets": tuple(entry.get("widgets", ()))}) for entry in found.values())


@cache
def _texts() -> dict[str, str]:
    return {name: entry.html for entry in entries() for name in entry.widgets}


def explain(top: QWidget) -> None:
    """Give `top`, and the widgets and actions in it, their texts, by their object names.

    For the window once it is put together, for a dialog when it opens, and for a panel that is made later. Where a
    widget has no text Qt shows that of what it is in. A button takes the text of its action, and an action without
    one says its tip.
    """
    texts = _texts()
    for action in top.findChildren(QAction):
        if text := texts.get(action.objectName()):
            action.setWhatsThis(text)
        elif action.statusTip() and not action.whatsThis():
            action.setWhatsThis(HelpEntry(action.text().rstrip("…"), f"{action.statusTip()}.").html)
    for widget in (top, *top.findChildren(QWidget)):
        if text := texts.get(widget.objectName()):
            widget.setWhatsThis(text)


def explained(widget: QWidget | None) -> Iterator[QWidget]:
    """The widgets with a text from `widget` outwards; the first of them is its explanation."""
    while widget is not None:
        if widget.whatsThis():
            yield widget
        widget = widget.parentWidget()


def show_text_of(widget: QWidget | None) -> bool:
    """Show the text of a widget, or of what it is in, near its upper edge; False if there is none."""
    of = next(explained(widget), None)
    if of is None or widget is None:
        return False
    at = QPoint(widget.width() // 2, min(widget.height(), zoom.px(5 * GRID)))
    QWhatsThis.showText(widget.mapToGlobal(at), of.whatsThis(), widget)
    return True


def show_entry(entry: HelpEntry, window: QWidget) -> None:
    """Show an explanation in the middle of a window."""
    QWhatsThis.showText(window.mapToGlobal(QPoint(window.width() // 2, window.height() // 3)), entry.html, window)
