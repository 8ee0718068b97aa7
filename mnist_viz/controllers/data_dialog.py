"""Fills the data dialog, and does what is asked for there."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from mnist_viz.controllers.data import DataController
from mnist_viz.controllers.data_entries import mixable, owned, rows
from mnist_viz.data.datasets import Dataset
from mnist_viz.data.user.user_data import DIGITS, FILE_ENDINGS, full_name, names_in
from mnist_viz.session.loader import Checked, Failure, Fetched, Loader, Progress, Removed, Sampled, Verified
from mnist_viz.session.session import Session
from mnist_viz.system.paths import data_dir, home
from mnist_viz.views.data.dialog import DataDialog
from mnist_viz.views.data.entry import Pictures, megabytes
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.window import MainWindow

PickPath = Callable[[], str]


class DataDialogController(QObject):
    """Each row's work is told in the row; what is used goes through the DataController, which asks before a loss."""

    folder_changed = Signal(str)  # where data sets are looked for

    def __init__(
        self,
        session: Session,
        dialog: DataDialog,
        window: MainWindow,
        transport: TransportBar,
        loader: Loader,
        data: DataController,
    ) -> None:
        super().__init__()
        self._session = session
        self._dialog = dialog
        self._loader = loader
        self._data = data
        self._folder = str(home())
        self._samples: dict[str, Pictures] = {}
        self._awaited: set[str] = set()  # sets whose samples are on their way
        self._checking = ""  # the name of the user's own data that are looked at
        self._checked: Dataset | None = None
        sets, own = dialog.sets, dialog.own
        window.commands.data.triggered.connect(self.open)
        transport.more_data_requested.connect(self.open)
        dialog.own_dropped.connect(self.look_at)
        dialog.closed.connect(self._on_closed)
        data.published.connect(self._on_published)
        data.listed.connect(self._on_listed)
        sets.use_requested.connect(self._on_use_requested)
        sets.fetch_requested.connect(self._on_fetch_requested)
        sets.cancel_requested.connect(self._on_cancel_requested)
        sets.verify_requested.connect(self._on_verify_requested)
        sets.delete_requested.connect(self._on_delete_requested)
        sets.place_requested.connect(self._on_place_requested)
        for page in (sets, own):
            page.open_folder_requested.connect(self._on_open_folder_requested)
            page.open_file_requested.connect(self._on_open_file_requested)
        own.use_requested.connect(self._on_use_own_requested)
        own.back_requested.connect(self._on_back_requested)
        own.fitted_changed.connect(self._on_fitted_changed)

    @Slot()
    def open(self) -> None:
        """Show the dialog with what there is now."""
        self._data.list()
        self._fill()
        self._dialog.bring()
        if not self._dialog.shows_own:
            self._dialog.show_sets()

    @Slot(str)
    def look_at(self, path: str) -> None:
        """Read the user's own data, and show what they are before they are used."""
        self._checked = None
        self._checking = full_name(path)
        self._dialog.own.set_reading(self._own_title(), f"Looking at {self._own_title()}")
        self._dialog.bring()
        self._dialog.show_own()
        self._loader.check(self._checking)

    def use_folder(self, path: str) -> None:
        """Look for data sets in the folder `path`, and fetch them into it."""
        for name in list(self._data.infos):
            self._loader.cancel("samples", name)
        self._samples.clear()
        self._awaited.clear()
        self._loader.data_dir = path
        self._data.list()
        self.folder_changed.emit(path)

    # What the loader says

    @Slot(object)
    def _on_published(self, outcome: object) -> None:
        sets, own = self._dialog.sets, self._dialog.own
        match outcome:
            case Progress(kind="check"):
                own.set_reading(self._own_title(), outcome.text, outcome.fraction)
            case Progress(kind="fetch" | "verify" | "remove"):
                sets.set_phase(outcome.name, "working", self._short(outcome), outcome.fraction)
            case Failure(kind="check"):
                if outcome.message:
                    own.set_problem(self._own_title(), sentence(outcome.message))
            case Failure(kind="fetch" | "verify" | "remove"):
                sets.set_phase(
                    outcome.name, "failed" if outcome.message else "rest", sentence(outcome.message)
                )  # fmt: skip
                self._data.list()
            case Failure(kind="samples"):
                self._awaited.discard(outcome.name)
            case Checked():
                self._checked = outcome.dataset
                own.set_data(owned(outcome))
            case Fetched(name):
                sets.set_phase(name, "rest")
                self._ask_for_samples()
            case Verified(name, text):
                sets.set_phase(name, "done", text)
            case Removed(name, freed):
                self._forget(name)
                sets.set_phase(name, "done", f"{megabytes(freed)} were freed.")
                self._data.list()
            case Sampled(name, pictures):
                self._awaited.discard(name)
                self._samples[name] = pictures
                sets.set_samples(name, pictures)

    @Slot()
    def _on_listed(self) -> None:
        """Show what there is; nothing is looked at while the dialog is closed."""
        if self._dialog.isVisible():
            self._fill()

    def _fill(self) -> None:
        infos, sets = self._data.infos, self._dialog.sets
        dataset = self._session.dataset
        sets.set_entries(rows(infos, dataset, self._loader.data_dir))
        sets.set_place(str(data_dir(self._loader.data_dir).absolute()))
        sets.set_mixable(mixable(infos))
        if dataset is not None:
            used, *mixed = names_in(dataset.name)
            sets.set_mixed(mixed)
            if used not in infos:
                sets.set_samples(used, dataset.train.images[:8].reshape(-1, *dataset.image_shape))
        self._ask_for_samples()

    def _ask_for_samples(self) -> None:
        # What lies in files costs next to nothing, what the program makes some seconds.
        for name, info in sorted(self._data.infos.items(), key=lambda item: item[1].folder is None):
            if not info.present or name not in self._dialog.sets.keys:
                continue
            if name in self._samples:
                self._dialog.sets.set_samples(name, self._samples[name])
            elif name not in self._awaited:
                self._awaited.add(name)
                self._loader.samples(name)

    def _forget(self, name: str) -> None:
        """Samples that come from the same files go with them."""
        gone = self._data.infos[name].folder if name in self._data.infos else None
        for other, info in self._data.infos.items():
            if other == name or (gone is not None and info.folder == gone):
                self._samples.pop(other, None)

    # What the user wants

    @Slot(str, tuple)
    def _on_use_requested(self, key: str, mixed: tuple[str, ...]) -> None:
        self._dialog.accept()  # a question before a loss is asked in the window
        self._data.use("+".join([key, *mixed]))

    @Slot(str)
    def _on_fetch_requested(self, key: str) -> None:
        self._dialog.sets.set_phase(key, "working", "Starting")
        self._data.fetch(key)

    @Slot(str)
    def _on_cancel_requested(self, key: str) -> None:
        self._data.cancel_fetch(key)
        self._loader.cancel("verify", key)

    @Slot(str)
    def _on_verify_requested(self, key: str) -> None:
        self._dialog.sets.set_phase(key, "working", "Verifying")
        self._loader.verify(key)

    @Slot(str)
    def _on_delete_requested(self, key: str) -> None:
        self._dialog.sets.set_phase(key, "working", "Deleting")
        self._loader.remove(key)

    @Slot()
    def _on_use_own_requested(self) -> None:
        if self._checked is not None:
            dataset, self._checked = self._checked, None
            self._dialog.show_sets()
            self._dialog.accept()
            self._data.use_dataset(dataset)

    @Slot()
    def _on_back_requested(self) -> None:
        self._stop_checking()
        self._dialog.show_sets()

    @Slot()
    def _on_closed(self) -> None:
        self._stop_checking()

    @Slot(bool)
    def _on_fitted_changed(self, fitted: bool) -> None:
        path = self._checking.removeprefix(DIGITS)
        self.look_at(DIGITS + path if fitted else path)

    @Slot()
    def _on_open_folder_requested(self) -> None:
        path = QFileDialog.getExistingDirectory(self._dialog, "A folder with a subfolder for each class", self._folder)
        if path:
            self._folder = str(Path(path).parent)
            self.look_at(path)

    @Slot()
    def _on_open_file_requested(self) -> None:
        kinds = f"Data ({' '.join(f'*{ending}' for ending in FILE_ENDINGS)})"
        path, _ = QFileDialog.getOpenFileName(self._dialog, "Open data of your own", self._folder, kinds)
        if path:
            self._folder = str(Path(path).parent)
            self.look_at(path)

    @Slot()
    def _on_place_requested(self) -> None:
        here = str(data_dir(self._loader.data_dir).absolute())
        path = QFileDialog.getExistingDirectory(self._dialog, "A folder with data sets", here)
        if path:
            self.use_folder(path)

    def _stop_checking(self) -> None:
        self._checked = None
        self._loader.cancel("check")

    def _own_title(self) -> str:
        return Path(self._checking.removeprefix(DIGITS)).name

    def _short(self, progress: Progress) -> str:
        """A row need not say which data set it is about."""
        title = self._data.title(progress.name)
        text = progress.text.replace(f"Downloading {title}: ", "Fetching ")
        return text.partition(":")[0] if text.startswith("Reading") else text.replace(f" {title}", "")


def sentence(text: str) -> str:
    """An error's own text as a sentence; a file's name keeps its letters."""
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    return text if not text or text.endswith((".", "?")) else f"{text}."
