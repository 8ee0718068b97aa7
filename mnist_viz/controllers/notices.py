"""Messages for the user, one at a time: what happened, and buttons for what can be done about it."""

import time
from collections.abc import Callable, Mapping
from weakref import ref

from PySide6.QtCore import QObject, QTimer, Slot

from mnist_viz.views.message_bar import Kind, MessageBar

Choices = Mapping[str, Callable[[], object]]
"""What a button says, and what it does."""


MS_UNTIL_AGAIN = 6000
"""How long another message is shown in place of a standing one."""


class Notices(QObject):
    """Shows messages, and runs the action of a pressed button."""

    def __init__(self, bar: MessageBar) -> None:
        super().__init__()
        self._bar = bar
        self._choices: Choices = {}
        self._shown, self._shown_at = "", 0.0  # its text and since when; a dismissed bar is empty already
        self._about: ref[object] | None = None  # what it is about
        self._standing: list[
            tuple[str, Kind, Choices, ref[object] | None]
        ] = []  # the newest last, which is the one that is shown
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.timeout.connect(self._show_standing)
        bar.action_triggered.connect(self._on_action_triggered)
        bar.dismissed.connect(self._end)

    @property
    def text(self) -> str:
        return self._bar.text

    def tell(
        self, text: str, choices: Choices | None = None, *, stands: bool = False, waits: bool = False,
        about: object = None,
    ) -> None:  # fmt: skip
        """Show a message.

        Args:
            about: a run, say; when another one is entered the message goes, see `leave`.
            waits: show the previous message for some seconds first; only for a standing message.
            stands: show it again some seconds after any later message,
                until a button of it is pressed or it is dismissed.
        """
        if waits and self._bar.text:
            self._stand(text, "info", choices or {}, about)
            self._again.start(MS_UNTIL_AGAIN)
        else:
            self._say(text, "info", choices, stands, about)

    def warn(
        self, text: str, choices: Choices | None = None, *, stands: bool = False, about: object = None
    ) -> None:  # fmt: skip
        """Show an error; its text is made a sentence."""
        self._say(sentence(text), "error", choices, stands, about)

    def leave(self, here: object) -> None:
        """Remove what is about something else than `here`."""

        def elsewhere(about: "ref[object] | None") -> bool:
            return about is not None and about() is not here

        self._standing = [said for said in self._standing if not elsewhere(said[3])]
        if elsewhere(self._about):
            self._about = None
            self.clear()

    def withdraw(self, text: str) -> None:
        """Remove a message whose buttons have nothing to do any more."""
        self._standing = [said for said in self._standing if said[0] != text]
        if self._shown == text and self._bar.text:
            self.finish()

    def progress(self, text: str, fraction: float | None, choices: Choices) -> None:
        """Show progress from 0 to 1, or unknown (None); a question stays for some seconds first, and comes again."""
        if self._choices and self._bar.kind != "progress":
            if 1000 * (time.monotonic() - self._shown_at) < MS_UNTIL_AGAIN:
                return
            about = self._about() if self._about is not None else None
            self._stand(self._shown, self._bar.kind, self._choices, about)
        self._choices, self._shown, self._about = choices, "", None
        self._bar.set_progress(text, fraction, list(choices))

    def clear(self) -> None:
        """Remove the message; progress stays, with its button to cancel."""
        if self._bar.kind != "progress":
            self.finish()

    def end_progress(self) -> None:
        """Remove progress, but no message."""
        if self._bar.kind == "progress":
            self.finish()

    def warn_if(self, why: str) -> None:
        """Say why something failed; nothing if it was cancelled, and `why` is empty."""
        if why:
            self.warn(why)

    def finish(self) -> None:
        """Remove message and progress; a standing message is shown again."""
        self._choices, self._shown, self._about = {}, "", None
        self._bar.clear()
        self._show_standing()

    def close(self) -> None:
        """Forget standing messages: the window is closing."""
        self._standing = []
        self._again.stop()

    def _say(self, text: str, kind: Kind, choices: Choices | None, stands: bool, about: object) -> None:
        self._choices = choices or {}
        self._about = ref(about) if about is not None else None
        if stands:
            self._stand(text, kind, self._choices, about)
        self._show(text, kind)
        if self._standing and text != self._standing[-1][0]:
            self._again.start(MS_UNTIL_AGAIN)

    def _stand(self, text: str, kind: Kind, choices: Choices, about: object) -> None:
        """Add a standing message; it replaces one with the same buttons."""
        again = [*choices] or None  # a message without buttons replaces none
        self._standing = [said for said in self._standing if said[0] != text and [*said[2]] != again]
        self._standing.append((text, kind, choices, ref(about) if about is not None else None))

    @Slot()
    def _show_standing(self) -> None:
        if self._standing and self._bar.kind != "progress":
            self._again.stop()
            text, kind, self._choices, self._about = self._standing[-1]
            self._show(text, kind)

    def _show(self, text: str, kind: Kind) -> None:
        self._shown, self._shown_at = text, time.monotonic()
        self._bar.show_message(text, kind, list(self._choices))

    @Slot()
    def _end(self) -> None:
        """Forget the shown message: the user has answered it."""
        self._standing = [said for said in self._standing if said[0] != self._shown]
        self._again.stop()
        self.finish()

    @Slot(str)
    def _on_action_triggered(self, label: str) -> None:
        action = self._choices.get(label)
        self._end()
        if action is not None:
            action()


def sentence(text: str) -> str:
    """An error's own text as a sentence; a file's name keeps its letters."""
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "?")) else f"{text}."
