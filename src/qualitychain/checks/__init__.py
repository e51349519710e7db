"""Is the chain good enough? Verdicts as findings with codes."""
