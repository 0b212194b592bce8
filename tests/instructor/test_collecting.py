"""What students hand in is found in whatever shape it comes, and every file is accounted for."""

import contextlib
import copy
import functools
import io
import itertools
import json
import os
import re
import shutil
import tarfile
import tempfile
import zipfile
from pathlib import Path

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labutils.instructor import archives, cells, matching, senders
from labutils.instructor.collecting import collect
from labutils.instructor.course import PARTS, Course
from labutils.instructor.reading import parse_notebook, read_notebook
from labutils.instructor.walking import walk

from ..parts.conftest import ROOT

_REGION = re.compile(r"### BEGIN (\w+)\n.*?### END \1", re.DOTALL)
MOODLE = "Dana Cohen_4711_assignsubmission_file"


@functools.cache
def notebooks(kind):
    """The notebooks by part without outputs: "solved", or "blank" as they are handed out."""
    found = {}
    for part, stem in PARTS.items():
        notebook = nbformat.read(ROOT / "notebooks" / f"{stem}.ipynb", 4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            if kind == "blank" and cells.role_of(cell):
                cell.source = _REGION.sub("...", cell.source)
                if cells.is_written(cell):
                    cell.source = "*Your answer:*"
        found[part] = notebook
    return found


def content(part, kind="solved"):
    """The bytes of a notebook's file."""
    return json.dumps(notebooks(kind)[part]).encode()


def name(part):
    return f"{PARTS[part]}.ipynb"


def zipped(files):
    """The bytes of a zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(path, data)
    return buffer.getvalue()


def tarred(files):
    """The bytes of a tar."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, data in files.items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


@pytest.fixture
def course(tmp_path):
    """A course in which nothing was handed in."""
    course = Course(tmp_path)
    course.submitted.mkdir(parents=True)
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data" / "points.csv", tmp_path / "data")
    shutil.copy(ROOT / "README.md", tmp_path)
    return course


def put(course, path, data, age=0):
    """Hand in a file. age: in days."""
    file = course.submitted / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    os.utime(file, (1_700_000_000 - 86_400 * age,) * 2)


def gather(course):
    return collect(course, notebooks("blank"), None)


def found(course):
    """The parts of each student that can be graded, and where each came from."""
    return {(s.student, s.part): s.path for s in gather(course).submissions if s.submitted is not None}


def submission(course, student, part):
    return next(s for s in gather(course).submissions if (s.student, s.part) == (student, part))


class TestShapes:
    """What learning systems and students deliver."""

    @pytest.mark.parametrize(
        ("path", "data", "student"),
        [
            (f"dana/notebooks/{name('A')}", content("A"), "dana"),
            (f"dana/{name('A')}", content("A"), "dana"),
            (f"dana/a/b/c/{name('A')}", content("A"), "dana"),
            ("dana/homework.ipynb", content("A"), "dana"),
            (f"dana/Copy_of_{name('A')}", content("A"), "dana"),
            ("dana/part_a_logistic_regression (1).ipynb", content("A"), "dana"),
            (f"dana/{name('A')}.txt", content("A"), "dana"),
            (f"dana/{name('A')}.json", content("A"), "dana"),
            ("dana/notes.txt", content("A"), "dana"),
            ("dana.ipynb", content("A"), "dana"),
            ("dana/work.zip", zipped({name("A"): content("A")}), "dana"),
            ("dana/work.tar.gz", tarred({f"work/{name('A')}": content("A")}), "dana"),
            (f"dana/{name('A')}", zipped({name("A"): content("A")}), "dana"),
            ("dana/work.zip", zipped({"in.zip": zipped({f"x/{name('A')}": content("A")})}), "dana"),
            ("dana.zip", zipped({f"deep-learning-lab/notebooks/{name('A')}": content("A")}), "dana"),
            ("דנה/עבודה.zip", zipped({f"מחברות/{name('A')}": content("A")}), "דנה"),
            ("all.zip", zipped({f"{MOODLE}_/{name('A')}": content("A")}), "Dana Cohen"),
            ("all.zip", zipped({f"{MOODLE}/work/{name('A')}": content("A")}), "Dana Cohen"),
            ("all.zip", zipped({f"{MOODLE}_{name('A')}": content("A")}), "Dana Cohen"),
            ("all.zip", zipped({f"{MOODLE}_/w.zip": zipped({"x.ipynb": content("A")})}), "Dana Cohen"),
            ("all.zip", zipped({"all/in.zip": zipped({f"{MOODLE}_/x.ipynb": content("A")})}), "Dana Cohen"),
            (f"{MOODLE}_/{name('A')}", content("A"), "Dana Cohen"),
            (f"week 3/{MOODLE}_/{name('A')}", content("A"), "Dana Cohen"),
            ("Group 7_12_assignsubmission_file/x.ipynb", content("A"), "Group 7"),
            ("Participant_12_assignsubmission_file_/x.ipynb", content("A"), "Participant 12"),
            ("x.zip", zipped({"cohendana_12345_67890_part_a-1.ipynb": content("A")}), "cohendana"),
            ("cohendana_12345_67890_part_a-1.ipynb", content("A"), "cohendana"),
            ("week 3/cohendana_LATE_12345_67890_x.ipynb", content("A"), "cohendana"),
            ("x.zip", zipped({"anon_a1B2c_67890_x.ipynb": content("A")}), "anon a1B2c"),
            ("x.zip", zipped({"cohendana_123_45_w.zip": zipped({"x.ipynb": content("A")})}), "cohendana"),
        ],
    )
    def test_each_gives_the_student_the_part(self, course, path, data, student):
        put(course, path, data)
        assert list(found(course)) == [(student, "A")]
        (note,) = gather(course).notes
        assert note.student == student
        assert note.path.startswith(path)
        assert note.use == "used as Part A"

    def test_folders_of_a_zip_are_students_if_each_has_the_part(self, course):
        put(course, "all.zip", zipped({f"all/{s}/{name('A')}": content("A") for s in ("dana", "noa")}))
        assert list(found(course)) == [("dana", "A"), ("noa", "A")]

    def test_parts_in_folders_of_their_own_are_one_student(self, course):
        put(course, "dana.zip", zipped({f"{part}/{name(part)}": content(part) for part in PARTS}))
        assert list(found(course)) == [("dana", part) for part in PARTS]

    def test_people_of_one_name_are_told_apart_by_number(self, course):
        for number in (11, 12):
            put(course, f"Dana Cohen_{number}_assignsubmission_file_/{name('A')}", content("A"))
        assert list(found(course)) == [("Dana Cohen 11", "A"), ("Dana Cohen 12", "A")]

    def test_a_download_and_its_unpacked_folder_are_the_same_student(self, course):
        put(course, "all.zip", zipped({f"{MOODLE}_/{name('A')}": content("A")}))
        put(course, f"{MOODLE}_/{name('A')}", content("A"))
        assert list(found(course)) == [("Dana Cohen", "A")]
        assert sum("a copy of" in note.use for note in gather(course).notes) == 1
        assert submission(course, "Dana Cohen", "A").flags == []

    def test_a_date_in_the_names_of_a_students_files_is_not_a_download_of_canvas(self, course):
        put(course, "dana/lab_2026_11_part_a.ipynb", content("A"))
        put(course, f"dana/notebooks/{name('B')}", content("B"))
        assert list(found(course)) == [("dana", "A"), ("dana", "B")]

    def test_an_empty_folder_is_a_student_who_handed_in_nothing(self, course):
        (course.submitted / "dana").mkdir()
        assert [(s.student, s.broken) for s in gather(course).submissions] == [("dana", "missing")] * 3

    @given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
    def test_any_name_becomes_one_that_a_folder_can_have(self, parts):
        cleaned = tuple(archives.make_readable(part) for part in parts)
        for student in senders.sort_files([archives.Handed(cleaned)], {0: ["A"]}, []).files:
            assert student not in ("", ".", "..")
            assert student.isprintable()
            assert not set('/\\:*?"<>|') & set(student)
            assert len(student.encode()) < 255


class TestEveryFile:
    def test_is_accounted_for(self, course):
        work = zipped(
            {
                f"lab/notebooks/{name('B')}": content("B"),
                "lab/data/points.csv": (ROOT / "data" / "points.csv").read_bytes(),
                "lab/data/own.csv": b"1",
                "lab/README.md": (ROOT / "README.md").read_bytes(),
                "__MACOSX/lab/._x": b"",
                "empty.zip": zipped({}),
            }
        )
        files = {
            f"dana/notebooks/{name('A')}": content("A"),
            f"dana/{name('A')}": content("A", "blank"),
            f"dana/copies/{name('A')}": content("A"),
            "dana/notebooks/.ipynb_checkpoints/part_a-checkpoint.ipynb": content("A"),
            "dana/work.zip": work,
            "dana/other.ipynb": json.dumps(nbformat.v4.new_notebook()).encode(),
            "dana/part_c.html": b"<!DOCTYPE html><title>part_c</title>",
            "dana/part_c.py": b"#!/usr/bin/env python\n# In[1]:\n",
            "dana/part_c.pdf": b"%PDF-1.4",
            "dana/photo.png": b"\x89PNG",
            "dana/.DS_Store": b"",
            "dana/part_c.rar": b"Rar!",
            "dana/broken.zip": b"PK\x03\x04",
            "dana/.git/HEAD": b"ref",
            "dana/colab.txt": b"https://colab.research.google.com/drive/1",
            "notes.txt": b"late: Noa",
            f"all/{MOODLE}_/{name('A')}": content("A"),
            f"all/{MOODLE.replace('file', 'onlinetext')}_/onlinetext.html": b"<p>Hello</p>",
            "all/index.txt": b"",
        }
        for path, data in files.items():
            put(course, path, data)
        os.mkfifo(course.submitted / "dana" / "part_b.ipynb")
        (course.submitted / "dana" / "link.ipynb").symlink_to(ROOT / "notebooks" / name("A"))
        notes = gather(course).notes
        paths = [note.path for note in notes]
        assert len(paths) == len(set(paths))
        for path in (*files, "dana/part_b.ipynb", "dana/link.ipynb"):
            assert any(p == path or p.startswith(f"{path}/") or path.startswith(p) for p in paths), path
        inside = {path.removeprefix("dana/work.zip/") for path in paths if "work.zip" in path}
        assert inside == {
            *(f"lab/notebooks/{name('B')}", "lab/data/", "lab/README.md", "__MACOSX/", "empty.zip")
        }
        assert all(note.use for note in notes)
        used = {note.path: note.use for note in notes if note.use.startswith("used as")}
        assert len(used) == 3  # A and B of one student, and A of the other
        assert {note.student for note in notes} == {"dana", "Dana Cohen", ""}
        assert {note.path for note in notes if not note.student} == {"notes.txt", "all/index.txt"}

    @pytest.mark.parametrize(
        ("file", "data"),
        [
            ("part_a.html", b"<html>"),
            ("part_a.pdf", b"%PDF"),
            ("part_a.py", b"# In[1]:\nimport numpy as np"),
            ("part_a.rar", b"Rar!"),
            ("work.7z", b"7z\xbc\xaf"),
            ("work.zip", b"PK\x03\x04"),
            ("part_a.ipynb", b""),
            ("part_a.ipynb", content("A")[:1000]),
            ("part_a.ipynb", b"<html>"),
            ("other.ipynb", json.dumps(nbformat.v4.new_notebook()).encode()),
        ],
    )
    def test_in_the_place_of_a_missing_notebook_is_named(self, course, file, data):
        put(course, f"dana/{file}", data)
        missing = submission(course, "dana", "A")
        assert missing.submitted is None
        assert missing.broken != "missing"
        assert file in missing.broken + missing.path
        assert missing.instead in ([], [file])
        assert bool(missing.instead) == missing.broken.startswith("missing")

    def test_of_the_lab_that_differs_is_flagged(self, course):
        put(course, f"dana/{name('A')}", content("A"))
        put(course, "dana/data/points.csv", b"other")
        put(course, "noa.zip", zipped({name("A"): content("A"), "lab/data/points.csv": b"other"}))
        ours = (ROOT / "data" / "points.csv").read_bytes()
        put(course, "ron.zip", zipped({name("A"): content("A"), "lab/data/points.csv": ours}))
        flags = {s.student: s.flags for s in gather(course).submissions if s.part == "A"}
        assert flags == {"dana": (changed := ["changed data: data/points.csv"]), "noa": changed, "ron": []}

    def test_of_nobody_makes_no_student(self, course):
        put(course, "notes.txt", b"x")
        assert gather(course).students == []


class TestOurOwnMistakes:
    """An unforeseen file that makes our code fail has a row that says so, and the others are collected."""

    @pytest.mark.parametrize(
        "error", [ValueError, KeyError, RecursionError, MemoryError, OSError, UnicodeError]
    )
    @pytest.mark.parametrize("step", ["find_parts", "restore_ids", "count_answers", "part_of_name"])
    def test_cost_one_file(self, course, monkeypatch, step, error):
        put(course, f"dana/{name('A')}", content("A"))
        put(course, f"noa/{name('A')}", content("A").replace(b"A3.1", b"unforeseen"))
        ours = getattr(matching, step)

        def fail(*given):
            if "unforeseen" in str(given[0]) or (step == "part_of_name" and next(calls) > 1):
                raise error("unforeseen")
            return ours(*given)

        calls = itertools.count()
        monkeypatch.setattr(matching, step, fail)
        collected = gather(course)
        assert collected.students == ["dana", "noa"]
        first = [s for s in collected.submissions if s.part == "A"]
        assert first[0].submitted is not None
        assert "unforeseen" in first[1].broken


class TestArchives:
    def test_a_name_that_leads_out_of_an_archive_is_harmless(self, course):
        put(
            course,
            "dana.zip",
            zipped({f"../../../{name('A')}": content("A"), "/etc/x.txt": b"", "C:\\y.txt": b""}),
        )
        notes = gather(course).notes
        assert {note.path for note in notes} == {
            *(f"dana.zip/{name('A')}", "dana.zip/etc/x.txt", "dana.zip/y.txt")
        }
        assert not list(course.root.parent.glob("*.ipynb"))

    @pytest.mark.parametrize("depth", [1, 2, 3])
    def test_a_bomb_stops_nothing(self, course, monkeypatch, depth):
        monkeypatch.setattr(archives, "_FREE_BYTES", 3_000_000)
        bomb = zipped({f"{number}.ipynb": b" " * 2_000_000 for number in range(100)})
        for _ in range(depth):
            bomb = zipped({f"{number}.zip": bomb for number in range(3)})
        put(course, "bomb.zip", bomb)
        put(course, f"dana/{name('A')}", content("A"))
        assert ("dana", "A") in found(course)
        assert any("far more than its size" in note.use for note in gather(course).notes)

    def test_too_many_files_stop_nothing(self, course, monkeypatch):
        monkeypatch.setattr(archives, "_MOST_FILES", 10)
        put(course, "many.zip", zipped({f"{number}.txt": b"" for number in range(20)}))
        put(course, f"dana/{name('A')}", content("A"))
        assert ("dana", "A") in found(course)
        assert any(note.path == "many.zip" for note in gather(course).notes)

    def test_a_link_in_a_zip_and_a_password_are_named(self, course):
        buffer = io.BytesIO(zipped({}))
        with zipfile.ZipFile(buffer, "a") as archive:
            link = zipfile.ZipInfo("part_a.ipynb")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
            archive.writestr("part_b.ipynb", content("B"))
        data = bytearray(buffer.getvalue())
        for position in (data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1) + 8,):
            data[position] |= 1  # marks the second file as encrypted
        put(course, "dana.zip", bytes(data))
        uses = {note.path: note.use for note in gather(course).notes}
        assert "link" in uses["dana.zip/part_a.ipynb"]
        assert "password" in uses["dana.zip/part_b.ipynb"]

    @pytest.mark.parametrize("encoding", ["utf-8", "cp862"])
    def test_hebrew_names_that_a_zip_does_not_mark_are_read(self, course, encoding):
        raw = zipped({"XXXXXXXX.ipynb": content("A")})
        marked = "דנה".encode(encoding)
        raw = raw.replace(b"XXXXXXXX"[: len(marked)], marked)
        put(course, "dana.zip", raw)
        assert "דנה" in found(course)["dana", "A"]

    @given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 255))
    def test_whatever_is_in_an_archive_is_listed_and_raises_no_other_error(self, noise, place, value):
        for ending, make in (("zip", zipped), ("tgz", tarred)):
            data = bytearray(make({"a/x.ipynb": noise, "b.txt": b"1" * 50}))
            data[place % len(data)] = value
            for broken in (bytes(data), noise, bytes(data[:place])):
                with tempfile.TemporaryDirectory() as folder:
                    (Path(folder) / f"x.{ending}").write_bytes(broken)
                    listed = list(walk(Path(folder)))
                assert listed
                for handed in listed:
                    assert all(handed.parts)
                    with contextlib.suppress(ValueError):
                        handed.read()


