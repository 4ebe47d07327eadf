"""What the words of an example tell: end use, why it moves, what is known of the use, whose a party is.

The published examples say in prose what a question of Lastword says in fields. What the question names, the
asker knows; so each word that a rule asks about is read here, and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from lastword.facts.schema import END_USES

# In this order: a chemical weapon is no plain weapon, and what is plainly civil is so whoever once made it
# for war.
_END_USES: Final = {
    "chemical weapon": "chemical-biological",
    "precursor": "chemical-biological",
    "biological": "chemical-biological",
    "toxin": "chemical-biological",
    "nerve agent": "chemical-biological",
    "nuclear": "nuclear",
    "enrichment": "nuclear",
    "uranium": "nuclear",
    "reactor": "nuclear",
    "reprocessing": "nuclear",
    "heavy water": "nuclear",
    "missile": "missile",
    "rocket": "missile",
    "launch vehicle": "missile",
    "unmanned aerial": "missile",
    "uav": "missile",
    "non-military": "civil",
    "defence": "military",
    "defense": "military",
    "military": "military",
    "army": "military",
    "armed forces": "military",
    "bundeswehr": "military",
    "weapon": "military",
    "police": "security",
    "surveillance": "security",
    "crowd control": "security",
    "hunting": "civil",
}
# Words of the use that a rule asks for as a fact about the thing: pattern -> field.
_USES: Final = {
    r"supercomputer": "fdp_for_supercomputer",
    r"advanced[- ](node|chip|semiconductor|fab)": "for_advanced_node",
    r"(chip|semiconductor)[- ](making|manufacturing|production)? ?(tool|equipment)": "for_chip_tools",
    r"nuclear (weapon|explosive)": "eu_nuclear_weapons",
    r"military[- ]intelligence|\bgru\b": "for_military_intelligence",
    r"(?<!not )under safeguards|(?<!un)safeguarded": "safeguarded_nuclear",
    r"precursor": "precursor_plant",
    r"crimea|donetsk|luhansk|\bdnr\b|\blnr\b": "to_occupied_ukraine",
    r"naval nuclear|nuclear propulsion|submarine reactor": "naval_nuclear",
    r"without (a |an )?(permit|licen[cs]e|authori[sz]ation)|exported (unlawfully|illegally)|in (breach|violation) of": (
        "eu_unlawful_arms"
    ),
    r"surveillance|interception|spyware|intrusion": "eu_cyber_surveillance",
    r"repression|human rights": "eu_repression",
    r"(more than|over) five years|(six|seven|eight|nine|ten) years ago|expired": "eu_first_licence_over_5_years",
    r"under (license exception )?sta\b|(came|received|shipped) under sta\b": "under_sta",
    r"data[- ]?cent(er|re)": "data_center",
    r"for stock|in stock|to stock|held as spares|future use|upgrade|improve|better performance": "beyond_replacement",
    r"(two|three|four|five) years|\b(1[3-9]|2\d|3\d) months|(more|longer) than (one|a|1) year": "over_a_year",
    r"european space agency|\besa\b|space agency|national space|\bcnes\b|\bdlr\b": "eu_space_order",
    r"(processed|worked) there|built into|after processing|processed in": "eu_processing_there",
    r"\bsensitive\b": "sensitive",
    r"(delivery of|deliver|carry) (nuclear|chemical|biological)|warhead delivery": "wmd_delivery",
}
# Why it moves. Earlier ones win: a unit that takes its launcher to a training exercise trains nobody.
_OCCASIONS: Final = {
    "deployment": r"\bdeploy|exercise abroad|training exercise|own (armed )?forces",
    "repair": r"repair|\bservic(ed|ing)\b|warranty|overhaul",
    "replacement": r"replac|\bspares?\b|one[- ]for[- ]one",
    "exhibition": r"exhibit|trade (fair|show)|\b(to|at) an? fair\b|demonstrat",
    "temporary": r"temporar|on loan|tools? of (the )?trade|beta test",
    "gift": r"\bgifts?\b|donat|\bdonor",
    "baggage": r"baggage|luggage|travell?er|personal effects|\btakes (a|an|his|her|their)\b|\bcarries (a|an|his|her)\b",
    "return": r"\breturn(s|ed|ing)?\b|goes back|sent back|back to its",
    "government": r"(us|u\.s\.|united states|american) (government|air force|army|navy|department of defen[cs]e|forces) "
    r"(itself )?(gives?|ships?|moves?|sends?|sent|provides?|lends?|lent|flies)|by the (us|u\.s\.|united states) "
    r"(government|air force|army|navy|department of defen[cs]e)",
    "oral": r"word of mouth|\boral(ly)?\b|verbal|by telephone|spoken",
    "public": r"public(ly)? (available|known|knowledge|domain)|published|basic research|generally available",
    "certified": r"certified (receiver|recipient|consignee|company|firm)|directive 2009/43",
    "cloud": r"\bcloud\b|\bserver",
    "lives-abroad": r"(lives|resident|living) abroad",
    "minimum": r"(minimum|needed|necessary|required) (technology )?(to|for) (the )?(set|install|run|operat|mainten|repair)"
    r"|minimum technology|\bmanuals?\b|handbook|(operating|maintenance) instructions",
    "operation": r"\boperat(ion|ing)|\binstall|mainten|\bmanuals?\b|handbook|user guide|commission|repair instruction",
    "fixes": r"\bbugs?\b|\bpatch(es)?\b|\bupdates?\b|error correction",
    "mass-market": r"mass[- ]market|\bretail|over the counter|off[- ]the[- ]shelf",
    "private": r"private sector|cuban people|self[- ]employed|independent|civil society|entrepreneur|humanitarian"
    r"|individual",
    "farm": r"\bfood|\brice\b|wheat|grain|\bcorn\b|\bsoy|agricultur|poultry|fertili[sz]er|\bfarm",
    "subsidiary": r"subsidiary|affiliate",
    "develop": r"develop|product design|engineering",
    "spares-along": r"accompan|together with|along with|\bbeside",
    "employee": r"\bemployees?\b|dual nationals?|third[- ]country nationals?",
    "unpaid": r"unpaid|without pay|free of charge",
    "sample": r"\bsamples?\b",
    "own-production": r"own (plant|works|factory|production)|producer",
    "routine": r"routine|install|mainten|repair|operat|overhaul",
    "consented": r"(has|have|had) (consented|agreed|given (its|their) consent)|consent (is|was|has been) (given|there|obtained)"
    r"|with the consent of",
    "offer": r"\b(offer|bid|quotation|tender)s?\b",
    "joint-venture": r"joint venture",
    "encrypted": r"encrypt",
    "conscription": r"conscript|compulsory service",
    "service": r"\btrain(s|ed|ing|er|ers)?\b|instructor|\bhelp(s|ed|ing)?\b|assist|\badvi[cs]e|\bteach|technical support"
    r"|maintenance support|(firm|company|technicians?|engineers?|citizens?|persons?|contractors?|specialists?) "
    r"(repair|maintain|servic|operat|design|upgrad|test)",
}
# Whose: in words of a name. "American" before a continent's other names is the United States in these texts.
_WHOSE: Final = {
    "US": r"\bus\b|\bu\.s\.|american|united states|pentagon",
    "GB": r"british|\buk\b|united kingdom|royal (air force|navy)",
    "DE": r"german|bundeswehr|luftwaffe",
    "FR": r"french|france",
    "IT": r"italian",
    "ES": r"spanish",
    "NL": r"dutch|netherlands",
    "PL": r"polish",
    "SE": r"swedish",
    "CH": r"swiss",
    "TR": r"turkish",
    "UA": r"ukrainian",
    "RU": r"russian|kremlin",
    "BY": r"belarusian",
    "CN": r"chinese|people's liberation",
    "HK": r"hong kong",
    "MO": r"macau",
    "TW": r"taiwan",
    "JP": r"japanese",
    "KR": r"south korea|\bkorean",
    "KP": r"north korea",
    "IN": r"\bindian",
    "PK": r"pakistan",
    "IR": r"iranian|revolutionary guard",
    "IQ": r"iraqi",
    "IL": r"israeli",
    "SA": r"saudi",
    "AE": r"emirat|\buae\b",
    "QA": r"qatari",
    "EG": r"egyptian",
    "CA": r"canadian",
    "AU": r"australian",
    "BR": r"brazilian",
    "MX": r"mexican",
    "VE": r"venezuelan",
    "CU": r"cuban",
    "SY": r"syrian",
    "MM": r"burm|myanmar",
    "KH": r"cambodian",
    "NI": r"nicaraguan",
    "VN": r"vietnamese",
    "NO": r"norwegian",
    "FI": r"finnish",
    "GR": r"greek",
    "CZ": r"czech",
    "SG": r"singapore",
}
_KINDS: Final = {
    "intelligence": r"intelligence|\bgru\b|secret service",
    "company": r"company|firm|manufacturer|maker|subsidiary|\bgmbh|\bltd|\binc\b",
    "armed_forces": r"armed forces|air force|forces|army|navy|marines|military|guard|bundeswehr",
    "police": r"police",
    "government": r"government|ministry|nato|republic|kingdom|state|embassy",
    "research": r"university|research|institute",
    "person": r"traveller|citizen|person|engineer|resident|national\b",
}


def end_use(text: str) -> str:
    """Return the end use that a text names; civil if it names none of the others, unknown if there is no
    text.
    """
    text = text.lower()
    if text in END_USES:
        return text
    return next((use for word, use in _END_USES.items() if word in text), "civil" if text else "unknown")


def use_facts(text: str) -> frozenset[str]:
    """Return the fields of a thing that hold because the question says so."""
    return frozenset(field for pattern, field in _USES.items() if re.search(pattern, text.lower()))


def occasions(texts: tuple[Any, ...], act: str) -> tuple[str, ...]:
    """Return why a thing moves, as the words tell; () for a plain sale."""
    words = " ".join(str(text) for text in texts if text).lower()
    found = [occasion for occasion, pattern in _OCCASIONS.items() if re.search(pattern, words)]
    if act == "return" and "return" not in found:
        found.append("return")
    return tuple(found)


def country(text: str) -> str | None:
    """Return whose a party is by the words of its name, or None."""
    return next(_countries(text.lower()), None)


def _countries(words: str) -> Iterator[str]:
    yield from (code for code, pattern in _WHOSE.items() if re.search(pattern, words))


_WHO: Final = re.compile(
    r"\ban? (us|u\.s\.|american|british|uk|german|swiss|french|dutch|italian|japanese|korean|australian|canadian) "
    r"(citizen|national|engineer|person|technician|resident|expert|adviser|firm|company|maker|trader|broker)\b"
)
_PERSONS: Final = frozenset("citizen national engineer person technician resident expert adviser".split())


def acting(title: str) -> tuple[str, str, str] | None:
    """Return who acts by the title of an example as (name, country, kind of party), or None."""
    found = _WHO.search(title.lower())
    whose = country(found[1]) if found else None
    if found is None or whose is None:
        return None
    return f"{found[1]} {found[2]}", whose, "person" if found[2] in _PERSONS else "company"


def served(text: str) -> tuple[str, str] | None:
    """Return (country, kind) of the forces, police or government that an end use names, or None."""
    kind, whose = party_kind(text), country(text)
    if whose is None or kind not in ("armed_forces", "police", "government", "intelligence"):
        return None
    return whose, kind


_PLAIN: Final = ("under_sta", "data_center", "beyond_replacement", "over_a_year", "sensitive")


def plain_facts(title: str) -> frozenset[str]:
    """Return the fields that a title tells as well: those that nobody names to deny them."""
    return use_facts(title) & frozenset(_PLAIN)


_ITEMS: Final = {
    r"phone|tablet|laptop|consumer|sim card|\brouter|modem|printer|webcam|digital camera|television|set[- ]top|antivirus"
    r"|vpn client|personal computer": "consumer_device",
}


def item_facts(name: str) -> frozenset[str]:
    """Return the fields of a thing that its name tells."""
    return frozenset(field for pattern, field in _ITEMS.items() if re.search(pattern, name.lower()))


_INFORMED: Final = re.compile(
    r"(?P<no>(not|nobody|never|no one|nor|without)\b.{0,40})?\b(has|have|had|was|were|been|is|are)( been)?( also)? "
    r"(informed|told|notified)\b|\btold by\b|\binformed by\b"
)
_INFORMERS: Final = {
    "US": r"\bbis\b|commerce",
    "DE": r"bafa",
    "GB": r"secretary of state|ecju",
    "CH": r"\bseco\b",
}


def informed_by(texts: tuple[Any, ...], here: str) -> str | None:
    """Return the state whose authority told the asker that a licence is needed, as the words say; else None.

    ``here``: the state of departure, whose authority it is if none is named.
    """
    for text in texts:
        words = str(text or "").lower()
        for found in _INFORMED.finditer(words):
            if not found["no"] and "has not" not in words and "have not" not in words:
                return next((code for code, who in _INFORMERS.items() if re.search(who, words)), here)
    return None


def party_kind(text: str) -> str:
    """Return what kind of party a text names; one that names no office, force or person is a company."""
    words = text.lower().replace("united states", "us")
    return next((kind for kind, pattern in _KINDS.items() if re.search(pattern, words)), "company")
