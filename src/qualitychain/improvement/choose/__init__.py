"""Projects under a budget, and where to inspect."""
