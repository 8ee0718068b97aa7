"""Where the parts of the panel that compares lie: three columns of weights, and below them two strips of pictures."""

from dataclasses import dataclass

from PySide6.QtCore import QRect

from mnist_viz.views.theme import GRID

_MARGIN = 12
_GUTTER = 16
_ROW = 28  # pixels of a row with fields
_MOMENT = 18
_LEGEND = 16
_COUNTS = 22
_SWAP = 24
_LETTER = 18  # pixels for "A" before its field
_TITLE = 40  # the same for "B − A"
_WIDEST_FIELD = 320
_LEAST_LEGEND = 180  # pixels in which a legend can say what it is
_STRIP_SHARE = 0.36
_STRIP_TITLE, _STRIP_ROW = 24, 50  # of pictures of 28 pixels: of others the last row may leave some room
_LEAST_MOSAIC = 48  # pixels; where it would be lower the strips are only their titles
_TALLEST = 1.15  # a mosaic's height at most, in widths: more would be empty


@dataclass(frozen=True)
class Plan:
    """Rectangles in the panel's pixels; three each for A, B and their difference, two for A and B.

    Attributes:
        titles: for "A", "B" and "B − A" before the fields.
        fields: the choice of both runs, and of the layer.
        swap: the button between the first two.
        moments: a line of text each.
        mosaics: the weights.
        legends: of the weights, and of the difference.
        counts: a line of text.
        strips: the pictures.
    """

    titles: tuple[QRect, QRect, QRect]
    fields: tuple[QRect, QRect, QRect]
    swap: QRect
    moments: tuple[QRect, QRect, QRect]
    mosaics: tuple[QRect, QRect, QRect]
    legends: tuple[QRect, QRect]
    counts: QRect
    strips: tuple[QRect, QRect]

    @property
    def pictures(self) -> QRect:
        """Both strips with the line above them."""
        return self.counts.united(self.strips[0]).united(self.strips[1])


def plan_panel(width: int, height: int) -> Plan:
    """Lay the parts out: whatever is high enough goes to the mosaics, until they would only be emptier."""
    room = width - 2 * _MARGIN
    column = (room - 2 * _GUTTER) // 3
    lefts = [_MARGIN + k * (column + _GUTTER) for k in range(3)]
    half = (_SWAP + GRID) // 2
    between = lefts[1] - _GUTTER // 2
    top = GRID // 2
    starts = (lefts[0], between + half, lefts[2])
    ends = (between - half, lefts[1] + column, width - _MARGIN)
    titles, fields = [], []
    for start, end, title in zip(starts, ends, (_LETTER, _LETTER, _TITLE), strict=True):
        titles.append(QRect(start, top, title, _ROW))
        fields.append(QRect(start + title, top, min(end - start - title, _WIDEST_FIELD), _ROW))
    swap = QRect(between - _SWAP // 2, top + (_ROW - _SWAP) // 2, _SWAP, _SWAP)

    top += _ROW + 2
    moments = [QRect(left, top, column, _MOMENT) for left in lefts]
    top += _MOMENT + 2
    rest = height - top - 4 - _LEGEND - GRID - _COUNTS - GRID
    rows = max(int(_STRIP_SHARE * rest - _STRIP_TITLE + GRID) // _STRIP_ROW, 1)
    strip = _STRIP_TITLE + rows * _STRIP_ROW - GRID
    if rest - strip < _LEAST_MOSAIC:
        strip = _STRIP_TITLE
    tall = max(min(rest - strip, round(_TALLEST * column)), 0)
    mosaics = [QRect(left, top, column, tall) for left in lefts]
    top += tall + 4
    second = max(column, _LEAST_LEGEND)
    legends = (
        QRect(_MARGIN, top, room - second - _GUTTER, _LEGEND),
        QRect(width - _MARGIN - second, top, second, _LEGEND),
    )
    top += _LEGEND + GRID
    counts = QRect(_MARGIN, top, room, _COUNTS)
    top += _COUNTS
    wide = (room - _GUTTER) // 2
    strips = [QRect(left, top, wide, max(height - GRID - top, 0)) for left in (_MARGIN, width - _MARGIN - wide)]
    return Plan(
        (titles[0], titles[1], titles[2]),
        (fields[0], fields[1], fields[2]),
        swap,
        (moments[0], moments[1], moments[2]),
        (mosaics[0], mosaics[1], mosaics[2]),
        legends,
        counts,
        (strips[0], strips[1]),
    )
