"""What external customers feel of each handoff."""
