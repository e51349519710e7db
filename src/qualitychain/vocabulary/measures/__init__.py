"""Every measure, by subject; ``all.py`` puts them together."""
