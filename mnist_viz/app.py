"""Builds the objects of the window program and connects them; nothing else does."""

import gc
import logging
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from mnist_viz import __version__
from mnist_viz.controllers.appearance import AppearanceController
from mnist_viz.controllers.asking import AskingController
from mnist_viz.controllers.compare import CompareController
from mnist_viz.controllers.curves import CurvesController
from mnist_viz.controllers.data import DataController
from mnist_viz.controllers.data_dialog import DataDialogController
from mnist_viz.controllers.diagnosis import DiagnosisController
from mnist_viz.controllers.display import DisplayController
from mnist_viz.controllers.drawing import DrawingController
from mnist_viz.controllers.errors import ErrorsController
from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.controllers.files import FilesController
from mnist_viz.controllers.film_export import FilmExportController
from mnist_viz.controllers.help import HelpController
from mnist_viz.controllers.keeping import KeepingController
from mnist_viz.controllers.microscope import PANELS, MicroscopeController
from mnist_viz.controllers.notices import Notices
from mnist_viz.controllers.picture_export import PictureExportController
from mnist_viz.controllers.preferences import Preferences
from mnist_viz.controllers.pruning import PruningController
from mnist_viz.controllers.recent_files import RecentFilesController
from mnist_viz.controllers.runs import RunsController
from mnist_viz.controllers.saved_drawings import SavedDrawingsController
from mnist_viz.controllers.session_files import SessionFilesController
from mnist_viz.controllers.timeline import FilmController, TimelineController
from mnist_viz.controllers.training import TrainingController
from mnist_viz.controllers.undo import UndoController
from mnist_viz.engine.presets import PRESETS
from mnist_viz.engine.threads import limit_blas
from mnist_viz.session.background_tasks import BackgroundTasks
from mnist_viz.session.examiner import Examiner
from mnist_viz.session.session import Session
from mnist_viz.system import qt_messages, qt_overrides
from mnist_viz.system.memory import map_large_arrays, trim
from mnist_viz.system.paths import names_data_dir, state_dir
from mnist_viz.system.terminal import stop_signals
from mnist_viz.views import theme as themes
from mnist_viz.views.actions import Actions
from mnist_viz.views.budget_menu import BudgetMenu
from mnist_viz.views.compare.panel import ComparePanel
from mnist_viz.views.curves.panel import CurvesPanel
from mnist_viz.views.data.dialog import DataDialog
from mnist_viz.views.drawing.draw_panel import DrawPanel
from mnist_viz.views.drawing.normalization_view import NormalizationView
from mnist_viz.views.errors.panel import ErrorsPanel
from mnist_viz.views.message_bar import MessageBar
from mnist_viz.views.network.activations_panel import ActivationsPanel
from mnist_viz.views.network.weights_panel import WeightsPanel
from mnist_viz.views.runs.panel import RunsPanel
from mnist_viz.views.settings.panel import SettingsPanel
from mnist_viz.views.timeline.bar import TimelineBar
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.window import MainWindow

log = logging.getLogger(__name__)

TICK_MS = 30
TURN_SECONDS = 0.003
"""So long a tick works before the rest of it waits for the next turn of the event loop."""
TICKS_BETWEEN_COLLECTIONS = 30
TICKS_BETWEEN_TRIMS = 1_000

SECONDS_TO_SAVE, SECONDS_TO_CLOSE = 0.7, 1.5
"""So long is waited for a session that is being saved, and in all; then the process ends without what is not done."""


def make_application() -> QApplication:
    """The one QApplication, with the program's font."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    qt_messages.install()
    qt_overrides.guard("mnist_viz")
    application = QApplication(["mnist-viz"])
    # Every movement of the mouse counts on the pad, also those made between two pictures; Qt would join them.
    application.setAttribute(Qt.ApplicationAttribute.AA_CompressHighFrequencyEvents, False)
    application.setApplicationDisplayName("mnist-viz")
    application.setApplicationName("mnist-viz")
    application.setApplicationVersion(__version__)
    themes.load_fonts(application)
    return application


def close_on_signals(close: Callable[[], object]) -> None:
    """Let Ctrl+C and the system's request to end do what closing the window does."""
    for number in stop_signals():
        # Not at once: it may come in the middle of anything, a turn of the session or a painting.
        signal.signal(number, lambda *_: QTimer.singleShot(0, close))


