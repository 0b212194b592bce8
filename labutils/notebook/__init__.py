"""Everything that draws or displays: figures, explorers and the live training figure."""
