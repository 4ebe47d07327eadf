"""What can be said about a thing, a party and the elements of their lists: the fact schema.

Kinds of value: ``text``, ``name`` (a word of a fixed list), ``place`` (ISO 3166 alpha-2, also XK and SU),
``number``, ``money``, ``day``, ``yes-no``, ``code`` (of a control list), ``columns`` (chart columns).
Packs add their statable terms to the fields of a thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute: kind of value, the words it may have (kind ``name``), and what it is called in English
    and German.
    """

    kind: str
    en: str
    de: str
    words: tuple[str, ...] = ()


THING_KINDS = ("commodity", "software", "technology", "data", "service", "support")
ACTS = ("export", "reexport", "retransfer", "transit", "return", "release", "service", "use", "disposal")
END_USES = (
    "civil", "military", "security", "nuclear", "missile", "chemical-biological", "space", "research",
    "medical", "humanitarian",
    "resale", "unknown",
)  # fmt: skip
CIRCUMSTANCES = (
    "sale", "repair", "replacement", "exhibition", "temporary", "return", "gift", "baggage", "deployment",
    "government",
)  # fmt: skip
ROLES = (
    "buyer", "consignee", "intermediate_consignee", "ultimate_consignee", "end_user", "forwarder",
    "carrier", "broker", "bank", "exporter", "supporter", "other",
)  # fmt: skip
PARTY_KINDS = (
    "company",
    "government",
    "armed_forces",
    "police",
    "intelligence",
    "research",
    "person",
    "other",
)
CHANNELS = ("sale", "grant", "government_sale", "cooperative_project", "resale", "lease", "unknown")

THING: Final[dict[str, Field]] = {
    "name": Field("text", "name", "Benennung"),
    "kind": Field("name", "kind of thing", "Art der Sache", THING_KINDS),
    "origin": Field("place", "country of origin", "Ursprungsland"),
    "eccn": Field(
        "code", "US Commerce Control List number (ECCN)", "Nummer der US-Handelskontrollliste (ECCN)"
    ),
    "columns": Field("columns", "Country Chart columns", "Spalten der US-Länderübersicht"),
    "usml": Field("code", "US Munitions List category", "Kategorie der US-Rüstungsgüterliste"),
    "ml": Field("code", "common military list number", "Nummer der Gemeinsamen Militärgüterliste"),
    "eu": Field("code", "EU dual-use number (Annex I)", "EU-Dual-Use-Nummer (Anhang I)"),
    "de": Field("code", "German export list entry", "Eintrag der deutschen Ausfuhrliste"),
    "uk": Field("code", "UK strategic export list entry", "Eintrag der britischen Kontrollliste"),
    "ch": Field("code", "Swiss list entry", "Eintrag der Schweizer Güterlisten"),
    "war_weapon": Field("code", "German war weapons list number", "Nummer der Kriegswaffenliste"),
    "value": Field("money", "value", "Wert"),
    "discrete": Field("yes-no", "a product that stands by itself", "eigenständiges Erzeugnis"),
    "supplier": Field("text", "supplier", "Lieferant"),
    "provider": Field("place", "state of the provider", "Staat des Bereitstellers"),
    "holder": Field("place", "state of the holder", "Staat des Inhabers"),
    "public": Field("yes-no", "published", "veröffentlicht"),
}

LISTS: Final[dict[str, dict[str, Field]]] = {
    **{
        name: {
            "thing": Field("text", "thing", "Sache"),
            "quantity": Field("number", "quantity", "Menge"),
            "unit_price": Field("money", "unit price", "Stückpreis"),
            "share": Field("number", "share of value", "Wertanteil"),
        }
        for name in ("contains", "bundled_with")
    },
    "made_with": {
        "thing": Field("text", "technology or plant", "Technologie oder Anlage"),
        "relation": Field("name", "relation", "Beziehung", ("direct_product_of", "produced_by_plant")),
    },
    **{
        name: {"thing": Field("text", "thing needed", "benötigte Sache")}
        for name in ("needs_data", "needs_support", "needs_service")
    },
    "custody": {
        "from": Field("place", "from", "von"),
        "to": Field("place", "to", "an"),
        "channel": Field("name", "channel", "Weg", CHANNELS),
        "undertaking": Field("name", "undertaking", "Zusage", ("no_reexport", "denied")),
        "day": Field("day", "day", "Tag"),
        "order": Field("number", "order", "Reihenfolge"),
    },
    "owners": {
        "party": Field("text", "owner", "Eigentümer"),
        "share": Field("number", "share", "Anteil"),
    },
    "licences": {
        "holder": Field("text", "holder", "Inhaber"),
        "state": Field("place", "state that granted it", "erteilender Staat"),
        "kind": Field("text", "kind", "Art"),
        "number": Field("text", "number", "Nummer"),
        "rule": Field("text", "rule it satisfies", "erfüllte Vorschrift"),
        "to": Field("place", "destination", "Bestimmungsland"),
        "terms": Field("text", "terms passed on", "weitergegebene Auflagen"),
    },
}
NEEDS: Final = ("needs_data", "needs_support", "needs_service")
DEPENDENCIES: Final = ("contains", "bundled_with", "made_with", *NEEDS)

PARTY: Final[dict[str, Field]] = {
    "name": Field("text", "name", "Name"),
    "kind": Field("name", "kind of party", "Art der Partei", PARTY_KINDS),
    "role": Field("name", "role", "Rolle", ROLES),
    "country": Field("place", "country", "Land"),
    "nationality": Field("place", "nationality", "Staatsangehörigkeit"),
    "listed": Field("code", "entry on a party list", "Eintrag auf einer Personenliste"),
    "informed_by": Field("place", "informed by the authority of", "unterrichtet von der Behörde von"),
}
