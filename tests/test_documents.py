"""What documents say of the project is true: its numbers, and every command and file that they name.

For the notebooks: tests/parts/test_guards.py.
"""

import json
import re
import subprocess
import sys
import tomllib

import numpy as np
import pytest
import yaml

import labutils
from labutils import data, experiments, report
from labutils._internal import mnist_download
from labutils.instructor.cells import graded_cells, is_written, nbgrader_of
from labutils.instructor.execute import Limits

from . import test_architecture
from .benchmarks import table
from .conftest import DATA, ROOT, data_script
from .parts.conftest import PARTS, read
from .report.test_tables import distances

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHON = f"Python {PROJECT['requires-python'].removeprefix('>=')} or newer"
TORCH = re.search(r"torch==(\d+\.\d+)", (ROOT / ".ci" / "run").read_text(encoding="utf-8")).group(1)
WORDS = {3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 10: "ten", 12: "twelve", 20: "twenty"}
TIMES = {1: "just", 1.5: "one and a half times", 2: "twice", 3: "three times"}
PARTS_OF_ONE = {0.25: "a quarter", 0.1: "a tenth"}


def of_readme():
    points = [p for part in graded().values() for p in part]
    written = sum(is_written(cell) for part in PARTS for cell in graded_cells(read(part)).values())
    return [
        PYTHON,
        f"{len(points)} exercises with {sum(points)} points: {len(points) - written} are code",
        f"{written} are written answers",
        f"{WORDS[len(test_architecture.LECTURE)]} files with {test_architecture.LECTURE_LINES} lines together",
        f"PyTorch {TORCH}",
    ]


def of_the_data():
    points, bands, digits = map(data_script, ("make_points", "make_bands", "make_digits_10k"))
    made = data_script("make_study")
    stored = experiments.load_study()
    mnist, rendered = data.load_mnist(), data.load_digits()
    (band,) = bands.bands([{"of width 1": 1.0}, {"of width 1": 2.0}])
    (at_zero,) = bands.bands([{"of width 1": 0.1}, {"of width 1": 1.1}])
    runs = {configuration.name: configuration for configuration in made.MNIST}
    seeds = stored.groupby("configuration")["seed"].nunique()
    iterations = set(report.load_rows("learn-rate-5e-5")["iteration"])
    missing = [i for i in range(50, max(iterations), 50) if i not in iterations]
    shapes = []
    for name in ("mnist_5k.npz", "digits_10k.npz"):
        with np.load(DATA / name, allow_pickle=False) as stored_arrays:
            x, y = stored_arrays["x"], stored_arrays["y"]
        shapes.append(f"{x.shape} and `y` {y.shape}, {x.dtype}")
    of_mnist = np.bincount(np.concatenate([mnist.y_train, mnist.y_validation]))
    whole = [mnist_download.TRAIN, 70_000 - mnist_download.TRAIN]
    rows = len((DATA / "points.csv").read_text(encoding="utf-8").splitlines()) - 1
    assert (
        seeds[[c.name for c in made.REPORT]].nunique() == seeds[[c.name for c in made.MNIST]].nunique() == 1
    )
    return [
        *shapes,
        f"{(DATA / 'points.csv').read_text(encoding='utf-8').splitlines()[0].replace(',', ', ')}; {rows} rows",
        f"{len(report.load_rows())} rows of its {WORDS[len(report.load_runs())]} progress tables",
        f"Two groups of {points.TRAIN + points.HELD_OUT} points, drawn from round normal distributions of "
        f"standard deviation {points.STANDARD_DEVIATION:g} around {points.MEANS[0]} and {points.MEANS[1]}; "
        f"{points.TRAIN} of each to train on and {points.HELD_OUT} held out",
        f"{of_mnist.sum():,} of the handwritten digits of MNIST, {of_mnist.max()} of each",
        f"as bytes from {mnist.x_train.min():.0f} to {mnist.x_train.max():.0f}",
        *(f"The split into {len(d.x_train):,} and {len(d.x_validation):,}" for d in (mnist, rendered)),
        f"{whole[0]:,} to train on and {whole[1]:,} to validate with",
        f"{digits.PER_DIGIT:,} images of each digit, {digits.SIZE} × {digits.SIZE} pixels of "
        f"{rendered.x_train.min():.0f} to {rendered.x_train.max():.0f}, in {WORDS[len(digits.FACES)]} faces",
        f"{digits.CHOSEN.smallest} to {digits.CHOSEN.largest} px, "
        f"rotated by up to {digits.CHOSEN.rotation}° either way, shifted by up to {digits.CHOSEN.shift} px",
        f"the rendering was chosen among {len(digits.RENDERINGS)}",
        *of_the_choice(),
        f"Rows {' and '.join(map(str, missing))} of `learn-rate-5e-5` are missing",
        f"The report's {WORDS[len(made.REPORT)]} configurations on the rendered digits with "
        f"{WORDS[seeds['hidden-200']]} seeds each",
        f"the {WORDS[len(made.SCALED)]} sizes also with scaled pixels; {WORDS[len(made.TOO_HIGH)]} rates near that "
        f"of the divergent run with {WORDS[seeds['learn-rate-50']]} seeds",
        f": {WORDS[seeds.min()]} to {WORDS[seeds.max()]} seeds a configuration",
        f"its {made.HUNDRED.hidden_units} units with the full batch",
        "half and "
        f"{PARTS_OF_ONE[1 - runs['mnist-100 quarter'].left_out]} of the images, half and "
        f"{PARTS_OF_ONE[runs['mnist-100 2 epochs'].epochs / made.HUNDRED.epochs]} of the epochs, "
        f"and {runs['mnist-100 2000 epochs'].epochs:,} epochs, with {WORDS[seeds['mnist-100']]} seeds. A seed",
        f"and the band, {TIMES[band['high'] - band['low']]} as wide but never below {at_zero['low']:g}",
        f"in {WORDS[len(bands.SETTINGS)]} runs ({WORDS[len({seed for seed, _ in bands.SETTINGS})]} seeds, and seed 0",
    ]


