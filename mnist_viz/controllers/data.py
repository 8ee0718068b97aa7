"""Choosing a data set, fetching it if need be, and handing it to the session."""

from PySide6.QtCore import QObject, Signal, Slot

from mnist_viz.controllers.notices import Notices
from mnist_viz.data.datasets import QUICK, Dataset, DatasetInfo, available
from mnist_viz.data.user.user_data import names_in
from mnist_viz.session.loader import Failure, Fetched, Loader, Progress
from mnist_viz.session.session import BUSY, Session
from mnist_viz.system.paths import names_data_dir
from mnist_viz.views.transport import TransportBar

EMBEDDED, PREFERRED = "synthetic", "mnist"


class DataController(QObject):
    """At the start a few embedded digits, then MNIST where it is found, or more of the embedded ones.

    Nothing is fetched unasked, and nobody who has begun to train loses that to data that came later.
    """

    published = Signal(object)  # every Outcome of the loader, after what it means here
    listed = Signal()  # what there is was looked at again, or another data set is in use

    def __init__(self, session: Session, transport: TransportBar, notices: Notices, loader: Loader) -> None:
        super().__init__()
        self._session = session
        self._transport = transport
        self._notices = notices
        self._loader = loader
        self.infos: dict[str, DatasetInfo] = {}
        self._asked = False  # whether the user asked for what is loading, or the start did
        self._then: str | None = None  # what the start loads next
        self._steps_then = 0  # batches trained when the loading began
        self._settling = False  # training that is to end for other data has not come to rest yet
        self._for_run: str | None = None  # what is loading is for a run that is there
        self._use_fetched: tuple[str, int] | None = None  # what to use once it is fetched; batches trained till then
        transport.dataset_chosen.connect(self._on_dataset_chosen)
        session.data_needed.connect(self._on_data_needed)
        session.run_changed.connect(self._show_current)
        self.list()

    @property
    def busy(self) -> bool:
        return self._loader.busy

    def list(self) -> None:
        """Look again at what there is."""
        self.infos = {info.name: info for info in available(self._loader.data_dir)}
        self._show_current()

    def start(self, name: str | None = None) -> None:
        """Load `name`, or what is there at once and then what is best."""
        if name is not None:
            self._load(name, asked=True)
        else:
            preferred = self.infos[PREFERRED]
            self._then = PREFERRED if preferred.present else EMBEDDED
            self._load(EMBEDDED, asked=False, limit=QUICK)
            if not preferred.present and names_data_dir(self._loader.data_dir):
                self._notices.warn(preferred.note)

    def tick(self) -> None:
        """Take what the loader has published."""
        if self._settling:
            if self._session.state in BUSY:
                return
            self._settling, self._steps_then = False, self._session.history.steps
        for outcome in self._loader.take():
            match outcome:
                case Progress():
                    self._progressed(outcome)
                case Failure(kind="load"):
                    self._failed(outcome.name, outcome.message)
                case Failure(kind="fetch"):
                    self._not_fetched(outcome.name, outcome.message)
                case Fetched(name):
                    self._fetched(name)
                case Dataset():
                    self._loaded(outcome)
            self.published.emit(outcome)

    def close(self, timeout: float) -> bool:
        """Give up what is loaded or fetched; return whether that ended within `timeout` seconds."""
        return self._loader.close(timeout)

    # What the dialog asks for

    def fetch(self, name: str, *, use: bool = False) -> None:
        """Fetch a data set, and if wanted use it then."""
        if use:
            self._use_fetched = name, self._session.history.steps
        self._notices.finish()
        self._loader.fetch(name)
        self._show_fetching(name, f"Fetching {self.title(name)}…", None)

    def cancel_fetch(self, name: str) -> None:
        if self._use_fetched is not None and self._use_fetched[0] == name:
            self._use_fetched = None
        self._loader.cancel("fetch", name)
        self._show_current()

    def use(self, name: str) -> None:
        """Load a data set that is here and train a new network on it; the run before stays."""
        self._use_fetched = None  # this choice is the later one
        self._give_up_run()
        self._session.pause()
        self._settling = True
        self._load(name, asked=True)

    def use_dataset(self, dataset: Dataset) -> None:
        """Train a new network on data that are already read; the run before stays."""
        # What the start still loads must not take its place, nor what was to be used once it is fetched.
        self._then = self._use_fetched = None
        self._give_up_run()
        self._loader.cancel("load")
        self._session.pause()
        self._use(dataset)

    def title(self, name: str) -> str:
        """The title of a data set, of several joined by "+" too."""
        return " + ".join(self.infos[part].title if part in self.infos else part for part in names_in(name))

    # Loading

    def _load(self, name: str, *, asked: bool, limit: int | None = None, steps: int | None = None) -> None:
        self._asked = asked
        self._steps_then = self._session.history.steps if steps is None else steps
        if asked:
            self._then = None
            self._notices.finish()
        self._session.expect_dataset()
        self._loader.load(name, limit=limit)
        if asked:
            self._notices.progress(f"Loading {self.title(name)}…", None, {"Cancel": self._cancel})

    def _progressed(self, progress: Progress) -> None:
        if progress.kind == "fetch":
            self._show_fetching(progress.name, progress.text, progress.fraction)
        elif progress.kind == "load" and self._asked:
            self._notices.progress(progress.text, progress.fraction, {"Cancel": self._cancel})

    def _show_fetching(self, name: str, text: str, fraction: float | None) -> None:
        self._notices.progress(text, fraction, {"Cancel": lambda: self.cancel_fetch(name)})

    def _loaded(self, dataset: Dataset) -> None:
        session = self._session
        if self._for_run is not None:
            self._loaded_for_run(dataset)
            return
        self._notices.end_progress()
        # Whoever has trained since the loading began does not lose that to data that come later.
        undisturbed = session.state not in BUSY and session.history.steps == self._steps_then
        if undisturbed and (self._asked or not session.has_trained):
            session.set_dataset(dataset)
        elif session.dataset is None:  # an opened session, whose own data are not to be had
            session.dataset = dataset
        else:
            count = len(dataset.train)
            self._notices.tell(
                f"{dataset.title} with {count:,} training examples is ready.",
                {"Train a new network on it": lambda: self._use(dataset)},
            )
        self._asked = False
        self.list()
        if self._then is not None:
            following, self._then = self._then, None
            self._load(following, asked=False)

    def _use(self, dataset: Dataset) -> None:
        self._session.set_dataset(dataset)
        self._show_current()

    def _failed(self, name: str, message: str) -> None:
        self._asked = False
        self.list()
        for_run, self._for_run = self._for_run is not None, None
        if for_run:
            self._session.give_up_data()
            message = message and f"{self._session.run.name} cannot be trained further without its data: {message}"
        if message:
            info = self.infos.get(name)
            missing = info is not None and not info.present and info.download_bytes > 0
            self._notices.warn(message, {"Fetch it": lambda: self.fetch(name, use=not for_run)} if missing else None)
        else:  # cancelled
            self._notices.end_progress()
        self._fall_back(name)

    def _fetched(self, name: str) -> None:
        self._notices.end_progress()
        self.list()
        if self._use_fetched is not None and self._use_fetched[0] == name:
            steps, self._use_fetched = self._use_fetched[1], None
            self._load(name, asked=True, steps=steps)
        elif self._session.lacks_data and self._session.run.dataset == name:
            self.load_for_run()
        else:
            self._notices.tell(f"{self.title(name)} is here now.", {"Use it": lambda: self.use(name)})

    def _not_fetched(self, name: str, message: str) -> None:
        use = self._use_fetched is not None and self._use_fetched[0] == name
        if use:
            self._use_fetched = None
        self.list()
        if message:
            self._notices.warn(message, {"Try again": lambda: self.fetch(name, use=use)})
        else:  # cancelled
            self._notices.end_progress()

    def _fall_back(self, name: str) -> None:
        """Without any data nothing works: the embedded digits always do."""
        if self._session.dataset is None and name != EMBEDDED:
            self._load(EMBEDDED, asked=False, limit=QUICK)

    def _cancel(self) -> None:
        self._loader.cancel("load")
        self._show_current()

    @Slot()
    def _show_current(self) -> None:
        """List what can be used at once, MNIST in any case, and what is in use."""
        dataset = self._session.dataset
        used = dataset.name if dataset is not None else None
        listed = [
            (info.name, info.title, info.present or info.name == used, f"{info.source}. {info.note}")
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
            elif self._asked:
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
        """Load the data of the active run, if they are not here, without a word; nothing else is wanted any more."""
        self._then = self._use_fetched = None
        self._settling = self._asked = False
        if self._session.lacks_data:
            self._for_run = self._session.run.dataset
            self._loader.load(self._for_run, limit=self._session.run.config.samples)
        else:
            self._for_run = None
            self._loader.cancel("load")

    @Slot(str)
    def _on_data_needed(self, name: str) -> None:
        """Load the data of a run that is already there, without a new one."""
        self.load_for_run()
        self._notices.progress(f"Loading {self.title(name)}…", None, {"Cancel": self._cancel})

    def _give_up_run(self) -> None:
        """Nobody waits any more for the data of a run that is there."""
        self._for_run = None
        self._session.give_up_data()

    def _loaded_for_run(self, dataset: Dataset) -> None:
        asked, self._for_run = self._for_run, None
        self._notices.end_progress()
        run = self._session.run
        if asked != run.dataset:  # another run was chosen meanwhile
            self.load_for_run()
            return
        if not self._session.provide_dataset(dataset):
            self._session.give_up_data()
            self._notices.warn(
                f"{run.name} was trained on {run.config.samples:,} examples of {dataset.title}, and here are "
                f"{len(dataset.train):,} other ones: it can be looked at, but not trained further."
            )
        self._show_current()
