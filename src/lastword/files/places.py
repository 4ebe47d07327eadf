"""Countries by code and by name. Only names need Babel, so it is loaded when the first name is looked up."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Final

# ISO 3166-1 alpha-2, with XK and the codes of states that are no more but made things that still exist.
_CODES: Final = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT
    BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH
    ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT
    HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS
    LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG
    SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG
    UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    XK SU YU CS DD
"""
PLACES: Final = frozenset(_CODES.split())

# Names in daily use that Babel does not have, folded as `_folded` folds.
_ALSO_CALLED: Final = {
    "usa": "US", "unitedstatesofamerica": "US", "vereinigtestaatenvonamerika": "US", "uk": "GB",
    "greatbritain": "GB", "grossbritannien": "GB", "england": "GB", "korea": "KR", "southkorea": "KR",
    "republicofkorea": "KR", "republikkorea": "KR", "northkorea": "KP", "holland": "NL",
    "thenetherlands": "NL", "uae": "AE", "vae": "AE", "czechrepublic": "CZ", "tschechischerepublik": "CZ",
    "turkey": "TR", "turkei": "TR", "tuerkei": "TR", "russianfederation": "RU", "russischefoderation": "RU",
    "prc": "CN", "peoplesrepublicofchina": "CN", "vrchina": "CN", "taiwanroc": "TW", "vietnam": "VN",
    "macedonia": "MK", "hongkong": "HK", "macau": "MO", "brd": "DE", "federalrepublicofgermany": "DE",
    "bundesrepublikdeutschland": "DE", "sovietunion": "SU", "sowjetunion": "SU", "ivorycoast": "CI",
    "elfenbeinkuste": "CI", "weissrussland": "BY", "burma": "MM", "capeverde": "CV", "swaziland": "SZ",
}  # fmt: skip


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).casefold()
    return "".join(letter for letter in plain if letter.isalnum())


@cache
def _by_name() -> dict[str, str]:
    from babel import Locale
    from babel.core import get_global

    names: dict[str, str] = {}
    for language in ("de", "en"):
        for code, name in Locale(language).territories.items():
            if code in PLACES:
                names[_folded(name)] = code
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and alias.isalpha() and len(codes) == 1 and codes[0] in PLACES:
            names[alias.lower()] = codes[0]
    return names | _ALSO_CALLED


@cache
def country(name: str) -> str | None:
    """Return the code of a country given as ISO alpha-2 or alpha-3 or by its English or German name."""
    code = name.strip().upper()
    if code in PLACES:
        return code
    return _by_name().get(_folded(name))
