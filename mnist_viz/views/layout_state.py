"""The bytes in which Qt remembers a layout are looked at before it reads them: what is damaged may crash or hang it.

They are as QMainWindow.saveState and QWidget.saveGeometry of Qt 6 write them; the tests remember what Qt wrote.
"""

import struct
from collections.abc import Collection

_DOCKS, _TABS, _ROW, _DOCK, _TOOLBARS = 0xFD, 0xFA, 0xFC, 0xFB, 0xFC
_FLOATING = 2
_AREAS, _DEEPEST = 4, 12
_CORNERS = (1, 2, 4, 8)  # the areas that a corner may belong to
# Pixels; a panel's largest size is that of any widget, with what is around it.
_FARTHEST, _LARGEST = 16_384, 2**24 + 1000
_GEOMETRY = struct.Struct(">IHH4i4iiBBi4i")
_MAGIC, _MAJOR = 0x1D9D0CB, 3


def safe_geometry(data: bytes) -> bytes:
    """The place and size of a window as they were remembered; nothing if they cannot be those of a window."""
    if len(data) != _GEOMETRY.size:
        return b""
    magic, major, _, *rest = _GEOMETRY.unpack(data)
    rectangles = rest[:4], rest[4:8], rest[12:]
    screen, maximized, full, width = rest[8:12]
    whole = all(
        max(map(abs, (left, top, right, bottom))) <= _FARTHEST and right >= left and bottom >= top
        for left, top, right, bottom in rectangles
    )
    known = (magic, major) == (_MAGIC, _MAJOR) and 0 <= screen < 64 and 0 <= width <= 4 * _FARTHEST
    return data if whole and known and maximized <= 2 and full <= 4 else b""


def safe_state(data: bytes, own: bytes, docks: Collection[str]) -> bytes | None:
    """The places of the panels as they were remembered, which Qt can restore; None if they make no sense.

    Args:
        own: the present state of the window, whose bars stay as they are: nobody can move them.
        docks: the names of its panels.
    """
    try:
        return data[: _Reader(data, docks).end_of_docks()] + own[_Reader(own, docks).end_of_docks() :]
    except (ValueError, struct.error):
        return None


class _Reader:
    """Reads the part of a state that is about panels; raises ValueError or struct.error where it makes no sense."""

    def __init__(self, data: bytes, docks: Collection[str]) -> None:
        self._data = data
        self._at = 0
        self._left = set(docks)  # each panel is in one place

    def end_of_docks(self) -> int:
        """The number of bytes before the part about bars."""
        self._expect(self._ints(2) == (0xFF, 0) and self._byte() == _DOCKS)
        areas = [self._area() for _ in range(self._count(_AREAS + 1))]
        self._expect(areas == sorted(set(areas)))
        self._lengths(2)  # the size of what is in the middle
        self._expect(all(corner in _CORNERS for corner in self._ints(4)))
        end = self._at
        self._expect(self._byte() == _TOOLBARS)
        return end

    def _area(self) -> int:
        number = self._count(_AREAS)
        self._lengths(2)
        self._group(0)
        return number

    def _group(self, depth: int) -> None:
        """Panels and groups of panels beside each other, or panels in tabs."""
        kind = self._byte()
        self._expect(kind in (_TABS, _ROW) and depth < _DEEPEST)
        front = self._ints(1)[0] if kind == _TABS else -1
        self._expect(self._byte() in (1, 2))  # horizontal or vertical
        count = self._count(len(self._left) + 1)
        self._expect(count >= 1 and -1 <= front < count)
        for _ in range(count):
            inside = self._byte()
            if inside == _DOCK:
                self._dock()
            else:
                self._expect(inside == _ROW and kind == _ROW)
                self._place()
                self._group(depth + 1)

    def _dock(self) -> None:
        length = self._count(200)
        name = self._data[self._at : self._at + length].decode("utf-16-be")
        self._at += length
        self._expect(name in self._left)
        self._left.remove(name)
        flags = self._byte()
        self._expect(flags < 16)
        if flags & _FLOATING:
            self._lengths(4)
        else:
            self._place()

    def _place(self) -> None:
        """Where something begins in its group, how large it is, and how small and large it may be."""
        self._lengths(3)
        self._expect(0 <= self._ints(1)[0] <= _LARGEST)

    def _lengths(self, count: int) -> None:
        """Places and sizes in pixels; those that are not known are -1, and a panel may float left of the screen."""
        self._expect(all(abs(number) <= _FARTHEST for number in self._ints(count)))

    def _count(self, below: int) -> int:
        (number,) = self._ints(1)
        self._expect(0 <= number < below)
        return number

    def _ints(self, count: int) -> tuple[int, ...]:
        numbers = struct.unpack_from(f">{count}i", self._data, self._at)
        self._at += 4 * count
        return numbers

    def _byte(self) -> int:
        (number,) = struct.unpack_from("B", self._data, self._at)
        self._at += 1
        return int(number)

    @staticmethod
    def _expect(well: bool) -> None:
        if not well:
            raise ValueError("no layout of this window")
