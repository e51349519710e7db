"""The vocabulary as data: measures with their units, reasons why a figure does not exist, tables, analyses.

A fact about a figure stands here once; requirements, objectives, ``show``, CSV, JSON, the report, notebooks and the
reference page read it. Nothing here imports more than the standard library, so that commands stay light.
"""