class TestTwoCandidates:
    def test_the_more_complete_one_is_used_and_both_are_named(self, course):
        blank, solved = f"dana/notebooks/{name('A')}", "dana/part_a (1).ipynb"
        put(course, blank, content("A", "blank"))
        put(course, solved, content("A"), age=5)
        chosen = submission(course, "dana", "A")
        assert chosen.path == solved
        (flag,) = chosen.flags
        assert blank in flag
        assert solved in flag

    def test_then_the_newer_one_and_different_answers_are_named(self, course):
        for file, age in (("x.ipynb", 5), ("y.ipynb", 3), ("z.ipynb", 8)):
            notebook = copy.deepcopy(notebooks("solved")["A"])
            cell = next(c for c in notebook.cells if cells.grade_id(c) == "A7-1-written")
            cell.source = f"An answer of {file}."
            put(course, f"dana/part_a/{file}", json.dumps(notebook).encode(), age)
        chosen = submission(course, "dana", "A")
        assert chosen.path.endswith("y.ipynb")
        named = [flag for flag in chosen.flags if "A7-1-written" in flag]
        assert len(named) == 2
        assert "A3-1-answer" not in "".join(named)

    def test_a_broken_one_costs_nothing(self, course):
        put(course, f"dana/notebooks/{name('A')}", b"{")
        put(course, f"dana/{name('A')}", content("A"))
        assert found(course) == {("dana", "A"): f"dana/{name('A')}"}


