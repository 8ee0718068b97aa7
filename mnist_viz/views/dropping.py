"""What is dropped on a widget, or pasted: always copied, one file at a time, and never refused without a word."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget


class DropTarget(QObject):
    """Lets a widget take what is dropped on it, and answers "copied" whatever the source proposes.

    A source that is told that its files were moved may delete them; one that offers nothing else is told of no action.

    Args:
        can_take: whether the widget has a use for it, or at least an answer.
    """

    hovered = Signal(object)
    """What is dragged over the widget, a QMimeData; None when it has left or was dropped."""
    dropped = Signal(QMimeData)

    def __init__(self, widget: QWidget, can_take: Callable[[QMimeData], bool]) -> None:
        super().__init__(widget)
        self._can_take = can_take
        widget.setAcceptDrops(True)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        if event.type() == QEvent.Type.DragLeave:
            self.hovered.emit(None)
        if not isinstance(event, QDropEvent):  # of which entering and moving are kinds
            return False
        taken = self._can_take(event.mimeData())
        if taken:
            copy = Qt.DropAction.CopyAction
            event.setDropAction(copy if event.possibleActions() & copy else Qt.DropAction.IgnoreAction)
        event.setAccepted(taken)
        if event.type() == QEvent.Type.DragEnter and taken:
            self.hovered.emit(event.mimeData())
        elif event.type() == QEvent.Type.Drop:
            self.hovered.emit(None)
            if taken:
                self.dropped.emit(event.mimeData())
        return True


def path_of(data: QMimeData) -> str:
    """The path of the one file or folder in `data`; empty if it is something else."""
    urls = data.urls() if data.hasUrls() else []
    return urls[0].toLocalFile() if len(urls) == 1 and urls[0].isLocalFile() else ""


def is_something(data: QMimeData) -> bool:
    """Whether there is a file, a link, a picture or a text in `data`."""
    return data.hasUrls() or data.hasImage() or data.hasText()


def why_not(data: QMimeData | None) -> str:
    """A sentence on why nothing can be made of what is neither a file nor a picture, and what to do."""
    if data is None or not is_something(data):
        return "There is no picture in the clipboard"
    urls = data.urls() if data.hasUrls() else []
    files = sum(url.isLocalFile() for url in urls)
    if len(urls) > 1:
        things = f"These are {len(urls)} {'files' if files == len(urls) else 'links'}"
        return f"{things}: bring one at a time, or a folder with a subfolder of pictures for each class"
    if urls:
        return (
            f"{_shortened(urls[0].toString())} is a link, and nothing is fetched unasked: save the file and bring that"
        )
    return f"“{_shortened(data.text())}” is text, not a picture: draw it, or bring a picture or a file"


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