class App(QObject):
    """The window with everything behind it.

    Args:
        data_dir: the folder with data sets; None for the usual one.
        dataset: load this one at the start, instead of the best that is there.
        preferences: what the last start left behind.
    """

    def __init__(
        self,
        data_dir: str | None = None,
        dataset: str | None = None,
        preferences: Preferences | None = None,
    ) -> None:
        super().__init__()
        self._dataset = dataset
        self.preferences = preferences if preferences is not None else Preferences.load()
        self._ticks = 0
        self._closed = False
        self.all_ended = True  # no thread was still at work when the window was closed
        self._remembered = replace(self.preferences)  # what of them is in the file
        self._not_remembered = ""  # why, once it has been said
        self._then: Callable[[], object] | None = None  # what to do once the window is painted
        self.session = Session(PRESETS["relu-128-64"].settings)
        actions = Actions()
        self.transport = TransportBar(actions)
        self.timeline = TimelineBar(actions)
        self.messages = MessageBar()
        self.draw = DrawPanel()
        self.steps = NormalizationView()
        self.weights = WeightsPanel()
        self.activations = ActivationsPanel()
        self.curves = CurvesPanel()
        self.settings = SettingsPanel()
        self.errors = ErrorsPanel()
        self.runs = RunsPanel()
        self.compare = ComparePanel()
        self.window = MainWindow(
            {
                "draw": ("Draw", self.draw),
                "weights": ("Weights", self.weights),
                "activations": ("Network", self.activations),
                "curves": ("Learning curves", self.curves),
                "settings": ("Settings", self.settings),
                "errors": ("Errors", self.errors),
                "runs": ("Runs", self.runs),
                "compare": ("Compare", self.compare),
                **{panel.key: (panel.title, None) for panel in PANELS},
            },
            actions,
            self.transport,
            self.timeline,
            self.messages,
        )
        self.notices = Notices(self.messages)
        self.help = HelpController(self.session, self.window, self.notices, self.preferences)
        self.budget_menu = BudgetMenu(self.window)
        self.window.run_menu.addSeparator()
        self.window.run_menu.addMenu(self.budget_menu)
        self.tasks = BackgroundTasks(self)
        access = FileAccess(self.window, self.notices, self.tasks)
        self.drawing = DrawingController(
            self.session, self.draw, self.steps, self.activations, self.window, self.notices, access
        )
        self.examiner = Examiner(self.tasks)
        self.mistakes = ErrorsController(self.session, self.errors, self.examiner, self.drawing.give)
        self.comparing = CompareController(self.session, self.compare, self.examiner, self.drawing.give)
        self.display = DisplayController(
            self.session, self.weights, self.activations, self.transport, self.drawing, self.window
        )  # fmt: skip
        self.microscope = MicroscopeController(
            self.session, self.window, self.drawing, self.tasks, self.examiner, self.display.choose, PANELS
        )
        self.asking = AskingController(self.window, self.draw, actions)
        self.microscope.panel_made.connect(self.asking.connect_galleries)
        self.display.neuron_chosen.connect(self.microscope.set_neuron)
        for panel in (self.weights, self.activations):
            panel.neuron_opened.connect(self.microscope.open_neuron)
        self.learning = CurvesController(self.session, self.curves)
        self.film = FilmController(self.session, self.window, self.timeline)
        self.moments = TimelineController(self.session, self.window, self.timeline, actions, self.budget_menu)
        self.film_export = FilmExportController(
            self.session, self.window, self.notices, self._redraw,
            {
                "errors": lambda: self.mistakes.settled, "compare": lambda: self.comparing.settled,
                **{panel.key: lambda: self.microscope.settled for panel in PANELS},
            },
            self.learning.selected_steps, access,
        )  # fmt: skip
        self.training = TrainingController(
            self.session, self.window, self.transport, self.settings, self.notices, self.film, self.film_export
        )
        self.tree = RunsController(self.session, self.runs, self.window, self.notices)
        self.undo = UndoController(self.session, actions.undo_stack, self.notices)
        self.diagnosis = DiagnosisController(self.session, self.notices, self.tree)
        self.pruning = PruningController(self.session, self.tree, self.notices)
        self.microscope.panel_made.connect(self.pruning.connect_panel)
        self.files = FilesController(self.session, self.window, self.notices, access)
        self.pictures = PictureExportController(
            self.session, self.window, self.curves, self.notices, self._redraw, access,
            self.learning.selected_steps,
        )  # fmt: skip
        self.microscope.panel_made.connect(self.pictures.connect_figures)
        # What is said at the start comes before what was chosen once.
        folder = data_dir if names_data_dir(data_dir) else self.preferences.data_dir or None
        self.data = DataController(self.session, self.transport, self.notices, self.tasks, folder)
        access.data_in_use = self.data.paths_in_use
        self.saved_drawings = SavedDrawingsController(
            self.session, self.draw, self.drawing, self.window, self.notices, self.data, access
        )
        self.data_dialog = DataDialog(self.window)
        self.data_sets = DataDialogController(
            self.session, self.data_dialog, self.window, self.transport, access, self.data
        )
        self.keeping = KeepingController(
            self.session, self.notices, self.draw.pad, self.tasks, state_dir() / "sessions"
        )
        self.session_files = SessionFilesController(
            self.session, self.window, self.notices, self.draw, self.drawing, self.files, self.data, self.data_sets,
            self.keeping, access,
        )  # fmt: skip
        open_again = partial(self.session_files.open, dropped=True)  # as what is dropped: it may be data
        self.recent = RecentFilesController(self.preferences, self.window.recent_menu, self.notices, open_again)
        access.note = self.recent.add
        self.appearance = AppearanceController(self.window, self.preferences)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._turn)
        self._rest = QTimer(self)  # of a tick
        self._rest.setSingleShot(True)
        self._rest.timeout.connect(self._turn)
        self._to_do: deque[Callable[[], object]] = deque()  # in this tick
        self.window.closing.connect(self.close)
        for name, changed in {
            "speed": self.transport.speed_changed, "budget": self.moments.budget_changed,
            "data_dir": self.data_sets.folder_changed,
            "curves_axis": self.curves.axis_changed, "curves_smoothing": self.curves.smoothing_changed,
            "all_weights": self.weights.all_shown_changed,
        }.items():  # fmt: skip
            changed.connect(partial(setattr, self.preferences, name))
        self._apply_preferences()

    def start(self, then: Callable[[], object] | None = None) -> None:
        """Show the window with the pretrained network in it; once it is painted load data, and do `then`."""
        # The collector must not run on the worker: it would destroy Qt objects there. It runs in `tick`.
        gc.disable()
        limit_blas(1)  # more would wait for each other in busy loops, on the cores that paint and train
        map_large_arrays()
        self.help.start()
        self.files.show_pretrained()
        self.display.refresh()
        self.learning.refresh()
        self.moments.refresh()
        self._then = then
        self.window.installEventFilter(self)
        self.window.show()
        self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - overrides Qt
        # The threads that load data would double the time to the first picture.
        if event.type() == QEvent.Type.Paint:
            self.window.removeEventFilter(self)
            QTimer.singleShot(0, self._begin)
        return False

    @Slot()
    def _begin(self) -> None:
        """Begin what needs threads."""
        if self._closed:
            return
        self.data.start(self._dataset)
        self.keeping.start()
        if self._then is not None:
            self._then()

    def tick(self) -> None:
        """Take what the threads have published, then draw what has changed."""
        self._to_do.clear()
        for part in self._parts():
            self._attempt(part)

    def _parts(self) -> Sequence[Callable[[], object]]:
        return (
            self.session.tick,
            self.training.refresh, self.tree.refresh,
            self.display.refresh, self.learning.refresh, self.moments.refresh,
            self.mistakes.refresh, self.comparing.refresh, self.microscope.refresh,
            self.help.tick, self._remember, self._collect,
        )  # fmt: skip

    @Slot()
    def _turn(self) -> None:
        """Do what fits of a tick into one turn of the event loop: between two of them the window hears the mouse."""
        if self._closed:
            return
        self._to_do = self._to_do or deque(self._parts())
        end = time.monotonic() + TURN_SECONDS
        while self._to_do:
            self._attempt(self._to_do.popleft())
            if self._to_do and time.monotonic() >= end:
                self._rest.start(0)
                break

    def _collect(self) -> None:
        self._ticks += 1
        if self._ticks % TICKS_BETWEEN_COLLECTIONS == 0:
            gc.collect(1)
        if self._ticks % TICKS_BETWEEN_TRIMS == 0:
            trim()

    def _redraw(self) -> None:
        """Draw at once what has changed since the last tick."""
        self.display.redraw()
        self.learning.redraw()
        self.moments.refresh()
        self.mistakes.refresh()
        self.comparing.redraw()
        self.microscope.refresh()

    def _remember(self) -> None:
        """Save the preferences when they have changed, not only at the end."""
        if self.preferences != self._remembered:
            self._remembered = replace(self.preferences)
            self.keeping.run(self._remembered.save, self._say_why_not_remembered)

    def _say_why_not_remembered(self, why: str) -> None:
        """Say once why the preferences cannot be saved; `why` is empty if they are."""
        if why and why != self._not_remembered:
            self.notices.warn(why)
        self._not_remembered = why

    @Slot()
    def close(self) -> None:
        """Stop everything that runs, remember the layout, and keep what is in no file."""
        if self._closed:
            return
        self._closed = True
        until = time.monotonic() + SECONDS_TO_CLOSE
        self._timer.stop()
        self.preferences.layout = self.window.arrangement.save()
        self.window.hide()  # nobody looks on while threads end
        for part in (
            self.notices.close,
            self.session.pause,
            self.film_export.close,
            self.data_dialog.hide,
            self.session.tick,
            self.display.close,
        ):
            self._attempt(part)
        # A session that takes longer to be saved is kept, and so it is known first what is saved.
        self._end("the session's file", self.session_files.close, time.monotonic() + SECONDS_TO_SAVE)
        self._attempt(partial(self.keeping.run, replace(self.preferences).save))
        self._attempt(self.keeping.end)
        self._end("training", self.session.close, until)
        self._end("background tasks", self.tasks.close, until)
        self._attempt(self.keeping.release)

    def _end(self, what: str, close: Callable[[float], bool], until: float) -> None:
        """Close a part, and note if it has not ended by then."""
        if not self._attempt(partial(close, max(until - time.monotonic(), 0.0))):
            log.warning("%s did not end in time", what)
            self.all_ended = False

    def _attempt(self, part: Callable[[], object]) -> object:
        """Call `part`; if it raises, that is said, and the others go on."""
        try:
            return part()
        except Exception as error:
            sys.excepthook(type(error), error, error.__traceback__)
            return None

    def _apply_preferences(self) -> None:
        self.appearance.start()
        if self.preferences.layout and not self.window.arrangement.restore(self.preferences.layout):
            log.warning("the remembered layout does not fit this version; using the default")
        self.transport.set_speed(self.preferences.speed)
        self.session.set_speed(self.preferences.speed)
        self.moments.set_budget(self.preferences.budget)
        self.curves.set_axis(self.preferences.curves_axis)
        self.curves.set_smoothing(self.preferences.curves_smoothing)
        self.weights.set_all_shown(self.preferences.all_weights)
