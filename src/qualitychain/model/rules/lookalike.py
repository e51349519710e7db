"""Names that a reader would take for the same: other scripts' look-alike letters, case, spaces."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING

from qualitychain.errors import Fault

if TYPE_CHECKING:
    from qualitychain.model.rules.parts import Parts

# Cyrillic and Greek letters that common typefaces draw like a Latin one (Unicode Technical Standard 39, confusables).
_LATIN = str.maketrans(
    "аеорсухіјѕԁһӏոքԛԝвкмнтгАЕОРСУХІЈЅВКМНТαονρτικυΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "aeopcyxijsdhlnqqwbkmhtrAEOPCYXIJSBKMHTaovptikuABEZHIKMNOPTYX",
)


def skeleton(name: str) -> str:
    """What is left of a name when look-alike letters, case, accents of width and spacing are levelled.

    Examples
    --------
    >>> skeleton("Retail ") == skeleton("retail")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", name).translate(_LATIN).casefold().split())


def look_alikes(parts: Parts) -> Iterator[Fault]:
    """A warning for every node whose name looks like that of an earlier node."""
    seen: dict[str, str] = {}
    for key, index, node in parts.nodes():
        shape = skeleton(node.name)
        other = seen.setdefault(shape, node.name)
        if other != node.name:
            yield Fault(
                "QC041",
                (key, index, "name"),
                f"{key[:-1]} '{node.name}' looks like '{other}': they are two nodes; if one is meant, use one name",
            )
