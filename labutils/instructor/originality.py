"""Whether an answer is a student's own: calls of the library, copied source, and answers that a few students share."""

import ast
import difflib
import functools
import io
import itertools
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode

import labutils
from labutils.instructor.cells import answers_in

_LAYERS = {"Linear", "Sigmoid", "ReLU", "Softmax", "NLL", "SigmoidNLL", "SoftmaxNLL"}
_MODULES = {"labutils", "exercises", "reference", "REFERENCE"}
_CLASSES = {"Network", "SGDM", "TrainingOptions", "Dataset"}
_LIBRARY = {*_LAYERS, *_MODULES, *_CLASSES, "importlib", "__import__", "exec", "eval"}
_LIBRARY_METHODS = {"centred", "forward", "backward"}
_COPIED_FROM = ("*.py", "exercises/reference.py", "report/*.py")  # in labutils
_LONGEST = 3_000  # tokens of an answer that are compared
_COPIED = 25  # tokens in a row that also stand in the library
_UNUSUAL = 30  # tokens from which on two students do not write the same answer by chance
_WORDS = 12  # the same for the words of a written answer
_FEW = 0.1  # an answer that at most this share of a class gives is unusual


def find_shared_answers(
    notebooks: Mapping[str, NotebookNode], released: NotebookNode, solved: NotebookNode
) -> dict[str, list[str]]:
    """The flags of each student who gave the same unusual answer as a few others. notebooks: by student."""
    blank, model = answers_in(released, released), answers_in(solved, released)
    found: dict[str, list[str]] = defaultdict(list)
    for name in blank:
        groups: dict[str, list[str]] = defaultdict(list)
        for student, notebook in notebooks.items():
            if (source := answers_in(notebook, released).get(name)) is not None:
                groups[_normalise_answer(source, blank[name])].append(student)
        usual = {"", _normalise_answer(model.get(name, ""), blank[name])}
        for form, students in groups.items():
            if form not in usual and 2 <= len(students) <= max(2, _FEW * len(notebooks)):
                for student in students:
                    others = ", ".join(other for other in students if other != student)
                    found[student].append(
                        f"{name}: the same unusual answer as {others} (there may be a good reason)"
                    )
    return found


def _normalise_answer(source: str, blank: str) -> str:
    """An answer without what is easily changed, for comparison with others; "" if it is too short to be unusual.

    Code loses its layout, comments and names of variables, and text its punctuation and capital letters.
    """
    tree = _parse(source)
    if tree is None or not any(isinstance(node, ast.FunctionDef) for node in ast.walk(tree)):
        words = re.findall(r"\w+", source.replace(blank, "").lower())
        return " ".join(words) if len(words) >= _WORDS else ""
    given = set(map(str.strip, blank.splitlines()))
    own = [line for line in source.splitlines() if line.strip() not in given]
    if sum(1 for _ in _tokens("\n".join(line.strip() for line in own))) < _UNUSUAL:
        return ""
    order: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
        if isinstance(node, ast.Name) and node.id != "np":
            node.id = order.setdefault(node.id, f"v{len(order)}")
        if isinstance(node, ast.arg):
            node.arg = order.setdefault(node.arg, f"v{len(order)}")
    return ast.dump(tree)


def _parse(source: str) -> ast.Module | None:
    """The syntax tree of some code; None if Python cannot parse it."""
    try:
        tree = ast.parse(source)
        ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree


def names_of_the_library(notebook: NotebookNode) -> frozenset[str]:
    """The names that the cells of a notebook give to what they import from labutils, such as `D` for `Dataset`."""
    found: set[str] = set()
    for cell in notebook.cells:
        tree = _parse(cell.source) if cell.cell_type == "code" and "labutils" in cell.source else None
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "labutils":
                found |= {alias.asname or alias.name for alias in node.names}
            elif isinstance(node, ast.Import):
                found |= {a.asname for a in node.names if a.asname and a.name.split(".")[0] == "labutils"}
    return frozenset(found)


@functools.cache
def describe_library_use(source: str, imported: frozenset[str] = frozenset()) -> str:
    """How an answer calls or copies the library, in words; "" if it does not.

    imported: more names of the library in this notebook. Methods count only where such a name is used, because other
    libraries have a `backward`, too.
    """
    if (tree := _parse(source)) is None:
        return ""
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id not in arguments]
    called = [name for name in names if name in _LIBRARY]
    if called or imported & set(names) or "labutils" in source:
        called += [
            f".{node.attr}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in _LIBRARY_METHODS
        ]
    imports = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    called += [line for line in imports if "labutils" in line]
    if called:
        return f"calls the library: {shorten_list(list(dict.fromkeys(called)))}"
    answer = list(itertools.islice(_tokens(source), _LONGEST))
    run = max((_longest_common_run(answer, module) for module in _library_tokens()), default=0)
    return f"has {run} tokens in a row of the library's source" if run >= _COPIED else ""


def _longest_common_run(one: list[str], other: list[str]) -> int:
    """The length of the longest run of tokens that stands in both lists."""
    return difflib.SequenceMatcher(None, one, other, autojunk=False).find_longest_match().size


@functools.cache
def _library_tokens() -> list[list[str]]:
    """The tokens of each file that could be copied from."""
    folder = Path(labutils.__file__).parent
    paths = [path for pattern in _COPIED_FROM for path in sorted(folder.glob(pattern))]
    return [list(_tokens(path.read_text(encoding="utf-8"))) for path in paths]


def _tokens(source: str) -> Iterator[str]:
    """The tokens of Python code, without comments, strings and layout."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.string.strip() and token.type not in (tokenize.COMMENT, tokenize.STRING):
                yield token.string
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return


def shorten_list(names: list[str]) -> str:
    """The names in one line, at most six of them."""
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
