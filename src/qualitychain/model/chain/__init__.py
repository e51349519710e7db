"""The chain itself: its data, its graph, and change by copy."""
