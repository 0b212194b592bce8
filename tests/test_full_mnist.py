"""load_mnist("full") beside a local server that serves small IDX files, or fails to, in every way that we know."""

import builtins
import contextlib
import errno
import gzip
import hashlib
import io
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pooch
import pytest

from labutils import full_mnist
from labutils.data import load_mnist

from .conftest import nobody
from .server import PATIENCE

NAMES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]
SMALL = dict(zip(NAMES, [(60, 28, 28), (60,), (10, 28, 28), (10,)], strict=True))
FIRST = f"{NAMES[0]}.gz"


def idx(array, magic=None):
    """The bytes of an IDX file."""
    return struct.pack(f">{1 + array.ndim}I", magic or 0x800 + array.ndim, *array.shape) + array.tobytes()


def small_arrays():
    rng = np.random.default_rng(0)
    return {
        name: rng.integers(256 if len(s) > 1 else 10, size=s, dtype=np.uint8) for name, s in SMALL.items()
    }


ARRAYS = small_arrays()
PLAIN = {name: idx(array) for name, array in ARRAYS.items()}
GZIPPED = {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in PLAIN.items()}
HASHES = {
    name: hashlib.md5(content, usedforsecurity=False).hexdigest()
    for name, content in (PLAIN | GZIPPED).items()
}


class Mirror(BaseHTTPRequestHandler):
    """/KIND/FILE: the file, in the way of that kind."""

    asked: list[str]  # the paths, in the order in which they were asked for
    released: threading.Event  # ends every silence
    both: threading.Barrier  # two processes are at their first file

    def do_GET(self):
        self.asked.append(self.path)
        _, kind, file = self.path.split("/")
        content = GZIPPED[file]
        half = len(content) // 2
        if kind.isdigit():
            self.send_error(int(kind))
        elif kind == "labels" and "labels" not in file:
            self.send_error(404)
        elif kind == "silent":
            self.released.wait()
        elif kind == "hangup":
            pass
        elif kind == "other":
            self.give(content[:-1] + b"?")
        elif kind == "short":
            self.give(content[:-1])
        elif kind == "cut":
            self.give(content[:half], len(content))
        elif kind == "reset":
            self.give(content[:half], len(content))
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            time.sleep(0.05)  # on Windows a reset takes what was not read yet with it
            socket.close(self.connection.detach())
        elif kind == "stalled":
            self.give(content[:half], len(content))
            self.released.wait()
        elif kind == "trickle":
            self.give(b"", len(content))
            for start in range(0, len(content), 1024):
                self.wfile.write(content[start : start + 1024])
                if self.released.wait(0.02):
                    break
        else:
            if kind == "together" and file == FIRST:
                self.both.wait(PATIENCE)
            self.give(content)

    def give(self, content, length=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def handle(self):
        with contextlib.suppress(OSError):  # the other side has given up
            super().handle()

    def log_message(self, *_):
        pass


class World:
    """The server's address, the user's cache folder, and what is in it."""

    def __init__(self, url, cache, monkeypatch):
        self.url, self.cache, self.monkeypatch = url, cache, monkeypatch

    def mirrors(self, *kinds):
        urls = [kind if "://" in kind else f"{self.url}/{kind}/" for kind in kinds]
        self.monkeypatch.setattr(full_mnist, "MIRRORS", urls)
        return urls

    def files(self):
        return sorted(path.name for path in self.cache.rglob("*") if path.is_file())

    def process(self, kind):
        """Another Python in this world, which prints the MD5 of the images that it loaded."""
        code = (
            "import hashlib, pathlib, pooch\n"
            "from labutils import full_mnist as f; from labutils.data import load_mnist\n"
            f"f.MIRRORS, f.SHAPES, f.MD5 = {[f'{self.url}/{kind}/']}, {SMALL}, {HASHES}\n"
            f"pooch.os_cache = lambda name: pathlib.Path({str(self.cache.parent)!r})\n"
            "data = load_mnist('full')\n"
            "print(hashlib.md5(data.x_train.astype('uint8').tobytes()).hexdigest())"
        )
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[1], **pipes)


@pytest.fixture
def world(tmp_path, monkeypatch):
    Mirror.asked, Mirror.released, Mirror.both = [], threading.Event(), threading.Barrier(2)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(full_mnist, "SHAPES", SMALL)
    monkeypatch.setattr(full_mnist, "MD5", HASHES)
    world = World(
        f"http://127.0.0.1:{server.server_port}", tmp_path / "cache" / "labutils" / "mnist", monkeypatch
    )
    world.mirrors("good")
    yield world
    Mirror.released.set()
    server.shutdown()
    server.server_close()


