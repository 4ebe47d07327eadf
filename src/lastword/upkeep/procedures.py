"""What is wrong in the procedures of packs, and consents that nobody says how to decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from lastword.errors import InputError
from lastword.files.procedures import FILE, procedures_of, without_procedure
from lastword.rules.rule import Pack
from lastword.upkeep.finding import Finding

KIND: Final = "procedure"


def procedure_findings(packs: Iterable[Pack], folders: Mapping[str, Path]) -> Iterator[Finding]:
    """Yield what is found in the procedures of all packs; ``folders``: id -> folder.

    A pack that says nothing of procedures is for questions only, and that is no gap.
    """
    try:
        known = procedures_of(folders.values())
    except InputError as error:
        for problem in error.problems:
            what = f"{problem.what}; {problem.mend}" if problem.mend else problem.what
            yield Finding(problem.where.file.split("/", 1)[0], problem.where, True, KIND, "", what)
        return
    for pack in packs:
        if not (folders[pack.id] / FILE).is_file():
            continue
        for problem in without_procedure(pack, known):
            yield Finding(pack.id, problem.where, False, KIND, "", f"{problem.what}; {problem.mend}")
