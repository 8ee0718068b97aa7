"""Fetching survives whatever a network, a disk or a person does to it: one clear line, no damage, and the next attempt
ends well."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from mnist_viz.data import store
from mnist_viz.data.errors import CancelledError, DataError
from mnist_viz.data.progress import Watch
from mnist_viz.data.published import fetched
from mnist_viz.data.published.download import MIRROR
from mnist_viz.data.published.prepare import CHILD, Job, prepare
from mnist_viz.data.published.raw import identity

if TYPE_CHECKING:
    from tests.data.conftest import Server, TinyMnist

IMAGES, LABELS = "train-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"


@pytest.fixture
def job(
    tiny_job: Job,
    tiny: TinyMnist,
    server: Server,
    fake_torchvision: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> Job:
    """A fetch into an empty data folder, from a server that has everything."""
    for name in tiny.arrays:
        tiny.path(name).unlink()
    server.files.update(tiny.archives())
    monkeypatch.setenv(MIRROR, server.url)
    return replace(tiny_job, download=True)


def temporary(job: Job) -> list[str]:
    """What an attempt should have taken away with it."""
    places = (job.data_dir, job.prepared.parent)
    left = [path for place in places if place.exists() for path in place.glob(".*")]
    return [path.name for path in left if path.name != ".MNIST-fetched.json"]


def in_place(job: Job) -> list[str]:
    return sorted(path.name for path in (job.data_dir / job.raw.folder).iterdir())


def refused(job: Job) -> str:
    """What is said about a fetch that fails: one line; nothing half-made is left, and nothing is in place."""
    with pytest.raises(DataError) as raised:
        prepare(job)
    assert "\n" not in str(raised.value)
    assert temporary(job) == []
    assert in_place(job) == []
    assert not job.prepared.exists()
    return str(raised.value)


def assert_ends_well(job: Job, tiny: TinyMnist) -> None:
    """The same fetch gives the data set, and leaves nothing but it and the note of what was fetched."""
    prepare(job)
    prepared = store.open_prepared(
        job.prepared, identity(job.raw.locate(job.data_dir, job.title)), job.shapes, job.classes
    )
    assert prepared is not None
    for name, array in tiny.arrays.items():
        assert np.array_equal(prepared[name], array.reshape(prepared[name].shape))
    assert [path.name for path in job.data_dir.glob(".*")] == [".MNIST-fetched.json"]
    assert temporary(job) == []


# The network


def test_nobody_listens(job: Job, tiny: TinyMnist, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MIRROR, "http://127.0.0.1:9/mnist")  # the discard port
    said = refused(job)
    assert "there is no connection to 127.0.0.1:9 (Connection refused): the program's own digits work" in said
    monkeypatch.setenv(MIRROR, server.url)
    assert_ends_well(job, tiny)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (lambda server, data: server.send_status(403), "refused to send MNIST (HTTP Error 403: Forbidden)"),
        (lambda server, data: server.lead_to("sign-in"), "sent is not MNIST (damaged on its way, or the sign-in page"),
        (lambda server, data: server.break_off_after(len(data) // 2, data), "sent is not MNIST"),
    ],
    ids=["403", "sent to a sign-in page", "breaks off"],
)
def test_a_server_that_sends_something_else(
    job: Job, tiny: TinyMnist, server: Server, behaviour: Callable[[Server, bytes], Any], said: str
) -> None:
    name = LABELS
    server.files["sign-in"] = b"<html>Sign in to use this network</html>"
    server.files[name] = behaviour(server, tiny.archives()[name])
    words = refused(job)
    assert server.host in words
    assert said in words
    assert "try again later, or put the files into" in words
    server.files[name] = tiny.archives()[name]
    assert_ends_well(job, tiny)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        # The socket and the watch both look; on a busy machine either may be the first.
        (lambda server, data: server.say_nothing, "timed out|no answer for 1 s"),
        (lambda server, data: server.trickle(data), "it stopped sending for 1 s|no answer for 1 s"),
    ],
    ids=["never answers", "trickles"],
)
def test_a_server_that_hangs(
    job: Job, tiny: TinyMnist, server: Server, behaviour: Callable[[Server, bytes], Any], said: str
) -> None:
    server.files[IMAGES] = behaviour(server, tiny.archives()[IMAGES])
    words = refused(replace(job, timeout=0.8))
    assert f"there is no connection to {server.host} (" in words
    assert any(reason in words for reason in said.split("|"))
    server.files[IMAGES] = tiny.archives()[IMAGES]
    assert_ends_well(job, tiny)


def test_a_second_address_is_tried_where_the_first_fails(
    job: Job,
    tiny: TinyMnist,
    server: Server,
    fake_torchvision: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(MIRROR)
    fake_torchvision(
        "from torchvision import _meta_registrations, datasets; "
        f"datasets.MNIST.mirrors = ['http://127.0.0.1:9/', '{server.url}/']"
    )
    assert_ends_well(job, tiny)


# Attempts after attempts


def test_whole_files_are_not_fetched_again(job: Job, tiny: TinyMnist, server: Server) -> None:
    tiny.write(compressed=True)
    prepare(job)
    assert server.hits == []


def test_files_that_are_whole_stay_as_they_are_and_of_the_others_the_checksums_are_noted(
    job: Job, tiny: TinyMnist
) -> None:
    tiny.write()
    path = tiny.path("test_labels")
    path.write_bytes(b"")
    before = tiny.tree()
    assert_ends_well(job, tiny)
    for name in ("train_images", "train_labels", "test_images"):
        assert tiny.path(name).stat().st_mtime_ns == before[str(tiny.path(name))]
    noted = json.loads(fetched.note(job.data_dir, job.raw).read_text())["files"]
    assert {name: entry["sha256"] for name, entry in noted.items()} == {path.name: fetched.sha256(path)}


# The disk


NO_SPACE = """
import builtins, errno, io
real = builtins.open
class Full(io.BufferedWriter):
    def write(self, data):
        raise OSError(errno.ENOSPC, "No space left on device")
