"""The panel with a map of the blends of two or three pictures."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton, QWidget

from mnist_viz.analysis.blends import CORNERS, BlendMap, Corners, Material, blend_at, blend_map, material, shares_at
from mnist_viz.analysis.subject import Question
from mnist_viz.views.drawing.digit_view import DigitView
from mnist_viz.views.elided_label import FittingLabel
from mnist_viz.views.painting import Bytes, rgb
from mnist_viz.views.plots.place_figure import Place, PlaceFigure
from mnist_viz.views.questions.panel import QuestionPanel
from mnist_viz.views.theme import DARK, GRID, Theme
from mnist_viz.views.widgets import HiddenWhenSmall, column, row, tool_button

_LETTERS = "ABC"
_LEAST_AREA = 0.01  # of the map, for a name
_PALEST = 0.2  # how much of a class's colour there is where the network is least certain
_ROOM_FOR_PICTURES = 340  # units of height
_EMPTY = "Put a picture into two slots at least"


class BlendPanel(QuestionPanel):
    """Slots for pictures, and a map of what is read in all their blends; the point on it morphs the pad."""

    key = "map"
    title = "Map between drawings"
    sentence = "What is read between two or three pictures: drag the point, and the pad morphs"
    questions: ClassVar[Mapping[str, Question]] = {
        "material": Question(material, frozenset({"network", "picture", "examples"}), quick=True),
        "map": Question(blend_map, frozenset({"network", "choice"})),
    }

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(34 * GRID)  # three buttons for each of three pictures

    def make_content(self) -> QWidget:
        self._theme = DARK
        self._material: Material | None = None
        self._pictures: list[Bytes | None] = [None] * len(_LETTERS)
        self._corners = Corners(())
        self._found: BlendMap | None = None
        self._rng = np.random.default_rng()
        self.slots = [BlendSlot(letter) for letter in _LETTERS]
        for slot in self.slots:
            slot.set_picture(None)
            slot.pad_requested.connect(self._on_pad_requested)
            slot.example_requested.connect(self._on_example_requested)
            slot.removed.connect(self._on_removed)
            HiddenWhenSmall(slot.view, self, height=_ROOM_FOR_PICTURES)
        self.figure = PlaceFigure("blend-map", "Map of the blends; the arrows move the point")
        self.figure.place_moved.connect(self._on_place_moved)
        self.figure.hovered.connect(self._on_hovered)
        self.sentence_here = FittingLabel("muted")
        content, slots = QWidget(), QWidget()
        column(*((slot, 1) for slot in self.slots), None, spacing=GRID // 2, parent=slots)
        right = column((self.figure, 1), self.sentence_here, spacing=GRID // 2)
        row((slots, 2), (right, 5), spacing=GRID, parent=content)
        return content

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._show_map()

    def choice(self) -> Corners:
        return self._corners

    def set_answer(self, name: str, answer: object) -> None:
        if isinstance(answer, Material):
            self._take_material(answer)
        else:
            self._found = answer if isinstance(answer, BlendMap) else None
            self._show_map()

    def _take_material(self, given: Material) -> None:
        before, self._material = self._material, given
        for slot in self.slots:
            slot.set_classes(given.names if given.examples is not None else ())
            slot.pad_button.setEnabled(given.picture is not None)
        is_empty = all(picture is None for picture in self._pictures)
        came = is_empty and before is not None and before.examples is None and given.examples is not None
        if before is None or (before.inputs, before.names) != (given.inputs, given.names) or came:
            self._begin(given)

    def _begin(self, given: Material) -> None:
        """Show what it is about, with an example of each of three classes."""
        for k in range(len(_LETTERS)):
            self._fill(k, None)
        for k, label in enumerate(given.labels[: len(_LETTERS)]):
            self._give_example(k, label)

    def _give_example(self, k: int, label: int) -> None:
        given = self._material
        found = given.of_class(label) if given is not None else ()
        if given is not None and given.examples is not None and len(found):
            image = given.examples.images[self._rng.choice(found)].reshape(given.examples.image_shape)
            self._fill(k, image, given.names[label])

    def _fill(self, k: int, picture: Bytes | None, name: str = "") -> None:
        self._pictures[k] = picture
        self.slots[k].set_picture(picture, name)
        self._corners = Corners(tuple(one for one in self._pictures if one is not None))
        self.choice_changed.emit()

    # The map

    def _show_map(self) -> None:
        found = self._found
        self.figure.set_note("" if found is not None else _EMPTY)
        if found is None:
            self.figure.set_map(None)
            self.sentence_here.set_texts("")
            return
        letters = [letter for letter, one in zip(_LETTERS, self._pictures, strict=True) if one is not None]
        corners = list(zip(CORNERS[len(found.pictures)], letters, strict=False))
        self.figure.set_map(self._colors(found), corners, _areas(found))
        self._show_sentence(self.figure.place)

    def _colors(self, found: BlendMap) -> NDArray[np.uint8]:
        """Red, green and blue of every place."""
        classes, known = len(found.names), self._theme.classes
        tints = [self._theme.class_color(k, classes) for k in range(classes)]
        if classes > len(known):  # the largest areas have colours of their own
            for rank, k in enumerate(np.argsort(-np.bincount(found.answers.ravel(), minlength=classes)).tolist()):
                tints[k] = known[rank % len(known)]
        table, ground = np.array([rgb(tint) for tint in tints]), rgb(self._theme.sunken)
        least = 1 / max(classes, 2)
        share = _PALEST + (1 - _PALEST) * ((found.certainty - least) / (1 - least)).clip(0, 1)
        mixture: NDArray[np.uint8] = np.rint(ground + share[..., None] * (table[found.answers] - ground)).astype(
            np.uint8
        )
        return mixture

    def _show_sentence(self, place: Place) -> None:
        found = self._found
        if found is None:
            return
        shares = shares_at(np.array([place]), len(found.pictures))[0]
        letters = [letter for letter, one in zip(_LETTERS, self._pictures, strict=True) if one is not None]
        blend = ", ".join(
            f"{letter} {share:.0%}".replace("-", "−") for letter, share in zip(letters, shares, strict=False)
        )
        answer, certainty = found.at(place)
        read = f"read as {found.names[answer]} ({certainty:.1%})"
        self.sentence_here.set_texts(f"{blend}: {read}", read)

    @Slot()
    def _on_pad_requested(self) -> None:
        if self._material is not None and self._material.picture is not None:
            self._fill(self._asking, self._material.picture, self._material.name)

    @Slot(int)
    def _on_example_requested(self, label: int) -> None:
        self._give_example(self._asking, label)

    @Slot()
    def _on_removed(self) -> None:
        self._fill(self._asking, None)

    @property
    def _asking(self) -> int:
        """The number of the slot that has sent a signal."""
        return next(k for k, slot in enumerate(self.slots) if slot is self.sender())

    @Slot(float, float, bool)
    def _on_place_moved(self, x: float, y: float, goes_on: bool) -> None:
        if self._found is not None:
            picture = blend_at(self._found.pictures, (x, y))
            (self.picture_moved if goes_on else self.picture_made).emit(picture)
            self._show_sentence((x, y))

    @Slot(int, int)
    def _on_hovered(self, row: int, column: int) -> None:
        if self._found is not None and row >= 0:
            rows, columns = self._found.answers.shape
            self._show_sentence(((column + 0.5) / columns, (row + 0.5) / rows))
        else:
            self._show_sentence(self.figure.place)


def _areas(found: BlendMap) -> list[tuple[Place, str]]:
    """A place well inside the area of each class that has one, and its name."""
    rows, columns = found.answers.shape
    result: list[tuple[Place, str]] = []
    for k, cells in enumerate(np.bincount(found.answers.ravel(), minlength=len(found.names)).tolist()):
        if cells >= _LEAST_AREA * found.answers.size:
            row, column = _inmost(found.answers == k)
            result.append((((column + 0.5) / columns, (row + 0.5) / rows), found.names[k]))
    return result


def _inmost(area: NDArray[np.bool_]) -> tuple[int, int]:
    """A cell of an area from which its edge is far: one that is left longest while the edge is taken off."""
    last, plane = area, int(len(area) > 1)
    while area.any():
        last = area
        around = np.pad(area, ((plane, plane), (1, 1)))
        rows = slice(plane, len(around) - plane)
        area = area & around[rows, :-2] & around[rows, 2:]
        if plane:
            area = area & around[:-2, 1:-1] & around[2:, 1:-1]
    cells = np.argwhere(last)
    row, column = cells[len(cells) // 2].tolist()
    return row, column


class BlendSlot(QWidget):
    """The picture with its letter, and buttons that take the one on the pad, take an example, or remove it."""

    pad_requested = Signal()
    example_requested = Signal(int)  # of this class
    removed = Signal()

    def __init__(self, letter: str) -> None:
        super().__init__()
        self._letter = letter
        self._names: tuple[str, ...] = ()
        self.view = DigitView(letter)
        self.pad_button = tool_button(
            f"blend-pad-{letter}", f"Pad → {letter}", f"Take the picture on the pad for {letter}", kind="pill"
        )
        self.pad_button.clicked.connect(self.pad_requested)
        title = f"Take an example for {letter}"
        self.example_button = tool_button(f"blend-example-{letter}", "Example", title, kind="pill", title=title)
        self.example_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.triggered.connect(self._on_chosen)
        self.example_button.setMenu(self._menu)
        self.remove_button = tool_button(f"blend-remove-{letter}", "Remove", f"Leave {letter} out", kind="pill")
        self.remove_button.clicked.connect(self.removed)
        buttons = column(self.pad_button, self.example_button, self.remove_button, None, spacing=2)
        row((self.view, 1), buttons, spacing=GRID // 2, parent=self)

    def set_classes(self, names: Sequence[str]) -> None:
        """The classes of which there are examples."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self._menu.clear()
            for k, name in enumerate(names):
                self._menu.addAction(name.replace("&", "&&")).setData(k)  # a single & would underline what follows
        self.example_button.setEnabled(bool(names))

    def set_picture(self, picture: Bytes | None, name: str = "") -> None:
        """Show a picture, and what it is; None for none."""
        self.view.set_image(picture)
        self.view.set_caption(f"{self._letter}: {name}" if name else self._letter)
        self.remove_button.setEnabled(picture is not None)

    @Slot(QAction)
    def _on_chosen(self, action: QAction) -> None:
        self.example_requested.emit(action.data())
