"""What every analysis shares: the chain as arrays, the result, the vocabulary."""
