"""The child process: it reads through a torchvision that half loads, verifies, downloads, and leaves no litter."""

from __future__ import annotations

import gzip
import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_viz.data import store
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.published.prepare import CHILD, Job, prepare
from mnist_viz.data.published.raw import identity
from mnist_viz.data.store import Prepared

if TYPE_CHECKING:
    from tests.data.conftest import Server, TinyMnist

needs_torchvision = pytest.mark.skipif(
    importlib.util.find_spec("torchvision") is None, reason="torchvision is not installed"
)


def opened(job: Job) -> Prepared:
    paths = job.raw.locate(job.data_dir, job.title)
    prepared = store.open_prepared(job.prepared, identity(paths), job.shapes, job.classes)
    assert prepared is not None
    return prepared


def assert_same(prepared: Prepared, tiny: TinyMnist) -> None:
    for name, array in tiny.arrays.items():
        assert np.array_equal(prepared.arrays[name], array.reshape(prepared.arrays[name].shape))


def litter(job: Job) -> list[str]:
    """What is left of an attempt; archives that arrived whole may wait for the next one."""
    places, kept = (job.data_dir, job.prepared.parent), (".MNIST-archives", ".MNIST-fetched.json")
    left = [path.name for place in places if place.exists() for path in place.glob(".*")]
    return [name for name in left if name not in kept]


def refused(job: Job) -> str:
    """What is said about a job that cannot be done: one line, and nothing is left behind."""
    with pytest.raises(DataError) as raised:
        prepare(job)
    assert "\n" not in str(raised.value)
    assert litter(job) == []
    assert not job.prepared.exists()
    return str(raised.value)


@pytest.fixture
def download_job(tiny_job: Job, tiny: TinyMnist, server: Server, fake_torchvision: Callable[[str], None]) -> Job:
    """A job for an empty data folder; the server has everything."""
    for name in tiny.arrays:
        tiny.path(name).unlink()
    server.files.update(tiny.archives())
    return replace(tiny_job, download=True, mirror=server.url, timeout=30.0)


# Reading


def test_torchvision_is_read_though_its_compiled_part_does_not_load(
    tiny_job: Job, tiny: TinyMnist, fake_torchvision: Callable[[str], None]
) -> None:
    stages: list[str] = []
    prepare(tiny_job, progress=lambda text, _: stages.append(text))
    prepared = opened(tiny_job)
    assert prepared.reader == "torchvision fake"
    assert_same(prepared, tiny)
    assert [stage.split()[0] for stage in stages] == ["Reading", "Writing"]


@needs_torchvision
def test_the_installed_torchvision_reads_another_member_of_the_family(tiny_job: Job, tiny: TinyMnist) -> None:
    tiny.raw.parent.rename(tiny.data_dir / "KMNIST")
    job = replace(tiny_job, raw=replace(tiny_job.raw, torchvision_class="KMNIST", folder="KMNIST/raw"))
    prepare(job)
    assert opened(job).reader.startswith("torchvision ")
    assert_same(opened(job), tiny)


@pytest.mark.parametrize("compressed", [False, True])
def test_files_are_read_without_torch(
    tiny_job: Job, tiny: TinyMnist, fake_torchvision: Callable[[str], None], compressed: bool
) -> None:
    fake_torchvision("raise ImportError('No module named torch')")
    if compressed:
        for name in tiny.arrays:
            tiny.path(name).unlink()
        tiny.write(compressed=True)
    prepare(tiny_job)
    assert opened(tiny_job).reader == "the program's own reader"
    assert_same(opened(tiny_job), tiny)


def test_reading_changes_nothing_in_the_data_folder(
    tiny_job: Job, tiny: TinyMnist, fake_torchvision: Callable[[str], None]
) -> None:
    before = tiny.tree()
    prepare(tiny_job)
    assert tiny.tree() == before


# Verifying


@pytest.mark.parametrize(
    ("array", "change", "said"),
    [
        ("train_labels", lambda a: np.where(a == 9, 10, a).astype(np.uint8), "run from 0 to 10, not from 0 to 9"),
        ("test_images", lambda a: a * (np.arange(len(a)) < 15)[:, None, None], "5 of the 20 test images"),
        ("test_images", lambda a: a[:19], "holds an array of 19 x 28 x 28 where 20 x 28 x 28 is expected"),
        ("test_images", lambda a: a.reshape(20, 14, 56), "holds an array of 20 x 14 x 56"),
    ],
)
def test_files_that_hold_something_else_are_refused(
    tiny_job: Job,
    tiny: TinyMnist,
    fake_torchvision: Callable[[str], None],
    array: str,
    change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]],
    said: str,
) -> None:
    tiny.arrays[array] = change(tiny.arrays[array]).astype(np.uint8)
    tiny.write()
    assert said in refused(tiny_job)


def test_a_truncated_file_is_found_out_which_torchvision_would_trust(
    tiny_job: Job, tiny: TinyMnist, fake_torchvision: Callable[[str], None]
) -> None:
    labels = tiny.path("train_labels")
    labels.write_bytes(labels.read_bytes()[:-7])
    assert f"{labels} is cut short: 61 of 68 bytes" in refused(tiny_job)


# Downloading


def test_a_download_puts_the_files_where_torchvision_looks(download_job: Job, tiny: TinyMnist) -> None:
    stages: list[str] = []
    prepare(download_job, progress=lambda text, _: stages.append(text))
    assert_same(opened(download_job), tiny)
    assert {path.name for path in tiny.raw.iterdir()} == {tiny.path(name).name for name in tiny.arrays}
    assert litter(download_job) == []
    assert stages[0] == "Starting torchvision to download MNIST"


