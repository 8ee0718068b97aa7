"""The window's actions with their keys, as menus, buttons and the list of keys use them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from mnist_viz.views import icons
from mnist_viz.views.theme import Theme, color
from mnist_viz.views.undo_stack import UndoStack

_PLAY_TIP = "Train the network"
_PLAY_ON_TIP = "Go to the newest moment and train on from there; C continues from the moment shown"
_FILM_TIP = "Play the recorded moments as a film"
_FILM_BACK_TIP = "Play the recorded moments backwards"
_PIN_TIP = "Mark this moment and keep it when the recording is thinned out"


LISTED = "listed"
"""The property of an action whose text changes: how the list of keys calls it."""


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
        self._make_edit()
        self._make_pad()
        self._make_questions()
        self._make_files()
        self._make_window()
        self.set_transport_state(TransportState())

    def _make_training(self) -> None:
        add = partial(self._add, "Training")
        self.play = add("play", "Play", "Space", _PLAY_TIP, "play")
        self.forward_batch = add("forward-batch", "", "Right", "", "batch-forward", repeat=True)
        self.back_batch = add("back-batch", "", "Left", "", "batch-back", repeat=True)
        self.set_step_unit("batch")
        self.forward_epoch = add(
            "forward-epoch", "Forward one epoch", "Shift+Right", "Train for one epoch", "epoch-forward", repeat=True
        )
        self.back_epoch = add(
            "back-epoch",
            "Back one epoch",
            "Shift+Left",
            "Show the network one epoch earlier",
            "epoch-back",
            repeat=True,
        )
        self.first = add("first", "Go to the start", "Home", "Show the network before any training")
        self.live = add("live", "Go to live", "End", "Follow the training", "live")
        self.slower = add("slower", "Slower", "-", "Train more slowly")
        self.faster = add("faster", "Faster", ("+", "="), "Train faster")
        self.reset_same = add(
            "reset-same", "Reset to the same weights", "R", "Start again from the same first weights", "reset"
        )
        tip = "Start again from other first weights, with the next seed"
        self.reset_new = add("reset-new", "Reset to new weights", "Shift+R", tip)
        tip = "Continue from the moment shown, with other settings, as a separate run"
        self.branch = add("branch", "Continue from here…", "C", tip)
        tip = "Show the network that comes with the program, already trained"
        self.pretrained = add("pretrained", "Show the pretrained network", "Ctrl+P", tip)

    def _make_timeline(self) -> None:
        add = partial(self._add, "Timeline")
        tip = "Train for a number of batches or epochs, or until a condition holds, then pause"
        self.run_until = add("run-until", "Run until…", "U", tip)
        self.film = add("film", "Film", "F", _FILM_TIP, "film")
        self.film_back = add("film-back", "Film backwards", "Shift+F", _FILM_BACK_TIP, "film-back")
        self.film_loop = add("film-loop", "Loop the film", "Ctrl+L", "Repeat the film", "loop", checkable=True)
        self.film_slower = add("film-slower", "Film slower", "<", "Play the film more slowly")
        self.film_faster = add("film-faster", "Film faster", ">", "Play the film faster")
        self.pin = add("pin", "Pin this moment", "M", _PIN_TIP)
        self.previous_mark = add("previous-mark", "Previous mark", ",", "Go to the previous mark", repeat=True)
        self.next_mark = add("next-mark", "Next mark", ".", "Go to the next mark", repeat=True)

    def _make_edit(self) -> None:
        """Qt names in them the step that is next."""
        self.undo_stack = stack = UndoStack(self)
        tip = "Undo the last change of network, settings, data, runs or layout; Ctrl+Z undoes that of the drawing"
        self.undo_work = self._list("Edit", stack.createUndoAction(self, "Undo"))
        equip(self.undo_work, "undo-work", "Ctrl+Alt+Z", tip)
        self.redo_work = self._list("Edit", stack.createRedoAction(self, "Redo"))
        equip(self.redo_work, "redo-work", "Ctrl+Alt+Shift+Z", "Do again what was undone last")
        for action in (self.undo_work, self.redo_work):
            action.setProperty(LISTED, action.text())

    def _make_pad(self) -> None:
        add = partial(self._add, "Draw")  # as the panel, which adds the keys of its own
        self.undo_pad = add("undo-pad", "Undo drawing", "Ctrl+Z", "Undo the last change on the pad", repeat=True)
        self.redo_pad = add("redo-pad", "Redo drawing", "Ctrl+Shift+Z", "Redo the change undone last", repeat=True)
        self.clear_pad = add("clear-pad", "Clear drawing", ("Delete", "Escape"), "Clear the drawing pad")

    def _make_questions(self) -> None:
        """They are about the digit on the pad, or the current one of the gallery with the focus, and open a panel."""
        add = partial(self._add, "Ask about a digit")
        tip = "Why the digit on the pad, or the chosen one of a gallery, is read so"
        self.ask_why = add("ask-why", "Why this digit?", "W", tip)
        tip = "The training pictures that are most like it, and what they are"
        self.ask_neighbours = add("ask-neighbours", "Nearest training digits", "T", tip)
        tip = "What each neuron of the network answers to it"
        self.ask_neurons = add("ask-neurons", "What the neurons said", "S", tip)

    @property
    def questions(self) -> dict[str, QAction]:
        """What can be asked about a digit, by the keys of the panels that answer."""
        return {"why": self.ask_why, "neighbours": self.ask_neighbours, "activations": self.ask_neurons}

    def _make_files(self) -> None:
        add = partial(self._add, "Files")
        self.open = add("open", "Open…", "Ctrl+O", "Open a saved session or model")
        tip = "Save all runs with their recorded moments, curves and settings, and the drawing"
        self.save_session = add("save-session", "Save session", "Ctrl+S", tip)
        tip = "Save the session to another file"
        self.save_session_as = add("save-session-as", "Save session as…", "Ctrl+Shift+S", tip)
        tip = "Read the digits in a picture or photo"
        self.read_image = add("read-image", "Read an image…", "Ctrl+Shift+O", tip)
        self.save_model = add("save-model", "Save model…", "Ctrl+Shift+M", "Save the network that is shown")
        tip = "Save loss and accuracy as a table (CSV), a picture (PNG) or a vector drawing (SVG)"
        self.export_curves = add("export-curves", "Export curves…", "Ctrl+E", tip)
        tip = "Save the recorded moments as a film of the window or of a panel"
        self.export_film = add("export-film", "Export film…", "Ctrl+Shift+E", tip)
        self.window_picture = add("window-picture", "Save window as picture…", (), "Save the window as a PNG file")
        tip = "Choose, fetch, verify or delete data sets, or open your own data"
        self.data = add("data", "Data sets…", "Ctrl+D", tip)
        tip = "Add the drawings of a file to yours: JSON Lines, QuickDraw or InkML"
        self.import_drawings = add("import-drawings", "Import drawings…", (), tip)
        tip = "Write your drawings to a file: JSON Lines, QuickDraw or InkML"
        self.export_drawings = add("export-drawings", "Export drawings…", (), tip)
        self.quit = add("quit", "Quit", "Ctrl+Q", "Close the program")

    def _make_window(self) -> None:
        add = partial(self._add, "Window")
        self.next_panel = add("next-panel", "Next panel", "F6", "Give the focus to the next bar or panel", repeat=True)
        tip = "Give the focus to the previous bar or panel"
        self.previous_panel = add("previous-panel", "Previous panel", "Shift+F6", tip, repeat=True)
        self.close_panel = add("close-panel", "Close panel", "Ctrl+W", "Close the panel that has the focus")
        tip = "Let the panel that has the focus fill the window, and bring the others back"
        self.maximize_panel = add("maximize-panel", "Maximize panel", "Ctrl+M", tip)
        self.full_screen = add("full-screen", "Full screen", "F11", "Fill the screen", checkable=True)
        tip = (
            "Fill the screen in large type with the digit, the network and the curves; the key again, or Esc, goes back"
        )
        self.present = add("present", "Presentation", "F5", tip, checkable=True)
        tip = "Reset the zoom of the focused plot, or of all plots"
        self.see_all = add("see-all", "See all of the plot", "A", tip)
        self.zoom_in = add("zoom-in", "Larger", ("Ctrl++", "Ctrl+="), "Enlarge the whole interface, as for a projector")
        self.zoom_out = add("zoom-out", "Smaller", "Ctrl+-", "Make the whole interface smaller")
        self.zoom_reset = add("zoom-reset", "Usual size", "Ctrl+0", "Show the interface in its usual size")
        tip = "Restore the default panel layout"
        self.restore_layout = add("restore-layout", "Restore layout", "Ctrl+Shift+R", tip)
        tip = "Find anything that can be done, chosen or set, by words"
        self.find_command = add("find-command", "Find a command…", "Ctrl+K", tip)
        tip = "Explain what has the focus; else the pointer asks, and a click says what is under it"
        self.what_is_this = add("what-is-this", "What is this?", "Shift+F1", tip)
        self.keys = add("keys", "Keys", ("?", "F1"), "List every key")
        tip = "Copy versions, settings and the end of the log, without names or paths, for a bug report"
        self.copy_diagnostics = add("copy-diagnostics", "Copy diagnostics", (), tip)
        self.show_log = add("show-log", "Show the log", (), "Open the folder of the log")
        self.about = add("about", "About mnist-viz", (), "What this program is")

    def _add(
        self,
        group: str,
        name: str,
        text: str,
        keys: str | tuple[str, ...],
        tip: str,
        icon: str = "",
        *,
        repeat: bool = False,
        checkable: bool = False,
    ) -> QAction:
        action = self._list(group, make_action(self, name, text, keys, tip))
        action.setAutoRepeat(repeat)
        action.setCheckable(checkable)
        if icon:
            self._icons[action] = icon
            action.setIconVisibleInMenu(False)
        return action

    def _list(self, group: str, action: QAction) -> QAction:
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(False)
        action.setMenuRole(QAction.MenuRole.NoRole)
        self._groups.setdefault(group, []).append(action)
        return action

    def groups(self) -> dict[str, list[QAction]]:
        """The actions by the title of their group, in reading order."""
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
        set_tip(self.play, "Pause the training" if trains else _PLAY_TIP if state.at_live else _PLAY_ON_TIP)
        if self._icons[self.play] != (name := "pause" if trains else "play"):
            self._icons[self.play] = name
            self._set_icon(self.play)
        self.play.setEnabled(True)  # also before the network is there: it then plays once it is
        # While training runs, forward makes sense only in the past.
        can_forward = not state.at_live or not trains
        self.forward_batch.setEnabled(ready and can_forward)
        self.forward_epoch.setEnabled(ready and can_forward)
        for action in (self.back_batch, self.back_epoch, self.first):
            action.setEnabled(ready and state.can_back)
        self.live.setEnabled(ready and not state.at_live)
        for action in (self.reset_same, self.reset_new, self.branch, self.pretrained):
            action.setEnabled(ready)
        self.run_until.setEnabled(ready and not trains)

    def set_zoom(self, level: float) -> None:
        """Name the size of the interface, 1 for 100%, where it is set back."""
        self.zoom_reset.setText("Usual size" if level == 1 else f"Usual size (now {level:.0%})")
        self.zoom_reset.setEnabled(level != 1)

    def set_step_unit(self, unit: str) -> None:
        """Say what one step trains on: a "batch", or a "digit" or "picture" where a batch is one."""
        self.forward_batch.setText(f"Forward one {unit}")
        self.back_batch.setText(f"Back one {unit}")
        set_tip(self.forward_batch, f"Train on the next {unit}")
        set_tip(self.back_batch, f"Show the network one {unit} earlier")

    def set_film_available(self, available: bool) -> None:
        for action in (self.film, self.film_back, self.film_loop, self.film_slower, self.film_faster):
            action.setEnabled(available)

    def set_film_direction(self, direction: int) -> None:
        """Show whether the film plays: forwards (1), backwards (-1) or not (0)."""
        for action, own, tip in ((self.film, 1, _FILM_TIP), (self.film_back, -1, _FILM_BACK_TIP)):
            set_tip(action, "Pause the film" if direction == own else tip)
            self._icons[action] = "pause" if direction == own else action.objectName()
            self._set_icon(action)

    def set_marks_state(self, *, before: bool, after: bool, pinned: bool | None) -> None:
        """Whether there are marks before and after the moment shown, and whether it is pinned; None if it cannot be."""
        self.previous_mark.setEnabled(before)
        self.next_mark.setEnabled(after)
        self.pin.setEnabled(pinned is not None)
        self.pin.setText("Unpin this moment" if pinned else "Pin this moment")
        set_tip(self.pin, "Remove the mark" if pinned else _PIN_TIP)

    def _set_icon(self, action: QAction) -> None:
        if self._theme is None:
            return
        ink = self._theme.on_accent if action is self.play else self._theme.text
        action.setIcon(icons.icon(self._icons[action], ink, color(self._theme.muted, 0.45)))


def offer_first(widget: QWidget, actions: Sequence[QAction]) -> None:
    """Put `actions` into the widget's context menu, before those that are there."""
    widget.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
    if before := widget.actions():
        widget.insertActions(before[0], actions)
    else:
        widget.addActions(actions)


def make_action(parent: QObject, name: str, text: str, keys: str | tuple[str, ...], tip: str) -> QAction:
    """An action with its keys, such as ("?", "F1"), and a tooltip that names them."""
    action = QAction(text, parent)
    equip(action, name, keys, tip)
    return action


def equip(action: QAction, name: str, keys: str | tuple[str, ...], tip: str) -> None:
    """Give `action` its name in the program, its keys and its tooltip."""
    action.setObjectName(name)
    action.setShortcuts([QKeySequence(key) for key in ((keys,) if isinstance(keys, str) else keys)])
    set_tip(action, tip)


def set_tip(action: QAction, tip: str) -> None:
    """Give `action` the tooltip `tip`, followed by its keys."""
    keys = keys_text(action)
    action.setToolTip(f"{tip} ({keys})" if keys else tip)
    action.setStatusTip(tip)


def keys_text(action: QAction) -> str:
    """The action's keys as the platform writes them, such as "Ctrl+O" or "Del or Esc"."""
    return " or ".join(sequence.toString(QKeySequence.SequenceFormat.NativeText) for sequence in action.shortcuts())
