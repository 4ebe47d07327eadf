"""The page for auditors cannot drift from what is checked."""

from __future__ import annotations

import re
from pathlib import Path

from smalllog import LOG, WITNESSES, policy, world

from lastword.errors import Where
from lastword.record.bundle import write_bundle
from lastword.record.policy import Policy
from lastword.record.verify import verify

PAGE = Path(__file__).parents[2] / "docs" / "auditors.md"


def test_every_check_is_explained_and_every_one_explained_is_made() -> None:
    """The names in the table are those that a verdict has; what a small case has none of is written in the code."""
    w = world()
    made = {check.name for check in verify(write_bundle(w.parts()), policy(), w.log.note(4)).checks}
    made |= {check.name for check in verify(b"", policy()).checks}
    source = Path(verify.__code__.co_filename).read_text(encoding="utf-8")
    told = set(re.findall(r"^\| `([a-z-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    assert made <= told
    assert all(f'"{name}"' in source for name in told)


def test_the_example_of_a_policy_is_one_but_for_its_keys() -> None:
    """With real keys in it, it is read."""
    text = next(
        body for body in re.findall(r"^```text\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    )
    keys = iter([str(LOG.verifier), *(str(one.key) for one in WITNESSES)])
    real = re.sub(r"\S+\+[0-9a-f]{8}\+\S+", lambda _match: next(keys), text)
    read = Policy.read(real.encode(), Where("policy"))
    assert read.met(["parliament", "university"])
    assert not read.met(["parliament"])
