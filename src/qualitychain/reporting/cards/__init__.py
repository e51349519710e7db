"""Cards: the figures that are read first."""
