"""Charts on axes."""
