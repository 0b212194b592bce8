"""Notebooks from strangers' files: links are not followed, and what is no notebook is said to be none."""

import json
import shutil

import pytest

from labutils.instructor.collecting import read_notebook, read_submission
from labutils.instructor.course import Course

from ..parts.conftest import ROOT


@pytest.mark.parametrize("link", ["notebooks", "notebooks/part_a_logistic_regression.ipynb", "other"])
def test_a_notebook_behind_a_link_is_not_read(tmp_path, link):
    course = Course(tmp_path)
    shutil.copytree(Course(ROOT).source, tmp_path / "notebooks")
    linked = course.submitted / "student" / link
    linked.parent.mkdir(parents=True)
    linked.symlink_to(tmp_path / "notebooks" / (linked.name if linked.suffix else ""))
    submission = read_submission(course, "student", "A")
    assert submission.submitted is None
    assert submission.broken in ("missing", "a link to elsewhere", "not a file of its own")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"{}", "no notebook"),
        (b'{"cells": 3, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "no notebook"),
        (b'{"cells": [3], "nbformat": 4, "nbformat_minor": 5, "metadata": {}}', "no notebook"),
        (b'{"cells": [{"cell_type": "code", "source": 3}], "nbformat": 4, "metadata": {}}', "no notebook"),
        (b'{"nbformat": 99, "cells": []}', "no notebook"),
    ],
)
def test_a_file_that_is_no_notebook_is_said_to_be_none(tmp_path, content, words):
    (tmp_path / "x.ipynb").write_bytes(content)
    with pytest.raises(ValueError, match=words):
        read_notebook(tmp_path / "x.ipynb")


def test_a_notebook_in_other_clothes_is_read(tmp_path):
    notebook = {"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": []}
    notebook["cells"] = [
        {"cell_type": "markdown", "source": ["half \ud83d", "דנה"], "metadata": {"tags": "x"}}
    ]
    (tmp_path / "x.ipynb").write_text("\ufeff" + json.dumps(notebook), encoding="utf-8")
    assert read_notebook(tmp_path / "x.ipynb").cells[0].source == "half ?דנה"
