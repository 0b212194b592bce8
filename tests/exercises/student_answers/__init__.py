"""Students' answers to the code exercises, wrong and right, written independently of the checks."""
