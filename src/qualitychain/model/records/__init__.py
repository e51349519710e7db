"""The records of a chain: calendar, nodes, handoff, requirement, project."""
