"""What grading has computed once and keeps in grading/kept, so that nothing is done twice."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labutils._internal import files


class Kept:
    """A folder of results by what they were computed from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._used: set[str] = set()

    def result(self, made_from: Any, compute: Callable[[], Any]) -> Any:
        """What `compute` returns, as JSON holds it; read from the folder if it was computed before.

        made_from: everything that the result depends on, as JSON. A file that cannot be read is computed again.
        """
        name = hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()[:24] + ".gz"
        self._used.add(name)
        path = self.folder / name
        try:
            return json.loads(gzip.decompress(path.read_bytes()))
        except (OSError, EOFError, ValueError, zlib.error):
            pass
        made = json.dumps(compute())
        self.folder.mkdir(parents=True, exist_ok=True)
        files.replace(path, gzip.compress(made.encode(), 6, mtime=0), "Make room for it.")
        return json.loads(made)

    def forget_others(self) -> None:
        """Remove the results that were not asked for, of answers that have changed since."""
        for path in self.folder.glob("*.gz"):
            if path.name not in self._used:
                path.unlink(missing_ok=True)
