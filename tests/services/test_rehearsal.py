"""The rehearsal file is a contract: what cannot be played is refused with the valid choices, and the exit codes hold."""

import json
import re
from pathlib import Path

import pytest

from callcenter.cli import main

OPENING = '''
title = "一件事"
start = 2026-03-10T09:00:00+08:00
cast = "demo"
[[step]]
at = "0s"
act = "open_ticket"
as = "t1"
by = "agent01"
category = "105"
room = "梧桐里3栋2单元1602"
customer_name = "周敏"
content = "马桶堵了"
'''

ANOTHER = """
[[step]]
at = "1m"
act = "open_ticket"
as = "t2"
by = "agent01"
category = "{category}"
room = "{room}"
customer_name = "周敏"
content = "又一件"
"""


@pytest.fixture
def rehearse(tmp_path, capsys):
    def play(text, *options):
        file = tmp_path / "day.toml"
        file.write_text(text, encoding="utf-8")
        code = main(["rehearse", str(file), *options])
        return code, capsys.readouterr()
    return play


def test_a_day_that_holds_ends_with_zero(rehearse):
    code, said = rehearse(OPENING + '[[expect]]\nat = "1s"\nticket = "t1"\nstate = "new"\nunknown_later = 1\n'.replace("unknown_later = 1\n", ""))
    assert code == 0
    assert "全部符合" in said.out


def test_an_expectation_that_fails_is_marked_and_ends_with_one(rehearse):
    code, said = rehearse(OPENING + '[[expect]]\nat = "1s"\nticket = "t1"\nstate = "closed"\n')
    assert code == 1
    assert "✗ t1 state: 期望 closed,实际 new" in said.out


def test_a_step_that_is_refused_without_being_expected_fails(rehearse):
    code, said = rehearse(OPENING + '[[step]]\nat = "1m"\nact = "dispatch"\nticket = "t1"\nby = "dispatcher01"\nto = "electrician01"\n')
    assert code == 1
    assert "wrong_trade" in said.out


def test_a_step_that_should_have_been_refused_fails(rehearse):
    code, said = rehearse(OPENING + '[[step]]\nat = "1m"\nact = "dispatch"\nticket = "t1"\nby = "dispatcher01"\nto = "plumber01"\nrefused = true\n')
    assert code == 1
    assert "应被拒绝却办成了" in said.out


@pytest.mark.parametrize(("added", "named"), [
    ('[[step]]\nat = "1m"\nact = "fly"\nticket = "t1"\n', "'fly'"),
    ('[[step]]\nat = "soon"\nact = "urge"\nticket = "t1"\n', "'soon'"),
    ('[[step]]\nat = "1m"\nact = "urge"\nticket = "t9"\n', "'t9'"),
    ('[[step]]\nat = "1m"\nact = "urge"\nticket = "t1"\ncolour = "red"\n', "colour"),
    ('[[step]]\nat = "1m"\nact = "accept"\nticket = "t1"\nby = "nobody99"\n', "'nobody99'"),
    (ANOTHER.format(category="105", room="梧桐里99栋"), "'梧桐里99栋'"),
    (ANOTHER.format(category="999", room="梧桐里3栋2单元1602"), "'999'"),
    ('[[step]]\nat = "1m"\nact = "suspend"\nticket = "t1"\nby = "lead01"\nreason = "lunch"\nuntil = "2h"\n', "'lunch'"),
    ('[[expect]]\nat = "1m"\nticket = "t1"\nmood = "good"\n', "mood"),
    ('[[expect]]\nat = "1m"\nticket = "t1"\npromise.lunch = "kept"\n', "'lunch'"),
    ('[[expect]]\nat = "1m"\nticket = "t1"\npromise.dispatch = "late"\n', "'late'"),
    ('[[expect]]\nat = "1m"\nticket = "t1"\nperiod = "daily_close 2026-03-10"\n', "period"),
    ('[[expect]]\nat = "1m"\nperiod = "daily_close 2026-03-10"\nowner = "lead01"\n', "owner"),
    ('[[step]]\nat = "1m"\nact = "confirm_period"\nby = "lead01"\n', "period"),
    ('[[step]]\nat = "1m"\nact = "plan_survey"\nby = "pm02"\nperiod = "survey 2026H2 QH"\nplanned_for = "soon"\n', "'soon'"),
    ('[[step]]\nat = "1m"\nact = "clocks_stop"\nfor = "1m"\n', "for"),
    ('[[step]]\nat = "1m"\nact = "rules_change"\nfile = "lunch.toml"\nold = "a"\nnew = "b"\n', "lunch.toml"),
    ('[[step]]\nat = "1m"\nact = "rules_change"\nfile = "hotline.toml"\nold = "no such words"\nnew = "b"\n', "0 次"),
    ('[[step]]\nat = "1m"\nact = "rules_change"\nfile = "hotline.toml"\nold = "longest_wait"\nnew = "shortest"\n', "longest_wait"),
    ('[[expect]]\nat = "1m"\nticket = "t1"\ntold = ["emperor"]\n', "expect 1: told 'emperor'"),
    ("[[step]\n", "TOML"),
])
def test_what_cannot_be_played_ends_with_two_and_names_it(rehearse, added, named):
    code, said = rehearse(OPENING + added)
    assert code == 2
    assert named in said.err


