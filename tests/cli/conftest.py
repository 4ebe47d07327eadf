"""What the tests of the command line share: the bundled workspaces, a small workspace, and a way to run a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lastword.cli.main import main
from lastword.texts import speak

EXAMPLES = Path(__file__).parents[2] / "examples"
Run = Callable[..., Result]

FACTS = """\
source: maker
sources: {maker: {name: "our own records", kind: "maker"}}
standing: asserted
rates: {USD: "0.90"}
parties:
  acme: {name: "Acme Imaging Ltd", kind: company, country: "IN"}
things:
  tc-4:
    name: {en: "Thermal camera TC-4", de: "Wärmebildkamera TC-4"}
    kind: commodity
    origin: "DE"
    value: "10000 EUR"
    eu: 6A003.b.4.b
    ml: none
    usml: none
    contains:
      - {thing: core-c2, quantity: 1, unit_price: "2140 EUR"}
      - {thing: lens, quantity: 2, unit_price: "250 EUR"}
    complete: [{list: contains, by: "E. Muster", deep: true}]
  core-c2:
    name: {en: "core C-2", de: "Kern C-2"}
    kind: commodity
    origin: "US"
    eccn: 6A002.a.3.f
  lens: {name: {en: "lens", de: "Objektiv"}, kind: commodity, supplier: "Optik Beispiel GmbH"}
"""


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Begin and end each test in English; a command leaves its language behind."""
    speak("en")
    yield
    speak("en")


@pytest.fixture
def run() -> Run:
    """Return a function that runs ``lastword`` with words and returns what came of it."""

    def run_words(*words: str | Path) -> Result:
        return CliRunner().invoke(main, [str(word) for word in words])

    return run_words


@pytest.fixture
def reported() -> Path:
    """Return the workspace of the reference case."""
    return EXAMPLES / "long-range-2025"


OWN_RULES = """\
rules:
- id: OWN-CONSENT
  kind: consent
  title: {en: "Lamps need a yes to leave the country", de: "Lampen brauchen zur Ausfuhr eine Zustimmung"}
  citation: {text: "Own Act s. 1", read: 2026-01-01}
  acts: [export]
  consent: {alternatives: [[{authority: DE/OFFICE}]], asked_by: [exporter], claim: statute, outlook: presumed_grant,
            usual_time: {days: 30, kind: working, en: "30 working days", de: "30 Arbeitstage",
                         citation: {text: "Own Act s. 5", read: 2026-01-01}}}
- id: OWN-FAIR
  kind: permission
  name: FAIR
  title: {en: "Lamps for a fair", de: "Lampen für eine Messe"}
  citation: {text: "Own Act s. 4", read: 2026-01-01}
  acts: [export]
  satisfies: [OWN-CONSENT]
  when: "table('own_fairs', to)"
  checklist:
  - {id: comes-back, en: "it comes back", de: "sie kommt zurück"}
  - {id: fair, en: "it is shown at a fair", de: "sie wird auf einer Messe gezeigt", circumstance: exhibition}
  duties:
  - {id: tell, what: {en: "tell", de: "anzeigen"}, to: DE/OFFICE, who: exporter, when: before}
- id: OWN-GENERAL
  kind: permission
  name: OGL
  title: {en: "General licence for civil lamps", de: "Allgemeine Genehmigung für zivile Lampen"}
  citation: {text: "Own Act s. 2", read: 2026-01-01}
  acts: [export]
  satisfies: [OWN-CONSENT]
  when: "end_use == 'civil'"
  burden: none
  duties:
  - {id: register, what: {en: "register", de: "sich registrieren"}, to: DE/OFFICE, who: exporter, when: before}
  - {id: report, what: {en: "report", de: "melden"}, to: DE/OFFICE, who: exporter, when: after, days: 30}
- id: OWN-BAN
  kind: prohibition
  title: {en: "No lamps for nuclear use", de: "Keine Lampen für nukleare Zwecke"}
  citation: {text: "Own Act s. 3", read: 2026-01-01}
  acts: [export]
  when: "end_use == 'nuclear'"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Return a workspace with a lamp and a pack of its own: a consent, a general licence with duties, a ban."""
    root = tmp_path / "own"
    (root / "facts").mkdir(parents=True)
    (root / "packs" / "own" / "rules").mkdir(parents=True)
    (root / "lastword.toml").write_text('name = "own"\npacks = ["own"]\n')
    (root / "facts" / "lamp.yaml").write_text(
        'things: {lamp: {name: {en: Lamp, de: Lampe}, kind: commodity, origin: "DE"}}\n'
    )
    (root / "packs" / "own" / "pack.yaml").write_text(
        'id: own\ntitle: {en: "Own", de: "Eigen"}\nstate: "DE"\n'
        'authorities: {DE/OFFICE: {en: "Lamp Office (LO), Germany", de: "Lampenamt (LA)"}}\n'
        'covers: [{states: ["DE"], acts: [export]}]\n'
    )
    (root / "packs" / "own" / "tables.yaml").write_text(
        'tables: [{id: own_fairs, title: {en: "Fairs", de: "Messen"}, citation: {text: "Own list", read: 2026-01-01},\n'
        '  file: fairs.csv, keys: [iso2], value: fair, type: yes-no, missing: "no", read: [2026-01-01], stale_after: 90}]\n',
        encoding="utf-8",
    )
    (root / "packs" / "own" / "fairs.csv").write_text("iso2,fair\nIN,yes\n")
    (root / "packs" / "own" / "rules" / "own.yaml").write_text(OWN_RULES, encoding="utf-8")
    return root


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Return a workspace with one camera of two parts, one of which nobody classified."""
    root = tmp_path / "small"
    (root / "facts").mkdir(parents=True)
    (root / "lastword.toml").write_text(
        'name = "small"\nlanguage = "en"\npacks = ["eu-dual-use", "us-ear", "us-itar", "de"]\n'
    )
    (root / "facts" / "camera.yaml").write_text(FACTS, encoding="utf-8")
    return root
