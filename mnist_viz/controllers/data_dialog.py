"""Fills the data dialog and carries out its requests."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal, Slot

from mnist_viz.controllers.data import DATA_FILES, EMBEDDED, DataController
from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.controllers.notices import sentence
from mnist_viz.data.datasets import (
    DIGITS,
    DRAWINGS,
    ROWS,
    DataError,
    Dataset,
    DatasetInfo,
    first_images,
    remove,
    verify,
)
from mnist_viz.data.user.data_name import FILE_ENDINGS, full_name, names_in, parted, title_of
from mnist_viz.data.user.drawings import counts
from mnist_viz.data.user.examples import Summary
from mnist_viz.data.user.user_data import check_user_data, preview
from mnist_viz.session.background_tasks import Task
from mnist_viz.session.session import Session
from mnist_viz.system.paths import data_dir
from mnist_viz.views.data.dialog import DataDialog
from mnist_viz.views.data.entry import DataEntry, Pictures, megabytes
from mnist_viz.views.data.list import MIXABLE
from mnist_viz.views.transport import TransportBar
from mnist_viz.views.window import MainWindow

Checked = tuple[Dataset, Summary, list[NDArray[np.uint8]]]
"""The user's own data, what was found in them, and some pictures of each class, uint8 (k, *image_shape)."""

_FITTING = (28, 28)  # synthetic digits and drawings have this size


