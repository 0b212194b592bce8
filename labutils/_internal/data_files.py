"""The data files of the workbook: where they are, and whether they are what they should be."""

import hashlib
import os
from pathlib import Path

from labutils._internal import files

SHA256 = {
    "bands.csv": "b5c27a4d248f9bb8fb5dbf564334546b24593c679e64f1bddb0ece89870f6fc8",
    "exercises.json": "af4584f2efcd3ee3f31aee218b64702364917907f4ab2b111d4e8774fa9ae72c",
    "points.csv": "d834a8ece47964f2d014b4cb86509460682ae6eb891e7b330b1655839306fe5e",
    "mnist_5k.npz": "d9a574df079423f92bed4b219780e351cc558b2156187a0d355ca0350721b935",
    "digits_10k.npz": "419c0b763d3582b824046f3078fb6b5f8170f6c06d87cd94393da790af6bca0e",
    "study.csv": "cd93a8a3671ff850396b960bf782f39d7638649f6b45c10acb405089391c9c75",
    "study_histories.csv": "d003cbf0454b60d8c737d8652a54e13f2e545b800a2835f1e3fb286fc7f9083d",
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
