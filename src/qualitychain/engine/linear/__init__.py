"""Linear systems of chains: order, elimination, iteration, certificate."""
