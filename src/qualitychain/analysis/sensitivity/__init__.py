"""How outcomes move with each parameter."""
