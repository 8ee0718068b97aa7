"""Where the parts of the drawing panel stand, in a narrow column and in a wide room."""

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QRect

from mnist_viz.views.drawing.pad_tools import SIDE
from mnist_viz.views.theme import GRID

_MARGIN = 12
_VERDICT = 36
_NOTE = 20
_STEPS_BUTTON = 52
_SEEN = (56, 168)  # smallest and largest side of the picture that the network sees
_CAPTION, _CAPTION_WIDTH = 32, 100
_READING = (130, 280)  # least height of picture and bars, and the height beyond which more is left empty
_LEAST_PAD, _SMALL_PAD = 112, 144
_READING_WIDTH = 260


@dataclass(frozen=True)
class Needs:
    """What the parts ask for, in pixels: heights, `steps` being 0 while the steps are not shown."""

    bars: int
    give: int
    tools: int
    steps: int = 0


@dataclass
class Places:
    pad: QRect = field(default_factory=QRect)
    tools: QRect = field(default_factory=QRect)
    verdict: QRect = field(default_factory=QRect)
    note: QRect = field(default_factory=QRect)
    steps_button: QRect = field(default_factory=QRect)
    seen: QRect = field(default_factory=QRect)
    bars: QRect = field(default_factory=QRect)
    give: QRect = field(default_factory=QRect)
    steps: QRect = field(default_factory=QRect)


def arrange(room: QRect, needs: Needs) -> Places:
    """Place the parts in `room`: below each other, or beside the pad where that makes the pad larger."""
    inner = room.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
    if needs.steps and inner.height() - _below_pad(needs) - SIDE - GRID < _SMALL_PAD:
        needs = replace(needs, give=0)  # a low panel shows the steps in the place of its foot, too
    beside = min(inner.height(), inner.width() - _READING_WIDTH - 2 * GRID)
    below = _side_in_column(inner, needs)
    if beside > below * 1.1:
        return _beside(inner, beside, needs)
    return _column(inner, below, needs)


def _below_pad(needs: Needs) -> int:
    """The height of all that stands below the pad in a column, but for the tools."""
    reading = max(needs.bars, needs.steps, _READING[0])
    return _VERDICT + _NOTE + reading + 3 * GRID + _foot(needs)


def _foot(needs: Needs) -> int:
    return needs.give + GRID if needs.give else 0


def _side_in_column(inner: QRect, needs: Needs, tools_beside: bool = False) -> int:
    """The pad's side when all else stands below it, but for the tools if they stand beside it."""
    others = _below_pad(needs)
    if tools_beside:
        side = min(inner.width() - SIDE - GRID, inner.height() - others)
        return side if side >= needs.tools else 0
    return max(min(inner.width(), inner.height() - others - SIDE - GRID), _LEAST_PAD)


def _column(inner: QRect, side: int, needs: Needs) -> Places:
    places = Places()
    left, width, y = inner.left(), inner.width(), inner.top()
    with_tools_beside = _side_in_column(inner, needs, tools_beside=True)
    if with_tools_beside > side:
        side = with_tools_beside
        spare = (width - side - GRID - SIDE) // 2
        places.pad = QRect(left + spare, y, side, side)
        places.tools = QRect(left + spare + side + GRID, y, SIDE, max(side, needs.tools))
        y += side + GRID
    else:
        places.pad = QRect(left + (width - side) // 2, y, side, side)
        y += side + GRID
        places.tools = QRect(left, y, width, SIDE)
        y += SIDE + GRID
    y = _place_answer(places, QRect(left, y, width, 0))
    bottom = inner.bottom() + 1
    room = bottom - y - _foot(needs)
    reading = min(room, max(_READING[1], needs.steps)) if needs.steps else max(min(room, _READING[1]), needs.bars)
    _place_reading(places, QRect(left, y, width, reading), needs)
    places.give = QRect(left, y + reading + GRID, width, needs.give)  # with no height where it is not shown
    return places


def _beside(inner: QRect, side: int, needs: Needs) -> Places:
    """The pad on the left; what answers it in one column, or in two where it is wide and short."""
    places = Places()
    top = inner.top() + (inner.height() - side) // 2
    places.pad = QRect(inner.left(), top, side, side)
    left = inner.left() + side + 2 * GRID
    width = inner.right() + 1 - left
    split = width >= 560
    first = min(width // 2 - GRID, 320) if split else min(width, 480)
    bottom = top + side
    below = _place_answer(places, QRect(left, top, first, 0))
    places.give = QRect(left, bottom - needs.give, first, needs.give)
    tools = bottom - _foot(needs) - SIDE
    places.tools = QRect(left, tools, min(first, 320), SIDE)
    if split:
        rest = min(width - first - 3 * GRID, 480)
        reading = QRect(left + first + 3 * GRID, top, rest, min(side, max(_READING[1], needs.steps)))
    else:
        reading = QRect(left, below, first, min(tools - GRID - below, max(_READING[1], needs.steps)))
    _place_reading(places, reading, needs)
    return places


def _place_answer(places: Places, at: QRect) -> int:
    """The answer and the note below it; returns where the next part may begin."""
    left, width, top = at.left(), at.width(), at.top()
    places.verdict = QRect(left, top, width, _VERDICT)
    places.note = QRect(left, top + _VERDICT, width - _STEPS_BUTTON - GRID, _NOTE)
    places.steps_button = QRect(left + width - _STEPS_BUTTON, top + _VERDICT, _STEPS_BUTTON, _NOTE)
    return top + _VERDICT + _NOTE + GRID


def _place_reading(places: Places, rect: QRect, needs: Needs) -> None:
    """The picture that the network sees and beside it the probabilities, or the steps in their place."""
    if needs.steps:
        places.steps = rect
    seen = max(min(rect.width() * 3 // 8, rect.height() - _CAPTION, _SEEN[1]), _SEEN[0])
    width = max(seen + GRID, _CAPTION_WIDTH)
    places.seen = QRect(rect.left(), rect.top(), width, seen + _CAPTION)
    left = rect.left() + width + GRID
    places.bars = QRect(left, rect.top(), rect.right() + 1 - left, rect.height())