def full(file, mode="r", *more, **options):
    if "{part}" in str(file) and "w" in mode:
        return Full(io.FileIO(file, "w"))
    return real(file, mode, *more, **options)
builtins.open = io.open = full
"""


@pytest.mark.parametrize("part", ["ubyte.gz", "-ubyte"])
def test_a_full_disk(job: Job, tiny: TinyMnist, fake_torchvision: Callable[[str], None], part: str) -> None:
    fake_torchvision(NO_SPACE.format(part=part))
    said = refused(job)
    assert f"MNIST cannot be fetched into {job.data_dir} (No space left on device)" in said
    assert "choose a data folder that you can write to and that has room" in said
    fake_torchvision("")
    assert_ends_well(job, tiny)


def test_a_disk_without_room_is_known_before_a_byte_is_fetched(
    job: Job, server: Server, fake_torchvision: Callable[[str], None]
) -> None:
    fake_torchvision("import shutil, types\nshutil.disk_usage = lambda path: types.SimpleNamespace(free=3_000_000)")
    said = refused(job)
    assert f"MNIST needs 12 MB, and {job.data_dir} has 3 MB free: make room" in said
    assert server.hits == []


def test_a_disk_that_is_full_when_the_prepared_copy_is_written(
    job: Job, tiny: TinyMnist, fake_torchvision: Callable[[str], None]
) -> None:
    fake_torchvision(NO_SPACE.format(part=".npy"))
    with pytest.raises(DataError, match=r"cannot be written to .* \(No space left on device\): make room there"):
        prepare(job)
    assert temporary(job) == []
    assert not job.prepared.exists()
    fake_torchvision("")
    assert_ends_well(job, tiny)  # from the files that are in place


# torch and torchvision


def test_no_torchvision_at_all(
    job: Job, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path_factory.mktemp("site")
    (site / "sitecustomize.py").write_text("import sys; sys.modules['torchvision'] = None")
    monkeypatch.setenv("PYTHONPATH", str(site))
    assert "because torchvision does not load (" in refused(job)


# Killed


# The child dies when it has opened for writing, made, renamed or removed so many files of the data set.
DIE = """
import os, signal, sys
done = 0
def hook(event, arguments):
    global done
    if event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir") or event == "open" and arguments[2] & os.O_WRONLY:
        if "{root}" in str(arguments[0]):
            done += 1
            if done > {count}:
                os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