def assert_is_small_mnist(data):
    assert data.x_train.shape == (60, 784)
    for x, y, part in [(data.x_train, data.y_train, 0), (data.x_validation, data.y_validation, 2)]:
        assert x.dtype == np.float32
        np.testing.assert_array_equal(x.reshape(-1, 28, 28), ARRAYS[NAMES[part]])
        np.testing.assert_array_equal(y, ARRAYS[NAMES[part + 1]])


def assert_alone(error):
    """The error is shown without the ones that led to it: libraries' errors are pages long."""
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def fill(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


class TestTheArguments:
    def test_a_seed_means_what_it_did(self):
        np.testing.assert_array_equal(load_mnist(3).x_train, load_mnist(split_seed=3).x_train)
        np.testing.assert_array_equal(load_mnist().y_train, load_mnist(0).y_train)

    def test_wrong_ones_are_named(self, world):
        with pytest.raises(TypeError, match="split_seed: expected a whole number or 'full', got 'ful'"):
            load_mnist("ful")
        with pytest.raises(
            ValueError, match=r"folder: expected only with load_mnist\(\"full\"\), got 'here'"
        ):
            load_mnist(3, folder="here")
        with pytest.raises(TypeError, match="folder: expected the path of a folder, got 3"):
            load_mnist("full", folder=3)
        assert Mirror.asked == []

    def test_the_constants_are_those_of_mnist(self):
        assert list(full_mnist.SHAPES) == NAMES
        assert [shape[0] for shape in full_mnist.SHAPES.values()] == [60_000, 60_000, 10_000, 10_000]
        assert set(full_mnist.MD5) == set(PLAIN) | set(GZIPPED)
        assert len(set(full_mnist.MD5.values())) == 8
        assert all(re.fullmatch(r"https://\S+/mnist/", mirror) for mirror in full_mnist.MIRRORS)
        extras = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
        assert any(
            need.startswith("pooch>=") for need in extras["project"]["optional-dependencies"]["full-mnist"]
        )


class TestFetched:
    def test_the_published_split_in_the_published_order(self, world):
        assert_is_small_mnist(load_mnist("full"))
        assert world.files() == sorted(GZIPPED)
        assert Mirror.asked == [f"/good/{name}" for name in GZIPPED]

    def test_the_second_time_needs_no_network(self, world):
        load_mnist("full")
        world.mirrors("404")
        assert_is_small_mnist(load_mnist("full"))
        assert len(Mirror.asked) == 4

    def test_a_kept_file_that_was_damaged_is_fetched_again(self, world):
        load_mnist("full")
        (world.cache / FIRST).write_bytes(GZIPPED[FIRST][:100])
        assert_is_small_mnist(load_mnist("full"))
        assert Mirror.asked[4:] == [f"/good/{FIRST}"]

    def test_what_one_mirror_gave_is_not_asked_of_the_next(self, world):
        fill(world.cache, {FIRST: GZIPPED[FIRST]})
        world.mirrors("labels", "good")
        assert_is_small_mnist(load_mnist("full"))
        assert Mirror.asked[:2] == [f"/labels/{NAMES[1]}.gz", f"/labels/{NAMES[2]}.gz"]
        assert Mirror.asked[2:] == [f"/good/{NAMES[2]}.gz", f"/good/{NAMES[3]}.gz"]

    def test_without_pooch_the_extra_is_named(self, world):
        world.monkeypatch.setitem(sys.modules, "pooch", None)
        with pytest.raises(
            ModuleNotFoundError, match=r"pip install -e \"\.\[full-mnist\]\".*folder="
        ) as caught:
            load_mnist("full")
        assert_alone(caught.value)


FAILURES = {
    "403": "403 Forbidden",
    "404": "404 Not Found",
    "503": "503 Service Unavailable",
    "offline": "no connection",
    "secure": "no secure connection",
    "hangup": "no connection",
    "cut": "the connection broke off",
    "reset": "the connection broke off",
    "silent": "silent for 1 seconds",
    "stalled": "silent for 1 seconds",
    "trickle": "not through after 0.3 seconds",
    "other": "not the published file: another MD5",
    "short": "not the published file: another MD5",
}


@pytest.mark.parametrize(("kind", "words"), FAILURES.items(), ids=FAILURES)
def test_a_mirror_that_fails(world, kind, words):
    """It is named with what it said, nothing is left behind, and the next mirror is asked."""
    # On a busy machine an answer takes its time; Windows tries for two seconds before it says that nobody is there.
    world.monkeypatch.setattr(full_mnist, "SILENCE", 1.0 if kind in ("silent", "stalled") else 10.0)
    world.monkeypatch.setattr(full_mnist, "PATIENCE", 0.3 if kind == "trickle" else 10.0)
    with socket.socket() as nobody:  # bound, not listening: refused
        nobody.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{nobody.getsockname()[1]}/"
        fails_and_goes_on(
            world, {"offline": closed, "secure": f"https{world.url[4:]}/good/"}.get(kind, kind), words
        )


def fails_and_goes_on(world, mirror, words):
    first, second = world.mirrors(mirror, "404")
    expected = (
        rf"The 70,000 images of MNIST could not be fetched \({re.escape(first + FIRST)}: {words}; "
        rf"{re.escape(second + FIRST)}: 404 Not Found\)\. Try again later\. Or put {', '.join(GZIPPED)} .*"
        r"into a folder and name it: load_mnist\(\"full\", folder=.*5,000 images of load_mnist\(\) need no network\."
    )
    start = time.monotonic()
    with pytest.raises(ConnectionError, match=expected) as caught:
        load_mnist("full")
    assert time.monotonic() - start < 20  # not the library's half a minute
    assert_alone(caught.value)
    assert world.files() == []

    if "trickle" not in first:
        world.mirrors(mirror, "good")
        assert_is_small_mnist(load_mnist("full"))
        assert world.files() == sorted(GZIPPED)


def test_a_proxy_that_fails(world):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for name in ("NO_PROXY", "no_proxy"):
            world.monkeypatch.delenv(name, raising=False)
        for name in ("HTTP_PROXY", "http_proxy"):
            world.monkeypatch.setenv(name, f"http://127.0.0.1:{nobody.getsockname()[1]}")
        world.mirrors("http://mirror.invalid/")
        with pytest.raises(ConnectionError, match=rf"mirror\.invalid/{FIRST}: no connection to the proxy\)"):
            load_mnist("full")


class TestTheCacheFolder:
    def stop_writing(self, world, error):
        class Full(io.FileIO):
            def write(self, content):
                super().write(content[:100])
                raise error

        world.monkeypatch.setattr(full_mnist, "open", lambda path, _: Full(path, "w"), raising=False)

    def test_a_full_disk(self, world):
        self.stop_writing(world, OSError(errno.ENOSPC, "No space left on device"))
        words = rf"{re.escape(str(world.cache))}: .*12 MB.*\(No space left on device\).*folder="
        with pytest.raises(OSError, match=words) as caught:
            load_mnist("full")
        assert_alone(caught.value)
        assert world.files() == []
        assert len(Mirror.asked) == 1  # no other mirror would help
        world.monkeypatch.setattr(full_mnist, "open", builtins.open)
        assert_is_small_mnist(load_mnist("full"))

    def test_an_interrupt_leaves_nothing(self, world):
        self.stop_writing(world, KeyboardInterrupt())
        with pytest.raises(KeyboardInterrupt):
            load_mnist("full")
        assert world.files() == []

    def test_one_that_cannot_be_made(self, world):
        world.cache.parents[1].write_text("a file where the folder should be")
        with pytest.raises(
            OSError, match=rf"{re.escape(str(world.cache))}: .* cannot be kept in this folder"
        ):
            load_mnist("full")

    def test_one_that_cannot_be_written(self, world):
        def refuse(*_, **__):
            raise PermissionError(errno.EACCES, "Permission denied")

        world.cache.mkdir(parents=True)
        world.monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
        with pytest.raises(OSError, match=r"cannot be kept in this folder \(Permission denied\).*folder="):
            load_mnist("full")
        assert world.files() == []

    def test_what_a_killed_process_left_is_removed_when_it_is_old(self, world):
        process = world.process("stalled")
        deadline = time.monotonic() + PATIENCE
        while not any(path.stat().st_size for path in world.cache.glob("tmp*")):
            assert time.monotonic() < deadline
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        process.kill()
        process.communicate()
        assert FIRST not in world.files()
        (left,) = world.cache.glob("tmp*")
        load_mnist("full")
        assert left.exists()  # young: another process may be at it
        os.utime(left, (0, 0))
        load_mnist("full")
        assert world.files() == sorted(GZIPPED)

    def test_two_processes_at_once(self, world):
        processes = [world.process("together") for _ in range(2)]
        answers = [process.communicate(timeout=PATIENCE) for process in processes]
        expected = hashlib.md5(ARRAYS[NAMES[0]].tobytes(), usedforsecurity=False).hexdigest()
        assert [out.strip() for out, _ in answers] == [expected] * 2, answers
        assert Mirror.asked.count(f"/together/{FIRST}") == 2
        assert world.files() == sorted(GZIPPED)


WRONG = {
    "magic": (idx(ARRAYS[NAMES[0]], magic=0x801), "expected the magic number 2051, got 2049"),
    "page": (b"<html>Sign in</html>", "expected the magic number 2051, got 1013478509"),
    "empty": (b"", "expected the magic number 2051, got 0"),
    "dimensions": (PLAIN[NAMES[2]], r"expected the dimensions \(60, 28, 28\), got \(10, 28, 28\)"),
    "cut": (PLAIN[NAMES[0]][:-1], "expected a length in bytes of 47056, got 47055"),
    "long": (PLAIN[NAMES[0]] + b"?", "expected a length in bytes of 47056, got 47057"),
    "content": (idx(255 - ARRAYS[NAMES[0]]), "expected the MD5 [0-9a-f]{32}, got [0-9a-f]{32}"),
    "gzip, cut": (GZIPPED[FIRST][:1000], "this gzipped file is damaged"),
    "gzip, damaged": (GZIPPED[FIRST][:999] + b"??" + GZIPPED[FIRST][1001:], "this gzipped file is damaged"),
    "gzip, no block": (GZIPPED[FIRST][:10] + b"\x07" + GZIPPED[FIRST][11:], "this gzipped file is damaged"),
    "gzip, long": (GZIPPED[FIRST] + b"?", "this gzipped file is damaged"),
}


class TestAFolder:
    @pytest.fixture(autouse=True)
    def offline(self, world):
        world.monkeypatch.setitem(sys.modules, "pooch", None)
        yield
        assert Mirror.asked == []

    @pytest.mark.parametrize("path", [str, Path])
    @pytest.mark.parametrize("files", [GZIPPED, PLAIN], ids=["gzipped", "unpacked"])
    def test_that_holds_the_files(self, tmp_path, files, path):
        assert_is_small_mnist(load_mnist("full", folder=path(fill(tmp_path / "here", files))))

    def test_otherwise_compressed_or_half_unpacked(self, tmp_path):
        packed = {f"{name}.gz": gzip.compress(PLAIN[name], 1) for name in NAMES[:2]}
        folder = fill(tmp_path / "here", packed | {name: PLAIN[name] for name in NAMES[2:]})
        assert_is_small_mnist(load_mnist("full", folder=folder))

    def test_in_the_home_folder(self, world, tmp_path):
        world.monkeypatch.setenv("HOME", str(tmp_path))
        world.monkeypatch.setenv("USERPROFILE", str(tmp_path))
        fill(tmp_path / "here", PLAIN)
        assert_is_small_mnist(load_mnist("full", folder="~/here"))

    def test_what_is_missing_is_named(self, tmp_path):
        folder = fill(tmp_path / "here", {name: PLAIN[name] for name in NAMES[1:3]})
        words = rf"folder: .*four files of MNIST.*{re.escape(repr(str(folder)))}.* no {NAMES[0]} and no {NAMES[3]}\."
        with pytest.raises(FileNotFoundError, match=words):
            load_mnist("full", folder=folder)
        with pytest.raises(FileNotFoundError, match=r"nowhere.*no train-images-idx3-ubyte.*They are at http"):
            load_mnist("full", folder=tmp_path / "nowhere")

    def test_one_that_may_not_be_read_is_named(self, place):
        folder = fill(place / "here", GZIPPED)
        (folder / FIRST).chmod(0)
        words = rf"{re.escape(str(folder / FIRST))}: this file cannot be read \(Permission denied\)\. Replace it by"
        with nobody(), pytest.raises(PermissionError, match=words):
            load_mnist("full", folder=folder)
        folder.chmod(0)
        with (
            nobody(),
            pytest.raises(
                FileNotFoundError, match=rf"{re.escape(repr(str(folder)))}, which has no {NAMES[0]} and no"
            ),
        ):
            load_mnist("full", folder=folder)

    def test_a_folder_of_that_name_is_no_file(self, tmp_path):
        folder = fill(
            tmp_path / "here", {name: content for name, content in GZIPPED.items() if name != FIRST}
        )
        (folder / FIRST).mkdir()
        with pytest.raises(FileNotFoundError, match=rf"which has no {NAMES[0]}\. They are at"):
            load_mnist("full", folder=folder)

    @pytest.mark.parametrize(("content", "words"), WRONG.values(), ids=WRONG)
    def test_a_wrong_file_is_named(self, tmp_path, content, words):
        folder = fill(tmp_path / "here", GZIPPED | {FIRST: content})
        out = rf"{re.escape(str(folder / FIRST))}: {words}\. Replace it by http://\S+/{NAMES[0]}\.gz"
        with pytest.raises(ValueError, match=out):
            load_mnist("full", folder=folder)
