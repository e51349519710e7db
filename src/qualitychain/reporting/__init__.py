"""What people look at: the picture of a chain, and its report in one HTML file."""
