"""What the tests share: the oracle, networks of random shapes, and small data to train on."""

import contextlib
import importlib.util
import os
import sys
import tempfile
from pathlib import Path
from types import ModuleType

import hypothesis
import numpy as np
import pytest
from PIL import Image

from labutils.data import Dataset
from labutils.layers import Linear, ReLU
from labutils.network import Network

try:
    __file__.encode()
except UnicodeEncodeError:  # pytest-xdist would say that strings must be utf-8 encodable
    pytest.exit(
        "The path of this folder has letters that Python cannot read in this locale: set PYTHONUTF8=1.",
        returncode=2,
    )

hypothesis.settings.register_profile("lab", deadline=None)  # how long a call takes is no test's business
hypothesis.settings.load_profile("lab")

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
# The files that take longest. They come first, else one worker is still at one of them when the others are done.
LONGEST = [
    "test_open_answers.py",
    "test_wrong_answers.py",
    "test_grading.py",
    "test_bands.py",
    "test_notebooks.py",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.path.suffix == ".py" and item.path.name not in LONGEST)


def data_script(name: str) -> ModuleType:
    """The module data/<name>.py, which made a data file. It may import its neighbours in that folder."""
    spec = importlib.util.spec_from_file_location(name, DATA / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, str(DATA))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(DATA))
    return module


def write_digits(folder: Path, per_digit: int = 10) -> np.ndarray:
    """Random images as PNG files in new folders 0 to 9: what was written, (10, per_digit, 28, 28) uint8."""
    images = np.random.default_rng(0).integers(256, size=(10, per_digit, 28, 28), dtype=np.uint8)
    for digit, of_digit in enumerate(images):
        (folder / str(digit)).mkdir(parents=True)
        for i, image in enumerate(of_digit):
            Image.fromarray(image).save(folder / str(digit) / f"image{i:04}.png")
    return images


@contextlib.contextmanager
def nobody():
    """Root may read everything: be somebody else for a while. Where there is no such thing, skip."""
    if not hasattr(os, "seteuid"):
        pytest.skip("no user ids on this system")
    kept = os.geteuid()
    if kept == 0:
        try:
            os.seteuid(65534)
        except OSError:  # a name space with one user
            pytest.skip("nobody else to be here")
    try:
        yield
    finally:
        os.seteuid(kept)


@pytest.fixture
def place():
    """A folder that everybody can reach (pytest's own are root's alone)."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="session")
def torch():
    """PyTorch, the oracle. Without it these tests are skipped, and with LAB_ORACLE=required (as in CI) they fail."""
    try:
        import torch
    except ImportError:
        if os.environ.get("LAB_ORACLE") == "required":
            pytest.fail("LAB_ORACLE=required, but PyTorch is not installed: pip install -e .[dev,oracle]")
        pytest.skip("PyTorch is not installed, so there is no oracle: pip install -e .[oracle]")
    torch.set_num_threads(1)  # small networks: threads that wait for each other take most of the time
    return torch


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def blobs(rng):
    """300 points to train on and 50 to validate with, in 5 dimensions and 3 classes: float64."""
    centres = 2 * rng.normal(size=(3, 5))
    labels = rng.integers(3, size=350)
    x = centres[labels] + rng.normal(size=(350, 5))
    return Dataset("blobs", 3, x[:300], labels[:300], x[300:], labels[300:])


@pytest.fixture
def small_network():
    """A function that makes an untrained 5-8-3 network with first weights from a seed."""

    def make(seed: int = 0) -> Network:
        rng = np.random.default_rng(seed)
        return Network(Linear(5, 8, rng), ReLU(), Linear(8, 3, rng))

    return make