class DataDialogController(QObject):
    """Progress is shown in the rows; a chosen data set goes to the DataController."""

    folder_changed = Signal(str)  # where data sets are looked for

    def __init__(
        self,
        session: Session,
        dialog: DataDialog,
        window: MainWindow,
        transport: TransportBar,
        access: FileAccess,
        data: DataController,
    ) -> None:
        super().__init__()
        self._session = session
        self._dialog = dialog
        self._access = access
        self._tasks = access.tasks
        self._data = data
        self._samples: dict[str, Pictures] = {}
        self._awaited: dict[str, Task] = {}  # by set: its samples are on their way
        self._verifying: dict[str, Task] = {}
        self._reading: Task | None = None  # the user's own data
        self._checking = ""  # the name of the user's own data that are looked at
        self._checked: Dataset | None = None
        sets, own = dialog.sets, dialog.own
        window.commands.data.triggered.connect(self.open)
        transport.more_data_requested.connect(self.open)
        dialog.own_dropped.connect(self.look_at)
        dialog.closed.connect(self._stop_checking)
        data.fetch_progressed.connect(self._show_work)
        data.fetch_ended.connect(self._on_fetch_ended)
        data.listed.connect(self._on_listed)
        sets.use_requested.connect(self._on_use_requested)
        sets.requested.connect(self._on_requested)
        sets.place_requested.connect(self._on_place_requested)
        for page in (sets, own):
            page.open_folder_requested.connect(self._on_open_folder_requested)
            page.open_file_requested.connect(self._on_open_file_requested)
        own.use_requested.connect(self._on_use_own_requested)
        own.back_requested.connect(self._on_back_requested)
        own.choice_made.connect(self._on_choice_made)

    @Slot()
    def open(self) -> None:
        self._data.list()
        self._fill()
        self._dialog.bring()
        if not self._dialog.shows_own:
            self._dialog.show_sets()

    @Slot(str)
    def look_at(self, path: str, *, suggests: bool = True) -> None:
        """Read the user's own data, and show what they are before they are used.

        Args:
            suggests: whether pictures that look like drawings are fitted as drawings on the pad are.
        """
        self._checked, self._suggests = None, suggests
        self._checking = full_name(path)
        self._dialog.own.set_reading(self._own_title(), f"Looking at {self._own_title()}")
        self._dialog.bring()
        self._dialog.show_own()
        name = self._checking

        def work(task: Task) -> Checked:
            dataset, summary = check_user_data(name, watch=task)
            return dataset, summary, preview(dataset)

        self._tasks.forget(self._reading)
        self._reading = self._tasks.submit(
            work, self._on_checked, self._on_not_checked, partial(self._dialog.own.set_reading, self._own_title()),
            queue="checking data", failure=f"{name} could not be read",
        )  # fmt: skip

    def use_folder(self, path: str) -> None:
        """Look for data sets in the folder `path`, and fetch them into it."""
        for task in self._awaited.values():
            self._tasks.forget(task)
        self._samples.clear()
        self._awaited.clear()
        self._data.data_dir = path
        self._data.list()
        self.folder_changed.emit(path)

    # What comes of it

    @Slot(str, str, object)
    def _show_work(self, name: str, text: str, fraction: float | None) -> None:
        self._dialog.sets.set_phase(name, "working", self._short(name, text), fraction)

    @Slot(str, bool, str)
    def _on_fetch_ended(self, name: str, is_here: bool, why: str) -> None:
        if is_here:
            self._dialog.sets.set_phase(name, "rest")
        else:
            self._on_failed(name, why)

    def _on_failed(self, name: str, why: str) -> None:
        """Something with the files of a data set has failed, or was cancelled."""
        self._dialog.sets.set_phase(name, "failed" if why else "rest", sentence(why))
        self._data.list()

    def _on_removed(self, name: str, freed: int) -> None:
        self._forget(name)
        self._dialog.sets.set_phase(name, "done", f"{megabytes(freed)} were freed.")
        self._data.list()

    def _on_checked(self, checked: Checked) -> None:
        self._checked, summary, pictures = checked
        self._access.note(parted(self._checking)[1])
        if summary.drawn and self._suggests:
            self._on_choice_made("fitted", True)
            return
        self._dialog.own.set_data(summary, pictures, fitted=parted(self._checking)[0].fitted)

    def _on_not_checked(self, why: str) -> None:
        if why:
            self._dialog.own.set_problem(self._own_title(), sentence(why))

    def _on_sampled(self, name: str, pictures: Pictures) -> None:
        del self._awaited[name]
        self._samples[name] = pictures
        self._show_entries()

    def _on_not_sampled(self, name: str, _why: str) -> None:
        del self._awaited[name]

    @Slot()
    def _on_listed(self) -> None:
        """Show what there is; nothing is looked at while the dialog is closed."""
        if self._dialog.isVisible():
            self._fill()

    def _fill(self) -> None:
        sets = self._dialog.sets
        self._show_entries()
        sets.set_place(str(data_dir(self._data.data_dir).absolute()))
        sets.set_mixable(mixable(self._data.infos))
        if self._session.dataset is not None:
            sets.set_mixed(names_in(self._session.dataset.name)[1:])
        self._ask_for_samples()

    def _show_entries(self) -> None:
        folder = self._data.data_dir
        self._dialog.sets.set_entries(rows(self._data.infos, self._session.dataset, folder, self._samples))

    def _ask_for_samples(self) -> None:
        # What lies in files costs next to nothing, what the program makes some seconds.
        for name, info in sorted(self._data.infos.items(), key=lambda item: item[1].folder is None):
            if info.present and name not in self._samples and name not in self._awaited:
                self._awaited[name] = self._tasks.submit(
                    partial(_first_images, name, self._data.data_dir),
                    partial(self._on_sampled, name), partial(self._on_not_sampled, name),
                    queue="samples of data", failure=f"{name} could not be shown",
                )  # fmt: skip

    def _forget(self, name: str) -> None:
        """Samples that come from the same files go with them."""
        gone = self._data.infos[name].folder if name in self._data.infos else None
        for other, info in self._data.infos.items():
            if other == name or (gone is not None and info.folder == gone):
                self._samples.pop(other, None)

    # What the user wants

    @Slot(str, tuple)
    def _on_use_requested(self, key: str, mixed: tuple[str, ...]) -> None:
        self._dialog.accept()  # messages appear in the window
        self._data.use("+".join([key, *mixed]))

    @Slot(str, str)
    def _on_requested(self, action: str, key: str) -> None:
        if action == "cancel":
            self._data.cancel_fetch(key)
            if key in self._verifying:
                self._verifying[key].cancel()
            return
        doing = {"fetch": "Starting", "verify": "Verifying", "delete": "Deleting"}
        self._dialog.sets.set_phase(key, "working", doing[action])
        folder, failed = self._data.data_dir, partial(self._on_failed, key)
        if action == "fetch":
            self._data.fetch(key)
        elif action == "verify":
            self._verifying[key] = self._tasks.submit(
                lambda task: verify(key, folder, watch=task),
                partial(self._dialog.sets.set_phase, key, "done"), failed, partial(self._show_work, key),
                queue=DATA_FILES, failure=f"{key} could not be verified",
            )  # fmt: skip
        else:
            self._tasks.submit(
                lambda _: remove(key, folder), partial(self._on_removed, key), failed,
                queue=DATA_FILES, failure=f"{key} could not be deleted", must_end=True,
            )  # fmt: skip

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
        self._fill()  # other data may have come into use since the list was shown
        self._dialog.show_sets()

    @Slot(str, object)
    def _on_choice_made(self, choice: str, value: Any) -> None:
        choices, path = parted(self._checking)
        self.look_at(replace(choices, **{choice: value}).of(path), suggests=False)

    @Slot()
    def _on_open_folder_requested(self) -> None:
        if path := self._access.ask_folder("A folder with a subfolder for each class", self._dialog):
            self.look_at(path)

    @Slot()
    def _on_open_file_requested(self) -> None:
        kinds = f"Data ({' '.join(f'*{ending}' for ending in FILE_ENDINGS)})"
        if path := self._access.ask_which("Open your own data", kinds, self._dialog):
            self.look_at(path)

    @Slot()
    def _on_place_requested(self) -> None:
        here = str(data_dir(self._data.data_dir).absolute())
        if path := self._access.ask_folder("A folder with data sets", self._dialog, here):
            self.use_folder(path)

    @Slot()
    def _stop_checking(self) -> None:
        self._checked = None
        self._tasks.forget(self._reading)

    def _own_title(self) -> str:
        return title_of(self._checking)

    def _short(self, name: str, text: str) -> str:
        """A progress text without the data set's title, which its row shows already."""
        title = title_of(name)
        text = text.replace(f"Fetching {title}: ", "Fetching ")
        return text.partition(":")[0] if text.startswith("Reading") else text.replace(f" {title}", "")


