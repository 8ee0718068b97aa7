"""How fast a run is trained."""

import time

from mnist_viz.recording.history import History

SECONDS = 0.5


class Speed:
    """Measures over half a second or more.

    Attributes:
        samples_per_second: None until it is known.
    """

    def __init__(self) -> None:
        self.samples_per_second: float | None = None
        self._since, self._before = 0.0, 0  # time and steps when it was last measured

    def measure(self, history: History, *, running: bool) -> None:
        """Called at every turn with the metrics of the run that is shown."""
        now, steps = time.monotonic(), history.steps
        if steps < self._before or not running:
            self._since, self._before, self.samples_per_second = now, steps, None
        elif now - self._since >= SECONDS:
            grid = history.grid
            epochs = grid.position(steps) - grid.position(self._before)
            self.samples_per_second = epochs * grid.samples / (now - self._since)
            self._since, self._before = now, steps
