"""Where the time of a delivered unit goes."""
