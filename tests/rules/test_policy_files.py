"""Whoever edits the rules and errs is told the file, the line and what may stand there; what runs keeps the rules it began under."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain import policy_file
from callcenter.domain.reading import PolicyError
from callcenter.domain.ticket import Act
from callcenter.domain.vocabulary import Action, Role
from callcenter.services import tickets
from callcenter.services.rulebook import Rulebook
from callcenter.storage.tables import PromiseRow, TicketRow
from tests.hotlines import NINE

H, F, C, N = "hotline.toml", "flows.toml", "categories.toml", "notices.toml"
#: file, what stood there, what somebody wrote, what the complaint names
BROKEN = [
    (H, 'version = 3', 'version = "one"', "version"), (H, 'owner        = "first_responder"', 'owner        = "anybody"', "first_responder"),
    (H, 'within = "3min"\nexcused_by = "record_consent"     #', 'within = "three"\nexcused_by = "record_consent"     #', "45s"),
    (H, 'within = "30min"\nper = "cycle"\nladder = "arrive_urgent"', 'within = "0s"\nper = "cycle"\nladder = "arrive_urgent"', "more than zero"),
    (H, 'ladder = "arrive_urgent"', 'ladder = "arrive_urgnt"', "arrive_urgent"),
    (H, 'from = "dispatched"\nuntil = ["accept", "arrive"]\nwithin = "2min"',
     'from = "dispatchd"\nuntil = ["accept", "arrive"]\nwithin = "2min"', "dispatched"),
    (H, 'key = "make_safe"', 'key = "make_saef"', "make_safe"), (H, 'until = ["verify"]', 'until = ["verfy"]', "verify"),
    (H, 'types = ["inquiry"]\nfrom = "forwarded"', 'types = ["inquiri"]\nfrom = "forwarded"', "inquiry"),
    (H, 'per = "each"\nladder = "accept_urgent"', 'per = "week"\nladder = "accept_urgent"', "cycle, matter, each"),
    (H, '{ at = "-60s", tell = ["owner", "dispatcher"] }', '{ at = "-60s", tell = ["boss"] }', "supervisor"),
    (H, 'times   = 1', 'times   = 2', "0 or 1"),
    (H, 'floor    = 0.30', 'floor    = 1.30', "between 0 and 1"),
    (H, 'sample   = 0.40', 'sample   = 0.20', "below the floor"),
    (H, '"09:00-12:00", "14:00-20:00"', '"14:00-20:00", "09:00-12:00"', "overlapping"),
    (H, 'K01 = 1.0', 'Q01 = 1.0', "K01"), (H, 'attempts = 3 ', 'attempts = "3" ', "wrong kind"),
    (H, 'climb_to = 4 ', 'climb_to = 9 ', "between 1 and 5"),
    (F, '["open",   "note",', '["open",   "nott",', "note"), (F, '["merged", "unmerge",', '["mergd", "unmerge",', "merged"),
    (F, 'uses = ["complaint"]\nsteps = []\n\n[complaint_service]', 'uses = ["complain"]\nsteps = []\n\n[complaint_service]', "complaint"),
    (F, '["receiver"]],', '["reciever"]],', "receiver"),
    (C, 'trades = ["equipment"], public = true }', 'trades = ["equipmint"], public = true }', "equipment"),
    (C, 'pipes = "2y"', 'pipes = "two"', "2y"), (C, 'electrician = "低压电工证"', 'electricain = "低压电工证"', "electrician"),
    (N, 'en = "Welcome to {company}. Connecting you now."', 'e = "Welcome"', "missing"),
    (H, 'strategy = "longest_idle"', 'strategy = "fastest"', "longest_idle, fewest_calls, round_robin, ring_all"),
    (H, 'ring_for = "10s"', 'ring_for = "20s"', "later than ring_all_after"),
    (H, 'longest_wait = "10min"', 'longest_wait = "1min"', "earlier than voicemail_after"),
    (H, 'emergency_numbers = ["110", "119", "120"]', 'emergency_numbers = ["13800138000"]', "3–5 digits"),
    (H, "most_waiting = 100", "most_waiting = 0", "at least 1"),
]


def line_of(text, old):
    """The lines on which *old* stands."""
    first = text[:text.index(old)].count("\n") + 1
    return range(first, first + old.count("\n") + 1)


@pytest.mark.parametrize(("file", "old", "new", "said"), BROKEN, ids=[b[2].split("\n")[0][:40] for b in BROKEN])
def test_a_wrong_edit_is_refused_with_file_line_and_what_is_valid(texts, file, old, new, said):
    assert old in texts[file]
    with pytest.raises(PolicyError) as wrong:
        policy_file.parse({**texts, file: texts[file].replace(old, new, 1)})
    name, line, _ = str(wrong.value).split(":", 2)
    assert name == file
    assert int(line) in line_of(texts[file], old), str(wrong.value)
    assert said in str(wrong.value)


@pytest.mark.parametrize(("file", "header"), [
    (H, "[ownership]"), (H, "[escalation]"), (H, "[postponement]"), (H, "[team_dispatch]"), (H, "[follow_up]"), (H, "[signature]"),
    (H, "[telephone]"), (H, "[ladder.verify]"), (F, "[praise]"), (H, "[[promise]]"), (H, "[[follow_up.share]]")])
def test_a_key_nobody_knows_is_refused_in_every_table(texts, file, header):
    at = texts[file].index(header)
    end = texts[file].index("\n", at) + 1
    with pytest.raises(PolicyError, match=rf"{file}:\d+: .*nonsense: .*unknown key"):
        policy_file.parse({**texts, file: texts[file][:end] + "nonsense = 1\n" + texts[file][end:]})


def test_a_missing_file_and_one_that_is_not_toml_are_named(texts):
    with pytest.raises(PolicyError, match=N):
        policy_file.parse({k: v for k, v in texts.items() if k != N})
    with pytest.raises(PolicyError, match=rf"{F}: .*not TOML.*line 1"):
        policy_file.parse({**texts, F: "version = = 1\n" + texts[F]})


def edited(texts, *, newer):
    """The three minutes become five, under the same version or the next."""
    text = texts[H].replace('within = "3min"', 'within = "5min"')
    version = Rulebook(texts).policy.versions[H]
    return {**texts, H: text.replace(f"version = {version}", f"version = {version + newer}", 1)}


def test_the_same_version_with_another_text_is_refused(sqlite_hotline, texts):
    with pytest.raises(PolicyError, match="add one to version"):
        Rulebook(edited(texts, newer=0)).install(sqlite_hotline.store, NINE)


def test_a_new_limit_holds_for_new_tickets_and_leaves_running_ones_alone(sqlite_hotline, texts):
    hotline = sqlite_hotline
    about = {"category": "101", "room": "梧桐里3栋2单元1602", "customer_name": "周敏", "content": "爆管"}
    old = tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", about), "a", NINE).number
    hotline.rulebook.__init__(edited(texts, newer=1))
    hotline.rulebook.install(hotline.store, NINE)
    new = tickets.open_ticket(hotline, Act(Action.OPEN_TICKET, "agent01", {**about, "content": "又一处"}), "b", NINE).number
    for number, allowed in ((old, 180), (new, 300)):
        assert limit(hotline, number) == timedelta(seconds=allowed)
        tickets.carry_out(hotline, number, Act(Action.DISPATCH, "dispatcher01", {"to": "plumber01"}), f"d{number}", NINE + timedelta(seconds=30))
        tickets.carry_out(hotline, number, Act(Action.VOID_DISPATCH, Role.SYSTEM, {}), f"v{number}", NINE + timedelta(seconds=60))
        assert limit(hotline, number) == timedelta(seconds=allowed)


def limit(hotline, number):
    with hotline.store.reading() as session:
        row = session.scalar(sa.select(PromiseRow).join(TicketRow, TicketRow.id == PromiseRow.ticket_id)
                             .where(TicketRow.number == number, PromiseRow.clock == "dispatch"))
        return row.due_at - row.started_at
