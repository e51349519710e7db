"""The search for the best choice, with its bounds."""
