"""The instructor's side: pages for paper and screen. No student's import reaches it."""
