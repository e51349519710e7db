"""Escaping, words and tables of the page."""
