"""One line at a time for the user: what happened, what to do about it, and the buttons that do it."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Slot

from mnist_viz.views.message_bar import MessageBar

Choices = Mapping[str, Callable[[], object]]
"""What a button says, and what it does."""


class Notices(QObject):
    """Shows messages and runs what the pressed button stands for."""

    def __init__(self, bar: MessageBar) -> None:
        super().__init__()
        self._bar = bar
        self._choices: Choices = {}
        bar.action_triggered.connect(self._on_action_triggered)
        bar.dismissed.connect(self._on_dismissed)

    @property
    def text(self) -> str:
        return self._bar.text

    def tell(self, text: str, choices: Choices | None = None) -> None:
        """Say something that is worth knowing."""
        self._choices = choices or {}
        self._bar.show_message(text, "info", [(label, label) for label in self._choices])

    def warn(self, text: str, choices: Choices | None = None) -> None:
        """Say what went wrong and what to do; an error's own text is made a sentence."""
        self._choices = choices or {}
        if text.partition(" ")[0].isalpha():  # a file's name keeps its letters
            text = text[:1].upper() + text[1:]
        self._bar.show_message(
            text if text.endswith((".", "?")) else f"{text}.", "error", [(label, label) for label in self._choices]
        )

    def progress(self, text: str, fraction: float | None, choices: Choices) -> None:
        """Say how far something is, from 0 to 1, or that it goes on (None); a question that stands comes first."""
        if self._choices and self._bar.kind != "progress":
            return
        self._choices = choices
        self._bar.set_progress(text, fraction, [(label, label) for label in choices])

    def clear(self) -> None:
        """Take back what was said; how far something is stays, with its way to cancel it."""
        if self._bar.kind != "progress":
            self.finish()

    def end_progress(self) -> None:
        """Take back how far something is, and nothing else."""
        if self._bar.kind == "progress":
            self.finish()

    def finish(self) -> None:
        """Take back everything, progress too."""
        self._choices = {}
        self._bar.clear()

    @Slot(str)
    def _on_action_triggered(self, label: str) -> None:
        action = self._choices.get(label)
        self.finish()
        if action is not None:
            action()

    @Slot()
    def _on_dismissed(self) -> None:
        self.finish()
