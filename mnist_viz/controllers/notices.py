"""One line at a time for the user: what happened, what to do about it, and the buttons that do it."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.views.message_bar import Kind, MessageBar

Choices = Mapping[str, Callable[[], object]]
"""What a button says, and what it does."""


MS_UNTIL_AGAIN = 6000
"""So long something else is shown in the place of what stands."""


class Notices(QObject):
    """Shows messages and runs what the pressed button stands for."""

    def __init__(self, bar: MessageBar) -> None:
        super().__init__()
        self._bar = bar
        self._choices: Choices = {}
        self._shown = ""  # as it was said; a bar that has been dismissed is empty already
        self._standing: list[tuple[str, Kind, Choices]] = []  # the newest last, which is the one that is shown
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._show_standing)
        bar.action_triggered.connect(self._on_action_triggered)
        bar.dismissed.connect(self._on_dismissed)

    @property
    def text(self) -> str:
        return self._bar.text

    def tell(self, text: str, choices: Choices | None = None, *, stands: bool = False, waits: bool = False) -> None:
        """Say something that is worth knowing.

        Args:
            waits: what was said last has its time first; only of what stands.
            stands: it is the only way to something: what is said later is shown for some seconds, and then this again,
                until a button of it is pressed or it is dismissed.
        """
        if waits and self._bar.text:
            self._stand(text, "info", choices or {})
            self._again.start(MS_UNTIL_AGAIN)
        else:
            self._say(text, "info", choices, stands)

    def warn(self, text: str, choices: Choices | None = None, *, stands: bool = False) -> None:
        """Say what went wrong and what to do; an error's own text is made a sentence."""
        self._say(sentence(text), "error", choices, stands)

    def progress(self, text: str, fraction: float | None, choices: Choices) -> None:
        """Say how far something is, from 0 to 1, or that it goes on (None); a question that stands comes first."""
        if self._choices and self._bar.kind != "progress":
            return
        self._choices, self._shown = choices, ""
        self._bar.set_progress(text, fraction, [(label, label) for label in choices])

    def clear(self) -> None:
        """Take back what was said; how far something is stays, with its way to cancel it."""
        if self._bar.kind != "progress":
            self.finish()

    def end_progress(self) -> None:
        """Take back how far something is, and nothing else."""
        if self._bar.kind == "progress":
            self.finish()

    def warn_if(self, why: str) -> None:
        """Say why something failed; nothing if it was cancelled, and `why` is empty."""
        if why:
            self.warn(why)

    def finish(self) -> None:
        """Take back everything, progress too; what stands comes again."""
        self._choices, self._shown = {}, ""
        self._bar.clear()
        self._show_standing()

    def close(self) -> None:
        """Nothing comes again: the window goes."""
        self._standing = []
        self._again.stop()

    def _say(self, text: str, kind: Kind, choices: Choices | None, stands: bool) -> None:
        self._choices = choices or {}
        if stands:
            self._stand(text, kind, self._choices)
        self._show(text, kind)
        if self._standing and text != self._standing[-1][0]:
            self._again.start(MS_UNTIL_AGAIN)

    def _stand(self, text: str, kind: Kind, choices: Choices) -> None:
        """Let something come again, in the place of what offered the same before."""
        again = [*choices] or None  # where nothing is offered, nothing takes the place of anything
        self._standing = [said for said in self._standing if said[0] != text and [*said[2]] != again]
        self._standing.append((text, kind, choices))

    @Slot()
    def _show_standing(self) -> None:
        if self._standing and self._bar.kind != "progress":
            self._again.stop()
            text, kind, self._choices = self._standing[-1]
            self._show(text, kind)

    def _show(self, text: str, kind: Kind) -> None:
        self._shown = text
        self._bar.show_message(text, kind, [(label, label) for label in self._choices])

    def _end(self) -> None:
        """What is shown has been answered."""
        self._standing = [said for said in self._standing if said[0] != self._shown]
        self._again.stop()
        self.finish()

    @Slot(str)
    def _on_action_triggered(self, label: str) -> None:
        action = self._choices.get(label)
        self._end()
        if action is not None:
            action()

    @Slot()
    def _on_dismissed(self) -> None:
        self._end()


def sentence(text: str) -> str:
    """An error's own text as a sentence; a file's name keeps its letters."""
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "?")) else f"{text}."
