"""The map of a chain: layout, wires, labels."""
