"""What a session file says of its runs and of the drawing on the pad, checked."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_viz.engine.pictures import shape_problem
from mnist_viz.recording.archive import ArchiveError
from mnist_viz.recording.course_text import config_of, whole
from mnist_viz.recording.history import History
from mnist_viz.recording.run import Incident, Run
from mnist_viz.recording.session_contents import Drawing, Stroke
from mnist_viz.recording.timeline import Timeline

MAX_NUMBER = 1_000_000
MAX_PAD_POINTS = 1_000_000
MAX_PICTURE_SIDE = 4096
MAX_DISTANCE = 100.0
"""Pads that a stroke may lead away from the pad."""


def run_of(values: Mapping[str, Any]) -> Run:
    """A run without frames and metrics.

    Raises:
        ArchiveError: it is impossible. What is missing or of another type raises what Python raises for it.
    """
    config = config_of(values["course"])
    number = whole(values["number"], MAX_NUMBER)
    if not number:
        raise ArchiveError("one of its runs has no number")
    classes, shape, tested, parent = values["classes"], values["image_shape"], values["tested"], values["parent"]
    if not isinstance(classes, list) or len(classes) != config.sizes[-1]:
        raise ArchiveError("its class names are not as many as its outputs")
    if shape is not None and (problem := shape_problem(shape, config.sizes[0])):
        raise ArchiveError(f"the shape of its pictures is {problem}")
    if tested is not None:
        step, loss, accuracy = whole(tested[0]), float(tested[1]), float(tested[2])
        if not (np.isfinite(loss) and 0.0 <= accuracy <= 1.0):
            raise ArchiveError("what it says of the test set is no number")
        tested = step, loss, accuracy
    return Run(
        number=number,
        name=_line(values["name"], 80) or f"Run {number}",
        color=whole(values["color"], MAX_NUMBER),
        dataset=str(values["dataset"]),
        class_names=tuple(str(name)[:64] for name in classes),
        image_shape=None if shape is None else tuple(shape),
        config=config,
        epochs=whole(values["epochs"]) or 1,
        timeline=Timeline(),
        history=History(config.grid),
        parent=None if parent is None else whole(parent, MAX_NUMBER),
        root_step=whole(values["root_step"]),
        from_model=bool(values["from_model"]),
        visible=bool(values["visible"]),
        pins={whole(step) for step in values["pins"]},
        incidents=[
            Incident(whole(step), _line(kind, 40), _line(text, 500)) for step, kind, text in values["incidents"]
        ],
        tested=tested,
    )


def drawing_of(read: Callable[[str], NDArray[Any]], names: Collection[str], values: Mapping[str, Any]) -> Drawing:
    """The drawing whose arrays have these names."""
    label = values["label"]
    if type(label) is not int or label < -1:
        raise ArchiveError("the class of its picture is no count")
    if "pad/picture" in names:
        picture = read("pad/picture")
        if picture.dtype != np.uint8 or not _is_picture(picture.shape):
            raise ArchiveError("the picture on the pad is none")
        return Drawing((), picture, label)
    if not names:
        return Drawing()
    rows, points, pressures = read("pad/strokes"), read("pad/points"), read("pad/pressures")
    if rows.dtype != np.float64 or points.dtype != np.float32 or pressures.dtype != np.float32:
        raise ArchiveError("the drawing on the pad is not made of numbers")
    if rows.shape[1:] != (3,) or points.shape != (len(pressures), 2) or len(points) > MAX_PAD_POINTS:
        raise ArchiveError("the drawing on the pad has another shape")
    counts, widths = rows[:, 0], rows[:, 1]
    whole_counts = (counts == np.rint(counts)).all() and (counts >= 1).all() and counts.sum() == len(points)
    if not (whole_counts and ((widths > 0) & (widths <= 1)).all() and (np.abs(points) <= MAX_DISTANCE).all()):
        raise ArchiveError("the drawing on the pad is not one")
    pressures = np.clip(np.nan_to_num(pressures, nan=1.0), 0.0, 1.0)
    strokes = []
    start = 0
    for count, width, pressed in rows.tolist():
        part = slice(start, start + int(count))
        strokes.append(Stroke(points[part], width, pressures[part] if pressed else None))
        start = part.stop
    return Drawing(tuple(strokes), None, label)


def _is_picture(shape: tuple[int, ...]) -> bool:
    colours = shape[2:]
    return len(shape) in (2, 3) and colours in ((), (3,)) and all(1 <= side <= MAX_PICTURE_SIDE for side in shape[:2])


def _line(text: object, most: int) -> str:
    return " ".join(str(text).split())[:most]
