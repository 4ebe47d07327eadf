"""What the columns of people's sheets are called, in English and German, and which of ours each one is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from lastword.errors import InputError, Problem, Where
from lastword.facts.schema import THING, Field
from lastword.files.suggestion import did_you_mean, unknown_word

_PART_NAMES: Final[Mapping[str, str]] = {
    "id": "id|part|part id|part no|part number|part nr|pn|p/n|item|item id|item no|item number|article|article no"
    "|article number|material|material no|material number|component|teil|teilenummer|teilenr|teile-nr|teilnummer"
    "|teile-id|artikel|artikelnummer|artikelnr|artikel-nr|materialnummer|materialnr|sachnummer|sachnr|identnummer"
    "|ident-nr|komponente|position id",
    "name": "name|description|designation|title|part name|item name|benennung|bezeichnung|beschreibung|titel"
    "|artikelbezeichnung|teilebezeichnung|materialkurztext|kurztext",
    "name_de": "name de|name deutsch|name german|benennung de|benennung deutsch|bezeichnung de",
    "name_en": "name en|name english|name englisch|benennung en|benennung englisch|description en",
    "parent": "parent|parent id|parent part|parent item|parent no|parent number|assembly|parent assembly|in|baugruppe"
    "|übergeordnet|übergeordnete baugruppe|oberteil|obere baugruppe|gehört zu|enthalten in",
    "level": "level|bom level|lvl|indent|depth|stufe|ebene|strukturstufe|stücklistenstufe|baustufe|auflösungsstufe",
    "quantity": "quantity|qty|qty per|quantity per|count|pieces|number of pieces|menge|anzahl|stückzahl|stück"
    "|komponentenmenge|mengen",
    "unit_price": "unit price|price|unit cost|cost|price each|price per piece|standard cost|preis|einzelpreis"
    "|stückpreis|kosten|stückkosten|einzelkosten|preis pro stück|preis je stück",
    "share": "share|share of value|value share|anteil|wertanteil|anteil am wert",
    "currency": "currency|curr|ccy|currency code|währung|währungsschlüssel|whrg|wkz|waers",
    "origin": "origin|country of origin|country origin|coo|origin country|made in|ursprungsland|ursprung"
    "|land des ursprungs|herstellungsland",
    "eccn": "eccn|us eccn|eccn no|eccn nr|eccn number|eccn nummer|export control classification number|us-eccn",
    "usml": "usml|usml category|usml cat|us munitions list|usml kategorie",
    "eu": "eu|eu no|eu number|eu nr|dual use|dual-use|dual-use-nr|dual use nr|dual use no|dual use number"
    "|dual-use-nummer|eu dual use|eu-dual-use-nr|eu dual use number|eu dual-use nummer|annex i|anhang i"
    "|dual use güternummer",
    "ml": "ml|ml no|ml nr|ml number|ml nummer|military list|common military list|militärgüterliste|militärliste",
    "supplier": "supplier|supplier name|vendor|vendor name|lieferant|lieferantenname|zulieferer|kreditor",
    "kind": "kind|kind of thing|art|art der sache",
}
_DECLARATION_NAMES: Final[Mapping[str, str]] = {
    "supplier": _PART_NAMES["supplier"] + "|declared by|declarant|erklärender",
    "scope": "scope|covers|applies to|geltungsbereich|umfang|gilt für|part|part id|teilenummer",
    "term": "term|what|statement|property|characteristic|merkmal|begriff|eigenschaft|angabe",
    "value": "value|declared value|wert|angabewert|inhalt",
    "from": "from|valid from|gültig von|gültig ab|von|ab",
    "to": "to|until|valid to|valid until|gültig bis|bis",
    "signed_by": "signed by|signed|signatory|signature|unterschrieben von|unterzeichnet von|unterzeichner|unterschrift",
}
_WHOSE_LIST: Final[Mapping[str, str]] = {"eccn": "US", "usml": "US", "eu": "EU", "ml": "EU"}
_NUMBER_WORDS: Final = ("", "no", "nr", "number", "nummer", "code", "category", "classification", "entry")
_CURRENCY_IN_NAME = re.compile(r"(.+?)[\s_]*(?:\bin\s+)?[\[(]?\b([A-Z]{3}|€)[\])]?")
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


def folded(name: str) -> str:
    """Return a name without regard to case, spaces, signs and the ways of writing an umlaut."""
    plain = unicodedata.normalize("NFC", name).casefold().translate(_UMLAUTS)
    plain = "".join(letter for letter in plain if letter.isalnum())
    return plain.replace("ae", "a").replace("oe", "o").replace("ue", "u")


def part_names(terms: Mapping[str, Field]) -> dict[str, str]:
    """Return folded name -> our column, for a bill of materials."""
    names: dict[str, str] = {}
    for ours, field in (*terms.items(), *THING.items()):
        for name in (ours, field.en, field.de):
            names[folded(name)] = ours
    return {**names, **_list_names(), **_spread(_PART_NAMES)}


def _list_names() -> dict[str, str]:
    """Return what people call the columns of the control lists, with whose list it is before and "no" after."""
    return {
        folded(f"{whose} {name} {number}"): ours
        for ours, whose_list in _WHOSE_LIST.items()
        for name in _PART_NAMES[ours].split("|")
        for whose in ("", whose_list)
        for number in _NUMBER_WORDS
    }


def declaration_names() -> dict[str, str]:
    """Return folded name -> our column, for a table of declarations."""
    return _spread(_DECLARATION_NAMES)


def _spread(names: Mapping[str, str]) -> dict[str, str]:
    return {folded(name): ours for ours, all_of_it in names.items() for name in (ours, *all_of_it.split("|"))}


def are_declarations(header: Sequence[str]) -> bool:
    """Say whether a header is that of a table of declarations: only those name a term, a value and a
    signature.
    """
    names = declaration_names()
    found = {names.get(folded(name)) for name in header}
    return {"term", "value"} <= found and bool({"scope", "signed_by"} & found)


def unread(header: Sequence[str], at: Mapping[str, int]) -> list[str]:
    """Return the names of the columns that are none of ours."""
    return [name for index, name in enumerate(header) if name and index not in at.values()]


def recognised(
    header: Sequence[str], names: Mapping[str, str], mapped: Mapping[str, str], file: str
) -> tuple[dict[str, int], dict[str, str]]:
    """Return our column -> its position, and our price column -> the currency that its name states.

    ``mapped``: our column -> the name in this sheet, said by the user. Raises InputError.
    """
    at: dict[str, int] = {}
    currencies: dict[str, str] = {}
    problems: list[Problem] = []
    where = Where(file, 1)
    ours_known = set(names.values())
    for ours, theirs in mapped.items():
        if ours not in ours_known:
            what, mend = unknown_word("a column that can be mapped", ours, ours_known)
            problems.append(Problem(Where("--map"), what, mend))
            continue
        found = [index for index, name in enumerate(header) if name == theirs.strip()]
        found = found or [index for index, name in enumerate(header) if folded(name) == folded(theirs)]
        if not found:
            mend = did_you_mean(theirs, header) or "it has " + ", ".join(
                f"`{name}`" for name in header if name
            )
            problems.append(Problem(where, f"there is no column `{theirs}` to be `{ours}`", mend))
        else:
            at[ours] = found[0]
    taken = set(at.values())
    for index, name in enumerate(header):
        if index in taken or not name:
            continue
        found_ours = names.get(folded(name))
        stated = _CURRENCY_IN_NAME.fullmatch(name) if found_ours is None and len(name) <= 80 else None
        if stated and names.get(folded(stated[1])) == "unit_price":
            found_ours = "unit_price"
            currencies["unit_price"] = "EUR" if stated[2] == "€" else stated[2]
        if found_ours is None or (found_ours in mapped and found_ours in at):
            continue
        if found_ours in at:
            what = f"the columns `{header[at[found_ours]]}` and `{name}` may both be `{found_ours}`"
            problems.append(Problem(where, what, f"say which: --map {found_ours}=NAME"))
        else:
            at[found_ours] = index
    if problems:
        raise InputError(problems)
    return at, currencies
