"""What the tests of handing out and grading share."""

import importlib.util
import os

import pytest


@pytest.fixture(scope="session")
def nbgrader():
    """Skip where nbgrader is not installed, or fail where it is required (as in CI)."""
    if importlib.util.find_spec("nbgrader") is None:
        if os.environ.get("LAB_INSTRUCTOR") == "required":
            pytest.fail("LAB_INSTRUCTOR=required, but nbgrader is missing: pip install -e '.[instructor]'")
        pytest.skip("no test of grading: nbgrader is missing (make release installs it)")
