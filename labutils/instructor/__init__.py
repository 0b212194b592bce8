"""The instructor's side: the bank of exercises, handing out, grading, and the pages. Students do not get it."""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # jsonschema would load it for seconds
