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
        raise SystemExit(f"This workbook needs Python 3.11 or newer: {_SET_UP} and take the kernel `.venv`.")
    package = Path(__file__).parents[1]
    folders = (Path.cwd(), *Path.cwd().parents)
    here = next((folder for folder in folders if (folder / "labutils" / "__init__.py").is_file()), None)
    if here is not None and not (here / "labutils").samefile(package):
        raise SystemExit(
            f"This notebook is in {here}, but Python imports labutils from {package.parent}: run `make lab` "
            "in the notebook's folder, choose the kernel of its `.venv`, and do not set PYTHONPATH."
        )
    try:
        from packaging.requirements import Requirement

        for requirement in map(Requirement, metadata.requires("labutils") or []):
            if not requirement.marker or requirement.marker.evaluate({"extra": ""}):
                version = metadata.version(requirement.name)
                if not requirement.specifier.contains(version, prereleases=True):
                    raise SystemExit(f"This workbook needs {requirement}, not {version}: {_SET_UP}.")
    except ImportError as error:  # also if a package has no metadata
        raise SystemExit(f"{str(error.name).split('.')[0]} is not installed: {_SET_UP}.") from None
    return "Ready: Python and every package that this notebook needs are here."
