"""What is known of data sets, as the data dialog shows it."""

from collections.abc import Mapping
from contextlib import suppress

from mnist_viz.data.datasets import DIGITS, DRAWINGS, ROWS, DataError, Dataset, DatasetInfo
from mnist_viz.data.user.drawings import counts
from mnist_viz.data.user.user_data import DIGITS as FITTED
from mnist_viz.data.user.user_data import names_in
from mnist_viz.session.loader import Checked
from mnist_viz.system.paths import data_dir
from mnist_viz.views.data.entry import DataEntry, OwnClass, OwnData

_EMBEDDED = "synthetic"
_FITTING = (28, 28)  # synthetic digits and drawings have this size


def rows(infos: Mapping[str, DatasetInfo], dataset: Dataset | None, folder: str | None) -> list[DataEntry]:
    """A row for each data set, and one for the user's own data where those are in use."""
    used, *mixed = names_in(dataset.name) if dataset is not None else [""]
    mixes = _mixes(infos)
    entries = [
        DataEntry(
            key=info.name,
            title=info.title,
            examples=info.examples,
            classes=info.classes,
            image_shape=info.image_shape,
            licence=info.licence,
            source=info.source,
            present=info.present,
            in_use=info.name == used,
            mixed=tuple(mixed) if info.name == used else (),
            mixed_titles=tuple(infos[name].title for name in mixed if name in infos) if info.name == used else (),
            bytes_here=_bytes_here(info, folder),
            bytes_to_fetch=info.download_bytes,
            place=str(info.folder) if info.folder is not None else "",
            deletable=info.fetched,
            mixes=mixes[info.name],
        )
        for info in infos.values()
    ]
    if dataset is not None and used not in infos:
        entries.insert(0, _own_row(dataset))
    return entries


def mixable(infos: Mapping[str, DatasetInfo]) -> dict[str, str]:
    """What can be mixed into others' training examples: titles by name."""
    return {name: f"{infos[name].title} ({infos[name].examples:,})" for name in (_EMBEDDED, DRAWINGS) if name in infos}


def owned(checked: Checked) -> OwnData:
    """The user's own data, as they are shown before they are used."""
    summary = checked.summary
    classes = tuple(
        OwnClass(count.name, count.train, count.validation, count.test, pictures)
        for count, pictures in zip(summary.classes, checked.pictures, strict=True)
    )
    return OwnData(
        title=summary.path.name,
        path=str(summary.path),
        kind=summary.kind,
        image_shape=summary.image_shape,
        classes=classes,
        decided=summary.decided,
        warnings=summary.warnings,
        fittable=summary.path.is_dir(),
        fitted=checked.name.startswith(FITTED),
    )


def _own_row(dataset: Dataset) -> DataEntry:
    return DataEntry(
        key=names_in(dataset.name)[0],
        title=dataset.title,
        examples=len(dataset.train) + len(dataset.validation) + len(dataset.test),
        classes=len(dataset.class_names),
        image_shape=dataset.image_shape,
        source=dataset.source,
        in_use=True,
    )


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
        both = {_EMBEDDED: names.issuperset(DIGITS), DRAWINGS: bool(names & labels)}
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
