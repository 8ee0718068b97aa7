"""Keeps an exception in an override of a Qt method from ending the process, on Python 3.11.

Where Python calls Qt and Qt calls a Python override, PySide 6.11 stores what the override raises, and for that reads
its arguments. Before Python 3.12 an exception raised in C, such as an IndexError, has none before somebody catches it,
and the process dies. So each override catches what it raises, and raises it again.
"""

import functools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any


def guard(*packages: str) -> None:
    """Guard the overrides in all classes of these packages that are loaded, each once."""
    if sys.version_info >= (3, 12):
        return
    for module in [module for name, module in sys.modules.items() if name.partition(".")[0] in packages]:
        for kind in [kind for kind in vars(module).values() if isinstance(kind, type)]:
            if kind.__module__ == module.__name__:
                for name, method in list(vars(kind).items()):
                    if isinstance(method, FunctionType) and _is_override(kind, name):
                        setattr(kind, name, _guarded(method))


def _is_override(kind: type, name: str) -> bool:
    """Whether a method stands in the place of one of Qt's."""
    if name.startswith("_") or hasattr(vars(kind)[name], "__wrapped__"):
        return False
    return any(name in vars(base) for base in kind.__mro__[1:] if base.__module__.startswith("PySide6."))


def _guarded(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def guarded(*arguments: Any, **named: Any) -> Any:
        try:
            return method(*arguments, **named)
        except Exception:
            raise

    return guarded