def test_progress_of_a_download_is_told_in_bytes(download_job: Job, tiny: TinyMnist, server: Server) -> None:
    name, data = next(iter(tiny.archives().items()))
    server.files[name] = server.fall_silent_after(20_000, data)
    reports: list[tuple[str, float]] = []
    cancel = threading.Event()

    def progress(text: str, fraction: float | None) -> None:
        if fraction:
            reports.append((text, fraction))
            cancel.set()

    with pytest.raises(CancelledError):
        prepare(
            replace(download_job, raw=replace(download_job.raw, download_bytes=80_000)),
            progress=progress,
            cancel=cancel,
        )
    text, fraction = reports[0]
    assert text == "Downloading MNIST: 0.0 of 0.1 MB"
    assert fraction == pytest.approx(0.25, abs=0.02)


def test_whole_files_are_not_fetched_again(download_job: Job, tiny: TinyMnist, server: Server) -> None:
    tiny.write()
    prepare(download_job)
    assert server.hits == []


def test_a_damaged_file_is_replaced_by_a_download(download_job: Job, tiny: TinyMnist, server: Server) -> None:
    tiny.write()
    tiny.path("train_images").write_bytes(b"\0\0\x08\x03")
    prepare(download_job)
    assert_same(opened(download_job), tiny)


def test_no_connection_is_one_line_that_says_what_to_do(download_job: Job, server: Server) -> None:
    said = refused(replace(download_job, mirror="http://127.0.0.1:9/mnist"))  # the discard port: nobody listens
    assert "there is no connection to 127.0.0.1:9 (Connection refused)" in said
    assert f"put the files into {download_job.data_dir / 'MNIST' / 'raw'}" in said


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    # The socket and the watch both look; on a busy machine either may be the first.
    [
        ("silent", "timed out|no answer for 1 s"),
        ("midway", "timed out|it stopped sending for 1 s|no answer for 1 s"),
        ("dawdling", "no answer for 1 s"),
    ],
)
def test_a_server_that_hangs_is_given_up(
    download_job: Job, tiny: TinyMnist, server: Server, behaviour: str, reason: str
) -> None:
    name, data = next(iter(tiny.archives().items()))
    server.files[name] = {
        "silent": server.say_nothing,
        "midway": server.fall_silent_after(100, data),
        "dawdling": server.dawdle,
    }[behaviour]
    said = refused(replace(download_job, timeout=0.6))
    assert any(f"there is no connection to {server.host} ({why})" in said for why in reason.split("|"))


def test_a_refusal_is_told_with_its_status(download_job: Job, tiny: TinyMnist, server: Server) -> None:
    server.files.clear()
    assert f"{server.host} refused to send MNIST (HTTP Error 404: Not Found)" in refused(download_job)


@pytest.mark.parametrize("sent", ["half", "other"])
def test_a_wrong_download_poisons_nothing(download_job: Job, tiny: TinyMnist, server: Server, sent: str) -> None:
    tiny.write()
    tiny.path("test_labels").unlink()
    before = tiny.tree()
    name = "t10k-labels-idx1-ubyte.gz"
    server.files[name] = tiny.archives()[name][:-4] if sent == "half" else gzip.compress(b"something else")
    assert f"what {server.host} sent is not MNIST" in refused(download_job)
    after = tiny.tree()
    for path in (str(tiny.raw), *map(str, tiny.raw.iterdir())):
        assert after[path] == before[path]


@needs_torchvision
def test_the_installed_torchvision_is_not_fooled_by_a_sign_in_page(
    tiny_job: Job, tiny: TinyMnist, server: Server
) -> None:
    tiny.path("test_labels").unlink()
    server.files.update(dict.fromkeys(tiny.archives(), b"<html>Please sign in to this network</html>"))
    said = refused(replace(tiny_job, download=True, mirror=server.url))
    assert f"what {server.host} sent is not MNIST (damaged on its way, or the sign-in page" in said


def test_a_download_without_torchvision_says_what_to_do(
    download_job: Job, fake_torchvision: Callable[[str], None]
) -> None:
    fake_torchvision("raise ImportError('No module named torch')")
    said = refused(download_job)
    assert "cannot be downloaded because torchvision does not load (No module named torch)" in said
    assert "install torch and torchvision, or put the files into" in said


def test_a_data_folder_that_cannot_be_made_is_named(download_job: Job, tiny: TinyMnist) -> None:
    (tiny.data_dir / "file").write_text("in the way")
    job = replace(download_job, data_dir=tiny.data_dir / "file" / "below")
    with pytest.raises(DataError, match=r"cannot be downloaded into .*below \(Not a directory\)"):
        prepare(job)


# Starting and ending


def start(arguments: Sequence[str] = ()) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", CHILD, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_child_ends_and_cleans_up_when_its_parent_goes_away(
    download_job: Job, tiny: TinyMnist, server: Server
) -> None:
    name, data = next(iter(tiny.archives().items()))
    server.files[name] = server.fall_silent_after(20_000, data)
    job = replace(download_job, timeout=600.0)  # it must not end for the silence
    with start() as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(job.to_json() + "\n")
        child.stdin.flush()
        for line in child.stdout:
            if json.loads(line)["stage"].startswith("Downloading"):
                break
        assert litter(job) == [job.download_dir.name]
        child.stdin.close()
        try:
            assert child.wait(timeout=120) == 1
        finally:
            child.kill()
    assert litter(job) == []


def test_started_by_hand_it_says_who_starts_it() -> None:
    with start() as child:
        _, said = child.communicate("\n", timeout=120)
    assert child.returncode == 2
    assert said == "this process is started by mnist-viz, which tells it what to read\n"
