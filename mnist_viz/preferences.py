"""What the window remembers from one start to the next, in a JSON file."""

import base64
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from mnist_viz.paths import config_dir
from mnist_viz.recording.files import write_atomically
from mnist_viz.recording.runs import DEFAULT_BUDGET, LEAST_BUDGET, MOST_BUDGET
from mnist_viz.recording.smoothing import AXES, FIFTIETH, SMOOTHINGS

log = logging.getLogger(__name__)


@dataclass
class Preferences:
    """The theme's name ("system", "dark", "light"), the layout, the speed in batches a second, the folder with data."""

    theme: str = "system"
    layout: bytes = b""
    speed: float | None = 50.0  # slow enough to see the digits emerge, fast enough not to wait for them
    data_dir: str = ""  # chosen in the data dialog; empty for the usual one
    budget: int = DEFAULT_BUDGET  # bytes that the recorded moments may hold
    curves_axis: str = AXES[0]
    curves_smoothing: str = FIFTIETH  # a key of SMOOTHINGS

    @staticmethod
    def path() -> Path:
        return config_dir() / "preferences.json"

    @classmethod
    def load(cls) -> "Preferences":
        """Read the file; whatever is missing or makes no sense has its default."""
        result = cls()
        try:
            stored = json.loads(cls.path().read_text(encoding="utf-8"))
            if stored.get("theme") in ("system", "dark", "light"):
                result.theme = stored["theme"]
            speed = stored.get("speed", result.speed)
            if speed is None or (isinstance(speed, int | float) and speed > 0):
                result.speed = speed
            if isinstance(stored.get("data_dir"), str):
                result.data_dir = stored["data_dir"]
            budget = stored.get("budget")
            if type(budget) is int and LEAST_BUDGET <= budget <= MOST_BUDGET:
                result.budget = budget
            if stored.get("curves_axis") in AXES:
                result.curves_axis = stored["curves_axis"]
            if stored.get("curves_smoothing") in tuple(SMOOTHINGS):
                result.curves_smoothing = stored["curves_smoothing"]
            result.layout = base64.b64decode(stored.get("layout", ""), validate=True)
        except FileNotFoundError:
            pass
        except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
            log.warning("the preferences cannot be read: %s", error)
        return result

    def save(self) -> None:
        """Write the file; a folder that cannot be written is noted in the log and forgiven."""
        stored = {
            "theme": self.theme,
            "layout": base64.b64encode(self.layout).decode(),
            "speed": self.speed,
            "data_dir": self.data_dir,
            "budget": self.budget,
            "curves_axis": self.curves_axis,
            "curves_smoothing": self.curves_smoothing,
        }
        text = json.dumps(stored, indent=2).encode()
        try:
            self.path().parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self.path(), lambda file: file.write(text))
        except OSError as error:
            log.warning("the preferences cannot be saved: %s", error)
