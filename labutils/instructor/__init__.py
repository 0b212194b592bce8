"""The instructor's side: handing out, grading, and pages for paper and screen. No student's import reaches it."""
