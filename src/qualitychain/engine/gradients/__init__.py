"""Derivatives of every outcome to every parameter, by transposed solves."""
