"""Chains in and out of files: safe reading with positions, exact writing, the published schema."""
