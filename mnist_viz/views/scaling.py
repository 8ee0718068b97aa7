"""Enlarging and shrinking pictures of numbers so that every number keeps the same width."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint16]
"""Codes 0 to 255 with room for a multiplication by 256."""


@cache
def area_taps(source: int, target: int) -> tuple[NDArray[np.intp], Codes]:
    """Which source pixels each target pixel covers, and how much of it each of them fills, in 256ths.

    Both are (taps, target); the shares of a target pixel sum to 256. Scaling by area keeps every source
    pixel equally wide at any size, where nearest neighbour would draw some of them two pixels wide and
    others one; and no pixel is blurred beyond its own edge.
    """
    edges = np.linspace(0, source, target + 1)
    left, right = edges[:-1], edges[1:]
    first = np.floor(left + 1e-9).astype(np.intp)
    taps = int(np.max(np.ceil(right - 1e-9) - first))
    at = first + np.arange(taps)[:, None]
    covered = np.clip(np.minimum(right, at + 1) - np.maximum(left, at), 0, None)
    shares = np.round(256 * covered / covered.sum(axis=0)).astype(np.int64)
    shares[0] += 256 - shares.sum(axis=0)
    return np.minimum(at, source - 1), shares.astype(np.uint16)


class Resampler:
    """Scales codes along one axis, in buffers that it keeps.

    Everything is done in 16-bit integers: a matrix product would be shorter to write, but it would wait
    for the threads in which the network is being trained.
    """

    def __init__(self) -> None:
        self._buffers: dict[str, Codes] = {}

    def scale(self, name: str, codes: Codes, target: int, axis: int) -> Codes:
        """Return `codes` with `target` entries along `axis`, in the buffer kept under `name`."""
        source = codes.shape[axis]
        if source == target:
            return codes
        at, shares = area_taps(source, target)
        shape = (*codes.shape[:axis], target, *codes.shape[axis + 1 :])
        result = self.buffer(name, shape)
        np.take(codes, at[0], axis=axis, out=result, mode="clip")
        if len(at) == 1:
            return result
        weighted = self.buffer(f"{name} weighted", shape)
        along = tuple(target if k == axis else 1 for k in range(codes.ndim))
        result *= shares[0].reshape(along)
        for index, share in zip(at[1:], shares[1:], strict=True):
            np.take(codes, index, axis=axis, out=weighted, mode="clip")
            weighted *= share.reshape(along)
            result += weighted
        result += np.uint16(128)
        result >>= np.uint16(8)
        return result

    def buffer(self, name: str, shape: tuple[int, ...]) -> Codes:
        buffer = self._buffers.get(name)
        if buffer is None or buffer.shape != shape:
            buffer = self._buffers[name] = np.zeros(shape, np.uint16)
        return buffer
