"""Requirements judged, chains compared."""
