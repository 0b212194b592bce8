"""The helper package of the Deep Learning Lab: layers, losses, a training loop and what goes round them.

Import the rooms that you need: `from labutils.layers import Linear`. Importing `labutils` alone loads nothing.
"""

__version__ = "0.1.0"


def check_surroundings() -> str:
    """Say in one sentence whether every package that labutils declares is here and new enough.

    Raises `SystemExit` with one sentence that says what to do if one is not, or if the kernels that OPENBLAS_CORETYPE
    names are not for this processor.
    """
    import os
    import subprocess
    import sys
    from importlib import metadata

    if sys.version_info < (3, 11):  # noqa: UP036  (a notebook may run on another kernel than the one that pip saw)
        raise SystemExit(
            "This workbook needs Python 3.11 or newer: run `make lab` and pick the kernel of `.venv`."
        )
    try:
        requirements = metadata.requires("labutils") or []
    except metadata.PackageNotFoundError:
        raise SystemExit("labutils is not installed: run `make lab` in the workbook's folder.") from None

    from packaging.requirements import Requirement

    for requirement in map(Requirement, requirements):
        if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
            try:
                version = metadata.version(requirement.name)
            except metadata.PackageNotFoundError:
                version = "nothing"
            if version == "nothing" or not requirement.specifier.contains(version, prereleases=True):
                raise SystemExit(
                    f"This workbook needs {requirement}, and {version} is installed: "
                    "run `make lab` in the workbook's folder to set it up again."
                )
    kernels = os.environ.get("OPENBLAS_CORETYPE")
    if kernels:  # of another processor they would end the kernel of the notebook without a word
        product = [sys.executable, "-c", "import numpy; numpy.ones((300, 300)) @ numpy.ones((300, 300))"]
        if subprocess.run(product, capture_output=True, check=False).returncode:
            raise SystemExit(
                f"OPENBLAS_CORETYPE={kernels} asks NumPy for instructions that this processor does not have: "
                "set another one, or none."
            )
    return "Ready: Python and every package that this notebook needs are here."
