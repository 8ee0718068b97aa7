"""To come."""

from collections.abc import Callable
from pathlib import Path
from typing import Any


def measure(
    events: int, seed: int, data_dir: str | None, kept: Path | None, say: Callable[[str], None]
) -> dict[str, Any]:
    raise NotImplementedError


def replay(trace: Path, data_dir: str | None, say: Callable[[str], None]) -> dict[str, Any]:
    raise NotImplementedError
