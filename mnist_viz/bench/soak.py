"""To come."""

from collections.abc import Callable
from typing import Any


def measure(minutes: float, seed: int, data_dir: str | None, say: Callable[[str], None]) -> dict[str, Any]:
    raise NotImplementedError
