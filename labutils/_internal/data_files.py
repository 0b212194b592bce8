"""The data files of the workbook: where they are, and whether they are what they should be."""

import hashlib
import io
import os
from pathlib import Path

import numpy as np

from labutils._internal import files

SHA256 = {
    "bands.csv": "86dcf39ebc0bfe5ec937a0b64a321dc5d28a645fc0c6c8f9c8f0915926457533",
    "exercises.json": "b085d10116c76901f50fd3424cc9cecf2ed96de3353f60c553d951ad4e400771",
    "points.csv": "d834a8ece47964f2d014b4cb86509460682ae6eb891e7b330b1655839306fe5e",
    "mnist_5k.npz": "d9a574df079423f92bed4b219780e351cc558b2156187a0d355ca0350721b935",
    "digits_10k.npz": "f35fcb9defc8ebb2cfff21eda426cc96c86b08895537f66d84f58d29d47d9d88",
    "sharpness.csv": "1530d20d782d70e8d14af3f83a0c656eed5530c0e588d9d6a1ac8ddcb800d8d0",
    "study.csv": "b305e05f2727f22644cae050d9107bab22f449074716d2c483d29f44cd95b07f",
    "study_histories.csv": "f147f0a10b2048bfc2890c065c1d49f30785b2a0d51df10f4327f63f5042964d",
    "report/runs.csv": "d8041d402f2c486a90261129918a4e32f40c854d7b5591adbc4164e14f97eca4",
    "report/training_progress.csv": "7d1fb242f4e12d350d38b8a1f8f10d7c4fe23cbc4d3e08d564be28c1aa542c0e",
}


def read(name: str) -> bytes:
    """The bytes of a data file with the right checksum; else an `OSError` or `ValueError` says how to restore it."""
    path, way_out = (
        path_of(name),
        f"Unpack the workbook again, or in a clone run `git checkout -- data/{name}`.",
    )
    content = files.content(path, way_out)
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise ValueError(
            f"{path}: this file is damaged (SHA-256 {found}, expected {SHA256[name]}). {way_out}"
        )
    return content


def read_images(name: str) -> tuple[np.ndarray, np.ndarray]:
    """The images (N, D) and their labels (N,) in a data file, both uint8."""
    with np.load(io.BytesIO(read(name)), allow_pickle=False) as arrays:
        return arrays["x"], arrays["y"]


def path_of(name: str) -> Path:
    """Where a data file is: in the installed package, which contains all of them, or in the checkout."""
    package = Path(__file__).parents[1]
    folder = package / "_data" if os.path.isdir(package / "_data") else package.parent / "data"
    return folder / name


def fingerprint() -> str:
    """Eight digits that change when a data file does, whatever its checksum says."""
    whole = hashlib.sha256()
    for name in sorted(SHA256):
        try:
            whole.update(path_of(name).read_bytes())
        except OSError:
            whole.update(b"missing")
    return whole.hexdigest()[:8]
