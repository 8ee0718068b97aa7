"""The shapes of pictures: a row of inputs is a picture row by row, the channels of a pixel side by side."""

import math

Shape = tuple[int, ...]
"""(height, width), or (height, width, 3) for colour."""

CHANNELS = 3


def usual_shape(inputs: int) -> Shape | None:
    """The shape taken for `inputs` pixels where nothing else is said: a square; None if they make none.

    >>> usual_shape(784), usual_shape(3072)
    ((28, 28), None)
    """
    side = math.isqrt(inputs)
    return (side, side) if side > 1 and side * side == inputs else None


def shape_problem(shape: object, inputs: int) -> str | None:
    """Say why `shape` cannot be that of `inputs` pixels, to follow "it is"; None if it can."""
    if not isinstance(shape, tuple | list) or any(type(side) is not int or side < 1 for side in shape):
        return "not a list of whole numbers"
    if len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] != CHANNELS):
        return "neither height and width nor height, width and 3"
    return None if math.prod(shape) == inputs else f"not one of {inputs:,} pixels"


def is_colour(shape: Shape | None) -> bool:
    return shape is not None and len(shape) == 3


def size_in_words(shape: Shape | None, inputs: int, times: str = "x") -> str:
    """Say what goes into a network: "28 x 28", "32 x 32 x 3", or "1,000 numbers" that are no picture."""
    return f" {times} ".join(map(str, shape)) if shape is not None else f"{inputs:,} numbers"
