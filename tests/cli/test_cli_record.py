"""``lastword record``: checked, handed out, erased, copied and brought back from the command line."""

from __future__ import annotations

import json
import sqlite3
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from lastword.cli.main import main

sys.path.append(str(Path(__file__).parents[1] / "store"))

from lampcase import CANARY, LATER, LampCase, lamp_case

AT = LATER.isoformat()


@pytest.fixture
def lamp(tmp_path: Path) -> LampCase:
    """Return a practice record with a decided case."""
    return lamp_case(tmp_path)


def run(lamp: LampCase, *typed: str, person: str = "lou") -> Result:
    """Run a command of `lastword record` on the record."""
    env = {"LASTWORD_STORE": str(lamp.made.folder), "LASTWORD_AS": person, "LASTWORD_AT": AT}
    return CliRunner().invoke(main, ["record", *typed], env=env)


def policy_file(lamp: LampCase, tmp_path: Path) -> str:
    """Write an auditor's policy that trusts the record's log and asks for no witness."""
    with lamp.open() as store:
        key = store.state("keys").log_key
    path = tmp_path / "auditor.policy"
    path.write_text(f"log {key}\nquorum none\n")
    return str(path)


def test_a_sound_record_is_told_so(lamp: LampCase) -> None:
    """`check`, with and without its short forms, says sound and exits with 0; `rebuild` and `audit` find nothing."""
    for typed in (("check",), ("check", "--quick"), ("check", "--hashes")):
        done = run(lamp, *typed)
        assert (done.exit_code, done.output) == (0, "sound: 11 entries\n"), typed
    assert run(lamp, "rebuild").output == "Nothing differs: the states are what the entries come to.\n"
    done = run(lamp, "audit")
    assert done.exit_code == 0
    assert done.output.endswith("All came out as recorded.\n")


def test_a_damaged_row_is_named_and_the_exit_code_says_so(lamp: LampCase) -> None:
    """The row stands in the output, in words and as JSON; nothing is changed by looking."""
    with sqlite3.connect(lamp.made.folder / "record.db") as database:
        database.execute("DROP TRIGGER entry_no_update")
        database.execute("UPDATE entry SET body = CAST(replace(body, 'ey', 'ez') AS BLOB) WHERE idx = 5")
    database.close()
    done = run(lamp, "check")
    assert done.exit_code == 1
    assert "entry 5: was changed after it was written" in done.output
    found = json.loads(run(lamp, "check", "--json").output)
    assert {"table": "entry", "row": "5", "what": "was changed after it was written"} in found["faults"]


def test_states_are_rebuilt_with_write(lamp: LampCase) -> None:
    """A state that was changed differs, exit code 1; `--write` puts it right."""
    with sqlite3.connect(lamp.made.folder / "record.db") as database:
        database.execute("DELETE FROM state WHERE stream LIKE 'licence/%'")
    database.close()
    done = run(lamp, "rebuild")
    assert done.exit_code == 1
    assert f"state `licence/{lamp.licence}`: is missing" in done.output
    assert run(lamp, "rebuild", "--write").exit_code == 0
    assert run(lamp, "rebuild").exit_code == 0
    assert run(lamp, "check").exit_code == 0


def test_a_bundle_is_written_and_verifies(lamp: LampCase, tmp_path: Path) -> None:
    """`export` writes a file that `lastword verify` accepts but for what no policy asked for: witnesses."""
    target = tmp_path / "case.zip"
    checkpoint = tmp_path / "old.checkpoint"
    assert run(lamp, "checkpoint", "--to", str(checkpoint)).exit_code == 0
    done = run(lamp, "export", lamp.case, "--for", "auditor", "--to", str(target), "--since", str(checkpoint))
    assert done.exit_code == 0, done.output
    assert "No policy asks for witnesses" in done.output
    verified = CliRunner().invoke(
        main,
        [
            "verify",
            str(target),
            "--policy",
            policy_file(lamp, tmp_path),
            "--since",
            str(checkpoint),
            "--json",
        ],
    )
    found = json.loads(verified.output)
    assert verified.exit_code == 2
    assert [one["name"] for one in found["checks"] if one["outcome"] != "ok"] == ["witnesses"]
    refused = run(lamp, "export", lamp.case, "--for", "auditor", "--to", str(target), person="eve")
    assert refused.exit_code == 4
    hidden = run(lamp, "export", lamp.case, "--for", "auditor", "--to", str(target), person="cem")
    nowhere = run(lamp, "export", "ZZZZ-ZZZZ", "--for", "auditor", "--to", str(target), person="cem")
    assert hidden.output.replace(lamp.case, "X") == nowhere.output.replace("ZZZZ-ZZZZ", "X")
    assert hidden.exit_code == nowhere.exit_code == 4


