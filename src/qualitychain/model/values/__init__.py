"""Numbers, durations, distributions and near misses: the values that records hold."""
