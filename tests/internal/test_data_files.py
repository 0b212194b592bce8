"""The checksums of the data files, and the script that writes them."""

import hashlib
import shutil
import subprocess
import sys

import pytest

from labutils._internal import data_files

from ..conftest import DATA

SCRIPT = "update_checksums.py"


def test_the_checksums_are_those_of_the_files():
    for name, expected in data_files._checksums().items():
        assert hashlib.sha256((DATA / name).read_bytes()).hexdigest() == expected, name


def test_every_data_file_has_a_checksum():
    files = {
        path.relative_to(DATA).as_posix()
        for path in DATA.rglob("*")
        if path.suffix in (".csv", ".npz", ".json")
    }
    assert files == set(data_files._checksums())


@pytest.fixture
def copy(tmp_path):
    """A copy of the data, with the two documents that list their checksums."""
    shutil.copytree(DATA, tmp_path / "data")
    return tmp_path


def run_script(folder, *arguments) -> subprocess.CompletedProcess:
    command = [sys.executable, folder / "data" / SCRIPT, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.parametrize("name", data_files._checksums())
def test_the_script_writes_the_checksum_of_a_changed_file_everywhere(copy, name):
    documents = [copy / "data" / "SHA256SUMS", copy / "data" / "README.md"]
    before = [path.read_text(encoding="utf-8") for path in documents]
    assert run_script(copy, "--check").returncode == 0
    changed = copy / "data" / name
    changed.write_bytes(changed.read_bytes() + b"\n")
    assert run_script(copy, "--check").returncode == 1
    assert [path.read_text(encoding="utf-8") for path in documents] == before
    assert run_script(copy).returncode == 0
    new = hashlib.sha256(changed.read_bytes()).hexdigest()
    for path, text in zip(documents, before, strict=True):
        assert path.read_text(encoding="utf-8") == text.replace(data_files._checksums()[name], new)
    assert run_script(copy, "--check").returncode == 0
