"""What a chain is: nodes, handoffs, inspections, distributions, requirements, and the rules they obey."""