def test_a_text_is_looked_up_and_erased(lamp: LampCase) -> None:
    """`texts` lists entries and names without the words; `redact` erases one and says what it cannot reach."""
    listed = run(lamp, "texts", lamp.case)
    assert listed.exit_code == 0, listed.output
    assert CANARY not in listed.output
    line = next(one for one in listed.output.splitlines() if "  for_file  " in one)
    index = line.split()[0]
    assert run(lamp, "texts", lamp.case, person="eve").exit_code == 4
    refused = run(lamp, "redact", index, "for_file", "--ground", "gdpr-17")
    assert refused.exit_code == 4
    assert "refused (not_seated)" in refused.output
    done = run(lamp, "redact", index, "for_file", "--ground", "gdpr-17", person="ada")
    assert done.exit_code == 0, done.output
    assert done.output.startswith(f"Entry {index}: erased, as entry ")
    assert "erased by entry" in next(
        one
        for one in run(lamp, "texts", lamp.case).output.splitlines()
        if one.startswith(f"{index}  for_file")
    )


def test_a_copy_brings_back_what_was_lost(lamp: LampCase, tmp_path: Path) -> None:
    """`copy`, then the newest entries are lost, then `recover --from` brings them back."""
    copy = tmp_path / "copy"
    assert run(lamp, "copy", str(copy)).output == f"{copy}: 11 entries.\n"
    assert run(lamp, "copy", str(copy)).exit_code == 2
    with sqlite3.connect(lamp.made.folder / "record.db") as database:
        for name in ("entry_no_delete", "head_no_delete", "node_no_delete"):
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM entry WHERE idx >= 9")
        database.execute("DELETE FROM disclosure WHERE idx >= 9")
        database.execute("DELETE FROM node WHERE n >= 9")
        database.execute("DELETE FROM head WHERE size > 9")
    database.close()
    lost = run(lamp, "check", "--quick")
    assert lost.exit_code == 1
    assert run(lamp, "recover").exit_code == 2
    done = run(lamp, "recover", "--from", str(copy))
    assert done.exit_code == 0, done.output
    assert "Entries 9 to 10 are back." in done.output
    assert "The record is whole: 11 entries." in done.output
    again = run(lamp, "recover", "--from", str(copy))
    assert "The record is whole: 11 entries." in again.output


def test_a_loss_is_declared_by_two_officers(lamp: LampCase, tmp_path: Path) -> None:
    """A new record goes on under a new name, and its licence is suspended; one officer alone cannot declare it."""
    typed = ["recover", "--declare-loss", "--origin", "practice.example/lamps-2", "--into", str(tmp_path / "new"),
             "--private", str(tmp_path / "new-private"), "--officer", "ada"]  # fmt: skip
    alone = run(lamp, *typed)
    assert alone.exit_code == 4
    assert "refused (too_few)" in alone.output
    done = run(lamp, *typed, "--officer", "ben")
    assert done.exit_code == 0, done.output
    assert f"Licence {lamp.licence} is suspended" in done.output
    assert "practice.example/lamps ends at 11 entries" in done.output


def test_keys_are_changed_and_the_index_written(lamp: LampCase) -> None:
    """`rotate-key` tells the new key, `index` the entry; both only for who may."""
    assert run(lamp, "rotate-key", "entry").exit_code == 4
    done = run(lamp, "rotate-key", "log", person="ada")
    assert done.exit_code == 0, done.output
    assert "The new key holds from 13 on: practice.example/lamps+" in done.output
    assert run(lamp, "index", person="ada").output == "Written as entry 12.\n"
    assert run(lamp, "check").exit_code == 0


def test_without_a_policy_there_is_no_witness_to_ask(lamp: LampCase) -> None:
    """`witness` says where to name them; with one that is away it says so, and that the quorum is missing."""
    done = run(lamp, "witness")
    assert done.exit_code == 2
    assert "names no policy" in done.output
    from lastword.errors import Where
    from lastword.record.cosignature import WitnessSigner

    key = WitnessSigner.new("w1.example", b"w" * 32, Where("w")).key
    with lamp.open() as store:
        log = store.state("keys").log_key
    (lamp.made.folder / "policy.txt").write_text(
        f"log {log}\nwitness w1 {key} http://127.0.0.1:9\nquorum w1\n"
    )
    with (lamp.made.folder / "store.toml").open("a") as file:
        file.write('policy = "policy.txt"\n')
    away = run(lamp, "witness")
    assert away.exit_code == 1
    assert "w1 did not sign: the witness cannot be reached" in away.output
    assert "No head was signed by enough witnesses yet." in away.output
    kept = run(lamp, "export", lamp.case, "--for", "auditor", "--to", str(lamp.made.folder / "x.zip"))
    assert kept.exit_code == 6
    assert not (lamp.made.folder / "x.zip").exists()
