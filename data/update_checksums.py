"""Write the SHA-256 of every data file into data/SHA256SUMS and data/README.md.

Run `python data/update_checksums.py` after a data file has changed on purpose; `make regenerate` does. With --check
nothing is written, and the exit code is 1 if a checksum is out of date.
"""

import hashlib
import re
import sys
from pathlib import Path

DATA = Path(__file__).resolve().parent
DOCUMENTS = [DATA / "SHA256SUMS", DATA / "README.md"]
CHECKSUM = "[0-9a-f]{64}"
# A line of SHA256SUMS, as sha256sum writes it, or a row of the README's table: a file name and its checksum.
LINE = re.compile(rf"^(?P<start>){CHECKSUM}(?P<end>  (?P<name>[\w./]+))$", re.MULTILINE)
ROW = re.compile(rf"^(?P<start>\| `(?P<name>[\w./]+)` .*`){CHECKSUM}(?P<end>`)", re.MULTILINE)


def updated(text: str, folder: Path = DATA) -> str:
    """The text with the checksum of each file in `folder` that it lists."""

    def entry(match: re.Match[str]) -> str:
        checksum = hashlib.sha256((folder / match["name"]).read_bytes()).hexdigest()
        return f"{match['start']}{checksum}{match['end']}"

    return ROW.sub(entry, LINE.sub(entry, text))


def main() -> None:
    outdated = False
    for path in DOCUMENTS:
        text = path.read_text(encoding="utf-8")
        new = updated(text)
        if new != text:
            outdated = True
            if "--check" not in sys.argv:
                path.write_text(new, encoding="utf-8", newline="\n")
                print(f"updated {path.relative_to(DATA.parent)}")
    if outdated and "--check" in sys.argv:
        sys.exit("The checksums of the data files are out of date: run `python data/update_checksums.py`.")


if __name__ == "__main__":
    main()
