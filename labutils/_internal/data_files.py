"""The data files of the workbook: where they are, and whether they are what they should be."""

import hashlib
import os
from pathlib import Path

from labutils._internal import files

SHA256 = {
    "bands.csv": "2ee341ca1e8b6596b456b7b33619a319de702b0379d357a57c588bb4e2387fad",
    "exercises.json": "af4584f2efcd3ee3f31aee218b64702364917907f4ab2b111d4e8774fa9ae72c",
    "points.csv": "d834a8ece47964f2d014b4cb86509460682ae6eb891e7b330b1655839306fe5e",
    "mnist_5k.npz": "d9a574df079423f92bed4b219780e351cc558b2156187a0d355ca0350721b935",
    "digits_10k.npz": "419c0b763d3582b824046f3078fb6b5f8170f6c06d87cd94393da790af6bca0e",
    "study.csv": "9ad2948663b4d4cc2f43fb7dae1989c15e6ae33deefa592473999ba946338486",
    "study_histories.csv": "ab983a485df7a3c8c92f3d720154292178e06c25e32c4cd1f4becc750ab74946",
    "report/runs.csv": "d8041d402f2c486a90261129918a4e32f40c854d7b5591adbc4164e14f97eca4",
    "report/training_progress.csv": "7d1fb242f4e12d350d38b8a1f8f10d7c4fe23cbc4d3e08d564be28c1aa542c0e",
}


def read(name: str) -> bytes:
    """The bytes of a data file, from the installed package or the checkout, once they match their checksum.

    Raises `OSError` (it is missing or cannot be read) or `ValueError` with the file's name and the way back.
    """
    path = path_of(name)
    way_back = (
        "Bring it back from where the workbook came from: unpack the zip again, "
        f"or in a clone run `git checkout -- data/{name}`."
    )
    content = files.content(path, way_back)
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256[name]:
        raise ValueError(
            f"{path}: this file is damaged (SHA-256 {found}, expected {SHA256[name]}). {way_back}"
        )
    return content


def path_of(name: str) -> Path:
    """Where a data file is, or should be: in the installed package, which carries them all, or in the checkout."""
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