def of_the_choice() -> list[str]:
    """How far the report's finite runs are from ours; the numbers of version 0.1.0 are from its own study."""
    runs = report.load_runs().index
    apart = distances(experiments.load_histories(), {run: report.load_rows(run) for run in runs})
    apart = apart.set_index("run").drop("learn-rate-too-high")
    off = apart["accuracy_distance"]
    held_out = [f"{off[f'hidden-{units}']:.1f}" for units in (200, 700, 1000)]
    return [
        f"{held_out[0]}, {held_out[1]} and {held_out[2]} points with 200, 700 and 1,000 units; with the digits of "
        "version 0.1.0 they were 14.2, 6.5 and 3.4",
        f"the mean distance is {off.mean():.1f} points (version 0.1.0: 6.3), and for "
        f"{WORDS[int((apart['accuracy_inside_pct'] >= 50).sum())]} of the nine at least half",
        f"with ten seeds at 3e-3 our runs are {off['learn-rate-3e-3']:.1f} points more accurate than the report's, "
        f"and at 5e-5 {off['learn-rate-5e-5']:.1f} points",
    ]


def graded() -> dict[str, list[int]]:
    """The points of each exercise, by part."""
    return {
        part: [nbgrader_of(cell)["points"] for cell in graded_cells(read(part)).values()] for part in PARTS
    }


def of_the_guide():
    a, b, c = (sum(points) for points in graded().values())
    limits = Limits()
    return [
        PYTHON,
        f"| A, logistic regression from layers | {a} |",
        f"| B, a two-layer network on MNIST | {b} |",
        f"| C, learning rate and hidden size | {c} |",
        f"{limits.memory / 1e9:g} GB of memory a process, {limits.cell:g} s a cell, {limits.notebook / 60:g} minutes "
        f"a notebook, {limits.output / 1e6:g} MB of output a cell",
        f"{limits.file / 1e6:g} MB a file",
    ]


def of_the_changelog():
    points = [p for part in graded().values() for p in part]
    return [
        f"## [Unreleased] - {labutils.__version__.removesuffix('.dev0')} in progress",
        f"There are now {len(points)} exercises ({sum(points)} points)",
        "Course mode: 22 exercises (100 points)",  # as version 0.1.0 was
        "the 70,000 images",
    ]