WRONG_KINDS = [
    '[[step]]\nat = "1m"\nact = "call_arrives"\ncall = "c1"\nfrom = 19000000001\n', '[[step]]\nat = "1m"\nact = "call_arrives"\ncall = ["c1"]\n',
    '[[step]]\nat = "1m"\nact = "hand_over_shift"\nby = "agent01"\nto = 5\n', '[[step]]\nat = 60\nact = "urge"\nticket = "t1"\n',
    '[[step]]\nat = "1m"\nact = ["urge"]\nticket = "t1"\n', ANOTHER.replace('"{category}"', "[105]").format(room="x"),
    ANOTHER.format(category="105", room="x") + 'told_two_day = "yes"\n', ANOTHER.format(category="105", room="x") + "accused = [7]\n",
    '[[step]]\nat = "1m"\nact = "escalate"\nticket = "t1"\nby = "agent01"\nlevel = "two"\n', '[[expect]]\nat = "1m"\nticket = ["t1"]\nlevel = 0\n',
    '[[expect]]\nat = "1m"\nticket = "t1"\nstate = ["new"]\n', '[[expect]]\nat = "1m"\nticket = "t1"\npromise = "kept"\n',
    '[[expect]]\nat = "1m"\nticket = "t1"\ntold = 5\n', '[[expect]]\nat = "1m"\ncount = 5\n', '[[expect]]\nat = "1m"\ncount.tickets = "one"\n',
    '[[expect]]\nat = "1m"\nfigure.K99 = "1/1"\n', '[[expect]]\nat = "1m"\nat_least.K04 = "half"\n',
    '[[expect]]\nat = "99999999999d"\nunguarded = 0\n']


def test_a_value_of_the_wrong_kind_is_named_with_its_place(rehearse):
    for added in WRONG_KINDS:
        code, said = rehearse(OPENING + added)
        assert (code, said.out) == (2, ""), added
        assert re.search(r"day\.toml: (step 2|expect 1)\b", said.err), said.err


def test_a_file_without_a_zone_or_that_is_not_there_is_unusable(rehearse, capsys):
    assert rehearse(OPENING.replace("+08:00", ""))[0] == 2
    assert main(["rehearse", "no-such-file.toml"]) == 2


@pytest.mark.parametrize("claim", [
    'period = "daily_close 2026-03-10"\nlists = ["plumber02"]', 'period = "daily_close 2026-03-10"\nstate = "confirmed"', "access_log = 1",
    'period = "daily_close 2026-03-10"\ntold = ["lead"]', "calls_lacking = 1", "at_least.K04 = 0.1"])
def test_an_expectation_about_the_office_that_does_not_hold_fails(rehearse, claim):
    day = OPENING.replace('cast = "demo"', 'cast = "demo"\ncalendar = true')
    code, said = rehearse(day + f'[[expect]]\nat = "16h"\n{claim}\n')
    assert code == 1
    assert "✗" in said.out


def test_without_its_calendar_a_file_knows_no_reports(rehearse):
    assert rehearse(OPENING + '[[expect]]\nat = "16h"\nperiod = "daily_close 2026-03-10"\nstate = "open"\n')[0] == 1


def test_json_gives_one_object_a_line_and_the_verdict_last(rehearse):
    code, said = rehearse(OPENING + '[[expect]]\nat = "3m"\nticket = "t1"\ntold = ["dispatcher"]\n', "--json")
    lines = [json.loads(line) for line in said.out.splitlines()]
    assert code == 0
    assert lines[0]["kind"] == "event"
    assert lines[-1] == {"file": lines[-1]["file"], "kind": "verdict", "ok": True, "title": "一件事"}
    assert {line["kind"] for line in lines} == {"event", "message", "expect", "verdict"}


def test_steps_come_before_timers_and_expectations_after_them(rehearse):
    code, _ = rehearse(OPENING + '''
[[step]]
at = "180s"
act = "dispatch"
ticket = "t1"
by = "dispatcher01"
to = "plumber01"
[[expect]]
at = "180s"
ticket = "t1"
promise.dispatch = "kept"
not_told = ["lead"]
''')
    assert code == 0


def test_a_rule_change_is_rehearsed_from_its_own_folder(rehearse, tmp_path):
    from callcenter import resources

    folder = tmp_path / "workflows"
    folder.mkdir()
    for file in resources.folder("workflows").glob("*.toml"):
        text = file.read_text(encoding="utf-8")
        if file.name == "hotline.toml":
            text = text.replace('within = "3min"', 'within = "5min"')
        (folder / file.name).write_text(text, encoding="utf-8")
    code, _ = rehearse(OPENING + '[[expect]]\nat = "1s"\nticket = "t1"\ndue.dispatch = "5m"\n', "--workflows", str(folder))
    assert code == 0


def test_rules_changed_in_one_file_are_not_changed_in_the_next(capsys):
    folder = Path(__file__).parents[1] / "scenarios"
    assert main(["rehearse", str(folder / "28_the_limit_is_changed.toml"), str(folder / "03a_dispatched_after_179_9s.toml")]) == 0
