"""How good what customers get is."""
