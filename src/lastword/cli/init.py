"""``lastword init``: a workspace that explains itself."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

import click

from lastword.cli.errors import exit_on_input_error
from lastword.errors import InputError, Problem, Where
from lastword.texts import _, speak

_TOML: Final = {
    "en": """# A Lastword workspace: this folder holds what you know; `lastword` reads nothing else of yours.

# What answers call this workspace.
name = {name}

# The language of answers, "en" or "de".
language = "en"

# The currency in which values are added up. Others need a rate in a facts file: rates: {{USD: "0.92"}}
currency = "EUR"

# Which packs of rules count. Without this line: all that come with Lastword but reported-2025 and
# firm (a firm's own release), and those in packs/.
# packs = ["us-ear", "us-itar", "eu-dual-use", "de"]

# Further folders with packs, and the keys of which one must have signed every pack that does not come with
# Lastword (docs/own-pack.md).
# pack_folders = ["../shared-packs"]
# trust = ["example.org+1c2d3e4f+AQ..."]
""",
    "de": """# Ein Lastword-Arbeitsbereich: Hier steht, was Sie wissen; sonst liest `lastword` nichts von Ihnen.

# Wie Antworten diesen Arbeitsbereich nennen.
name = {name}

# Die Sprache der Antworten, "en" oder "de".
language = "de"

# Die Währung, in der Werte addiert werden. Andere brauchen einen Kurs in einer Faktendatei: rates: {{USD:
# "0.92"}}
currency = "EUR"

# Welche Regelpakete gelten. Ohne diese Zeile: alle mitgelieferten außer reported-2025 und die in packs/.
# packs = ["us-ear", "us-itar", "eu-dual-use", "de"]

# Weitere Ordner mit Paketen, und die Schlüssel, von denen einer jedes nicht mitgelieferte Paket unterschrieben
# haben muss (docs/own-pack.md).
# pack_folders = ["../shared-packs"]
# trust = ["example.org+1c2d3e4f+AQ..."]
""",
}

_EXAMPLE: Final = {
    "en": """# An invented product, to try a question on. Ask:
#   lastword ask example-lamp --act export --from DE --to IN --end-use civil
# Then write your own product in a file beside this one and remove this one.

# Who says what stands in this file. Every fact has a source.
source: example
sources:
  example: {name: "invented example", kind: "example"}

# How firm it is: confirmed, asserted, reported, presumed or disputed.
standing: asserted

things:
  example-lamp:
    name: {en: "Example lamp", de: "Beispielleuchte"}
    kind: commodity                 # commodity, software, technology, data, service or support
    origin: "DE"                    # a country by its ISO code, in quotes: NO without them is not Norway
    value: "200.00 EUR"
    eu: none                        # none = there is none; a line left out = not known, which is never a no
    usml: none
    ml: none
    eccn: EAR99
    contains:
      - {thing: example-driver, quantity: 1, unit_price: "12.50 EUR"}
      - {thing: example-housing, quantity: 1, unit_price: "40.00 EUR"}
    # Nobody has said yet that these are all parts. Remove the sign # to say so, with a name that
    # answers for it:
    # complete: [{list: contains, by: "Your Name", deep: true, remainder: "3%"}]

  example-driver:
    name: {en: "LED driver", de: "LED-Treiber"}
    kind: commodity
    origin: "US"
    eccn: EAR99
    usml: none
    supplier: Example Components    # what nobody said about this part: ml, eu. An answer asks where it matters.

  example-housing:
    name: {en: "Housing", de: "Gehäuse"}
    kind: commodity
    origin: "DE"
    eu: none
    ml: none
    usml: none
""",
    "de": """# Ein erfundenes Erzeugnis, um eine Frage auszuprobieren. Fragen Sie:
#   lastword ask example-lamp --act export --from DE --to IN --end-use civil --lang de
# Schreiben Sie dann Ihr eigenes Erzeugnis in eine Datei daneben und entfernen Sie diese.

# Wer sagt, was in dieser Datei steht. Jede Angabe hat eine Quelle.
source: example
sources:
  example: {name: "erfundenes Beispiel", kind: "Beispiel"}

# Wie fest sie ist: confirmed, asserted, reported, presumed oder disputed.
standing: asserted

