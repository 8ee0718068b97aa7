"""Loads data sets for the session, and downloads them when the user asks."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from mnist_viz.controllers.notices import Notices
from mnist_viz.data.datasets import QUICK, Dataset, DatasetInfo, available, load_dataset
from mnist_viz.data.user.data_name import is_user_data, names_in, parted, path_of, title_of
from mnist_viz.session.background_tasks import BackgroundTasks, Task
from mnist_viz.session.session import Session
from mnist_viz.session.work import BUSY
from mnist_viz.system.paths import data_dir, drawings_file, names_data_dir
from mnist_viz.views.transport import TransportBar

EMBEDDED, PREFERRED = "synthetic", "mnist"

LOADING, DATA_FILES = "loading data", "data files"
"""The queues of background tasks: a data set can be loaded while another is downloaded, verified or deleted."""


@dataclass
class _Load:
    """A data set that is being loaded.

    Attributes:
        asked: the user requested it, rather than the start.
        for_run: it is for a run that is there.
        steps: batches trained when it was requested.
        then: what the start loads next.
        waits: it is not used before training has paused.
        dataset: what came while it waits.
    """

    name: str
    asked: bool = False
    for_run: bool = False
    steps: int = 0
    then: str | None = None
    waits: bool = False
    dataset: Dataset | None = None


class DataController(QObject):
    """Loads MNIST at the start if it is present, else a few embedded digits and then more of them.

    Nothing is downloaded unasked, and training that has begun is never replaced by data that arrive later.
    """

    fetch_progressed = Signal(str, str, object)  # the name, what is done now, which part of it
    fetch_ended = Signal(str, bool, str)  # the name, whether it is here, why not
    listed = Signal()  # what there is was looked at again, or another data set is in use

    def __init__(
        self, session: Session, transport: TransportBar, notices: Notices, tasks: BackgroundTasks, data_dir: str | None
    ) -> None:
        super().__init__()
        self._session = session
        self._transport = transport
        self._notices = notices
        self._tasks = tasks
        self.data_dir = data_dir  # the folder with data sets; None for the usual one
        self.infos: dict[str, DatasetInfo] = {}
        self._load: _Load | None = None
        self._loading: Task | None = None
        self._fetching: dict[str, Task] = {}
        self._use_fetched: tuple[str, int] | None = None  # what to use once it is fetched; batches trained till then
        transport.dataset_chosen.connect(self._on_dataset_chosen)
        session.data_needed.connect(self._on_data_needed)
        session.run_changed.connect(self._show_current)
        session.state_changed.connect(self._on_state_changed)
        self.list()

    @property
    def busy(self) -> bool:
        return self._tasks.busy(LOADING, DATA_FILES)

    def list(self) -> None:
        """Look again at what there is."""
        self.infos = {info.name: info for info in available(self.data_dir)}
        self._show_current()

    def start(self, name: str | None = None) -> None:
        """Load `name`, or what is best: Play pressed meanwhile trains on that, and on nothing that comes sooner."""
        preferred = self.infos[PREFERRED]
        if name is not None:
            self._request(name, asked=True)
        elif preferred.present:
            self._request(PREFERRED, asked=False)
        else:
            self._load_embedded()
            if names_data_dir(self.data_dir):
                self._notices.warn(preferred.note, {"Fetch it": partial(self.fetch, PREFERRED, use=True)})

    def _load_embedded(self) -> None:
        """Load a few digits, which are there in a moment, and then all of them."""
        self._request(EMBEDDED, asked=False, limit=QUICK, then=EMBEDDED)

    def paths_in_use(self) -> Sequence[Path]:
        """The files and folders that the data of all runs come from, and that of the saved drawings."""
        names = {run.dataset for run in self._session.runs}
        names |= {self._session.dataset.name} if self._session.dataset is not None else set()
        paths = [drawings_file()]
        for name in (part for joined in sorted(names) for part in names_in(joined)):
            folder = self.infos[name].folder if name in self.infos else None
            if is_user_data(name):
                paths.append(path_of(parted(name)[1]))
            elif folder is not None and folder != data_dir(self.data_dir).absolute():  # which holds other things too
                paths.append(folder)
        return paths

    # What the dialog asks for

    def fetch(self, name: str, *, use: bool = False) -> None:
        """Download a data set, and use it then if `use`."""
        if use:
            self._use_fetched = name, self._session.history.steps
        self._notices.finish()
        folder = self.data_dir

        def work(task: Task) -> None:
            load_dataset(name, folder, watch=task, download=True)

        self._fetching[name] = self._tasks.submit(
            work, partial(self._fetched, name), partial(self._not_fetched, name), partial(self._show_fetching, name),
            queue=DATA_FILES, failure=f"{name} could not be fetched",
        )  # fmt: skip
        self._show_fetching(name, f"Fetching {title_of(name)}…", None)

    def cancel_fetch(self, name: str) -> None:
        if self._use_fetched is not None and self._use_fetched[0] == name:
            self._use_fetched = None
        if name in self._fetching:
            self._fetching[name].cancel()
        self._show_current()

    def use(self, name: str) -> None:
        """Load a data set that is here and train a new network on it; the run before stays."""
        self._use_fetched = None  # this choice is the later one
        self._session.give_up_data()
        self._session.pause()
        self._request(name, asked=True, waits=self._session.state in BUSY)

    def use_dataset(self, dataset: Dataset) -> None:
        """Train a new network on data that are already read; the run before stays."""
        self._use_fetched = None  # neither what is loading nor a pending download may replace it
        self._session.give_up_data()
        self._drop_load()
        self._session.pause()
        self._use(dataset)

    # Loading

    def _request(
        self, name: str, *, asked: bool, limit: int | None = None, steps: int | None = None,
        then: str | None = None, waits: bool = False,
    ) -> None:  # fmt: skip
        if asked:
            self._notices.finish()
        self._session.expect_dataset()
        steps = self._session.history.steps if steps is None else steps
        self._begin(_Load(name, asked, steps=steps, then=then, waits=waits), limit)
        self._show_current()
        if asked:
            self._show_loading(f"Loading {title_of(name)}…", None)

    def _begin(self, load: _Load, limit: int | None) -> None:
        """Load in place of what is loading."""
        folder = self.data_dir
        self._tasks.forget(self._loading)
        self._load = load
        self._loading = self._tasks.submit(
            lambda task: load_dataset(load.name, folder, watch=task, limit=limit),
            partial(self._loaded, load), partial(self._failed, load), partial(self._on_load_progressed, load),
            queue=LOADING, failure=f"{load.name} could not be loaded",
        )  # fmt: skip

    def _drop_load(self) -> None:
        """Let go of what is loading, without a word."""
        if self._load is not None:
            self._tasks.forget(self._loading)
            self._loading = self._load = None
            self._notices.end_progress()

    def _on_load_progressed(self, load: _Load, text: str, fraction: float | None) -> None:
        if load.asked:
            self._show_loading(text, fraction)

    def _show_loading(self, text: str, fraction: float | None) -> None:
        self._notices.progress(text, fraction, {"Cancel": self._cancel})

    def _show_fetching(self, name: str, text: str, fraction: float | None) -> None:
        self._notices.progress(text, fraction, {"Cancel": partial(self.cancel_fetch, name)})
        self.fetch_progressed.emit(name, text, fraction)

    @Slot()
    def _on_state_changed(self) -> None:
        if self._load is not None and self._load.waits:
            # In a turn of its own: a new run cannot begin in the midst of the session's.
            QTimer.singleShot(0, self._settle)

    @Slot()
    def _settle(self) -> None:
        """Use the loaded data once training has paused."""
        load = self._load
        if load is not None and load.waits and self._session.state not in BUSY:
            load.waits, load.steps = False, self._session.history.steps
            if load.dataset is not None:
                self._take(load, load.dataset)

    def _loaded(self, load: _Load, dataset: Dataset) -> None:
        self._loading = None
        self._settle()
        if load.waits:
            load.dataset = dataset
        else:
            self._take(load, dataset)

    def _take(self, load: _Load, dataset: Dataset) -> None:
        session, self._load = self._session, None
        if load.for_run:
            self._loaded_for_run(load.name, dataset)
            return
        self._notices.end_progress()
        # Data that arrive after further training are offered, not used.
        undisturbed = session.state not in BUSY and session.history.steps == load.steps
        if undisturbed and (load.asked or not session.has_trained):
            session.set_dataset(dataset)
            if dataset.notes:
                self._notices.tell(" ".join(dataset.notes))
        elif session.dataset is None:  # an opened session, whose own data are not to be had
            session.dataset = dataset
        else:
            count = len(dataset.train)
            self._notices.tell(
                f"{dataset.title} with {count:,} training examples is ready.",
                {"Train a new network on it": lambda: self._use(dataset)},
            )
        self.list()
        if load.then is not None:
            self._request(load.then, asked=False)

    def _use(self, dataset: Dataset) -> None:
        self._session.set_dataset(dataset)
        self._show_current()

    def _failed(self, load: _Load, message: str) -> None:
        self._loading = self._load = None
        self.list()
        if load.for_run:
            self._session.give_up_data()
            message = message and f"{self._session.run.name} cannot be trained further without its data: {message}"
        if message:
            info = self.infos.get(load.name)
            missing = info is not None and not info.present and info.download_bytes > 0
            fetch = partial(self.fetch, load.name, use=not load.for_run)
            self._notices.warn(message, {"Fetch it": fetch} if missing else None)
        else:  # cancelled
            self._notices.end_progress()
        if self._session.dataset is None and load.name != EMBEDDED:
            self._load_embedded()

    def _fetched(self, name: str, _: None) -> None:
        self._fetching.pop(name, None)
        self._notices.end_progress()
        self.list()
        if self._use_fetched is not None and self._use_fetched[0] == name:
            steps, self._use_fetched = self._use_fetched[1], None
            self._session.give_up_data()
            self._request(name, asked=True, steps=steps)
        elif self._session.lacks_data and self._session.run.dataset == name:
            self.load_for_run()
        else:
            self._notices.tell(f"{title_of(name)} was fetched.", {"Use it": partial(self.use, name)})
        self.fetch_ended.emit(name, True, "")

    def _not_fetched(self, name: str, message: str) -> None:
        self._fetching.pop(name, None)
        use = self._use_fetched is not None and self._use_fetched[0] == name
        if use:
            self._use_fetched = None
        self.list()
        if message:
            self._notices.warn(message, {"Try again": partial(self.fetch, name, use=use)})
        else:  # cancelled
            self._notices.end_progress()
        self.fetch_ended.emit(name, False, message)

    def _cancel(self) -> None:
        if self._loading is not None:
            self._loading.cancel()
        else:  # it is here, and waits for training to pause
            self._drop_load()
        self._show_current()

    @Slot()
    def _show_current(self) -> None:
        """List what can be used at once, MNIST in any case, and what is in use, or will be once it is loaded."""
        dataset = self._session.dataset
        used = dataset.name if dataset is not None else self._load.name if self._load is not None else None
        few = len(dataset.train) if dataset is not None and used == EMBEDDED else 0
        titles = {EMBEDDED: f"{self.infos[EMBEDDED].title} ({few:,})"} if few == QUICK else {}
        listed = [
            (
                info.name,
                titles.get(info.name, info.title),
                info.present or info.name == used,
                f"{info.source}. {info.note}",
            )
            for info in self.infos.values()
            if info.present or info.name in (PREFERRED, used)
        ]
        if dataset is not None and used not in [name for name, *_ in listed]:
            listed.append((dataset.name, dataset.title, True, dataset.source))
        self._transport.set_datasets(listed)
        self._transport.set_current_dataset(used)
        self.listed.emit()

    @Slot(str)
    def _on_dataset_chosen(self, name: str) -> None:
        self._transport.set_current_dataset(self._session.dataset.name if self._session.dataset is not None else None)
        current = self._session.dataset
        if current is not None and current.name == name:
            if self._use_fetched is not None:
                self.cancel_fetch(self._use_fetched[0])
            elif self._load is not None and self._load.asked:
                self._cancel()
            return
        info = self.infos[name]
        if info.present:
            self.use(name)
        else:
            note = info.note[:1].upper() + info.note[1:]
            self._notices.tell(
                note, {"Fetch it": lambda: self.fetch(name, use=True), "Not now": self._notices.clear}
            )  # fmt: skip

    def load_for_run(self) -> None:
        """Load the data of the active run if they are missing, without a message; cancel all other loading."""
        self._use_fetched = None
        if self._session.lacks_data:
            run = self._session.run
            self._begin(_Load(run.dataset, for_run=True), run.config.samples)
        else:
            self._drop_load()

    @Slot(str)
    def _on_data_needed(self, name: str) -> None:
        """Load the data of an existing run, and say so."""
        self.load_for_run()
        self._show_loading(f"Loading {title_of(name)}…", None)

    def _loaded_for_run(self, name: str, dataset: Dataset) -> None:
        self._notices.end_progress()
        run = self._session.run
        if name != run.dataset:  # another run was chosen meanwhile
            self.load_for_run()
            return
        if not self._session.provide_dataset(dataset):
            self._session.give_up_data()
            self._notices.warn(
                f"{run.name} was trained on {run.config.samples:,} examples of {dataset.title}, and here are "
                f"{len(dataset.train):,} other ones: it can be looked at, but not trained further."
            )
        self._show_current()
