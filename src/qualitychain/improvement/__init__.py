"""Which improvements to choose: projects under a budget, and where to inspect."""