"""


@pytest.mark.parametrize("count", range(0, 42, 7))
def test_a_fetch_that_is_killed_at_any_moment(
    job: Job, tiny: TinyMnist, fake_torchvision: Callable[[str], None], count: int
) -> None:
    fake_torchvision(DIE.format(root=job.data_dir.parent, count=count))
    with suppress(DataError):  # it may also be through by then
        prepare(job)
    assert temporary(job) == []
    expected = {tiny.path(name).name: idx_bytes for name, idx_bytes in tiny.plain().items()}
    for name in in_place(job):
        assert (tiny.raw / name).read_bytes() == expected[name]
    fake_torchvision("")
    assert_ends_well(job, tiny)


PARENT = """
import sys
from mnist_viz.data.progress import Watch
from mnist_viz.data.published.download import MIRROR
from mnist_viz.data.published.prepare import CHILD, Job, prepare
prepare(Job.from_json(sys.stdin.readline()), Watch(lambda text, _: print(text, flush=True)))
"""


def test_a_program_that_is_killed_takes_its_fetch_with_it(job: Job, tiny: TinyMnist, server: Server) -> None:
    server.files[LABELS] = server.fall_silent_after(20, tiny.archives()[LABELS])
    with subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(replace(job, timeout=600.0).to_json() + "\n")
        parent.stdin.flush()
        for line in parent.stdout:
            if line.startswith("Fetching"):
                break
        parent.kill()
    # The child notices, and frees the lock when it has gone; until then the next attempt waits.
    server.files[LABELS] = tiny.archives()[LABELS]
    assert_ends_well(replace(job, token="another"), tiny)


@pytest.mark.parametrize("way", ["cancelled", "an error in the caller's own progress"])
def test_a_download_that_is_stopped_leaves_nothing(job: Job, tiny: TinyMnist, server: Server, way: str) -> None:
    server.files[LABELS] = server.fall_silent_after(20, tiny.archives()[LABELS])
    before, seen = set(tiny.tree()), list[tuple[str, float]]()
    cancel = threading.Event()

    def progress(text: str, fraction: float | None) -> None:
        if fraction:
            seen.append((text, fraction))
            if way != "cancelled":
                raise KeyboardInterrupt
            cancel.set()

    size = sum(len(data) for name, data in tiny.archives().items() if name != LABELS)
    job = replace(job, timeout=600.0, raw=replace(job.raw, download_bytes=2 * size))
    with pytest.raises((CancelledError, KeyboardInterrupt)) as stopped:
        prepare(job, Watch(progress, cancel))
    assert str(stopped.value) == ("it was cancelled" if way == "cancelled" else "")
    assert re.fullmatch(r"Fetching MNIST: 0\.[01] of 0\.1 MB", seen[0][0])
    assert 0 < seen[0][1] <= 0.51
    assert set(tiny.tree()) == before
    assert not job.prepared.exists()


def test_started_by_hand_the_child_says_who_starts_it() -> None:
    child = subprocess.run(
        [sys.executable, "-m", CHILD], input="\n", capture_output=True, text=True, timeout=120, check=False
    )
    assert child.returncode == 2
    assert child.stderr == "this process is started by mnist-viz, which tells it what to read\n"


# At once


def test_two_programs_fetch_the_same_set_once(job: Job, tiny: TinyMnist, server: Server) -> None:
    waiting = threading.Event()
    server.files[IMAGES] = server.hold(tiny.archives()[IMAGES], waiting)

    def progress(text: str, fraction: float | None) -> None:
        if text == "Waiting: another program is fetching MNIST":
            waiting.set()

    jobs = [job, replace(job, token="other")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: prepare(one, Watch(progress)), jobs))
    assert waiting.is_set()
    assert len(server.hits) == 4
    assert_ends_well(job, tiny)


def test_two_programs_without_locks_both_end_well(job: Job, tiny: TinyMnist, server: Server) -> None:
    # Each has a cache of its own here, and so no lock in common.
    jobs = [job, replace(job, token="other", prepared=job.prepared.parent.parent / "other" / "datasets" / "mnist")]
    assert jobs[0].lock != jobs[1].lock
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(prepare, jobs))
    assert in_place(job) == sorted(tiny.path(name).name for name in tiny.arrays)
    assert_ends_well(job, tiny)
