"""Opening and saving models."""

from dataclasses import asdict, replace
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from mnist_viz import __version__
from mnist_viz.analysis.compatibility import can_train_on, difference
from mnist_viz.controllers.file_access import FileAccess
from mnist_viz.controllers.notices import Notices
from mnist_viz.data.dataset import Dataset
from mnist_viz.data.datasets import load_dataset
from mnist_viz.engine.metrics import format_accuracy
from mnist_viz.recording.storage import ModelFile, ModelFileError, load_model, pretrained_path, save_model
from mnist_viz.recording.weights_import import Imported, open_model
from mnist_viz.session.session import Session
from mnist_viz.views.window import MainWindow


class FilesController(QObject):
    """Opens and saves models; errors are shown in the line of messages."""

    def __init__(self, session: Session, window: MainWindow, notices: Notices, access: FileAccess) -> None:
        super().__init__()
        self._session = session
        self._window = window
        self._notices = notices
        self._access = access
        self._guest_notice = ""
        self._guest: ModelFile | None = None  # the file of the model that is shown
        window.commands.save_model.triggered.connect(self._on_save_model_requested)
        window.commands.pretrained.triggered.connect(self.show_pretrained)
        session.shown_changed.connect(self._on_shown_changed)

    @Slot()
    def show_pretrained(self) -> None:
        """Show the network that the program ships with."""
        try:
            contents = load_model(pretrained_path())
        except (ModelFileError, OSError) as error:
            self._notices.warn(f"The pretrained network cannot be shown: {error}")
            return
        accuracy = contents.provenance.get("test_accuracy")
        known = f" ({format_accuracy(accuracy)} on MNIST)" if isinstance(accuracy, float) else ""
        self._show(
            contents,
            "Pretrained",
            f"The pretrained network{known}. Draw a digit, or press Play to train your own.",
        )

    def open_model(self, path: str) -> None:
        """Show the model, or the weights of another program, in the file `path`."""
        name, dataset = Path(path).name, self._session.dataset

        def digits() -> Dataset:
            own = dataset is not None and dataset.class_names == tuple("0123456789")
            return dataset if dataset is not None and own else load_dataset("synthetic")

        def show(opened: Imported) -> None:
            self._access.note(path)
            what = f"{name}: {opened.said}" if opened.said else name
            self._show(opened.contents, name, f"This is {what}. Play trains a network of your own.")

        self._access.run(f"Opening {name}…", lambda _: open_model(path, digits), show)

    def save_model(self, path: str) -> None:
        """Write the network that is shown to the file `path`."""
        frame, session = self._session.shown, self._session
        if frame is None:
            return
        if session.guest and self._guest is not None:
            contents = self._guest
        else:
            dataset = session.dataset.name if session.dataset is not None else None
            provenance = {
                "program": f"mnist-viz {__version__}",
                "settings": asdict(session.settings),
                "dataset": dataset,
                "steps": frame.step,
            }
            contents = ModelFile(frame.model, session.class_names, provenance, session.image_shape)
        self._access.run(
            f"Saving {Path(path).name}…",
            lambda _: save_model(path, contents),
            lambda _: self._on_saved(path),
            writes=path,
        )

    def _on_saved(self, path: str) -> None:
        self._access.note(path)
        self._notices.tell(f"Saved {path}")

    def _show(self, contents: ModelFile, title: str, text: str) -> None:
        self._guest = contents
        self._session.show_guest(contents.model, contents.class_names, contents.image_shape, title)
        self._window.set_title(title)
        dataset = self._session.dataset
        if dataset is None or can_train_on(contents, dataset):
            same = dataset is None or dataset.class_names == contents.class_names
            label = "Train this one further" if same or dataset is None else f"Train it on {dataset.title}"
            self._guest_notice = text
            self._notices.tell(text, {label: lambda: self._ask_to_train_on(contents)})
        else:
            self._guest_notice = f"{_why_not(contents, dataset)} Play trains a network of your own."
            self._notices.tell(self._guest_notice)

    def _ask_to_train_on(self, contents: ModelFile) -> None:
        dataset = self._session.dataset
        if dataset is not None and not can_train_on(contents, dataset):  # other data have come since it was offered
            self._notices.warn(_why_not(contents, dataset))
            return
        self._train_on(contents)

    def _train_on(self, contents: ModelFile) -> None:
        model = contents.model
        settings = replace(
            self._session.settings,
            hidden=model.sizes[1:-1],
            activation=model.activation,
            biases=model.biases,
            batch_norm=False,  # a file's is folded into its weights: another one on top would undo what it learned
        )
        self._session.reset(settings, first_weights=model)
        self._session.play()

    @Slot()
    def _on_shown_changed(self) -> None:
        # A message about a model is outdated when another is shown.
        if not self._session.guest and self._guest_notice:
            self._window.set_title(self._session.settings.preset)
            if self._notices.text == self._guest_notice:
                self._notices.clear()
            self._guest_notice = ""

    @Slot()
    def _on_save_model_requested(self) -> None:
        path, _ = self._access.ask_where("Save the model", "model.npz", "Models (*.npz)")
        if path:
            self.save_model(path)


def _why_not(contents: ModelFile, dataset: Dataset) -> str:
    """Why a model cannot be trained further on the data."""
    return f"{difference(contents, dataset, 'This model', '×')}."
