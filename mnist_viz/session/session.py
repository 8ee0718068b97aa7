"""The session of a window: new runs, branches and opened ones, of which the active one is trained."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mnist_viz.data.datasets import Dataset
from mnist_viz.engine.samples import Shape, usual_shape
from mnist_viz.engine.settings import SPECS, Settings
from mnist_viz.recording.run import EDITED, Incident, Run
from mnist_viz.recording.run_words import RUN_COLORS
from mnist_viz.recording.runs import Removed, Runs
from mnist_viz.recording.session_contents import copy_of
from mnist_viz.recording.snapshot import Frame, Model
from mnist_viz.recording.trainers import edited, new_run, new_trainer
from mnist_viz.session.training import TrainingSession
from mnist_viz.session.tree import Guest
from mnist_viz.session.work import BUSY, RESTING, Action, State
from mnist_viz.session.worker import Ready


@dataclass(frozen=True, eq=False)
class Edit:
    """A network that was changed by hand, and a sentence that says how."""

    model: Model
    text: str


class Session(TrainingSession):
    """All that the window does with runs.

    Everything here happens on the GUI thread. `tick` takes what the worker has published; the signals go out from
    there.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._first_weights: NDArray[np.floating] | None = None

    def set_dataset(self, dataset: Dataset, settings: Settings | None = None) -> None:
        """Use other data; starts a new run, by default with the present settings."""
        self.dataset = dataset
        self._first_weights = None
        if self._guest is not None:
            sizes = self._guest.frame.model.sizes
            if (sizes[0], sizes[-1]) != (dataset.input_size, len(dataset.class_names)):
                self._guest = None  # it can read none of these data
        self._start(settings or self.settings)

    def reset(
        self,
        settings: Settings | None = None,
        *,
        first_weights: Model | None = None,
        name: str = "",
        edited: str = "",
    ) -> None:
        """Start again from the first weights: the same ones if the settings are the same.

        The run before stays in the tree, if it has been trained.

        Args:
            settings: of the new run; by default the present ones.
            first_weights: train on from this model, whose architecture the settings must have.
            edited: a sentence that says how the first weights were changed by hand.
        """
        self._guest = None
        self._waiting.clear()
        self._start(settings or self.settings, first_weights, name, edited)

    def reset_new(self) -> None:
        """Start again from other first weights, and another order of the samples."""
        self._first_weights = None
        self.reset(replace(self.settings, seed=self.settings.seed + 1))

    def _start(
        self, settings: Settings, first_weights: Model | None = None, name: str = "", edited: str = ""
    ) -> None:  # fmt: skip
        if first_weights is not None:
            self._first_weights = first_weights.parameters
        elif self.settings.needs_reset(settings.check()):
            self._first_weights = None  # another network has first weights of its own
        if self._state in RESTING:
            self._take_over()  # what was set for the run before is not lost: one may come back to it
        self._proposed = settings.check()
        if self.dataset is None:
            return
        dataset, parameters = self.dataset, self._first_weights
        # Whoever pressed Play before the data were there wants the run to come to be trained; all else is of the past.
        self._waiting = [action for action in self._waiting if action is self._playing]
        self._build(
            lambda: new_trainer(settings, dataset, parameters),
            lambda ready: self._new_run(ready, dataset, name, edited, from_model=parameters is not None),
        )

    def _new_run(self, ready: Ready, dataset: Dataset, name: str, edited: str, *, from_model: bool) -> Run:
        before, trainer = self.runs.active, ready.trainer
        number, color = self.runs.next_number, self.runs.next_color(RUN_COLORS)
        replaced = before is not None and before.steps == 0 and not self.runs.children(before)
        if before is not None and replaced:  # there is nothing in it that the new one has not
            number, color = before.number, before.color
            self.runs.drop(before)
        run = new_run(trainer, dataset, number, color, from_model=from_model)
        run.name = name or run.name
        if edited:
            run.incidents.append(Incident(ready.frame.step, EDITED, edited))
        run.timeline.add(ready.frame)
        self._datasets[dataset.name, len(dataset.train)] = dataset
        self.runs.add(run)
        self.runs.activate(number)
        return run

    def show_guest(
        self, model: Model, class_names: tuple[str, ...], image_shape: Shape | None = None, name: str = ""
    ) -> None:  # fmt: skip
        """Show a model that is not of these runs, until the user does something with a run.

        Args:
            image_shape: of the pictures that it reads; by default a square.
        """
        self.pause()
        shape = image_shape if image_shape is not None else usual_shape(model.sizes[0])
        self._guest = Guest(Frame(model), class_names, shape, name)
        self.shown_changed.emit()
        self.state_changed.emit()

    # The tree

    def activate(self, number: int) -> None:
        """Show and train the run of that number; the one before pauses."""
        if number not in self.runs or (self.runs.get(number) is self.runs.active and not self.guest):
            return
        if self._is_at_work:
            self._request(Action(partial(self.activate, number), trains=False))
            return
        self._guest = None
        self._take_over()
        self.runs.activate(number)
        self._show_run()

    def branch(self, settings: Settings | None = None, name: str = "", edit: Edit | None = None) -> None:
        """Make a run that goes on from the moment that is shown; it becomes the active one, and is paused there.

        Args:
            settings: from there on; by default those of that moment. Only live ones may differ.
            edit: it goes on from another network than the one shown.

        Raises:
            ValueError: they are impossible, or differ in something that a branch cannot change.
        """
        frame = self.timeline.shown
        if frame is None or not len(self.runs):
            return
        if settings is not None and (fixed := self.settings.needs_reset(settings.check())):
            raise ValueError(f"{SPECS[fixed[0]].title} cannot change in a branch: it needs a new run.")
        self._branch(self.run, frame, settings, name, edit)

    def branch_at(self, step: int, settings: Settings, name: str = "") -> None:
        """Likewise, going on from the moment after `step` batches of the active run, recorded or not."""
        run, frame = self.run, self.timeline.find(step)
        if frame is not None:
            self._branch(run, frame, settings, name, None)
        elif len(self.runs):
            branch = partial(self._branch_worked_out, run, step, settings, name, None)
            self._request(Action(partial(self._replay, step)), Action(branch, trains=False))

    def _branch(self, run: Run, frame: Frame, settings: Settings | None, name: str, edit: Edit | None) -> None:
        if run is not self.run:
            return  # another one was chosen while this waited
        self._guest = None
        self.timeline.show(frame)  # whatever has come meanwhile
        self._cursor_moved()
        branch = partial(self._branch, run, frame, settings, name, edit)
        if self._is_at_work:
            self._request(Action(branch, trains=False))
        elif frame.resumable:
            self._add_branch(frame, settings, name, edit)
        else:  # a frame that was made lighter: worked out again with all that goes with it
            step = frame.step
            branch = partial(self._branch_worked_out, run, step, settings, name, edit)
            self._request(Action(partial(self._replay, step)), Action(branch, trains=False))

    def _branch_worked_out(self, run: Run, step: int, settings: Settings | None, name: str, edit: Edit | None) -> None:
        frame = self._replay_cache.find(step)
        if frame is not None and frame.state is not None:  # unless that was cancelled
            self._branch(run, frame, settings, name, edit)

    def _add_branch(self, frame: Frame, settings: Settings | None, name: str, edit: Edit | None) -> None:
        parent, number = self.run, self.runs.next_number
        self._take_over()
        config, epochs = parent.config.until(frame.step), parent.epochs
        if settings is not None:
            epochs = settings.epochs if settings.epochs != config.settings.epochs else epochs
            config = config.changed(frame.step, settings)
        first = frame if edit is None else edited(frame, edit.model, config.settings)
        run = Run(
            number, name or f"Run {number}", self.runs.next_color(RUN_COLORS),
            parent.dataset, parent.class_names, parent.image_shape, config, epochs,
            parent.timeline.until(first), parent.history.copy_until(frame.step, config.grid),
            parent=parent.number, root_step=frame.step, from_model=parent.from_model,
            pins={step for step in parent.pins if step <= frame.step},
            incidents=[one for one in parent.incidents if one.kind == EDITED and one.step <= frame.step],
        )  # fmt: skip
        if edit is not None:
            run.incidents.append(Incident(frame.step, EDITED, edit.text))
        while parent.parent is not None and frame.step < parent.root_step:  # a moment of the run that it left
            parent = self.runs.get(parent.parent)
        run.parent = parent.number
        if parent.timeline.find(frame.step) is None:
            parent.timeline.insert(frame)  # where a branch leaves one wants to come back to
        self.runs.add(run)
        self.runs.activate(number)
        self._show_run()

    def delete(self, number: int) -> Removed | None:
        """Take a run out of the tree, and return what puts it back; the last one stays, and None is returned.

        While training runs, the active one stays too: it has to be paused first.
        """
        run = self.runs.get(number)
        if run is self.runs.active:
            others = [other for other in self.runs if other is not run]
            if not others or self._state in BUSY or self._state is State.PREPARING:
                return None
            parent = next((other for other in others if other.number == run.parent), others[-1])
            self.activate(parent.number)
        if self._has_trainer_of(run):
            self._requested = None
        removed = self.runs.remove(number)
        self._forget_unused_data()
        self.runs_changed.emit()
        return removed

    def restore_run(self, removed: Removed) -> None:
        self.runs.put_back(removed)
        self.runs.keep_to_budget()
        self.runs_changed.emit()

    def snapshot(self) -> Runs:
        """A copy of the runs as they are now, which nothing changes any more; the frames are the same ones."""
        result = copy_of(self.runs)
        if result.active is not None:
            result.active.configure(self._present_config())
        return result

    @property
    def can_restore(self) -> bool:
        """Whether nothing is being trained or built, so that the runs can be replaced."""
        return self._state not in BUSY and not self._builds

    def restore(self, runs: Runs) -> None:
        """Put an opened session's runs, one of which is active, in the place of these.

        They are shown at once; training goes on once the data are there, see `data_needed`.

        Raises:
            RuntimeError: it does not rest, see `can_restore`.
        """
        if not self.can_restore:
            raise RuntimeError("the runs cannot be replaced while one of them is trained")
        self._guest = None
        self._requested = None
        self.runs = runs
        self._show_run()

    def _show_run(self) -> None:
        """Show the active run after another one, without training."""
        run = self.run
        self._waiting.clear()
        self._proposed = None
        first = run.timeline.first
        self._first_weights = first.model.parameters if run.from_model and first is not None else None
        self._replay_cache.clear()
        self.dataset = self._data_of(run) or self.dataset
        self._set_state(State.PAUSED if run.steps else State.IDLE)
        self._announce_run()
