"""A pickle that makes a file when it is loaded: the file must never be there."""

import io
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np


class Trap:
    """Loading a pickle of it makes the file `MNIST_VIZ_CANARY`."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (canary(),))


def canary() -> Path:
    return Path(os.environ["MNIST_VIZ_CANARY"])


def pickled(protocol: int = 4) -> bytes:
    return pickle.dumps([Trap(), {"w1": Trap()}], protocol)


def array_of_objects() -> bytes:
    """An `.npy` that NumPy would unpickle."""
    trap = np.empty(3, dtype=object)
    trap[:] = Trap()
    file = io.BytesIO()
    np.save(file, trap, allow_pickle=True)
    return file.getvalue()
