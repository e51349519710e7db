"""The distribution of the lead time, by transforms."""
