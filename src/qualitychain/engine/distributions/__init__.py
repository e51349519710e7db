"""Distributions of times, and their masses on a time grid."""
