"""Drawings that are kept with a label: saved from the pad, imported from files of strokes, exported to them."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Slot

from mnist_viz.controllers.data import DataController
from mnist_viz.controllers.drawing import DrawingController, counted
from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.controllers.notices import Notices
from mnist_viz.data.drawing.stroke_files import ENDINGS, STROKES_KIND, simplified, strokes_in, written
from mnist_viz.data.errors import DataError
from mnist_viz.data.user import drawings
from mnist_viz.data.user.examples import plural
from mnist_viz.session.background_tasks import Task
from mnist_viz.session.session import Session
from mnist_viz.system.files import write_atomically
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.window import MainWindow

_READ = f"Drawings ({' '.join(f'*{ending}' for ending in ENDINGS)})"
_WRITTEN = "JSON Lines (*.jsonl);;QuickDraw (*.ndjson);;InkML (*.inkml)"


Labelled = Sequence[tuple[str, Sequence[NDArray[np.floating]]]]
"""Drawings with their labels."""


class SavedDrawingsController(QObject):
    """Adds to the saved drawings, and says how many there are."""

    def __init__(
        self, session: Session, draw: DrawPanel, drawing: DrawingController, window: MainWindow, notices: Notices,
        data: DataController, access: FileAccess,
    ) -> None:  # fmt: skip
        super().__init__()
        self._session = session
        self._stack = window.commands.undo_stack
        self._draw = draw
        self._drawing = drawing
        self._notices = notices
        self._data = data
        self._access = access
        draw.save_requested.connect(self._on_save_requested)
        drawing.strokes_read.connect(self._on_strokes_read)
        window.commands.import_drawings.triggered.connect(self._on_import_requested)
        window.commands.export_drawings.triggered.connect(self._on_export_requested)
        self._show_count()

    def import_file(self, path: str) -> None:
        """Add the drawings of a file that have a label to the saved ones."""
        text = f"Importing {Path(path).name}…"
        self._access.run(text, partial(_import, path), partial(self._on_imported, path))

    def export_file(self, path: str) -> None:
        """Write the saved drawings to a file, whose ending decides the format."""
        ending = Path(path).suffix.lower()
        if ending not in ENDINGS:
            ends = f"{', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}"
            self._notices.warn(f"Drawings are not written as {Path(path).name}: its name must end in {ends}")
            return

        def work(_: Task) -> int:
            saved = drawings.load()
            if not saved:
                raise DataError(
                    "there are no saved drawings to export: draw on the pad and save some, each as its digit"
                )
            scaled = simplified if ending == ".ndjson" else list
            text = written(((drawing.label, scaled(drawing.strokes)) for drawing in saved), ending)
            write_atomically(path, lambda file: file.write(text.encode()), STROKES_KIND)
            return len(saved)

        def done(count: int) -> None:
            self._access.note(path)
            self._notices.tell(f"Saved {plural(count, 'drawing')} in {path}")

        self._access.run(f"Saving {Path(path).name}…", work, done, writes=path)

    def _on_imported(self, path: str, imported: tuple[Labelled, int]) -> None:
        (labelled, left), name = imported, Path(path).name
        if not labelled:
            why = "none of them has a label" if left else "it holds no drawings"
            example = '"label": "7" in JSON Lines, "word" in QuickDraw\'s form, an annotation in InkML'
            self._notices.warn(f"Nothing was added from {name}: {why}. What a drawing is, is said by {example}.")
            return
        said = f" ({plural(left, 'drawing')} without a label left out)" if left else ""
        self._access.note(path)
        total = self._show_count()
        self._data.list()
        added = plural(len(labelled), "drawing")
        text = f"Added {added} from {name}{said}: {total:,} in all."
        self._note(f"import of {added}", labelled, total, text, "Undo import")

    def _note(self, words: str, added: Labelled, total: int, text: str, label: str) -> None:
        """Note as a step that drawings were added, and say so, with a button to undo it."""
        undo = partial(self._take_back, len(added), total, text)
        step = self._stack.note(words, undo, partial(self._change, partial(drawings.add, added)))
        self._notices.tell(text, {label: partial(self._stack.take_back, step)})

    def _take_back(self, count: int, total: int, text: str) -> bool:
        """Remove the last drawings, unless there are others than then; return whether they are gone."""
        self._notices.withdraw(text)
        if self._show_count() != total:
            self._notices.warn("Other drawings were saved since, perhaps by another window: none is taken back.")
            return False
        return self._change(partial(drawings.remove_last, count))

    def _change(self, change: Callable[[], object]) -> bool:
        """Change the saved drawings, or say why not."""
        try:
            change()
        except DataError as error:
            self._notices.warn(str(error))
            return False
        self._show_count()
        self._data.list()
        return True

    def _show_count(self) -> int:
        try:
            count = sum(drawings.counts().values())
        except DataError:  # reported when the next one is saved
            count = 0
        self._draw.set_saved_count(count)
        return count

    @Slot(int)
    def _on_save_requested(self, label: int) -> None:
        """Save the digit under the pen."""
        names = self._session.class_names
        if label >= len(names):
            return
        added = [(names[label], self._drawing.strokes)]
        if not self._change(partial(drawings.add, added)):
            return
        total = self._show_count()
        self._note(
            f"saving a drawing as {names[label]}", added, total, f"Saved: {plural(total, 'drawing')}", "Undo save"
        )

    @Slot(str, int)
    def _on_strokes_read(self, path: str, count: int) -> None:
        """A file has more drawings than the one that is on the pad."""
        self._notices.tell(
            f"{Path(path).name} holds {counted(count)} drawings; the first is on the pad.",
            {"Add all to your drawings": partial(self.import_file, path)},
        )

    @Slot()
    def _on_import_requested(self) -> None:
        if path := self._access.ask_which("Import drawings", _READ):
            self.import_file(path)

    @Slot()
    def _on_export_requested(self) -> None:
        path, _ = self._access.ask_where("Export your drawings", "drawings.jsonl", _WRITTEN)
        if path:
            self.export_file(path)


def _import(path: str, task: Task) -> tuple[Labelled, int]:
    """Add the drawings of a file; return those that were added, and how many have no label."""
    labelled: list[tuple[str, Sequence[NDArray[np.float64]]]] = []
    unlabelled = 0
    for drawing in strokes_in(path):
        task.check()
        if not drawing.strokes:
            continue
        if drawing.label.strip():
            labelled.append((drawing.label, drawing.strokes))
        else:
            unlabelled += 1
    if labelled:
        drawings.add(labelled)
    return labelled, unlabelled
