"""The structure of labutils: its folders, the direction of its imports, its size, and its public names."""

import ast
import functools
import importlib
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import nbformat
import pytest

from .conftest import ROOT

PACKAGE = ROOT / "labutils"
LECTURE = ("layers", "losses", "network", "optimiser", "record", "training", "data")
FOLDERS = ("_internal", "experiments", "report", "exercises", "notebook", "instructor")
# What each part of labutils may import besides itself. "lecture" stands for the seven files, "labutils" for __init__.
MAY_IMPORT = {
    "_internal": set(),
    "lecture": {"_internal"},
    "experiments": {"_internal", "lecture", "labutils"},
    "report": {"_internal", "lecture", "experiments", "labutils"},
    "exercises": {"_internal", "lecture", "labutils"},
    "notebook": {"_internal", "lecture", "experiments", "report", "labutils"},
    "instructor": {"_internal", "lecture", "experiments", "report", "exercises", "notebook", "labutils"},
    "labutils": {"_internal"},
}
LECTURE_LINES = 700
STUDENT_LINES = 5_000
FILE_LINES = 300
LONG_FILES = "labutils/instructor/bank/"
# Functions of these names do the same thing to different objects.
SAME_NAME = {"main": "what `python -m` runs"}
# The bank solves the exercises once more, independently of the library's solutions.
SOLUTIONS = {"labutils.exercises.reference", "labutils.instructor.bank.solutions"}


