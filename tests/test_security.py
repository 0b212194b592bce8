"""What could be turned against a reader: the server that `make lab` starts, code that runs what it reads, archives.

Most of the second is ruff's: rules S (bandit's) and the modules banned in pyproject.toml, over notebooks too.
"""

import ast
import contextlib
import gzip
import hashlib
import http.client
import ipaddress
import json
import re
import shlex
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import numpy as np
import pytest

from labutils import full_mnist

from .server import PATIENCE, Server, serving

ROOT = Path(__file__).resolve().parents[1]
MAKEFILES = [ROOT / "Makefile", ROOT / "labutils" / "instructor" / "release_files" / "Makefile"]
PYTHON = sorted(path for room in ("labutils", "data", "tests") for path in (ROOT / room).rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def lab(makefile: Path) -> list[str]:
    """The command of `make lab`, after its program."""
    (line,) = re.findall(r"^lab:.*\n\t(.+)$", makefile.read_text(encoding="utf-8"), re.MULTILINE)
    program, *arguments = shlex.split(line)
    assert program in ("$(BIN)/jupyter", ".venv/bin/jupyter")
    return arguments


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    _, *arguments = lab(MAKEFILES[0])  # `jupyter lab`: where `jupyter` lies is the system's business
    with serving([sys.executable, "-m", "jupyterlab", *arguments], tmp_path_factory.mktemp("lab")) as server:
        yield server


def ask(server: Server, path: str, token: str | None, body: bytes | None = None) -> tuple[int, str, bytes]:
    """The status of the answer, where it sends the browser on to, and what it says."""
    connection = http.client.HTTPConnection(urlsplit(server.address).netloc, timeout=PATIENCE)
    headers = {"Authorization": f"token {token}"} if token is not None else {}
    connection.request("GET" if body is None else "POST", path, body, headers)
    answer = connection.getresponse()
    with contextlib.closing(connection):
        return answer.status, answer.getheader("Location", ""), answer.read()


class TestJupyterLab:
    def test_students_get_the_same_command(self):
        assert lab(MAKEFILES[0]) == lab(MAKEFILES[1])

    def test_without_its_token_it_gives_nothing(self, server):
        assert len(server.token) >= 32
        for token in (None, "", "a" * len(server.token)):
            for path in (
                "/api/contents",
                "/api/kernels",
                "/api/terminals",
                "/files/README.md",
                "/lab",
                "/tree",
            ):
                status, onwards, _ = ask(server, path, token)
                assert status == 403 or (status == 302 and onwards.startswith("/login")), (path, token)
            assert ask(server, "/api/kernels", token, b"{}")[0] == 403
        status, _, content = ask(server, "/api/contents", server.token)
        assert status == 200
        assert json.loads(content)["type"] == "directory"
        assert ask(server, "/lab", server.token)[0] == 200

    def test_it_listens_on_this_machine_alone(self, server):
        """The server, and a kernel that it has started."""
        psutil = pytest.importorskip("psutil", reason="psutil, which sees the sockets, is not installed")
        assert ask(server, "/api/kernels", server.token, b"{}")[0] == 201
        process, places, deadline = psutil.Process(server.process.pid), [], time.monotonic() + PATIENCE
        while len(places) < 6 and time.monotonic() < deadline:  # the server's and the kernel's five
            time.sleep(0.2)
            with contextlib.suppress(
                psutil.NoSuchProcess
            ):  # a helper of the server's that has ended meanwhile
                places = [
                    connection.laddr.ip
                    for part in (process, *process.children(recursive=True))
                    for connection in part.net_connections(kind="inet")
                    if connection.status == psutil.CONN_LISTEN or connection.type == socket.SOCK_DGRAM
                ]
        assert len(places) >= 6
        assert [place for place in places if not ipaddress.ip_address(place).is_loopback] == []

    def test_no_text_loosens_it(self):
        """No option of a command, in anything that is read or run."""
        texts = [
            *MAKEFILES,
            *ROOT.rglob("README.md"),
            *(ROOT / ".ci").iterdir(),
            *ROOT.glob(".github/**/*.yml"),
        ]
        for path in texts:
            if ".venv" not in path.parts:
                found = re.findall(
                    r"--ip\b|\.ip\s*=|token\s*=|password\s*=|allow_remote_access|allow_origin|disable_check_xsrf",
                    path.read_text(encoding="utf-8"),
                )
                assert not found, path


def code_of(path: Path) -> list[ast.AST]:
    """Every node of a module, or of a notebook's cells."""
    if path.suffix == ".py":
        sources = [path.read_text(encoding="utf-8")]
    else:
        cells = nbformat.read(path, as_version=4).cells
        sources = [re.sub(r"^%.*", "", c.source, flags=re.MULTILINE) for c in cells if c.cell_type == "code"]
    return [node for source in sources for node in ast.walk(ast.parse(source))]


def called(node: ast.AST) -> str:
    """The last word of what is called: "load" of np.load(...); "" if it is no call."""
    if not isinstance(node, ast.Call):
        return ""
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def pickle_is_off(node: ast.Call) -> bool:
    return any(
        k.arg == "allow_pickle" and isinstance(k.value, ast.Constant) and k.value.value is False
        for k in node.keywords
    )


BAD = {
    "import pickle": "TID251",
    "from dill import loads": "TID251",
    "import shelve, marshal": "TID251",
    "from joblib import load": "TID251",
    "import pandas as pd\npd.read_pickle('x')": "S301",
    "eval('1')": "S307",
    "exec('1')": "S102",
    "import subprocess\nsubprocess.run('ls', shell=True)": "S602",
    "import os\nos.system('ls')": "S605",
    "import yaml\nyaml.load('x')": "S506",
    "import tarfile\ntarfile.open('x').extractall()": "S202",
    "import tempfile\ntempfile.mktemp()": "S306",
}
# Where ruff is told to look away, and why.
ALLOWED = {
    ("labutils/instructor/pages.py", "S105"): "a word that marks formulas, no password",
    ("tests/instructor/made_up.py", "S102"): "runs our own cells to make up hand-ins",
    ("tests/instructor/made_up.py", "S307"): "the same",
    ("tests/notebooks/test_exercises.py", "S102"): "runs our own blanks",
    ("tests/notebooks/test_impatience.py", "S102"): "runs here what the kernels were given",
    ("tests/test_study.py", "S102"): "runs the lines that another process was killed at",
}


class TestCode:
    @pytest.mark.parametrize(("source", "rule"), BAD.items())
    @pytest.mark.parametrize("name", ["labutils/x.py", "tests/x.py", "notebooks/x.ipynb"])
    def test_ruff_stops_at(self, name, source, rule):
        if name.endswith(".ipynb"):
            source = nbformat.writes(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)]))
        command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise"]
        done = subprocess.run(
            [*command, "--stdin-filename", name, "-"], input=source, capture_output=True, text=True, cwd=ROOT
        )
        assert f" {rule} " in done.stdout, done

    def test_ruff_looks_at_every_file(self):
        command = [sys.executable, "-m", "ruff", "check", "--show-files"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        assert {str(path) for path in PYTHON + NOTEBOOKS} <= set(done.stdout.split("\n"))

    def test_where_it_is_told_to_look_away(self):
        found = {
            (path.relative_to(ROOT).as_posix(), rule)
            for path in PYTHON + NOTEBOOKS
            for rules in re.findall(r"# noqa: ([A-Z0-9, ]+)", path.read_text(encoding="utf-8"))
            for rule in re.findall(r"\b(?:S\d+|TID\d+)\b", rules)
        }
        assert found == set(ALLOWED)

    @pytest.mark.parametrize("path", PYTHON + NOTEBOOKS, ids=lambda path: path.name)
    def test_numpy_loads_no_pickles(self, path):
        for node in code_of(path):
            if called(node) == "load" and ast.unparse(node.func) in ("np.load", "numpy.load"):
                assert pickle_is_off(node), f"{path.name}, line {node.lineno}"
            words = {keyword.arg: ast.unparse(keyword.value) for keyword in getattr(node, "keywords", [])}
            assert words.get("allow_pickle", "False") == "False", f"{path.name}, line {node.lineno}"


class TestArchives:
    """The only archives that the workbook opens are single gzipped files; what a class hands in is unpacked by hand."""

    def test_labutils_unpacks_none(self):
        for path in PYTHON:
            if path.is_relative_to(ROOT / "tests"):
                continue
            for node in code_of(path):
                words = ("extract", "extractall", "unpack_archive", "TarFile", "Untar", "Unzip", "Decompress")
                assert called(node) not in words, f"{path.name}, line {node.lineno}"
                if called(node) == "ZipFile":
                    assert ast.unparse(node.args[1]) == "'w'", f"{path.name}, line {node.lineno}"

    @pytest.mark.parametrize("inside", ["../outside", "{}/outside", "..\\outside", "a/../../outside"])
    def test_a_gzipped_file_lands_nowhere_whatever_its_name_says(self, tmp_path, monkeypatch, inside):
        name, labels = "t10k-labels-idx1-ubyte", bytes([3, 1, 4])
        content = (0x801).to_bytes(4, "big") + (3).to_bytes(4, "big") + labels
        monkeypatch.setitem(full_mnist.SHAPES, name, (3,))
        monkeypatch.setitem(full_mnist.MD5, name, hashlib.md5(content, usedforsecurity=False).hexdigest())
        path = tmp_path / "folder" / f"{name}.gz"
        path.parent.mkdir()
        with path.open("wb") as file, gzip.GzipFile(inside.format(tmp_path), "wb", fileobj=file) as packed:
            packed.write(content)
        assert b"outside" in path.read_bytes()  # the name is in the header
        before = sorted(tmp_path.rglob("*"))
        np.testing.assert_array_equal(full_mnist.read_idx(name, path), [3, 1, 4])
        assert sorted(tmp_path.rglob("*")) == before
