"""Strokes in JSON Lines, `{"strokes": [[[x, y], ...], ...]}` a line, become digits as on the drawing pad."""

import json
from collections.abc import Iterator
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.drawing.ink import render

MAX_LINE = 10_000_000
"""Characters of one line of strokes: some 500,000 points."""


def drawn_lines(stream: TextIO, name: str) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The number of each line that is not blank, and its drawing as uint8 (28, 28).

    Args:
        name: of the stream, for errors.

    Raises:
        ValueError: a line holds something else; the message names it.
        OSError: the stream cannot be read.
    """
    number = 0
    while line := _line(stream, name):
        number += 1
        if len(line) > MAX_LINE:
            raise ValueError(f"{name}, line {number} is longer than {MAX_LINE:,} characters")
        if line.strip():
            strokes = _strokes(line, f"{name}, line {number}")
            try:
                yield number, render(strokes)
            except ValueError as error:
                raise ValueError(f"{name}, line {number}: {error}") from error


def _line(stream: TextIO, name: str) -> str:
    try:
        return stream.readline(MAX_LINE + 1)
    except UnicodeDecodeError:
        raise ValueError(f"{name} is not a text file in UTF-8") from None


def _strokes(line: str, where: str) -> list[NDArray[np.float64]]:
    try:
        strokes = [np.asarray(stroke, np.float64) for stroke in json.loads(line)["strokes"]]
        if any(stroke.ndim != 2 or stroke.shape[1] != 2 for stroke in strokes if stroke.size):
            raise ValueError
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        raise ValueError(f'{where} is not {{"strokes": [[[x, y], ...], ...]}}') from None
    return [stroke for stroke in strokes if stroke.size]
