"""A chain as arrays."""
