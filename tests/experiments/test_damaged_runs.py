"""The folder of a study: files that are damaged, and folders that cannot be written to."""

import re

import pytest

from labutils._internal import files
from labutils.instructor.studies import make_study, read_runs

from ..conftest import nobody
from .conftest import KINDS, TINY, assert_same, run_files


class TestDamagedFiles:
    def test_cut_or_changed_anywhere_the_file_is_named_with_the_way_out(self, stored, quick):
        folder, table, _ = stored
        path = run_files(folder)[0]
        content = path.read_bytes()
        expected = (
            rf"^path: expected a run that make_study stored, got {re.escape(str(path))} \(.*"
            r"Remove this file, and make_study makes its run again\.$"
        )
        for place in range(0, len(content), 23):
            flipped = content[:place] + bytes([content[place] ^ 1 << place % 7]) + content[place + 1 :]
            for damaged in (content[:place], flipped):
                path.write_bytes(damaged)
                said, same = "", table
                try:
                    same, _ = read_runs(folder)
                except ValueError as error:
                    said = str(error)
                assert_same(same, table, seconds=True)  # a space may be another one
                assert not said or re.match(expected, said, re.DOTALL)
        path.write_bytes(content[:-5])
        with pytest.raises(ValueError, match=expected):
            make_study(KINDS, [0, 1], folder=folder)
        assert quick == []
        assert path.read_bytes() == content[:-5]
        path.unlink()
        make_study(KINDS[:4], [0, 1], folder=folder)
        assert len(quick) == 1
        assert_same(read_runs(folder)[0], table)

    def test_a_damaged_file_of_another_configuration_does_not_matter(self, stored, quick):
        folder, _, _ = stored
        for path in run_files(folder):
            if '"tiny"' not in path.read_text():
                path.write_text("{}")
        make_study([TINY], [0, 1], folder=folder)
        assert quick == []

    def test_a_file_of_another_version_is_named(self, stored):
        folder, table, _ = stored
        path = run_files(folder)[0]
        row = {name: value for name, value in table.iloc[0].to_dict().items() if name != "l2"}
        row |= {"iterations": 8, "diverged_at": None}
        files.write_json(path, {"row": row, "history": []}, "")
        with pytest.raises(ValueError, match=rf"got {re.escape(str(path))} \('l2'\)\. Remove this file"):
            read_runs(folder)

    @pytest.mark.parametrize("kind", ["not readable", "a folder"])
    def test_a_file_that_cannot_be_read_is_named(self, place, quick, kind):
        make_study([TINY], [0], folder=place)
        (path,) = run_files(place)
        if kind == "a folder":
            path.unlink()
            path.mkdir()
        else:
            path.chmod(0)
        expected = rf"{re.escape(str(path))}: this file cannot be read .*Remove this file"
        for call in (read_runs, lambda folder: make_study([TINY], [0], folder=folder)):
            with nobody(), pytest.raises(OSError, match=expected):
                call(place)


class TestFoldersThatCannotBeWritten:
    def test_it_is_said_before_the_first_run(self, place, quick):
        (place / "my_study.csv").write_text("mine")
        read_only = place / "read only"
        read_only.mkdir()
        make_study([TINY], [0], folder=read_only)
        quick.clear()
        read_only.chmod(0o555)
        for folder in (read_only, read_only / "new", place / "my_study.csv", place / "my_study.csv" / "new"):
            expected = rf"{re.escape(str(folder))}: this folder cannot be written to \(.*Take another folder"
            with nobody(), pytest.raises(OSError, match=expected):
                make_study([TINY], [0, 1], folder=folder)
        assert quick == []
        assert (place / "my_study.csv").read_text() == "mine"

    def test_a_study_that_is_complete_needs_no_writing(self, place, quick):
        table = make_study([TINY], [0], folder=place)
        place.chmod(0o555)
        with nobody():
            assert_same(make_study([TINY], [0], folder=place), table, seconds=True)
