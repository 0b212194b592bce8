"""`python -m labutils.instructor.bank` writes data/exercises.json."""

import json
from pathlib import Path

from labutils.instructor.bank import stored

if __name__ == "__main__":
    path = Path(__file__).resolve().parents[3] / "data" / "exercises.json"
    path.write_text(json.dumps(stored(), separators=(",", ":")) + "\n", encoding="utf-8")
    print(
        f"{path.name}: {path.stat().st_size:,} bytes; run python data/update_checksums.py to enter its checksum"
    )
