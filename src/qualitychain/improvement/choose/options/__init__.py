"""Projects and what is to be improved by them."""
