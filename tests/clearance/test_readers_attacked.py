"""What somebody learns who may not: every command, typed about a hidden case and about none, says the same."""

from __future__ import annotations

import base64
import json
import re
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "scenarios"))

from practice import WORKSPACES, Practice, founded

CASE, OPEN, NONE = "K7M4-QX2P", "ZZZZ-0001", "ZZZZ-0009"
HOLD = "hold-on-zzzz"
WORDS = (
    "END-USE",
    "ADVICE",
    "PROVISO",
    "QUERY",
    "REPLY",
    "FOR-APPLICANT",
    "FOR-FILE",
    "COUNTERSIGNED",
    "OPEN-ADVICE",
)
CANARY = "KANARIE-"
OFFICERS = ("p-fay", "p-mo", "p-des", "p-liz", "p-con", "p-kay")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """Return a British desk: a case of maker-ltd that is decided, an open one, and the staff of a rival."""
    folder = tmp_path_factory.mktemp("readers")
    uk = Practice(folder / "store")
    founded(uk, folder, "2026-03-02", ("p-kay",), 1)
    shutil.copytree(WORKSPACES / "uk-desk", folder / "ws")
    roster = folder / "ws" / "roster.yaml"
    rival = '  p-eve: {name: "KANARIE-NAME", organisation: rival-ltd}\nofficers:'
    roster.write_text(roster.read_text().replace("officers:", rival))
    uk(f"load {folder / 'ws'}")
    camera = "case file camera --from GB --to IN --end-use civil --party end_user=rescue"
    uk(
        f"{camera} --end-use-text KANARIE-END-USE --quantity 10 --id {CASE}",
        by="p-ann",
        at="2026-03-02T11:00Z",
    )
    uk(
        f"case advise {CASE} approve --text KANARIE-ADVICE --proviso KANARIE-PROVISO",
        by="p-fay",
        at="2026-03-03T10:00Z",
    )
    uk(f"case query {CASE} --text KANARIE-QUERY", by="p-liz")
    uk(f"case reply {CASE} q1 --text KANARIE-REPLY", by="p-ann")
    uk(f"case advise {CASE} approve", by="p-mo")
    uk(f"case advise {CASE} no_view", by="p-des")
    uk(
        f"case decide {CASE} grant --text-applicant KANARIE-FOR-APPLICANT --text-file KANARIE-FOR-FILE",
        by="p-liz",
        at="2026-03-10T12:00Z",
    )
    uk(f"case countersign {CASE} --text KANARIE-COUNTERSIGNED", by="p-con")
    uk(f"licence use {CASE} --item '1=2 piece' --use u1 --key k1", by="p-ann")
    uk(f"{camera} --quantity 5 --id {OPEN}", by="p-ann", at="2026-03-11T13:00Z")
    uk(f"case advise {OPEN} refuse --ground 1 --text KANARIE-OPEN-ADVICE", by="p-fay")
    uk(f"moratorium declare {HOLD} --case ABCD-EFGH --text KANARIE-HOLD")
    return uk


COMMANDS = """\
case show {case}
case show {case} --json
case letter {case}
case query {case} --text x
case reply {case} q1 --text x
case advise {case} approve
case agree {case}
case agree {case} --no
case object {case} --text x
case decide {case} grant
case decide {case} refuse --ground 1 --clearance GB/ECJU:export-licence
case countersign {case}
case escalate {case}
case amend {case} --quantity 3
case withdraw {case}
case close {case}
case appeal {case} --text x
case drop-proviso {case} p2.1
case break-glass {case} --text x
case list --after {case}
licence list --case {case}
licence show {case}
licence show {licence} --json
licence use {licence} --item '1=1 piece' --use z1
licence reserve {licence} --item '1=1 piece' --use z2 --expires 2026-05-01T00:00Z
licence confirm {licence} --use u1
licence release {licence} --use u1
licence return {licence} --use u1 --item '1=1 piece'
licence report {licence} --use z3 --item '1=1 piece'
licence suspend {licence} --ground 1
licence reinstate {licence}
licence revoke {licence} --ground 1
licence surrender {licence}
licence drop-proviso {licence} p2.1
licence review {licence} right
replay {case}
replay {case} --json
record texts {case}
record export {case} --for applicant --to {folder}/x.zip
record export {case} --for public --to {folder}/x.zip
""".splitlines()