class TestLostMetadata:
    @pytest.mark.parametrize(("part", "kind"), [*itertools.product(PARTS, ["blank", "solved"])])
    def test_cells_are_recognised_by_their_text(self, part, kind):
        notebook = copy.deepcopy(notebooks(kind)[part])
        before = [cells.grade_id(cell) for cell in notebook.cells]
        notebook.metadata = nbformat.NotebookNode()
        for cell in notebook.cells:
            cell.metadata = nbformat.NotebookNode()
        blank = notebooks("blank")
        assert matching.find_parts(notebook, blank, "x.ipynb") == [part]
        assert matching.restore_ids(notebook, blank[part])
        assert [cells.grade_id(cell) for cell in notebook.cells] == before
        answered = matching.count_answers(notebook, blank[part])
        assert answered == (0 if kind == "blank" else len(cells.answers_in(blank[part], blank[part])))

    def test_cells_that_were_written_anew_are_recognised_beside_those_with_an_id(self):
        notebook = copy.deepcopy(notebooks("solved")["A"])
        for cell in notebook.cells:
            if cells.grade_id(cell) in ("A3-1-answer", "A3-1", "A7-1-written"):
                cell.metadata = nbformat.NotebookNode()
        (flag,) = matching.restore_ids(notebook, notebooks("blank")["A"])
        assert all(name in flag for name in ("A3-1-answer", "A3-1", "A7-1-written"))
        assert "A3-2" not in flag

    def test_nothing_is_restored_where_nothing_is_lost(self):
        notebook = copy.deepcopy(notebooks("solved")["B"])
        notebook.cells.insert(3, nbformat.v4.new_code_cell("def softmax(z):\n    return z"))
        before = copy.deepcopy(notebook)
        assert matching.restore_ids(notebook, notebooks("blank")["B"]) == []
        assert notebook == before

    def test_a_notebook_that_joins_the_parts_is_used_for_each(self, course):
        joined = copy.deepcopy(notebooks("solved")["A"])
        joined.cells += copy.deepcopy(notebooks("solved")["B"].cells[:60])  # most of it
        put(course, "dana/all.ipynb", json.dumps(joined).encode())
        assert list(found(course)) == [("dana", "A"), ("dana", "B")]


