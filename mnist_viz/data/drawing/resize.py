"""A square grey picture brought to the shape that a network reads."""

import numpy as np
from numpy.typing import NDArray


def to_shape(picture: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return `picture`, uint8 (side, side), as large as fits the middle of `shape`, scaled by area.

    Args:
        picture: light on dark.
        shape: (height, width), or (height, width, 3): then all three channels are the same.
    """
    if picture.shape == shape:
        return picture
    high, wide = shape[:2]
    side = min(high, wide)
    shares = _shares(len(picture), side)
    result = np.zeros((high, wide), np.uint8)
    top, left = (high - side) // 2, (wide - side) // 2
    result[top : top + side, left : left + side] = np.rint(shares @ picture @ shares.T)
    return result if len(shape) == 2 else np.repeat(result[..., None], shape[2], axis=2)


def _shares(source: int, target: int) -> NDArray[np.float64]:
    """Row t says how much of target pixel t each source pixel fills, (target, source); each row sums to 1."""
    edges = np.arange(target + 1) * (source / target)
    pixels = np.arange(source)
    covered = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    shares: NDArray[np.float64] = np.clip(covered, 0.0, None) * (target / source)
    return shares
