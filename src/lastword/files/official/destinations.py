"""The names of destinations as the Export Administration Regulations print them."""

from __future__ import annotations

import re
from typing import Final

from lastword.files.places import country

# As printed in Supplement No. 1 to part 738 and to part 740, slips of the press included ("Seycheles").
_PRINTED: Final = {
    "antigua and barbuda": "AG", "bahamas, the": "BS", "the bahamas": "BS", "bosnia and herzegovina": "BA",
    "burma": "MM", "china (prc)": "CN", "china": "CN", "congo (democratic republic of the)": "CD",
    "congo (republic of the)": "CG", "cote d'lvoire": "CI", "cote d'ivoire": "CI", "gambia, the": "GM",
    "korea, north": "KP", "korea, south": "KR", "micronesia (federated state of)": "FM",
    "micronesia, federated states of": "FM", "saint kitts & nevis": "KN", "st. kitts and nevis": "KN",
    "saint lucia": "LC", "st. lucia": "LC", "saint vincent and the grenadines": "VC",
    "st. vincent and the grenadines": "VC", "sao tome and principe": "ST", "seycheles": "SC",
    "sint maarten (the dutch two-fifths of the island of saint martin)": "SX", "south sudan, republic of": "SS",
    "trinidad and tobago": "TT",
}  # fmt: skip
_MARK: Final = re.compile(r"(?:\s+\d{1,2})+$|(?<=[a-z)])\d{1,2}$")
_APOSTROPHES: Final = str.maketrans({"’": "'", "‘": "'", "ô": "o", "ã": "a", "é": "e", "í": "i"})


def destination(printed: str) -> str | None:
    """Return the code of a destination as printed, footnote numbers behind it or not; None if nobody knows it.

    >>> destination("Korea, South"), destination("Ukraine 4"), destination("Atlantis")
    ('KR', 'UA', None)
    """
    name = _MARK.sub("", printed.strip())
    return _PRINTED.get(name.lower().translate(_APOSTROPHES)) or country(name)
