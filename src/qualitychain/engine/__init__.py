"""A chain in arrays and the mathematics of it: how good what arrives is, how late, why, and what would change it.

Rooms, from the ground up: ``network`` (a chain as arrays), ``linear`` (sparse equations solved with certified answers)
and ``distributions`` (single times); ``quality`` (the table of moves, pulled services, units, work, common causes);
``gradients`` and ``queues``; ``causes`` and ``transforms`` (distributions of lead times); ``moments``. Nothing here
knows names of departments, pandas or the model: analyses translate a chain once and put the answers into words.
"""
