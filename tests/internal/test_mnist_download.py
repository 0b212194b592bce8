"""load_mnist("full"), with a local server as mirror that serves small IDX files or fails."""

import contextlib
import functools
import gzip
import hashlib
import re
import socket
import struct
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pooch
import pytest

from labutils._internal import mnist_download
from labutils.data import load_mnist

from ..conftest import ROOT, nobody

NAMES = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
]
SMALL = dict(zip(NAMES, [(60, 28, 28), (60,), (10, 28, 28), (10,)], strict=True))
FIRST = f"{NAMES[0]}.gz"


@functools.cache
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        name: rng.integers(256 if len(shape) > 1 else 10, size=shape, dtype=np.uint8)
        for name, shape in SMALL.items()
    }


@functools.cache
def unpacked() -> dict[str, bytes]:
    """The small IDX files, by name."""
    return {
        name: struct.pack(f">{1 + a.ndim}I", 0x800 + a.ndim, *a.shape) + a.tobytes()
        for name, a in arrays().items()
    }


@functools.cache
def gzipped() -> dict[str, bytes]:
    return {f"{name}.gz": gzip.compress(content, mtime=0) for name, content in unpacked().items()}


@functools.cache
def hashes() -> dict[str, str]:
    return {
        name: hashlib.md5(content, usedforsecurity=False).hexdigest()
        for name, content in (unpacked() | gzipped()).items()
    }


