"""Pictures: plain data in, SVG text or matplotlib Axes out.

``layout`` places the nodes of a graph, ``svg`` writes the chain map as text, ``chain_map`` draws the same
map on Axes and ``bars`` draws ranked tables. Only the last two import matplotlib.
"""
