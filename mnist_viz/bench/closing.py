"""To come."""

from collections.abc import Callable
from typing import Any


def measure(times: int, state: str | None, say: Callable[[str], None]) -> dict[str, Any]:
    raise NotImplementedError
