"""The same pictures as SVG for a page."""
