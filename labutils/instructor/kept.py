"""What grading has computed once and keeps, so that nothing is done twice."""

import gzip
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

from labutils._internal import files


def digest(*parts: Any) -> str:
    """A name for things that JSON can hold: the same things have the same name."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:24]


class Kept:
    """A folder of results, each under a digest of what it was made from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._used: set[Path] = set()

    def path(self, name: str) -> Path:
        """The file of a result. It is not forgotten."""
        path = self.folder / f"{name}.json.gz"
        self._used.add(path)
        return path

    def read(self, name: str) -> Any:
        """A result, or None if there is none that can be read."""
        try:
            return json.loads(gzip.decompress(self.path(name).read_bytes()))
        except (OSError, EOFError, ValueError, zlib.error):
            return None

    def write(self, name: str, result: Any) -> None:
        """Keep a result, which JSON can hold."""
        self.folder.mkdir(parents=True, exist_ok=True)
        content = gzip.compress(json.dumps(result).encode(), 6, mtime=0)
        files.replace(self.path(name), content, "Make room for it, and repeat the command.")

    def forget_others(self) -> None:
        """Remove the results that were not asked for: they belong to answers or programs that have changed."""
        for path in self.folder.glob("*"):
            if path not in self._used:
                path.unlink(missing_ok=True)
