"""Pictures: plain data in, Axes or SVG text out; no result class is known here.

``base`` holds colours, marks and the contents that both ways of drawing share; ``svg`` writes a page's pictures as
text, ``charts`` draws on matplotlib Axes; ``chain_map`` lays a chain out once, and draws it both ways. Only ``charts``,
the axes of ``base`` and the drawing of the chain map import matplotlib, when they are first used.
"""