things:
  example-lamp:
    name: {en: "Example lamp", de: "Beispielleuchte"}
    kind: commodity                 # commodity, software, technology, data, service oder support
    origin: "DE"                    # ein Land mit seinem ISO-Code, in Anführungszeichen: NO ohne sie ist nicht Norwegen
    value: "200.00 EUR"
    eu: none                        # none = es gibt keine; fehlt die Zeile: nicht bekannt, und das ist nie ein Nein
    usml: none
    ml: none
    eccn: EAR99
    contains:
      - {thing: example-driver, quantity: 1, unit_price: "12.50 EUR"}
      - {thing: example-housing, quantity: 1, unit_price: "40.00 EUR"}
    # Noch hat niemand gesagt, dass dies alle Teile sind. Ohne das Zeichen # sagt es, wer mit Namen
    # dafür einsteht:
    # complete: [{list: contains, by: "Ihr Name", deep: true, remainder: "3%"}]

  example-driver:
    name: {en: "LED driver", de: "LED-Treiber"}
    kind: commodity
    origin: "US"
    eccn: EAR99
    usml: none
    supplier: Example Components    # was niemand gesagt hat: ml, eu. Eine Antwort fragt danach, wo es zählt.

  example-housing:
    name: {en: "Housing", de: "Gehäuse"}
    kind: commodity
    origin: "DE"
    eu: none
    ml: none
    usml: none
""",
}

_PACKS: Final = {
    "en": """# Rules of your own

A folder here is a pack: rules as data, with citations, dated tables and worked cases. The packs that come with
Lastword need no copy here. `lastword rules` lists what is in force; the manual's page on packs says how to write one.
""",
    "de": """# Eigene Regeln

Ein Ordner hier ist ein Paket: Regeln als Daten, mit Fundstellen, datierten Tabellen und durchgerechneten Fällen. Die
mitgelieferten Pakete brauchen hier keine Kopie. `lastword rules` zeigt, was gilt; das Handbuch sagt, wie man eines
schreibt.
""",
}

_README: Final = {
    "en": """# {name}: who must say yes

This folder is a workspace of Lastword. It fits into git: plain text, nothing hidden.

- `lastword.toml`: name, language, currency, packs.
- `facts/`: what you know about your products, one or more files per product.
- `packs/`: rules of your own, if any.

## What to do next

1. Ask about the invented example: `lastword ask example-lamp --act export --from DE --to IN --end-use civil`
2. Bring in a bill of materials: `lastword import bom.xlsx --into .`
   It may be CSV, XLSX or CycloneDX JSON, with English or German column names, and is taken as a whole or not at all.
3. See what is wrong or missing: `lastword check`
4. Ask your suppliers: `lastword settle PRODUCT --from DE --to IN` writes the questions; their replies come back
   with `lastword import`.

What nobody has said counts as unknown, never as no. Lastword is no legal advice.
""",
    "de": """# {name}: wer zustimmen muss

Dieser Ordner ist ein Arbeitsbereich von Lastword. Er passt in git: lesbarer Text, nichts verborgen.

- `lastword.toml`: Name, Sprache, Währung, Pakete.
- `facts/`: was Sie über Ihre Erzeugnisse wissen, eine oder mehrere Dateien je Erzeugnis.
- `packs/`: eigene Regeln, wenn es welche gibt.

## Die nächsten Schritte

1. Fragen Sie nach dem erfundenen Beispiel: `lastword ask example-lamp --act export --from DE --to IN --end-use civil`
2. Nehmen Sie eine Stückliste auf: `lastword import stueckliste.xlsx --into .`
   Sie darf CSV, XLSX oder CycloneDX-JSON sein, mit deutschen oder englischen Spaltennamen, und kommt ganz herein
   oder gar nicht.
3. Sehen Sie, was falsch ist oder fehlt: `lastword check`
4. Fragen Sie Ihre Lieferanten: `lastword settle ERZEUGNIS --from DE --to IN` schreibt die Fragen; ihre
   Antworten nimmt `lastword import` auf.

Was niemand gesagt hat, gilt als unbekannt, nie als Nein. Lastword ist keine Rechtsberatung.
""",
}


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--lang", type=click.Choice(["en", "de"]), default="en", help="Language of the files and answers."
)
@exit_on_input_error()
def init(folder: Path, lang: str) -> None:
    """Make a workspace in FOLDER, which must be empty or new."""
    speak(lang)
    if folder.exists() and not folder.is_dir():
        raise InputError(Problem(Where(str(folder)), "is a file, not a folder", "name a new folder"))
    if folder.is_dir() and any(folder.iterdir()):
        raise InputError(Problem(Where(str(folder)), "is not empty", "name a new or empty folder"))
    name = folder.resolve().name
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    files = {
        "facts/example.yaml": _EXAMPLE[lang],
        "packs/README.md": _PACKS[lang],
        "README.md": _README[lang].format(name=name),
        # Last: a folder becomes a workspace by this file, so one that broke off halfway is none.
        "lastword.toml": _TOML[lang].format(name=quoted),
    }
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    click.echo(_("Made the workspace %(folder)s") % {"folder": folder})
    click.echo(
        _("Next: cd %(folder)s; lastword ask example-lamp --act export --from DE --to IN --end-use civil")
        % {"folder": shlex.quote(str(folder))}
    )
