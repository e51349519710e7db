"""Marks, colours and axes."""
