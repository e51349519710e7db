"""Who is behind defects and lateness."""
