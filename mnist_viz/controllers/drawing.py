"""Turns what is on the pad into pictures, and shows how the network reads them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from mnist_viz.analysis.acceptance import accepted, certain, is_number
from mnist_viz.analysis.evaluation import Probe
from mnist_viz.analysis.reading import Reading, read
from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.controllers.notices import Notices
from mnist_viz.data.drawing import ink
from mnist_viz.data.drawing.images import FORMATS
from mnist_viz.data.drawing.normalization import Normalization, Steps, normalize, to_shape
from mnist_viz.data.drawing.numbers import group, inks_touch, rows
from mnist_viz.data.drawing.picture import Box, ReadImage, Source, read_picture
from mnist_viz.data.drawing.stroke_files import ENDINGS, DrawnStrokes, strokes_in
from mnist_viz.engine.samples import Shape, is_colour, size_in_words
from mnist_viz.recording.drawing import Drawing, Stroke
from mnist_viz.recording.snapshot import Model
from mnist_viz.recording.storage import load_guard
from mnist_viz.session.background_tasks import Task
from mnist_viz.session.session import Session
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.drawing.normalization_view import NormalizationView
from mnist_viz.views.drawing.pad import PEN_WIDTH, PEN_WIDTHS
from mnist_viz.views.drawing.pasted import is_strokes
from mnist_viz.views.drawing.verdict import Part
from mnist_viz.views.network.activations_panel import ActivationsPanel
from mnist_viz.views.window import MainWindow

Strokes = list[NDArray[np.float32]]

_ENDINGS = {"JPEG": "*.jpg *.jpeg", "TIFF": "*.tif *.tiff", "PPM": "*.ppm *.pgm"}
_IMAGES = " ".join(_ENDINGS.get(name, f"*.{name.lower()}") for name in FORMATS)
_STROKES = " ".join(f"*{ending}" for ending in ENDINGS)
_KINDS = f"Images and strokes ({_IMAGES} {_STROKES})"
MOST_COUNTED = 1000
"""Drawings of a file, some of which hold a hundred thousand."""
_SHARE = 20 / 28  # of the pad's side
_GIVEN = ("An example", "It is used as it is in the data set; draw to see the steps")
_IMAGE = ("An image", "It was cropped, fitted and centred; draw to see the steps")
_WITHOUT = {"fit": "fitting", "aspect": "keeping the shape", "pen": "the round pen", "centre": "centring"}


@dataclass(frozen=True, eq=False)
class _Digit:
    """One digit on the pad.

    Attributes:
        picture: what the network gets, uint8.
        box: left, top, right and bottom in pad units.
        strokes, steps: of a drawn one, and how the picture came about.
    """

    picture: NDArray[np.uint8]
    box: Box = (0.0, 0.0, 1.0, 1.0)
    strokes: tuple[NDArray[np.float32], ...] = ()
    steps: Normalization | None = None


@dataclass(frozen=True, eq=False)
class _Given(Drawing):
    """A picture on the pad that nobody drew there.

    Attributes:
        digits: those that were found in it.
        name: of an example, the class.
        part: of an example, "test" or "validation".
    """

    digits: tuple[_Digit, ...] = ()
    name: str = ""
    part: str = "test"


class DrawingController(QObject):
    """Shows, for every stroke, the picture that the network sees and what it reads."""

    picture_changed = Signal()  # what the network sees
    strokes_read = Signal(str, int)
    """The first drawing of a file is on the pad: the path, and how many drawings it holds, as `counted` takes it."""

    def __init__(
        self,
        session: Session,
        draw: DrawPanel,
        steps: NormalizationView,
        activations: ActivationsPanel,
        window: MainWindow,
        notices: Notices,
        access: FileAccess,
    ) -> None:
        super().__init__()
        self._session = session
        self._access = access
        self._draw = draw
        self._steps = steps
        self._activations = activations
        self._notices = notices
        self._digits: tuple[_Digit, ...] = ()  # row by row from left to right
        self._current = 0  # the one that was drawn last, or chosen with a click
        self._whole: _Digit | None = None  # all strokes as one digit
        self._given: _Given | None = None  # on the pad; None where somebody draws
        self._made: _Given | None = None  # the picture that was worked out last
        self._seen: NDArray[np.uint8] | None = None
        self._rng = np.random.default_rng()
        self._reading: Task | None = None  # a file or a pasted picture
        self._which = ""  # which drawing of a file is on the pad
        draw.set_steps_view(steps)
        draw.pad.strokes_changed.connect(self._on_strokes_changed)
        draw.digit_requested.connect(self._on_digit_requested)
        for signal in (draw.pad.strokes_changed, draw.digit_requested, draw.pad.picture_restored):
            signal.connect(self._forget_reading)
        draw.pad.picture_restored.connect(self._on_picture_restored)
        draw.part_chosen.connect(self._on_part_chosen)
        draw.image_pasted.connect(self.read_image)
        steps.switches_changed.connect(self._on_steps_changed)
        steps.shown_changed.connect(self._on_steps_changed)
        window.commands.read_image.triggered.connect(self._on_read_image_requested)
        window.commands.clear_pad.triggered.connect(draw.pad.clear)
        window.commands.undo_pad.triggered.connect(draw.pad.undo)
        window.commands.redo_pad.triggered.connect(draw.pad.redo)
        self._commands = window.commands
        draw.pad.history_changed.connect(self._on_history_changed)
        self._on_history_changed()

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """The picture that the network sees, (28, 28) if it is drawn; None when the pad is empty."""
        return self._seen

    @property
    def label(self) -> int | None:
        """The class of the example on the pad; None for what is drawn."""
        names = self._session.class_names
        return names.index(self._given.name) if self._given is not None and self._given.name in names else None

    @property
    def strokes(self) -> tuple[NDArray[np.float32], ...]:
        """Those of the digit under the pen; none where nothing is drawn."""
        return self._digits[self._current].strokes if self._digits else ()

    def show_reading(self) -> None:
        """Let the shown network read what is on the pad again."""
        draw, frame, names = self._draw, self._session.shown, self._session.class_names
        model = frame.model if frame is not None else None
        shape = self._session.image_shape
        if model is not None:  # it may be read, with a click on the pad, before anything else of it is shown
            self._activations.set_structure(model.sizes[1:-1], model.activation, names, model.sizes[0], shape)
            draw.set_class_names(names)
        draw.set_refusal(_why_not(shape, model))
        digits, readings, current = self._read(model, shape)
        example = self._given if self._given is not None and self._given.name else None
        digit = digits[current] if digits else None
        seen, self._seen = self._seen, digit.picture if digit is not None else None
        if seen is not self._seen:
            self.picture_changed.emit()
        draw.set_seen(self._seen, shape)
        draw.pad.set_groups([one.box for one in digits], current)
        self._activations.set_input(self._seen)
        self._show_steps(digit)
        if digit is None or not readings:
            draw.set_answer(())
            self._activations.set_activations(None, None)
            self._show_note("" if digit is None else "This network reads other pictures")
            if example is not None:
                draw.set_given(example.name, None)
            return
        reading = readings[current]
        # That an example is a digit is known; whether the network is sure of it is not.
        trusted = [
            certain(one) if example is not None else accepted(part.picture, one, load_guard(), names)
            for part, one in zip(digits, readings, strict=True)
        ]
        begins = {row[0] for row in rows([one.box for one in digits])[1:]}
        parts = [
            Part(
                f" {names[one.digit]}" if k in begins else names[one.digit], float(one.probabilities.max()), trusted[k]
            )
            for k, one in enumerate(readings)
        ]
        draw.set_answer(parts, reading.probabilities, current)
        self._activations.set_activations(reading.hidden, reading.probabilities, reading.paths)
        if example is not None:
            answer = names[reading.digit]
            draw.set_given(example.name, answer)
            knew = "read correctly" if answer == example.name else f"read as {answer}"
            draw.set_note(f"From the {example.part} set: {example.name}, {knew}")
        else:
            self._show_note("" if trusted[current] else _doubt(reading))

    def _read(self, model: Model | None, shape: Shape | None) -> tuple[Sequence[_Digit], list[Reading], int]:
        """The digits as the network gets them, its reading of each, and which of them is the current one.

        The strokes are several digits unless only all of them together are one. There are no readings where the
        network reads other pictures.
        """
        digits = [_fitted(digit, shape) for digit in self._digits]
        readings = self._readings(digits, model)
        if self._whole is None or not readings:
            return digits, readings, self._current
        whole = _fitted(self._whole, shape)
        together = self._readings([whole], model)
        is_several = is_number(
            [(digit.picture, reading) for digit, reading in zip(digits, readings, strict=True)],
            (whole.picture, together[0]), load_guard(), self._session.class_names,
            touching=inks_touch([digit.strokes for digit in digits]),
        )  # fmt: skip
        return (digits, readings, self._current) if is_several else ([whole], together, 0)

    def _readings(self, digits: Sequence[_Digit], model: Model | None) -> list[Reading]:
        if model is None or any(digit.picture.size != model.sizes[0] for digit in digits):
            return []
        return [read(model.network(), digit.picture) for digit in digits]

    # Pictures and strokes from elsewhere, and examples

    def read_file(self, path: str) -> None:
        """Put the picture of an image file, or the first drawing of a file of strokes, on the pad."""
        if not is_strokes(path):
            self.read_image(path)
            return
        self._begin_reading(partial(_first_drawing, path), partial(self._on_strokes_read, path), "strokes")

    def _begin_reading(self, work: Callable[[Task], Any], done: Callable[[Any], object], what: str) -> None:
        self._forget_reading()
        self._reading = self._access.tasks.submit(
            work, done, self._notices.warn_if, queue="pictures", failure=f"The {what} could not be read"
        )

    def _on_strokes_read(self, path: str, read: tuple[DrawnStrokes, int]) -> None:
        first, count = read
        self._access.note(path)
        self._draw.pad.lay(Drawing(tuple(Stroke(points, PEN_WIDTH) for points in in_pad(first.strokes))))
        if count > 1:
            self._which = f"1 of {counted(count)} drawings"
            self.show_reading()
            self.strokes_read.emit(path, count)

    @Slot(str)
    @Slot(object)
    def read_image(self, source: Source) -> None:
        """Read the digits of the file, or of the picture (h, w) or (h, w, 3), and put it on the pad."""
        self._begin_reading(lambda _: read_picture(source), partial(self._on_image_read, source), "picture")

    def _on_image_read(self, source: Source, image: ReadImage) -> None:
        if isinstance(source, str):
            self._access.note(source)
        boxes = zip(image.pictures, image.boxes, strict=True)
        self._give(_Given((), image.shown, digits=tuple(_Digit(picture, box) for picture, box in boxes)))

    def give(self, probe: Probe, index: int) -> None:
        """Put a picture that was examined on the pad, if the shown network's classes are those of the pictures."""
        names = probe.class_names
        if names != self._session.class_names:
            return
        image, label = probe.images[index].reshape(probe.image_shape), int(probe.labels[index])
        if self.picture is not None and self.label == label and np.array_equal(self.picture, image):
            return  # it is there already: one undo less
        self._give(_Given((), image, label, (_Digit(image),), names[label], probe.part))

    def show_picture(self, image: NDArray[np.uint8]) -> None:
        """Put a picture that was worked out on the pad, uint8 (h, w) or (h, w, 3), as the network gets it."""
        self._made = _Given((), image, digits=(_Digit(image),))
        self._give(self._made)

    def move_picture(self, image: NDArray[np.uint8]) -> None:
        """The same in the place of the one that was worked out before, if that is still there: one undo for both."""
        replace = self._made is not None and self._draw.pad.drawing() is self._made
        self._made = _Given((), image, digits=(_Digit(image),))
        self._give(self._made, replace=replace)

    def _give(self, given: _Given, *, replace: bool = False) -> None:
        self._draw.pad.show_picture(given, replace=replace)
        self._take(given.digits, given=given)

    @Slot(object)
    def _on_picture_restored(self, drawing: Drawing) -> None:
        names, picture, label = self._session.class_names, drawing.picture, drawing.label
        if not isinstance(drawing, _Given) and picture is not None:  # that of an opened session
            name = names[label] if 0 <= label < len(names) else ""
            drawing = _Given((), picture, label, (_Digit(picture),), name)
        if isinstance(drawing, _Given):
            self._take(drawing.digits, given=drawing)

    @Slot()
    def _forget_reading(self) -> None:
        """Cancel reading a picture when the user does something else."""
        self._access.tasks.forget(self._reading)

    @Slot()
    def _on_read_image_requested(self) -> None:
        if path := self._access.ask_which("Read an image", _KINDS):
            self.read_file(path)

    # What is on the pad

    def _take(
        self, digits: tuple[_Digit, ...], current: int = 0, *, whole: _Digit | None = None, given: _Given | None = None
    ) -> None:
        self._digits, self._current, self._whole, self._given, self._which = digits, current, whole, given, ""
        self.show_reading()

    def _drawn(self, strokes: Strokes) -> _Digit:
        steps = Steps(**self._steps.taken())
        points = np.concatenate(strokes)
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        box = (left, top, right, bottom)
        # What the thinnest pen covers is a dot, although the pen moved: fitted into the box it would be a 1.
        seen = [points[:1]] if max(right - left, bottom - top) <= PEN_WIDTHS[0] else strokes
        done = normalize(seen, steps)
        assert done is not None  # there are points
        return _Digit(done.picture, box, tuple(strokes), done)

    # Notes

    def _show_steps(self, digit: _Digit | None) -> None:
        if not self._steps.isVisible():
            return
        if digit is not None and digit.steps is not None:
            self._steps.set_stages(digit.steps)
        elif digit is None:
            self._steps.set_stages(None)
        else:
            self._steps.set_stages(None, _GIVEN if self._given is not None and self._given.name else _IMAGE)

    def _show_note(self, doubt: str) -> None:
        left_out = [_WITHOUT[name] for name, taken in self._steps.taken().items() if not taken]
        if left_out and self._digits and self._given is None:
            self._draw.set_note(f"Without {', '.join(left_out[:-1])}{' and ' if left_out[1:] else ''}{left_out[-1]}")
        else:
            self._draw.set_note(" · ".join(text for text in (self._which, doubt) if text))

    @Slot()
    def _on_history_changed(self) -> None:
        self._commands.undo_pad.setEnabled(self._draw.pad.can_undo())
        self._commands.redo_pad.setEnabled(self._draw.pad.can_redo())

    @Slot(object)
    def _on_strokes_changed(self, strokes: Strokes) -> None:
        groups = group(strokes)
        digits = tuple(self._drawn(one) for one in groups)
        whole = self._drawn(strokes) if len(groups) > 1 else None
        touched = [any(stroke is strokes[-1] for stroke in one) for one in groups]
        self._take(digits, touched.index(True) if digits else 0, whole=whole)

    @Slot(int)
    def _on_part_chosen(self, part: int) -> None:
        """Let the panels show another digit of the number."""
        if part < len(self._digits):
            self._current = part
            self.show_reading()

    @Slot()
    def _on_steps_changed(self) -> None:
        if self._given is None:
            self._on_strokes_changed(self._draw.pad.strokes())
        else:
            self.show_reading()

    @Slot(int)
    def _on_digit_requested(self, label: int) -> None:
        dataset, names = self._session.dataset, self._session.class_names
        if dataset is None or label >= len(names):  # the buttons are those of the network that was shown last
            return
        name = names[label]
        known = name in dataset.class_names
        found = (
            np.flatnonzero(dataset.test.labels == dataset.class_names.index(name)) if known else np.empty(0, np.intp)
        )
        if not len(found):
            self._draw.set_note(f"{dataset.title} has no test example of {name}")
            return
        image = dataset.test.images[self._rng.choice(found)].reshape(dataset.image_shape)
        self._give(_Given((), image, label, (_Digit(image),), name))