@functools.cache
def modules() -> dict[str, Path]:
    """{"labutils.report.claims": its file} of every module of labutils; a package by its own name."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@functools.cache
def tree(module: str) -> ast.Module:
    return ast.parse(modules()[module].read_text(encoding="utf-8"))


@functools.cache
def imports(module: str) -> frozenset[str]:
    """The modules of labutils that a module imports, at its top or in a function, with the packages they are in."""
    found: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name in modules()}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} has a relative import"
            if node.module in modules():
                inside = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= inside & set(modules())
                if inside - set(modules()):
                    found.add(node.module)
    packages = {other.rpartition(".")[0] for other in found} - {"", "labutils"}
    found |= {package for package in packages if not f"{module}.".startswith(f"{package}.")}
    return frozenset(found - {module})


def part_of(module: str) -> str:
    """The part of labutils that a module belongs to, as in MAY_IMPORT."""
    name = module.removeprefix("labutils").removeprefix(".").split(".")[0]
    return "lecture" if name in LECTURE else name or "labutils"


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def public_names(module: str) -> set[str]:
    """The functions and classes that a module defines under a name without an underscore."""
    kinds = (ast.FunctionDef, ast.ClassDef)
    return {n.name for n in tree(module).body if isinstance(n, kinds) and not n.name.startswith("_")}


def declared(module: str) -> list[str] | None:
    """The names in a module's `__all__`; None if it has none. The instructor's side, which needs nbgrader, has none."""
    if part_of(module) == "instructor":
        return None
    return getattr(importlib.import_module(module), "__all__", None)


@functools.cache
def imported_by_notebooks() -> frozenset[str]:
    """The modules of labutils that the cells of the notebooks import from."""
    found: set[str] = set()
    for path in (ROOT / "notebooks").glob("part_*.ipynb"):
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type != "code":
                continue
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.ImportFrom) and node.module in modules():
                    names = {f"{node.module}.{alias.name}" for alias in node.names}
                    found |= (names & set(modules())) | ({node.module} if names - set(modules()) else set())
    return frozenset(found)


class TestTree:
    def test_labutils_holds_the_seven_files_and_six_folders(self):
        files = {path.stem for path in PACKAGE.glob("*.py")}
        assert files == {"__init__", *LECTURE}
        folders = {p.name for p in PACKAGE.iterdir() if p.is_dir() and not p.name.startswith("__")}
        assert folders == set(FOLDERS)

    def test_every_folder_is_a_package_with_a_docstring(self):
        for folder in FOLDERS:
            assert ast.get_docstring(tree(f"labutils.{folder}")), folder

    @pytest.mark.parametrize("module", [*LECTURE, *FOLDERS])
    def test_tests_mirror_the_package(self, module):
        folder = module.removeprefix("_")
        assert (ROOT / "tests" / f"test_{module}.py").exists() or (ROOT / "tests" / folder).is_dir()


class TestImports:
    @pytest.mark.parametrize("module", modules())
    def test_point_in_one_direction(self, module):
        part = part_of(module)
        wrong = {other for other in imports(module) if part_of(other) not in MAY_IMPORT[part] | {part}}
        assert not wrong, (
            f"{module} ({part}) may import {sorted(MAY_IMPORT[part])}, but it imports {sorted(wrong)}"
        )

    def test_have_no_cycles(self):
        """Imports in functions count, and so does the `__init__` of a package of which a module is imported."""
        done: set[str] = set()

        def visit(module: str, path: tuple[str, ...]) -> None:
            assert module not in path, f"a cycle: {' -> '.join((*path[path.index(module) :], module))}"
            if module not in done:
                for other in sorted(imports(module)):
                    visit(other, (*path, module))
                done.add(module)

        for module in modules():
            visit(module, ())

    @pytest.mark.parametrize("module", modules())
    def test_inside_a_package_come_from_the_defining_module(self, module):
        package = module.rpartition(".")[0]
        through = imports(module) & {package} - {"labutils"} if not module.endswith(".__main__") else set()
        assert not through, f"{module} imports from {package}/__init__.py"

    @pytest.mark.parametrize("module", ["labutils", *(f"labutils.{name}" for name in LECTURE)])
    def test_of_the_lecture_are_light(self, module):
        code = f"import sys, {module}; print(*sys.modules)"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert not {"matplotlib", "pandas", "scipy", "ipywidgets", "IPython"} & set(done.stdout.split())


class TestSize:
    """Lines as `ruff format` leaves them. If a limit is exceeded, remove code instead of raising the limit."""

    def test_is_counted_in_formatted_code(self):
        ruff = [sys.executable, "-m", "ruff", "format", "--check", "--line-length=110", "labutils"]
        done = subprocess.run(ruff, cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout

    def test_the_lecture(self):
        counts = {name: lines(PACKAGE / f"{name}.py") for name in LECTURE}
        assert sum(counts.values()) <= LECTURE_LINES, counts

    def test_what_students_import(self):
        counts: dict[str, int] = defaultdict(int)
        for module, path in modules().items():
            if part_of(module) != "instructor":
                counts[part_of(module)] += lines(path)
        assert sum(counts.values()) <= STUDENT_LINES, f"{sum(counts.values())} lines: {dict(counts)}"

    @pytest.mark.parametrize("module", modules())
    def test_every_file(self, module):
        name = modules()[module].relative_to(ROOT).as_posix()
        if not name.startswith(LONG_FILES):
            assert lines(modules()[module]) <= FILE_LINES, f"{name} has {lines(modules()[module])} lines"


class TestNames:
    def test_every_module_of_a_notebook_declares_its_names(self):
        student = [module for module in imported_by_notebooks() if part_of(module) != "instructor"]
        missing = [module for module in student if declared(module) is None]
        assert not missing, f"no __all__ in {sorted(missing)}"

    @pytest.mark.parametrize("module", [m for m in modules() if declared(m) is not None])
    def test_what_is_declared_exists_and_is_public(self, module):
        defined = {
            alias.asname or alias.name
            for node in ast.walk(tree(module))
            for alias in getattr(node, "names", [])
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        for node in tree(module).body:
            targets = getattr(node, "targets", [getattr(node, "target", None)])
            defined |= {t.id for t in targets if isinstance(t, ast.Name)} | {getattr(node, "name", "")}
        inside = {name.rpartition(".")[2] for name in modules() if name.rpartition(".")[0] == module}
        assert set(declared(module)) <= defined | inside
        assert not [name for name in declared(module) if name.startswith("_")]
        assert len(set(declared(module))) == len(declared(module))

    def test_a_name_that_no_other_module_uses_is_private(self):
        """Functions and classes of the student's side. What a notebook uses is in an `__all__`."""
        sources = {module: modules()[module].read_text(encoding="utf-8") for module in modules()}
        scripts = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "data").glob("*.py"))
        wrong = []
        for module in modules():
            if part_of(module) == "instructor":
                continue
            for name in public_names(module) - set(declared(module) or []):
                used = any(name in words_of(text) for other, text in sources.items() if other != module)
                if not used and name not in words_of(scripts):
                    wrong.append(f"{module}.{name}")
        assert not wrong, f"used nowhere else, so with an underscore: {sorted(wrong)}"

    def test_no_two_modules_define_the_same_public_name(self):
        where = defaultdict(list)
        for module in modules():
            for name in public_names(module):
                where[name].append(module)
        twice = {name: places for name, places in where.items() if len(places) > 1 and name not in SAME_NAME}
        twice = {name: places for name, places in twice.items() if set(places) != SOLUTIONS}
        assert not twice


@functools.cache
def words_of(source: str) -> frozenset[str]:
    """The names and attributes that a source uses, without those that it defines."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
    return frozenset(found)
