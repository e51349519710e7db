"""Linear algebra of chains: sparse systems solved in topological order, with certified answers.

Nothing here knows of departments or handoffs; only numpy and scipy are used.
"""