@pytest.mark.parametrize("reader", ["p-eve", "maker-ltd"])
def test_a_hidden_case_is_answered_like_none(desk: Practice, tmp_path: Path, reader: str) -> None:
    """A rival's staff, somebody whom nobody knows, and whoever gives the applicant's id for a person's: no difference."""
    licence = licence_of(desk)
    for command in COMMANDS:
        told = []
        for case, held in ((CASE, licence), (OPEN, licence), (NONE, "L-ZZZZ-ZZZZ")):
            result = desk.run(command.format(case=case, licence=held, folder=tmp_path), by=reader)
            text = result.output.replace(case, "CASE").replace(held, "LICENCE")
            told.append((result.exit_code, text, list(tmp_path.iterdir())))
        assert told[0] == told[1] == told[2], command


def licence_of(desk: Practice) -> str:
    """Return the licence of the decided case."""
    found = re.search(r"L-[0-9A-Z-]+", desk("licence list", by="p-liz"))
    assert found is not None
    return found[0]


@pytest.mark.parametrize("reader", ["p-eve", "p-nobody", "maker-ltd"])
def test_lists_and_counts_leave_out_what_is_hidden(desk: Practice, reader: str) -> None:
    """No number betrays a hidden case."""
    assert json.loads(desk.run("case list --json", by=reader).output) == []
    assert json.loads(desk.run("case list --mine --json", by=reader).output) == []
    assert json.loads(desk.run("licence list --json", by=reader).output) == []
    assert json.loads(desk.run("register --json", by=reader).output)["authorities"] == []


def test_a_hold_that_names_a_case_is_for_offices_alone(desk: Practice) -> None:
    """Else it would say that there is such a case."""
    assert HOLD in desk("moratorium list", by="p-liz")
    for reader in ("p-eve", "p-ann"):
        assert HOLD not in desk("moratorium list", by=reader)
        assert json.loads(desk.run("moratorium list --json", by=reader).output) == []


def test_offices_are_shown_before_persons(desk: Practice) -> None:
    """Whoever holds no office sees which offices are held, and not by whom."""
    told = desk("office list", by="p-ann")
    assert "GB/ECJU-licensing" in told
    assert "held" in told
    for command in (
        "office list",
        "office list --json",
        "office list --all",
        "deputy list",
        "office proposals",
    ):
        told = desk(command, by="p-ann")
        assert not [person for person in OFFICERS if person in told]
    assert "p-liz" in desk("office list", by="p-kay")


@pytest.mark.parametrize("case", [CASE, OPEN])
def test_the_applicant_sees_neither_officers_nor_what_is_for_the_file(desk: Practice, case: str) -> None:
    """On the page, in JSON, in the letter and in the licence."""
    for command in (
        f"case show {case}",
        f"case show {case} --json",
        f"case letter {case}",
        "case list --json",
    ):
        told = desk(command, by="p-ann")
        assert not [person for person in OFFICERS if person in told], command
        for word in ("ADVICE", "FOR-FILE", "COUNTERSIGNED", "OPEN-ADVICE", "HOLD"):
            assert CANARY + word not in told, command
    told = desk(f"licence show {CASE} --json", by="p-ann")
    assert not [person for person in OFFICERS if person in told]


