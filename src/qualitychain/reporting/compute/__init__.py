"""The analyses that the page needs, each made once."""
