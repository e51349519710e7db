"""All that the page says, and the page."""