class TestReading:
    @pytest.mark.parametrize(
        ("text", "encoding", "named"),
        [
            ("שלום, זאת תשובה", "utf-8", ""),
            ("שלום, זאת תשובה", "utf-8-sig", ""),
            ("שלום, זאת תשובה", "utf-16", "UTF-16"),
            ("שלום, זאת תשובה", "utf-16-le", "UTF-16"),
            ("שלום, זאת תשובה", "cp1255", "1255"),
            ("Der Fehler fällt, größer ist er nicht. Voilà, déjà vu.", "latin-1", "1252"),
            ("Il est né là, et déjà vu.", "latin-1", "1252"),
            ("half an emoji: \\ud83d", "utf-8", ""),
        ],
    )
    def test_every_encoding_is_read_and_an_unusual_one_is_named(self, text, encoding, named):
        notebook = {"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": []}
        notebook["cells"] = [{"cell_type": "markdown", "source": ["TEXT"], "metadata": {"tags": "x"}}]
        read, notes = parse_notebook(json.dumps(notebook).replace("TEXT", text).encode(encoding))
        assert read.cells[0].source == text.replace("\\ud83d", "?")
        assert named in "".join(notes)
        assert bool(notes) == bool(named)

    def test_a_broken_character_leaves_the_others(self):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("שלום XX שלום")])
        data = json.dumps(notebook, ensure_ascii=False).encode().replace(b"XX", b"\xff")
        read, notes = parse_notebook(data)
        assert read.cells[0].source.startswith("שלום")
        assert notes

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"\xff\xfe",
            b"[" * 100_000,
            b"{}",
            b"[]",
            b"3",
            b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
            b'{"cells": [3], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}',
            b'{"cells": [{"cell_type": "code", "source": 3}], "nbformat": 4, "metadata": {}}',
            b'{"nbformat": 99, "cells": []}',
            b"<!DOCTYPE html>",
            b"%PDF-1.4",
        ],
    )
    def test_a_file_that_is_no_notebook_is_said_to_be_none(self, tmp_path, data):
        (tmp_path / "x.ipynb").write_bytes(data)
        with pytest.raises(ValueError, match=r"\w"):
            read_notebook(tmp_path / "x.ipynb")

    @given(st.binary(max_size=200), st.integers(0, 2_000))
    def test_damaged_bytes_raise_only_value_errors(self, noise, place):
        data = json.dumps(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in "123"])
        ).encode()
        for broken in (noise, data[:place] + noise + data[place:]):
            with contextlib.suppress(ValueError):
                nbformat.validate(parse_notebook(broken)[0])

    def test_notebooks_of_other_editors_are_completed(self):
        cells_ = [
            {"cell_type": "code", "source": "1", "metadata": {}, "id": "same", "cell_id": 3},
            {
                "cell_type": "code",
                "source": ["1\n", "2"],
                "metadata": {},
                "id": "same",
                "outputs": [{"output_type": "x"}],
            },
            {"cell_type": "markdown", "source": "t", "metadata": {}, "outputs": []},
        ]
        content_ = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells_}
        read, notes = parse_notebook(json.dumps(content_).encode())
        assert [cell.source for cell in read.cells] == ["1", "1\n2", "t"]
        assert len({cell.id for cell in read.cells}) == 3
        assert len(notes) == 1

    def test_notebooks_of_version_3_are_read(self):
        cell = {
            "cell_type": "code",
            "input": "x = 1",
            "language": "python",
            "outputs": [],
            "collapsed": False,
        }
        old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}
        assert parse_notebook(json.dumps(old).encode())[0].cells[0].source == "x = 1"

    @pytest.mark.parametrize(("theirs", "readable"), [("same", True), ("other", False)])
    def test_a_merge_conflict_is_used_only_if_its_sides_are_equal(self, theirs, readable):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("same")])
        lines = json.dumps(notebook, indent=1).split("\n")
        place = next(number for number, line in enumerate(lines) if '"same"' in line)
        conflict = [
            "<<<<<<< HEAD",
            lines[place],
            "=======",
            lines[place].replace("same", theirs),
            ">>>>>>> dana",
        ]
        data = "\n".join(lines[:place] + conflict + lines[place + 1 :]).encode()
        if readable:
            assert parse_notebook(data)[0].cells[0].source == "same"
        else:
            with pytest.raises(ValueError, match=f"{place + 1} to {place + 5}"):
                parse_notebook(data)

    @pytest.mark.parametrize("link", ["notebooks", f"notebooks/{name('A')}", "other"])
    def test_a_notebook_behind_a_link_is_not_read(self, course, link):
        linked = course.submitted / "student" / link
        linked.parent.mkdir(parents=True)
        target = ROOT / "notebooks"
        linked.symlink_to(target / linked.name if linked.suffix else target)
        assert submission(course, "student", "A").submitted is None
        (note,) = gather(course).notes
        assert note.path == f"student/{link}"
        assert "link" in note.use

    def test_a_pipe_does_not_hang(self, tmp_path):
        os.mkfifo(tmp_path / "x.ipynb")
        with pytest.raises(ValueError, match="pipe"):
            read_notebook(tmp_path / "x.ipynb")

    def test_names_of_files_that_are_not_utf8_are_read(self, course):
        folder = os.fsencode(course.submitted / "dana")
        os.mkdir(folder)
        with open(os.path.join(folder, b"part_a_caf\xe9.ipynb"), "wb") as file:
            file.write(content("A"))
        assert "café" in found(course)["dana", "A"]
