"""Choosing a data set, fetching it if need be, and handing it to the session."""

from PySide6.QtCore import QObject, Slot

from mnist_viz.controllers.notices import Notices
from mnist_viz.data.datasets import QUICK, Dataset, DatasetInfo, available
from mnist_viz.paths import names_data_dir
from mnist_viz.session.loader import Failure, Loader, Progress
from mnist_viz.session.session import BUSY, Session
from mnist_viz.views.transport import TransportBar

EMBEDDED, PREFERRED = "synthetic", "mnist"


class DataController(QObject):
    """At the start a few embedded digits, then MNIST where it is found, or more of the embedded ones.

    Nothing is fetched unasked, and nobody who has begun to train loses that to data that came later.
    """

    def __init__(self, session: Session, transport: TransportBar, notices: Notices, data_dir: str | None) -> None:
        super().__init__()
        self._session = session
        self._transport = transport
        self._notices = notices
        self._data_dir = data_dir
        self._loader = Loader(data_dir)
        self._infos: dict[str, DatasetInfo] = {}
        self._asked = False  # whether the user asked for what is loading, or the start did
        self._then: str | None = None  # what the start loads next
        self._steps_then = 0  # batches trained when the loading began
        transport.dataset_chosen.connect(self._on_dataset_chosen)
        self.list()

    @property
    def busy(self) -> bool:
        return self._loader.busy

    def list(self) -> None:
        """Look again at what there is."""
        self._infos = {info.name: info for info in available(self._data_dir)}
        self._transport.set_datasets(
            [(info.name, info.title, info.present, f"{info.source}. {info.note}") for info in self._infos.values()]
        )
        self._show_current()

    def start(self, name: str | None = None) -> None:
        """Load `name`, or what is there at once and then what is best."""
        if name is not None:
            self._load(name, asked=True)
        else:
            preferred = self._infos[PREFERRED]
            self._then = PREFERRED if preferred.present else EMBEDDED
            self._load(EMBEDDED, asked=False, limit=QUICK)
            if not preferred.present and names_data_dir(self._data_dir):
                self._notices.warn(preferred.note)

    def tick(self) -> None:
        """Take what the loader has published."""
        for outcome in self._loader.take():
            match outcome:
                case Progress(text, fraction):
                    if self._asked:
                        self._notices.progress(text, fraction, {"Cancel": self._cancel})
                case Failure(name, message):
                    self._failed(name, message)
                case Dataset():
                    self._loaded(outcome)

    def close(self) -> None:
        self._loader.close()

    def _load(self, name: str, *, asked: bool, download: bool = False, limit: int | None = None) -> None:
        self._asked = asked
        self._steps_then = self._session.history.steps
        if asked:
            self._then = None
            self._notices.finish()
        self._session.expect_dataset()
        self._loader.load(name, download=download, limit=limit)
        if asked:
            title = self._infos[name].title if name in self._infos else name
            self._notices.progress(f"{'Fetching' if download else 'Loading'} {title}…", None, {"Cancel": self._cancel})

    def _loaded(self, dataset: Dataset) -> None:
        session = self._session
        self._notices.end_progress()
        # Whoever has trained since the loading began does not lose that to data that come later.
        undisturbed = session.state not in BUSY and session.history.steps == self._steps_then
        if undisturbed and (self._asked or not session.has_trained):
            session.set_dataset(dataset)
        else:
            count = len(dataset.train)
            self._notices.tell(
                f"{dataset.title} with {count:,} training digits is ready.",
                {"Start anew with it": lambda: self._use(dataset)},
            )
        self.list()
        if self._then is not None:
            following, self._then = self._then, None
            self._load(following, asked=False)

    def _use(self, dataset: Dataset) -> None:
        self._session.set_dataset(dataset)
        self._show_current()

    def _failed(self, name: str, message: str) -> None:
        self.list()
        if not message:  # cancelled
            self._notices.end_progress()
            self._fall_back(name)
            return
        info = self._infos.get(name)
        if info is not None and not info.present:
            self._notices.warn(message, {"Try again": lambda: self._fetch(name)})
        else:
            self._notices.warn(message)
        self._fall_back(name)

    def _fall_back(self, name: str) -> None:
        """Without any data nothing works: the embedded digits always do."""
        if self._session.dataset is None and name != EMBEDDED:
            self._load(EMBEDDED, asked=False, limit=QUICK)

    def _cancel(self) -> None:
        self._loader.cancel()
        self._show_current()

    def _fetch(self, name: str) -> None:
        self._load(name, asked=True, download=True)

    def _show_current(self) -> None:
        dataset = self._session.dataset
        self._transport.set_current_dataset(dataset.name if dataset is not None else None)

    @Slot(str)
    def _on_dataset_chosen(self, name: str) -> None:
        self._show_current()  # the choice shows what is, not what is wished
        current = self._session.dataset
        if current is not None and current.name == name:
            if self._asked:
                self._cancel()
            return
        info = self._infos[name]
        if info.present:
            self._notices.ask_before_loss(info.title, self._session.history.steps, lambda: self._switch(name))
        else:
            note = info.note[:1].upper() + info.note[1:]
            self._notices.tell(note, {"Fetch it": lambda: self._fetch(name), "Not now": self._notices.clear})

    def _switch(self, name: str) -> None:
        self._session.pause()
        self._load(name, asked=True)
