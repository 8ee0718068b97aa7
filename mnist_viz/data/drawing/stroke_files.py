"""Files of strokes: our JSON Lines, QuickDraw's `.ndjson` (raw or simplified), and InkML.

A line of ours is `{"strokes": [[[x, y], ...], ...]}`. One of QuickDraw (Google, 2017) is `{"drawing": [[[x, ...],
[y, ...]], ...]}`; raw ones have a third list with times. InkML (W3C, 2011) holds `<trace>x y, x y, ...</trace>`.
"""

import gzip
import io
import itertools
import json
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TextIO, cast
from xml.etree import ElementTree as ET

import numpy as np
from numpy.typing import NDArray

from mnist_viz.system.files import FileKind, open_file, unpacked

MAX_LINE = 10_000_000
"""Characters of one line of strokes, or of an InkML file: some 500,000 points."""

ENDINGS = (".jsonl", ".ndjson", ".inkml")

# A number with what InkML writes before it: ' for a first difference, " for a second one, ! for neither.
_INKML_NUMBER = re.compile(r"""(['"!]?)\s*(-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?|\*|\?|[TF])""")


@dataclass(frozen=True, eq=False)
class DrawnStrokes:
    """A drawing of a file.

    Attributes:
        where: the file and the line, for messages.
        strokes: float64 (points, 2) each, x and y with y downwards.
        label: what it is said to be; empty if nothing is said.
    """

    where: str
    strokes: list[NDArray[np.float64]]
    label: str = ""


def strokes_in(path: str | os.PathLike[str]) -> Iterator[DrawnStrokes]:
    """The drawings of the file at a path, plain or gzip, each as soon as it is read.

    Raises:
        ValueError, OSError: as `read_strokes`.
    """
    try:
        with (
            open_file(path) as packed,
            unpacked(packed) as plain,
            io.TextIOWrapper(cast(BinaryIO, plain), encoding="utf-8") as stream,
        ):
            yield from read_strokes(stream, os.fspath(path))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise ValueError(f"{os.fspath(path)} is cut short or damaged") from None


def read_strokes(stream: TextIO, name: str) -> Iterator[DrawnStrokes]:
    """The drawings of a file, each as soon as it is read.

    Args:
        name: of the stream, for messages.

    Raises:
        ValueError: it holds something else; the message names the line.
        OSError: the stream cannot be read.
    """
    try:
        for number in itertools.count(1):
            where = f"{name}, line {number}"
            if not (line := stream.readline(MAX_LINE + 1)):
                return
            if line.lstrip("\ufeff \t\r\n").startswith("<"):
                text = line + stream.read(MAX_LINE + 1)
                if len(text) > len(line) + MAX_LINE:
                    raise ValueError(f"{name} is longer than {MAX_LINE:,} characters")
                yield from _inkml(text, name)
                return
            if len(line) > MAX_LINE:
                raise ValueError(f"{where} is longer than {MAX_LINE:,} characters")
            if line.strip():
                yield drawing_of(parsed(line), where)
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not a text file in UTF-8") from None


def drawing_of(value: Any, where: str = "a drawing") -> DrawnStrokes:
    """The drawing that a line of JSON holds, our own or QuickDraw's.

    Raises:
        ValueError: it holds none.
    """
    try:
        if "strokes" in value:
            strokes = [np.asarray(stroke, np.float64) for stroke in value["strokes"]]
            label = value.get("label", "")
        else:
            strokes = [np.asarray(stroke[:2], np.float64).T for stroke in value["drawing"]]
            label = value.get("word", "")
        if any(stroke.ndim != 2 or stroke.shape[1] != 2 for stroke in strokes if stroke.size):
            raise ValueError
    except (ValueError, TypeError, KeyError, OverflowError):
        expected = '{"strokes": [[[x, y], ...], ...]} or {"drawing": [[[x, ...], [y, ...]], ...]}'
        raise ValueError(f"{where} is not {expected}") from None
    return DrawnStrokes(where, _finite(strokes, where), str(label) if isinstance(label, str | int) else "")