def opened(desk: Practice, case: str, reader: str, folder: Path) -> list[tuple[str, Any]]:
    """Return name and value of every disclosure in the bundle that is handed out about a case."""
    path = folder / f"{reader}.zip"
    desk(f"record export {case} --for {reader} --to {path}", by="p-liz")
    found = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("disclosures/"):
                for line in archive.read(name).decode().split():
                    _salt, field, value = json.loads(base64.urlsafe_b64decode(line + "=" * (-len(line) % 4)))
                    found.append((field, value))
    return found


def test_a_bundle_for_the_applicant_names_no_officer_and_no_reasons_of_the_file(
    desk: Practice, tmp_path: Path
) -> None:
    """Who asked, decided and countersigned, the rules behind the answer, and the digests over reasons stand in other parts."""
    found = opened(desk, CASE, "applicant", tmp_path)
    told = json.dumps(found)
    assert not [person for person in OFFICERS if person in told]
    seen = {word for word in WORDS if f"{CANARY}{word}" in told}
    assert seen == {"END-USE", "PROVISO", "QUERY", "REPLY", "FOR-APPLICANT"}
    kinds = {value["kind"] for name, value in found if name == "kept:applicant"}
    assert {"case.filed", "case.query_asked", "case.decided", "licence.issued"} <= kinds
    assert not {name for name, _value in found} & {"kept:file"}
    filed = next(
        value["data"] for name, value in found if name == "kept:applicant" and value["kind"] == "case.filed"
    )
    assert not {"rules", "basis"} & filed["assessment"]["consents"][0].keys()
    assert not {"rules", "basis", "votes"} & filed["clearances"][0].keys()
    assert "facts_digest" not in filed["assessment"]


def test_a_bundle_for_the_applicant_before_the_decision_holds_no_views(
    desk: Practice, tmp_path: Path
) -> None:
    """An office has advised against it; the applicant is shown what the applicant wrote."""
    found = opened(desk, OPEN, "applicant", tmp_path)
    told = json.dumps(found)
    assert CANARY not in told
    assert "case.vote_cast" not in told
    assert not [person for person in OFFICERS if person in told]


def test_a_bundle_for_the_public_tells_of_keys_alone(desk: Practice, tmp_path: Path) -> None:
    """Not even which case it is about stands in what is open of it."""
    found = opened(desk, CASE, "public", tmp_path)
    told = json.dumps(found)
    assert CANARY not in told
    assert CASE not in told
    assert not re.search(r"\bp-[a-z]+", told)


def test_a_bundle_for_an_auditor_holds_everything(desk: Practice, tmp_path: Path) -> None:
    """The parts put together say who did what."""
    told = json.dumps(opened(desk, CASE, "auditor", tmp_path))
    for word in WORDS[:-1]:
        assert f"{CANARY}{word}" in told
    assert "p-con" in told


def test_no_words_and_no_names_stand_in_any_file_in_clear(desk: Practice) -> None:
    """After filing, advice, questions, decisions, uses, a hold and names of persons: in no table, index or log."""
    for path in desk.store.parent.rglob("*"):
        if path.is_file() and "ws" not in path.relative_to(desk.store.parent).parts:
            content = path.read_bytes()
            assert CANARY.encode() not in content, path.name
            assert b"Liz Licensing" not in content, path.name
            assert b"Rescue" not in content, path.name


def test_what_comes_out_otherwise_names_reasons_to_offices_alone(desk: Practice) -> None:
    """The applicant may ask whether the same comes out, and is told yes or no."""
    told = json.loads(desk.run(f"replay {CASE} --json", by="p-ann").output)
    assert all(step["differences"] == [] for step in told["steps"])


def test_a_key_of_somebody_else_is_not_known(desk: Practice) -> None:
    """A rival learns neither that p-ann used the key `k1` nor what for."""
    used = desk.run(f"licence use {CASE} --item '1=2 piece' --use u1 --key k1", by="p-eve")
    free = desk.run(f"licence use {CASE} --item '1=2 piece' --use u1 --key other", by="p-eve")
    assert (used.exit_code, used.output) == (free.exit_code, free.output)
