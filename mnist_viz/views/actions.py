"""Every intent that has a key, once: the menus, the transport's buttons and the list of keys all use these."""

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence

from mnist_viz.views import icons
from mnist_viz.views.theme import Theme, color

_FILM_TIP = "Play the recorded moments as a film"
_FILM_BACK_TIP = "Play the recorded moments backwards"
_PIN_TIP = "Mark this moment and keep it, also when there is no room for all"


@dataclass(frozen=True)
class TransportState:
    """What the transport has to know of the session.

    Attributes:
        state: "idle", "running", "paused", "stepping", "failed" or "preparing".
        can_back: whether a frame lies before the one shown.
        at_live: whether the frame shown is the newest one and follows the training.
    """

    state: str = "idle"
    can_back: bool = False
    at_live: bool = True

    @property
    def trains(self) -> bool:
        return self.state in ("running", "stepping")


class Actions(QObject):
    """The window's actions, by name and in the groups in which the list of keys shows them."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._groups: dict[str, list[QAction]] = {}
        self._icons: dict[QAction, str] = {}
        self._theme: Theme | None = None
        self._make_training()
        self._make_timeline()
        self._make_pad()
        self._make_files()
        self._make_window()
        self.set_transport_state(TransportState())

    def _make_training(self) -> None:
        add = self._add
        group = "Training"
        self.play = add(group, "play", "Play", "Space", "Train the network", "play", repeat=False)
        self.forward_batch = add(
            group, "forward-batch", "Forward one batch", "Right", "Train on the next batch", "batch-forward"
        )
        self.back_batch = add(
            group, "back-batch", "Back one batch", "Left", "Show the network one batch earlier", "batch-back"
        )
        self.forward_epoch = add(
            group, "forward-epoch", "Forward one epoch", "Shift+Right", "Train for one epoch", "epoch-forward"
        )
        self.back_epoch = add(
            group, "back-epoch", "Back one epoch", "Shift+Left", "Show the network one epoch earlier", "epoch-back"
        )
        self.first = add(
            group, "first", "Go to the start", "Home", "Show the network before any training", repeat=False
        )
        self.live = add(group, "live", "Go to live", "End", "Follow the training", "live", repeat=False)
        self.slower = add(group, "slower", "Slower", "-", "Train more slowly", repeat=False)
        self.faster = add(group, "faster", "Faster", ("+", "="), "Train faster", repeat=False)
        self.reset_same = add(
            group, "reset-same", "Reset to the same weights", "R",
            "Start again from the same first weights", "reset", repeat=False,
        )  # fmt: skip
        self.reset_new = add(
            group, "reset-new", "Reset to new weights", "Shift+R",
            "Start again from other first weights, with the next seed", repeat=False,
        )  # fmt: skip
        self.branch = add(
            group, "branch", "Continue from here…", "C",
            "Go on from the moment that is shown, with other settings, as a run of its own", repeat=False,
        )  # fmt: skip
        self.pretrained = add(
            group, "pretrained", "Show the pretrained network", "Ctrl+P",
            "Show the network that comes with the program, already trained", repeat=False,
        )  # fmt: skip

    def _make_timeline(self) -> None:
        add = self._add
        group = "Timeline"
        self.run_until = add(
            group, "run-until", "Run until…", "U",
            "Train so many batches or epochs, or until something is reached, then pause", repeat=False,
        )  # fmt: skip
        self.film = add(group, "film", "Film", "F", _FILM_TIP, "film", repeat=False)
        self.film_back = add(
            group, "film-back", "Film backwards", "Shift+F", _FILM_BACK_TIP, "film-back", repeat=False
        )  # fmt: skip
        self.film_loop = add(
            group, "film-loop", "Loop the film", "Ctrl+L", "Play the film again and again", "loop", repeat=False
        )
        self.film_loop.setCheckable(True)
        self.film_slower = add(group, "film-slower", "Film slower", "<", "Play the film more slowly", repeat=False)
        self.film_faster = add(group, "film-faster", "Film faster", ">", "Play the film faster", repeat=False)
        self.pin = add(group, "pin", "Pin this moment", "M", _PIN_TIP, repeat=False)
        self.previous_mark = add(group, "previous-mark", "Previous mark", ",", "Go to the mark before this moment")
        self.next_mark = add(group, "next-mark", "Next mark", ".", "Go to the mark after this moment")

    def _make_pad(self) -> None:
        add = self._add
        group = "Draw"  # as the panel, which adds the keys of its own
        self.undo_pad = add(group, "undo-pad", "Undo drawing", "Ctrl+Z", "Take back what was done last on the pad")
        self.redo_pad = add(group, "redo-pad", "Redo drawing", "Ctrl+Shift+Z", "Do again what was undone")
        self.clear_pad = add(
            group, "clear-pad", "Clear drawing", ("Delete", "Escape"), "Wipe the drawing pad", repeat=False
        )

    def _make_files(self) -> None:
        add = self._add
        group = "Files"
        self.open = add(group, "open", "Open…", "Ctrl+O", "Open a session or a model saved earlier", repeat=False)
        self.save_session = add(
            group, "save-session", "Save session", "Ctrl+S",
            "Save all runs with their recorded moments, curves and settings, and the drawing", repeat=False,
        )  # fmt: skip
        self.save_session_as = add(
            group, "save-session-as", "Save session as…", "Ctrl+Shift+S", "Save the session to another file",
            repeat=False,
        )  # fmt: skip
        self.read_image = add(
            group, "read-image", "Read an image…", "Ctrl+Shift+O", "Read the digits in a picture or photo", repeat=False
        )
        self.save_model = add(
            group, "save-model", "Save model…", "Ctrl+Shift+M", "Save the network that is shown", repeat=False
        )
        self.export_curves = add(
            group, "export-curves", "Export curves…", "Ctrl+E",
            "Save loss and accuracy as a table (CSV), a picture (PNG) or a drawing (SVG)", repeat=False,
        )  # fmt: skip
        self.export_film = add(
            group, "export-film", "Export film…", "Ctrl+Shift+E",
            "Save the recorded moments as a film of the window or of a panel", repeat=False,
        )  # fmt: skip
        self.window_picture = add(
            group, "window-picture", "Save window as picture…", (), "Save the window as a PNG file"
        )
        self.data = add(
            group, "data", "Data sets…", "Ctrl+D", "What to learn from: what is here, what can be fetched, your own"
        )
        self.quit = add(group, "quit", "Quit", "Ctrl+Q", "Close the program")

    def _make_window(self) -> None:
        add = self._add
        group = "Window"
        self.full_screen = add(group, "full-screen", "Full screen", "F11", "Fill the screen", repeat=False)
        self.full_screen.setCheckable(True)
        self.see_all = add(
            group, "see-all", "See all of the plot", "A", "Leave the zoom of the plot with the focus, or of all",
            repeat=False,
        )  # fmt: skip
        self.restore_layout = add(
            group, "restore-layout", "Restore layout", "Ctrl+0", "Put every panel back in its place"
        )
        self.keys = add(group, "keys", "Keys", ("?", "F1"), "List every key", repeat=False)
        self.copy_diagnostics = add(
            group, "copy-diagnostics", "Copy diagnostics", (),
            "Copy versions, settings and the end of the log, without names or paths, for whoever helps you",
        )  # fmt: skip
        self.show_log = add(group, "show-log", "Show the log", (), "Open the folder of the log")
        self.about = add(group, "about", "About mnist-viz", (), "What this program is")

    def _add(
        self,
        group: str,
        name: str,
        text: str,
        keys: str | tuple[str, ...],
        tip: str,
        icon: str = "",
        *,
        repeat: bool = True,
    ) -> QAction:
        action = QAction(text, self)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(key) for key in ((keys,) if isinstance(keys, str) else keys)])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(repeat)
        action.setMenuRole(QAction.MenuRole.NoRole)
        if icon:
            self._icons[action] = icon
            action.setIconVisibleInMenu(False)
        set_tip(action, tip)
        self._groups.setdefault(group, []).append(action)
        return action

    def groups(self) -> dict[str, list[QAction]]:
        """The actions by the title of their group, in the order in which they are to be read."""
        return {title: list(actions) for title, actions in self._groups.items()}

    def add_group(self, title: str, actions: list[QAction]) -> None:
        """List further actions, such as those that show a panel, in the groups."""
        self._groups.setdefault(title, []).extend(actions)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        for action in self._icons:
            self._set_icon(action)

    def set_transport_state(self, state: TransportState) -> None:
        """Decide, here alone, what can be pressed."""
        ready = state.state != "preparing"
        trains = state.trains
        self.play.setText("Pause" if trains else "Play")
        set_tip(self.play, "Pause the training" if trains else "Train the network")
        if self._icons[self.play] != (name := "pause" if trains else "play"):
            self._icons[self.play] = name
            self._set_icon(self.play)
        self.play.setEnabled(True)  # also before the network is there: it then plays once it is
        # While training runs, forward means something only to who looks at the past.
        can_forward = not state.at_live or not trains
        self.forward_batch.setEnabled(ready and can_forward)
        self.forward_epoch.setEnabled(ready and can_forward)
        for action in (self.back_batch, self.back_epoch, self.first):
            action.setEnabled(ready and state.can_back)
        self.live.setEnabled(ready and not state.at_live)
        for action in (self.reset_same, self.reset_new, self.branch, self.pretrained):
            action.setEnabled(ready)
        self.run_until.setEnabled(ready and not trains)

    def set_step_unit(self, unit: str) -> None:
        """Say what one step trains on: a "batch", or a "digit" or "picture" where a batch is one."""
        self.forward_batch.setText(f"Forward one {unit}")
        self.back_batch.setText(f"Back one {unit}")
        set_tip(self.forward_batch, f"Train on the next {unit}")
        set_tip(self.back_batch, f"Show the network one {unit} earlier")

    def set_film_available(self, available: bool) -> None:
        """Whether there are moments to play."""
        for action in (self.film, self.film_back, self.film_loop, self.film_slower, self.film_faster):
            action.setEnabled(available)

    def set_film_direction(self, direction: int) -> None:
        """Show whether the film plays: forwards (1), backwards (-1) or not (0)."""
        for action, own, icon, tip in (
            (self.film, 1, "film", _FILM_TIP),
            (self.film_back, -1, "film-back", _FILM_BACK_TIP),
        ):
            set_tip(action, "Pause the film" if direction == own else tip)
            self._icons[action] = "pause" if direction == own else icon
            self._set_icon(action)

    def set_marks_state(self, *, before: bool, after: bool, pinned: bool | None) -> None:
        """Whether there are marks before and after the moment shown, and whether it is pinned; None if it cannot be."""
        self.previous_mark.setEnabled(before)
        self.next_mark.setEnabled(after)
        self.pin.setEnabled(pinned is not None)
        self.pin.setText("Unpin this moment" if pinned else "Pin this moment")
        set_tip(self.pin, "Keep this moment no longer whatever happens" if pinned else _PIN_TIP)

    def _set_icon(self, action: QAction) -> None:
        if self._theme is None:
            return
        ink = self._theme.on_accent if action is self.play else self._theme.text
        action.setIcon(icons.icon(self._icons[action], ink, color(self._theme.muted, 0.45)))


def set_tip(action: QAction, tip: str) -> None:
    """Give `action` the tooltip `tip`, followed by its keys."""
    keys = keys_text(action)
    action.setToolTip(f"{tip} ({keys})" if keys else tip)
    action.setStatusTip(tip)


def keys_text(action: QAction) -> str:
    """The action's keys as the platform writes them, such as "Ctrl+O" or "Del or Esc"."""
    return " or ".join(sequence.toString(QKeySequence.SequenceFormat.NativeText) for sequence in action.shortcuts())
