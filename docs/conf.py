"""Sphinx: Markdown pages whose examples are executed, and the reference from the docstrings."""

from __future__ import annotations

from pathlib import Path

import qualitychain
from qualitychain.reporting.reference import tables_page

project = "qualitychain"
author = copyright = "qualitychain contributors"
version = release = qualitychain.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_nb",
]
# plain-class.rst: a class that is a text, a tuple or an enum, without the methods that these bring along
templates_path = ["_templates"]
exclude_patterns = ["_build", "_templates", "jupyter_execute"]

html_theme = "pydata_sphinx_theme"
html_title = "qualitychain"
html_show_sourcelink = False
html_theme_options = {"navigation_with_keys": False, "show_toc_level": 2}

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

# A page whose example fails does not build.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_merge_streams = True

autosummary_generate = True
autodoc_typehints = "none"  # the docstrings state types, shapes and units
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

# the tables of all results, from their descriptions
_TABLES = Path(__file__).parent / "api" / "tables.md"
_TABLES.parent.mkdir(exist_ok=True)
_TABLES.write_text(tables_page(), encoding="utf-8")
