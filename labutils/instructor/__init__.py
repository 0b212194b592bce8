"""The instructor's side: pages for paper and screen. No student's import reaches it."""

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # jsonschema loads it for two seconds
