"""The server that `make lab` starts, code that runs what it reads, and archives.

Code is mostly ruff's matter (the rules S and the modules that pyproject.toml bans), also in notebooks.
"""

import ast
import contextlib
import functools
import http.client
import ipaddress
import json
import re
import shlex
import socket
import sys
import time
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
import pytest

from .conftest import ROOT
from .server import PATIENCE, Server, serving

MAKEFILES = [ROOT / "Makefile", ROOT / "labutils" / "instructor" / "release_files" / "Makefile"]
PYTHON = sorted(path for room in ("labutils", "data", "tests") for path in (ROOT / room).rglob("*.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def lab(makefile: Path) -> list[str]:
    """The command of `make lab`, after Python."""
    (line,) = re.findall(r"^lab:.*\n\t(.+)$", makefile.read_text(encoding="utf-8"), re.MULTILINE)
    program, *arguments = shlex.split(line)
    assert program == "$(BIN)/python"
    return arguments


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving([sys.executable, *lab(MAKEFILES[0])], tmp_path_factory.mktemp("lab")) as server:
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

    @pytest.mark.slow
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

    @pytest.mark.slow
    def test_it_listens_on_this_machine_alone(self, server):
        """The server, and a kernel that it has started."""
        import psutil

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
            *ROOT.glob("*.md"),
            *(ROOT / "labutils").rglob("*.md"),
            *(ROOT / "tests").rglob("*.md"),
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


@functools.cache
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


# Where ruff is told to look away, and why.
ALLOWED = {
    ("labutils/instructor/bank/running.py", "S102"): "runs the bank's own texts",
    ("labutils/instructor/safe_html.py", "S105"): "a word that marks formulas, no password",
    ("tests/exercises/measure.py", "S102"): "runs the answers of our own bank",
    ("tests/exercises/test_inspection.py", "S102"): "makes functions of our own texts",
    ("labutils/instructor/isolation.py", "S108"): "names folders inside of the sandbox",
    ("labutils/instructor/probe_cell.py", "S102"): "runs in the student's process, with texts of the bank",
    ("tests/instructor/test_formgrader.py", "S310"): "opens the address of our own server",
    ("tests/instructor/test_hostile.py", "S108"): "names folders that attacks try",
    ("tests/instructor/made_up.py", "S102"): "runs our own cells to make up hand-ins",
    ("tests/instructor/made_up.py", "S307"): "the same",
    ("tests/parts/test_exercises.py", "S102"): "runs our own blanks",
    ("tests/parts/test_impatience.py", "S102"): "runs here what the kernels were given",
}


class TestCode:
    def test_ruff_has_the_rules_against_insecure_code(self):
        ruff = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
        assert {"S", "TID251"} <= set(ruff["select"])
        assert {"S101", "S311", "S603", "S607"} >= {rule for rule in ruff["ignore"] if rule.startswith("S")}
        banned = set(ruff["flake8-tidy-imports"]["banned-api"])
        assert {"cloudpickle", "dill", "joblib", "marshal", "pickle", "shelve"} <= banned

    def test_where_it_is_told_to_look_away(self):
        found = {
            (path.relative_to(ROOT).as_posix(), rule)
            for path in PYTHON + NOTEBOOKS
            for rules in re.findall(r"# noqa: ([A-Z0-9, ]+)", path.read_text(encoding="utf-8"))
            for rule in re.findall(r"\b(?:S\d+|TID\d+)\b", rules)
        }
        assert found == set(ALLOWED)

    def test_numpy_loads_no_pickles(self):
        for path in PYTHON + NOTEBOOKS:
            for node in code_of(path):
                place = f"{path.name}, line {getattr(node, 'lineno', 0)}"
                if called(node) == "load" and ast.unparse(node.func) in ("np.load", "numpy.load"):
                    assert pickle_is_off(node), place
                words = {keyword.arg: ast.unparse(keyword.value) for keyword in getattr(node, "keywords", [])}
                assert words.get("allow_pickle", "False") == "False", place


class TestArchives:
    """What strangers packed is read in memory, within the limits that `test_collecting.py` tries."""

    def test_labutils_unpacks_none_to_the_disk(self):
        for path in PYTHON:
            if path.is_relative_to(ROOT / "tests"):
                continue
            for node in code_of(path):
                words = ("extract", "extractall", "unpack_archive", "TarFile", "Untar", "Unzip", "Decompress")
                assert called(node) not in words, f"{path.name}, line {node.lineno}"

    def test_archives_are_read_in_two_places(self):
        """Of strangers in `archives`, and our own earlier releases in `history`."""
        reading = set()
        for path in PYTHON:
            for node in code_of(path) if not path.is_relative_to(ROOT / "tests") else ():
                text = ast.unparse(node) if isinstance(node, ast.Call) else ""
                if re.match(r"(zipfile\.ZipFile|tarfile\.open)\(", text) and "'w'" not in text:
                    reading.add(path.name)
        assert reading == {"archives.py", "history.py"}