def parsed(line: str | bytes) -> Any:
    """What a line of JSON holds; None where it is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _finite(strokes: list[NDArray[np.float64]], where: str) -> list[NDArray[np.float64]]:
    strokes = [stroke for stroke in strokes if stroke.size]
    if not all(np.isfinite(stroke).all() for stroke in strokes):
        raise ValueError(f"{where}: the points of a stroke must be finite numbers")
    return strokes


def _inkml(text: str, name: str) -> Iterator[DrawnStrokes]:
    """A drawing a group of traces; without groups the whole file is one."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # which can make a small file a large one
        raise ValueError(f"{name} is no plain InkML: it declares entities")
    try:
        root = ET.fromstring(text.lstrip("\ufeff \t\r\n"))
    except (ET.ParseError, RecursionError, ValueError) as error:
        raise ValueError(f"{name} is no InkML: {error}") from None
    channels = [element.get("name") for element in root.iter() if _tag(element) == "channel"] or ["X", "Y"]
    if "X" not in channels or "Y" not in channels:
        raise ValueError(f"{name} has no channels X and Y")
    columns = channels.index("X"), channels.index("Y")
    groups = [element for element in root.iter() if _tag(element) == "traceGroup"]
    # Of groups in groups, those that hold the traces themselves.
    groups = [group for group in groups if any(_tag(child) == "trace" for child in group)] or [root]
    for number, group in enumerate(groups, start=1):
        where = f"{name}, drawing {number}"
        strokes = [_trace(element.text or "", columns, where) for element in group.iter() if _tag(element) == "trace"]
        yield DrawnStrokes(where, _finite(strokes, where), _label(group))


def _tag(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _label(group: ET.Element) -> str:
    """What an annotation says the drawing is."""
    notes = {note.get("type", "").lower(): (note.text or "").strip() for note in group if _tag(note) == "annotation"}
    return next((notes[kind] for kind in ("label", "truth", "class") if notes.get(kind)), "")


def _trace(text: str, columns: tuple[int, int], where: str) -> NDArray[np.float64]:
    """The points of a trace; numbers may be differences from the point before."""
    points: list[tuple[float, float]] = []
    kinds, values, speeds = ["!"] * 64, [0.0] * 64, [0.0] * 64
    for point in text.split(","):
        found = _INKML_NUMBER.findall(point)
        if not found:
            continue
        if max(columns) >= len(found) or len(found) > len(values):
            raise ValueError(f"{where}: a point of a trace has {len(found)} values")
        for channel, (kind, number) in enumerate(found):
            kinds[channel] = kind or kinds[channel]
            if number in "*?TF":  # as before; unknown
                continue
            value = float(number)
            if kinds[channel] == "'":
                speeds[channel], value = value, values[channel] + value
            elif kinds[channel] == '"':
                speeds[channel] += value
                value = values[channel] + speeds[channel]
            values[channel] = value
        points.append((values[columns[0]], values[columns[1]]))
    return np.array(points, np.float64).reshape(len(points), 2)


def _has_strokes(path: Path) -> bool:
    try:
        return next(strokes_in(path), None) is not None
    except ValueError:
        return False


STROKES_KIND = FileKind("file of strokes", _has_strokes)


def simplified(strokes: Sequence[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """One stroke or more as in QuickDraw's simplified drawings: whole numbers from 0 to 255, from the upper left on."""
    points = np.concatenate(strokes)
    lowest = points.min(axis=0)
    scale = 255 / max(float((points.max(axis=0) - lowest).max()), 1e-9)
    return [np.rint((stroke - lowest) * scale) for stroke in strokes]


def written(drawings: Iterable[tuple[str, list[NDArray[np.float64]]]], ending: str) -> str:
    """Drawings with their labels as a text: `.jsonl` ours, `.ndjson` QuickDraw's, `.inkml` InkML."""
    if ending != ".inkml":
        text = io.StringIO()
        for label, strokes in drawings:
            if ending == ".ndjson":
                value = {"word": label, "recognized": True, "drawing": [stroke.T.tolist() for stroke in strokes]}
            else:
                value = {"label": label, "strokes": [stroke.tolist() for stroke in strokes]}
            text.write(json.dumps(value) + "\n")
        return text.getvalue()
    root = ET.Element("ink", xmlns="http://www.w3.org/2003/InkML")
    for label, strokes in drawings:
        group = ET.SubElement(root, "traceGroup")
        ET.SubElement(group, "annotation", type="label").text = label
        for stroke in strokes:
            points = ", ".join(f"{x:g} {y:g}" for x, y in stroke.tolist())
            ET.SubElement(group, "trace").text = points
    ET.indent(root)
    return ET.tostring(root, encoding="unicode") + "\n"
