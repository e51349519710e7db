"""The questions asked and the choice as a result."""
