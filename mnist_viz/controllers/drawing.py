"""Turns what is on the pad into pictures, and shows how the network reads them."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

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
from mnist_viz.data.drawing.ink import render
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
from mnist_viz.views.drawing.pad_history import MOST
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
_MADE = "made"
_GIVEN = ("An example", "It is used as it is in the data set; draw to see the steps")
_IMAGE = ("An image", "It was cropped, fitted and centred; draw to see the steps")
_WITHOUT = {"fit": "fitting", "aspect": "keeping the shape", "pen": "the round pen", "centre": "centring"}


@dataclass(frozen=True, eq=False)
class _Digit:
    """One digit on the pad.

    Attributes:
        picture: what the network gets, uint8.
        box: left, top, right and bottom in pad units.
        strokes: empty for what is not drawn.
        steps: how the picture came about, where that is shown or some step is left out.
    """

    picture: NDArray[np.uint8]
    box: Box = (0.0, 0.0, 1.0, 1.0)
    strokes: tuple[NDArray[np.float32], ...] = ()
    steps: Normalization | None = None


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
        self._digits: list[_Digit] = []  # from left to right
        self._current = 0  # the one that was drawn last, or chosen with a click
        self._whole: _Digit | None = None  # all strokes as one digit
        self._given: str | None = None  # the class of the example on the pad
        self._origin = "test"  # the part of the data set that it is from
        self._is_image = False
        self._seen: NDArray[np.uint8] | None = None
        self._rng = np.random.default_rng()
        self._reading: Task | None = None  # a file or a pasted picture
        self._which = ""  # which drawing of a file is on the pad
        # The origin of the pictures in the pad's history: an image, a part of the data set, or an answer.
        self._laid: deque[tuple[NDArray[np.uint8], ReadImage | str]] = deque(maxlen=MOST)
        draw.set_steps_view(steps)
        draw.strokes_changed.connect(self._on_strokes_changed)
        draw.digit_requested.connect(self._on_digit_requested)
        draw.strokes_changed.connect(self._forget_reading)
        draw.digit_requested.connect(self._forget_reading)
        draw.digit_changed.connect(self._on_digit_changed)
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
        return names.index(self._given) if self._given in names else None

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
        draw.set_readable(model is None or _reads_drawings(shape), _why_not(shape, model))
        digits, current = [_fitted(digit, shape) for digit in self._digits], self._current
        whole = _fitted(self._whole, shape) if self._whole is not None else None
        readings = self._readings(digits, model)
        if whole is not None and model is not None and readings and not self._is_number(digits, readings, whole, model):
            digits, current = [whole], 0
            readings = self._readings(digits, model)
        digit = digits[current] if digits else None
        seen, self._seen = self._seen, digit.picture if digit is not None else None
        if seen is not self._seen:
            self.picture_changed.emit()
        draw.set_seen(self._seen, shape)
        draw.pad.set_groups([one.box for one in digits], current)
        self._activations.set_input(self._seen)
        self._show_steps(digit)
        if digit is None or not readings:
            draw.set_probabilities(None)
            self._activations.set_activations(None, None)
            self._show_note("" if digit is None else "This network reads other pictures")
            if self._given is not None:
                draw.set_given(self._given, None)
            return
        reading = readings[current]
        # That an example is a digit is known; whether the network is sure of it is not.
        given = self._given is not None
        trusted = certain(reading) if given else accepted(digit.picture, reading, load_guard(), names)
        draw.set_probabilities(reading.probabilities, trusted)
        if len(digits) > 1:
            begins = {row[0] for row in rows([one.box for one in digits])[1:]}
            draw.set_number(
                [
                    Part(
                        f" {names[one.digit]}" if k in begins else names[one.digit],
                        float(one.probabilities.max()),
                        accepted(part.picture, one, load_guard(), names),
                    )
                    for k, (part, one) in enumerate(zip(digits, readings, strict=True))
                ],
                current,
            )
        self._activations.set_activations(reading.hidden, reading.probabilities, reading.paths)
        if self._given is not None:
            self._show_given(self._given, names[reading.digit])
        else:
            self._show_note("" if trusted else _doubt(reading))

    # Pictures and strokes from elsewhere, and examples

    def read_file(self, path: str) -> None:
        """Put the picture of an image file, or the first drawing of a file of strokes, on the pad."""
        if not is_strokes(path):
            self.read_image(path)
            return
        self._forget_reading()
        self._reading = self._access.tasks.submit(
            partial(_first_drawing, path), partial(self._on_strokes_read, path), self._notices.warn_if,
            queue="pictures", failure="The strokes could not be read",
        )  # fmt: skip

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
        self._forget_reading()
        self._reading = self._access.tasks.submit(
            lambda _: read_picture(source), partial(self._on_image_read, source), self._notices.warn,
            queue="pictures", failure="The picture could not be read",
        )  # fmt: skip

    def _on_image_read(self, source: Source, image: ReadImage) -> None:
        if isinstance(source, str):
            self._access.note(source)
        self._laid.append((image.shown, image))
        self._draw.pad.show_digit(image.shown)
        self._show_image(image)

    def _show_image(self, image: ReadImage) -> None:
        digits = [_Digit(picture, box) for picture, box in zip(image.pictures, image.boxes, strict=True)]
        self._take(digits, 0, is_image=True)

    def give(self, probe: Probe, index: int) -> None:
        """Put a picture that was examined on the pad, if the shown network's classes are those of the pictures."""
        if probe.class_names != self._session.class_names:
            return
        image, label = probe.images[index].reshape(probe.image_shape), int(probe.labels[index])
        if self.picture is not None and self.label == label and np.array_equal(self.picture, image):
            return  # it is there already: one undo less
        self._laid.append((image, probe.part))
        self._draw.pad.show_digit(image, label)
        self._show_example(image, label, probe.part)

    def show_picture(self, image: NDArray[np.uint8]) -> None:
        """Put a picture that was worked out on the pad, uint8 (h, w) or (h, w, 3), as the network gets it."""
        self._laid.append((image, _MADE))
        self._draw.pad.show_digit(image)
        self._take([_Digit(image)], 0, is_image=True)

    def move_picture(self, image: NDArray[np.uint8]) -> None:
        """The same in the place of the one that was worked out before, if that is still there: one undo for both."""
        if not self._laid or self._laid[-1][1] != _MADE or self._laid[-1][0] is not self._draw.pad.drawing().picture:
            self.show_picture(image)
            return
        self._laid[-1] = image, _MADE
        self._draw.pad.replace_digit(image)
        self._take([_Digit(image)], 0, is_image=True)

    def _show_example(self, image: NDArray[np.uint8], label: int, origin: str = "test") -> None:
        """Read the example of class `label` that is on the pad, from the "test" or the "validation" set."""
        self._origin = origin
        names = self._session.class_names
        # One that Undo brings back may be of data with more classes.
        self._take([_Digit(image)], 0, given=names[label] if label < len(names) else None)

    @Slot(object, int)
    def _on_digit_changed(self, picture: NDArray[np.uint8], label: int) -> None:
        """Undo or redo brought a picture back."""
        self._forget_reading()
        origin = next((origin for laid, origin in self._laid if laid is picture), "test" if label >= 0 else None)
        if isinstance(origin, ReadImage):
            self._show_image(origin)
        elif origin == _MADE:
            self._take([_Digit(picture)], 0, is_image=True)
        elif origin is not None:
            self._show_example(picture, label, origin)

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
        self,
        digits: list[_Digit],
        current: int,
        *,
        whole: _Digit | None = None,
        given: str | None = None,
        is_image: bool = False,
    ) -> None:
        self._digits, self._current, self._whole = digits, current, whole
        self._given, self._is_image = given, is_image
        if given is not None or is_image:
            self._which = ""
        self.show_reading()

    def _drawn(self, strokes: Strokes) -> _Digit:
        steps = Steps(**self._steps.taken())
        points = np.concatenate(strokes)
        (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        box = (left, top, right, bottom)
        # What the thinnest pen covers is a dot, although the pen moved: fitted into the box it would be a 1.
        seen = [points[:1]] if max(right - left, bottom - top) <= PEN_WIDTHS[0] else strokes
        done = None if steps.all and not self._steps.isVisible() else normalize(seen, steps)
        return _Digit(done.picture if done is not None else render(seen), box, tuple(strokes), done)

    def _readings(self, digits: list[_Digit], model: Model | None) -> list[Reading]:
        """One for each digit; none if the model does not read such pictures."""
        if model is None or any(digit.picture.size != model.sizes[0] for digit in digits):
            return []
        return [read(model.network(), digit.picture) for digit in digits]

    def _is_number(self, digits: list[_Digit], readings: list[Reading], whole: _Digit, model: Model) -> bool:
        """Whether to read the strokes as several digits: not if only all of them together are one."""
        parts = [(digit.picture, reading) for digit, reading in zip(digits, readings, strict=True)]
        together = whole.picture, read(model.network(), whole.picture)
        touching = inks_touch([digit.strokes for digit in digits])
        return is_number(parts, together, load_guard(), self._session.class_names, touching=touching)

    # Notes

    def _show_steps(self, digit: _Digit | None) -> None:
        if not self._steps.isVisible():
            return
        if digit is not None and digit.steps is not None:
            self._steps.set_stages(digit.steps)
        elif digit is None:
            self._steps.set_stages(None)
        else:
            self._steps.set_stages(None, _IMAGE if self._is_image else _GIVEN)

    def _show_given(self, name: str, answer: str) -> None:
        self._draw.set_given(name, answer)
        knew = "read correctly" if answer == name else f"read as {answer}"
        self._draw.set_note(f"From the {self._origin} set: {name}, {knew}")

    def _show_note(self, doubt: str) -> None:
        left_out = [_WITHOUT[name] for name, taken in self._steps.taken().items() if not taken]
        drawn = self._whole is not None or bool(self._digits and self._digits[0].strokes)
        if left_out and drawn:
            self._draw.set_note(f"Without {', '.join(left_out[:-1])}{' and ' if left_out[1:] else ''}{left_out[-1]}")
        else:
            self._draw.set_note(" · ".join(text for text in (self._which, doubt) if text))

    @Slot()
    def _on_history_changed(self) -> None:
        self._commands.undo_pad.setEnabled(self._draw.pad.can_undo())
        self._commands.redo_pad.setEnabled(self._draw.pad.can_redo())

    @Slot(object)
    def _on_strokes_changed(self, strokes: Strokes) -> None:
        self._which = ""
        groups = group(strokes)
        digits = [self._drawn(one) for one in groups]
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
        if self._given is None and not self._is_image:
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
        self._draw.pad.show_digit(image, label)
        self._show_example(image, label)


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
    if model is None:
        return ""
    return f"This network reads {size_in_words(shape, model.sizes[0], '×')}: ask for an example"