def of_contributing():
    return [
        f"A file has at most {test_architecture.FILE_LINES} lines",
        f"the seven files of the lecture have at most {test_architecture.LECTURE_LINES} lines together",
    ]


SOURCES = {
    "README.md": of_readme,
    "CONTRIBUTING.md": of_contributing,
    "data/README.md": of_the_data,
    "labutils/instructor/README.md": of_the_guide,
    "labutils/instructor/release_files/README.md": lambda: [PYTHON],
    "CHANGELOG.md": of_the_changelog,
}


@pytest.mark.parametrize("name", SOURCES)
def test_numbers_of_the_project_are_true(name):
    """Numbers that depend on the data, the exercises or the limits are those of the project."""
    text = " ".join((ROOT / name).read_text(encoding="utf-8").split())
    missing = [phrase for phrase in SOURCES[name]() if phrase not in text]
    assert not missing


def test_what_is_said_of_speed():
    """README's table is what `make bench` wrote in the run that was kept, and the words above it say what is in it."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not [row for row in table.rows() if row not in text]
    assert table.summary() in " ".join(text.split())
    figures = {one["what"]: one["value"] for one in json.loads(table.MEASURED.read_text("utf-8"))["figures"]}
    assert all(
        figures[f"{size}: {rival} / train"] > 1
        for size in table.SIZES
        for rival in ("PyTorch's best", "scikit-learn")
    )
    limits = [figures[f"{size}: train / bare products"] for size in table.SIZES]
    assert f"{min(limits):.1f} to {max(limits):.1f} times as long" in " ".join(text.split())


@pytest.mark.parametrize("folder", ["", "labutils/instructor/release_files/"])
def test_make_lab_says_the_same_size(folder):
    for name in ("Makefile", "README.md"):
        assert "about 150 MB" in (ROOT / folder / name).read_text(encoding="utf-8"), name


@pytest.mark.parametrize(
    "name",
    [
        "README.md",
        "CONTRIBUTING.md",
        "labutils/instructor/README.md",
        "labutils/instructor/REFERENCE.md",
        "tests/README.md",
    ],
)
def test_every_make_target_of_a_document_exists(name):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = set(
        re.findall(r"(?:`|^    )make ([a-z-]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert named
    assert not [target for target in named if not re.search(rf"^{target}:", makefile, re.MULTILINE)]


def test_every_target_of_make_is_phony():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):(?!=)", makefile, re.MULTILINE))
    (phony,) = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets == set(phony.split())


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md"])
def test_every_file_that_a_document_names_exists(name):
    """Files in links, and paths in code. What the changelog says of earlier releases does not count."""
    text = (ROOT / name).read_text(encoding="utf-8").split("## [0.1.0]")[0]
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    paths = re.findall(r"`((?:labutils|tests|data|notebooks|\.github|\.ci)/[\w./]+)`", text)
    missing = [path for path in links if not ((ROOT / name).parent / path).exists()]
    assert not missing + [path for path in paths if not (ROOT / path).exists()]


def test_readme_names_every_folder():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for folder in ("notebooks", "labutils", "data", "tests", *test_architecture.FOLDERS):
        assert re.search(rf"^ *{folder}/ ", text, re.MULTILINE), folder


def test_the_citation_has_the_version_and_the_licence():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == labutils.__version__
    assert citation["license"] == PROJECT["license"]
    assert citation["title"] == PROJECT["description"]


def test_the_command_of_the_issue_form_prints_the_versions():
    form = yaml.safe_load((ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text(encoding="utf-8"))
    (text,) = [field["attributes"]["description"] for field in form["body"] if field["id"] == "versions"]
    code = re.search(r'^    \.venv/bin/python -c "(.*)"$', text, re.MULTILINE).group(1)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    printed = {line.split()[0] for line in done.stdout.splitlines()}
    assert {"Python", "labutils", "numpy", "ipywidgets"} <= printed


def test_the_update_rule_is_where_contributing_says():
    assert "def step" in (ROOT / "labutils" / "optimiser.py").read_text(encoding="utf-8")


def test_the_hooks_before_a_commit_need_no_network():
    repositories = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert {repository["repo"] for repository in repositories} == {"local"}
    assert {hook["language"] for repository in repositories for hook in repository["hooks"]} == {"system"}
