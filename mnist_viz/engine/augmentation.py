"""Augmentation (placeholder until the helper writes it)."""
import math
from dataclasses import dataclass, fields
from typing import Any

import numpy as np


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
        return any(getattr(self, f.name) for f in fields(self))

    def problems(self) -> list[str]:
        return [f"The {f.name} is impossible." for f in fields(self) if not 0 <= getattr(self, f.name) < math.inf]


AUGMENTATIONS: dict[str, Augmentation] = {"none": Augmentation()}


class Augmenter:
    def __init__(self, batch: int) -> None:
        pass

    def augment(self, images: Any, augmentation: Augmentation, rng: np.random.Generator, out: Any) -> None:
        np.multiply(images, np.float32(1 / 255), out=out)
