"""Where the bottlenecks are, and what would help."""