def counted(count: int) -> str:
    """How many drawings a file holds, where those beyond `MOST_COUNTED` were not counted."""
    return f"{count:,}" if count <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"


def in_pad(strokes: Sequence[NDArray[np.floating]]) -> Strokes:
    """Strokes of any units in the middle of the pad, as large as MNIST's digits in their pictures."""
    points = np.concatenate(strokes)
    lowest, highest = points.min(axis=0), points.max(axis=0)
    scale = _SHARE / max(float((highest - lowest).max()), 1e-9)
    return [((stroke - (lowest + highest) / 2) * scale + 0.5).astype(np.float32) for stroke in strokes]


def _first_drawing(path: str, task: Task) -> tuple[DrawnStrokes, int]:
    """The first drawing of a file that has strokes, and how many there are."""
    first, count = None, 0
    for drawing in islice(strokes_in(path), MOST_COUNTED + 1):
        task.check()
        count += bool(drawing.strokes)
        if first is None and drawing.strokes:
            first = drawing
    if first is None:
        raise ValueError(f"{path} holds no strokes")
    return first, count


def _reads_drawings(shape: Shape | None) -> bool:
    """Whether a network can make something of a drawing: a grey picture of any size."""
    return shape is not None and not is_colour(shape)


def _fitted(digit: _Digit, shape: Shape | None) -> _Digit:
    """What is not from the data set, in the size that the network reads."""
    if digit.picture.shape != (ink.SIDE, ink.SIDE) or shape is None or not _reads_drawings(shape):
        return digit
    return replace(digit, picture=to_shape(digit.picture, shape)) if shape != digit.picture.shape else digit


def _doubt(reading: Reading) -> str:
    return "This may not be a digit" if certain(reading) else "The network is not sure"


def _why_not(shape: Shape | None, model: Model | None) -> str:
    """Why the network cannot read drawings; empty if it can."""
    if model is None or _reads_drawings(shape):
        return ""
    return f"It reads {size_in_words(shape, model.sizes[0], '×')}: ask for an example"
