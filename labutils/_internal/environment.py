"""Whether this Python has what the workbook needs, and whether it imports the labutils of this folder."""

import sys
from importlib import metadata
from pathlib import Path

_SET_UP = "run `make lab` in the workbook's folder"


def check_installation() -> str:
    """Return a sentence if everything the notebooks need is installed, or exit with one that says what to do.

    It exits if Python or a package is missing or too old, or if labutils is imported from another copy of the workbook.
    """
    if sys.version_info < (3, 11):  # noqa: UP036  (a notebook may run with another Python than the one pip used)
        raise SystemExit(
            f"This workbook needs Python 3.11 or newer: {_SET_UP} and choose the kernel of `.venv`."
        )
    package = Path(__file__).parents[1]
    folders = (Path.cwd(), *Path.cwd().parents)
    here = next((folder for folder in folders if (folder / "labutils" / "__init__.py").is_file()), None)
    if here is not None and not (here / "labutils").samefile(package):
        raise SystemExit(
            f"This notebook is in {here}, but Python imports labutils from {package.parent}: run `make lab` "
            "in the notebook's folder, choose the kernel of its `.venv`, and do not set PYTHONPATH."
        )
    try:
        requirements = metadata.requires("labutils") or []
        from packaging.requirements import Requirement
    except metadata.PackageNotFoundError:
        raise SystemExit(f"labutils is not installed: {_SET_UP}.") from None
    except ImportError:
        raise SystemExit(f"This workbook needs packaging, and it is not installed: {_SET_UP}.") from None
    for requirement in map(Requirement, requirements):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            version = "nothing"
        if version == "nothing" or not requirement.specifier.contains(version, prereleases=True):
            raise SystemExit(f"This workbook needs {requirement}, and {version} is installed: {_SET_UP}.")
    return "Ready: Python and every package that this notebook needs are here."
