"""Load of departments against their capacity."""