def _first_images(name: str, folder: str | None, task: Task) -> Pictures:
    return first_images(name, folder, watch=task)


def rows(
    infos: Mapping[str, DatasetInfo], dataset: Dataset | None, folder: str | None, samples: Mapping[str, Pictures]
) -> list[DataEntry]:
    """A row for each data set, and one for the user's own data where those are in use."""
    used, *mixed = names_in(dataset.name) if dataset is not None else [""]
    mixes = _mixes(infos)
    entries = []
    for info in infos.values():
        in_use = info.name == used
        with_it = mixed if in_use else []
        titles = tuple(infos[name].title for name in with_it if name in infos)
        here = _bytes_here(info, folder)
        entries.append(
            DataEntry(
                **vars(info),
                in_use=in_use,
                mixed=tuple(with_it),
                mixed_titles=titles,
                bytes_here=here,
                mixes=mixes[info.name],
                samples=samples.get(info.name) if info.present else None,
            )
        )
    if dataset is not None and used not in infos:
        count = len(dataset.train) + len(dataset.validation) + len(dataset.test)
        classes, shape = len(dataset.class_names), dataset.image_shape
        some = dataset.train.images[:8].reshape(-1, *shape)
        own = DataEntry(
            used, dataset.title, count, True, "", dataset.source, "", classes, shape, in_use=True, samples=some
        )
        entries.insert(0, own)
    return entries


def mixable(infos: Mapping[str, DatasetInfo]) -> dict[str, str]:
    """What can be mixed into others' training examples: titles by name."""
    return {name: f"{infos[name].title} ({infos[name].examples:,})" for name in MIXABLE if name in infos}


def _mixes(infos: Mapping[str, DatasetInfo]) -> dict[str, tuple[str, ...]]:
    """For each set, what fits into it: the same size of pictures, and classes that it has."""
    labels: set[str] = set()
    if DRAWINGS in infos:
        with suppress(DataError, OSError):
            labels = set(counts())
    found = {}
    for name, info in infos.items():
        names = set(ROWS[name].class_names) if name in ROWS else set()
        fits = info.image_shape == _FITTING
        both = {EMBEDDED: names.issuperset(DIGITS), DRAWINGS: bool(names & labels)}
        found[name] = tuple(other for other, can in both.items() if other in infos and other != name and fits and can)
    return found


def _bytes_here(info: DatasetInfo, folder: str | None) -> int:
    """The size of the files of a data set that is here; 0 for one that has none."""
    row = ROWS.get(info.name)
    if row is None or row.raw is None or not info.present:
        return 0
    try:
        files = row.raw.locate(data_dir(folder).absolute(), row.title).values()
        return sum(path.stat().st_size for path in files)
    except (DataError, OSError):
        return 0