class Mirror(BaseHTTPRequestHandler):
    """The path is /KIND/FILE; the kind says how the mirror fails, or "good"."""

    requested: list[str]  # the paths, in the order of the requests
    released: threading.Event  # ends every silence
    both: threading.Barrier  # two processes have requested the first file

    def do_GET(self):
        self.requested.append(self.path)
        _, kind, file = self.path.split("/")
        content = gzipped()[file]
        if kind == "404" or (kind == "labels" and "labels" not in file):
            self.send_error(404)
        elif kind == "silent":
            self.released.wait()
        elif kind == "another":
            self.send(content[:-1] + b"?")
        elif kind == "cut":
            self.send(content[: len(content) // 2], len(content))
        else:
            if kind == "together" and file == FIRST:
                self.both.wait(60)
            self.send(content)

    def send(self, content, length=None):
        self.send_response(200)
        self.send_header("Content-Length", str(len(content) if length is None else length))
        self.end_headers()
        self.wfile.write(content)

    def handle(self):
        with contextlib.suppress(OSError):  # the client has closed the connection
            super().handle()

    def log_message(self, *_):
        pass


class World:
    """The address of the server, and the cache folder."""

    def __init__(self, url, cache, monkeypatch):
        self.url, self.cache, self.monkeypatch = url, cache, monkeypatch

    def use_mirrors(self, *kinds):
        urls = [kind if "://" in kind else f"{self.url}/{kind}/" for kind in kinds]
        self.monkeypatch.setattr(mnist_download, "MIRRORS", urls)
        return urls

    def cached_files(self):
        return sorted(path.name for path in self.cache.rglob("*") if path.is_file())


@pytest.fixture
def world(tmp_path, monkeypatch):
    Mirror.requested, Mirror.released, Mirror.both = [], threading.Event(), threading.Barrier(2)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "*")
    monkeypatch.setattr(pooch, "os_cache", lambda name: tmp_path / "cache" / name)
    monkeypatch.setattr(mnist_download, "SHAPES", SMALL)
    monkeypatch.setattr(mnist_download, "MD5", hashes())
    world = World(
        f"http://127.0.0.1:{server.server_port}", tmp_path / "cache" / "labutils" / "mnist", monkeypatch
    )
    world.use_mirrors("good")
    yield world
    Mirror.released.set()
    server.shutdown()
    server.server_close()


def assert_is_small_mnist(data):
    parts = [(data.x_train, data.y_train, 0), (data.x_validation, data.y_validation, 2)]
    for x, y, first in parts:
        images, labels = arrays()[NAMES[first]], arrays()[NAMES[first + 1]]
        assert x.dtype == np.float32
        np.testing.assert_array_equal(x, images.reshape(-1, 784))
        np.testing.assert_array_equal(y, labels)


def assert_shown_alone(error):
    """The traceback does not contain the errors of pooch and requests, which are pages long."""
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def fill(folder, files):
    folder.mkdir(parents=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def test_wrong_arguments_are_named_before_any_request(world):
    with pytest.raises(TypeError, match=r"split_seed: expected a whole number.* got 'ful'"):
        load_mnist("ful")
    with pytest.raises(ValueError, match=r"folder: expected only with load_mnist\(\"full\"\), got 'here'"):
        load_mnist(3, folder="here")
    with pytest.raises(TypeError, match="folder: expected the path of a folder, got 3"):
        load_mnist("full", folder=3)
    assert Mirror.requested == []


def test_the_constants_are_those_of_mnist():
    assert list(mnist_download.SHAPES) == NAMES
    assert [shape[0] for shape in mnist_download.SHAPES.values()] == [60_000, 60_000, 10_000, 10_000]
    assert set(mnist_download.MD5) == set(unpacked()) | set(gzipped())
    assert len(set(mnist_download.MD5.values())) == 8
    assert all(re.fullmatch(r"https://\S+/mnist/", mirror) for mirror in mnist_download.MIRRORS)


class TestDownload:
    def test_gives_the_published_split_in_the_published_order(self, world):
        assert_is_small_mnist(load_mnist("full"))
        assert world.cached_files() == sorted(gzipped())
        assert Mirror.requested == [f"/good/{name}" for name in gzipped()]

    def test_happens_once(self, world):
        load_mnist("full")
        world.use_mirrors("404")
        assert_is_small_mnist(load_mnist("full"))
        assert len(Mirror.requested) == 4

    def test_replaces_a_damaged_file_of_the_cache(self, world):
        load_mnist("full")
        (world.cache / FIRST).write_bytes(gzipped()[FIRST][:100])
        assert_is_small_mnist(load_mnist("full"))
        assert Mirror.requested[4:] == [f"/good/{FIRST}"]

    def test_keeps_what_one_mirror_gave_when_it_goes_on_to_the_next(self, world):
        fill(world.cache, {FIRST: gzipped()[FIRST]})
        world.use_mirrors("labels", "good")
        assert_is_small_mnist(load_mnist("full"))
        assert Mirror.requested[:2] == [f"/labels/{NAMES[1]}.gz", f"/labels/{NAMES[2]}.gz"]
        assert Mirror.requested[2:] == [f"/good/{NAMES[2]}.gz", f"/good/{NAMES[3]}.gz"]

    @pytest.mark.parametrize("package", ["pooch", "tqdm"])
    def test_without_its_packages_names_the_extra(self, world, package):
        world.monkeypatch.setitem(sys.modules, package, None)
        with pytest.raises(
            ModuleNotFoundError, match=r"pip install -e \"\.\[full-mnist\]\".*folder="
        ) as caught:
            load_mnist("full")
        assert_shown_alone(caught.value)

    def test_by_two_processes_at_once(self, world):
        code = (
            "import pathlib, pooch\n"
            "from labutils._internal import mnist_download as m; from labutils.data import load_mnist\n"
            f"m.MIRRORS, m.SHAPES, m.MD5 = {[f'{world.url}/together/']}, {SMALL}, {hashes()}\n"
            f"pooch.os_cache = lambda name: pathlib.Path({str(world.cache.parent)!r})\n"
            "print(int(load_mnist('full').x_train.sum()))"
        )
        processes = [
            subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        expected = str(arrays()[NAMES[0]].sum())
        assert [process.communicate(timeout=120)[0].strip() for process in processes] == [expected] * 2
        assert Mirror.requested.count(f"/together/{FIRST}") == 2
        assert world.cached_files() == sorted(gzipped())


@pytest.mark.parametrize("kind", ["404", "refused", "another", "cut", "silent"])
def test_after_a_mirror_fails_the_next_one_is_tried(world, kind):
    """The mirrors are named with their files and reasons, and nothing is left behind."""
    world.monkeypatch.setattr(mnist_download, "TIMEOUT", 0.5 if kind == "silent" else 10.0)
    with socket.socket() as unused:  # bound, but nobody listens
        unused.bind(("127.0.0.1", 0))
        failing = f"http://127.0.0.1:{unused.getsockname()[1]}/" if kind == "refused" else kind
        first, second = world.use_mirrors(failing, "404")
        expected = (
            rf"could not be downloaded \({re.escape(first + FIRST)}: .+; {re.escape(second + FIRST)}: 404 .+\)\."
            rf".* Or put {', '.join(gzipped())} .*folder="
        )
        with pytest.raises(ConnectionError, match=expected) as caught:
            load_mnist("full")
        assert_shown_alone(caught.value)
        assert world.cached_files() == []
        world.use_mirrors(failing, "good")
        assert_is_small_mnist(load_mnist("full"))


class TestTheCacheFolder:
    def test_that_cannot_be_made_is_named(self, world):
        world.cache.parents[1].write_text("a file where the folder should be")
        with pytest.raises(OSError, match=rf"^{re.escape(str(world.cache))}: .* cannot hold .*folder="):
            load_mnist("full")
        assert Mirror.requested == []

    def test_that_is_full_is_named_and_no_other_mirror_is_tried(self, world):
        def no_space(*_, **__):
            raise OSError(28, "No space left on device")

        world.use_mirrors("good", "good")
        world.monkeypatch.setattr(pooch, "HTTPDownloader", lambda **_: no_space)
        with pytest.raises(
            OSError, match=rf"^{re.escape(str(world.cache))}: .*No space left.*folder="
        ) as caught:
            load_mnist("full")
        assert_shown_alone(caught.value)
        assert world.cached_files() == []


def wrong_contents() -> dict[str, tuple[bytes, str]]:
    """Contents of the first file that are not the published one, and what the error says."""
    plain, packed = unpacked()[NAMES[0]], gzipped()[FIRST]
    another, damaged = "expected the published file", "this gzipped file is damaged"
    return {
        "empty": (b"", another),
        "a page": (b"<html>Sign in</html>", another),
        "another IDX file": (unpacked()[NAMES[2]], another),
        "cut": (plain[:-1], another),
        "long": (plain + b"?", another),
        "one byte": (plain[:-1] + bytes([plain[-1] ^ 1]), another),
        "gzip, cut": (packed[:1000], damaged),
        "gzip, damaged": (packed[:999] + b"??" + packed[1001:], damaged),
        "gzip, no block": (packed[:10] + b"\x07" + packed[11:], damaged),
        "gzip, long": (packed + b"?", damaged),
    }


class TestAFolder:
    @pytest.fixture(autouse=True)
    def offline(self, world):
        world.monkeypatch.setitem(sys.modules, "pooch", None)
        yield
        assert Mirror.requested == []

    @pytest.mark.parametrize("path", [str, Path])
    @pytest.mark.parametrize("files", [gzipped, unpacked])
    def test_that_holds_the_files(self, tmp_path, files, path):
        assert_is_small_mnist(load_mnist("full", folder=path(fill(tmp_path / "here", files()))))

    def test_that_is_half_unpacked_and_compressed_otherwise(self, tmp_path):
        packed = {f"{name}.gz": gzip.compress(unpacked()[name], 1) for name in NAMES[:2]}
        folder = fill(tmp_path / "here", packed | {name: unpacked()[name] for name in NAMES[2:]})
        assert_is_small_mnist(load_mnist("full", folder=folder))

    def test_in_the_home_folder(self, world, tmp_path):
        for name in ("HOME", "USERPROFILE"):
            world.monkeypatch.setenv(name, str(tmp_path))
        fill(tmp_path / "here", unpacked())
        assert_is_small_mnist(load_mnist("full", folder="~/here"))

    def test_of_which_files_are_missing(self, tmp_path):
        folder = fill(tmp_path / "here", {name: unpacked()[name] for name in NAMES[1:3]})
        expected = rf"folder: .*{re.escape(repr(str(folder)))} without {NAMES[0]} and {NAMES[3]}\. They"
        with pytest.raises(FileNotFoundError, match=expected):
            load_mnist("full", folder=folder)
        with pytest.raises(FileNotFoundError, match=r"nowhere.*without train-images-idx3-ubyte"):
            load_mnist("full", folder=tmp_path / "nowhere")

    def test_with_a_folder_in_place_of_a_file(self, tmp_path):
        files = {name: content for name, content in gzipped().items() if name != FIRST}
        folder = fill(tmp_path / "here", files)
        (folder / FIRST).mkdir()
        with pytest.raises(FileNotFoundError, match=rf"without {NAMES[0]}\. They are at"):
            load_mnist("full", folder=folder)

    def test_with_a_file_that_may_not_be_read(self, place):
        folder = fill(place / "here", gzipped())
        (folder / FIRST).chmod(0)
        expected = rf"{re.escape(str(folder / FIRST))}: this file cannot be read \(Permission denied\)\. Replace it by"
        with nobody(), pytest.raises(PermissionError, match=expected):
            load_mnist("full", folder=folder)

    def test_that_may_not_be_read(self, place):
        folder = fill(place / "here", gzipped())
        folder.chmod(0)
        with nobody(), pytest.raises(OSError, match=re.escape(str(folder))):
            load_mnist("full", folder=folder)

    @pytest.mark.parametrize("kind", wrong_contents())
    def test_with_a_wrong_file(self, tmp_path, kind):
        content, words = wrong_contents()[kind]
        folder = fill(tmp_path / "here", gzipped() | {FIRST: content})
        expected = rf"^{re.escape(str(folder / FIRST))}: {words}.* Replace it by http://\S+/{NAMES[0]}\.gz"
        with pytest.raises(ValueError, match=expected):
            load_mnist("full", folder=folder)
