"""The board counts what the timers watch: running, late, told and unsent, in the reader's scope, with few statements."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from callcenter.domain.vocabulary import Clock
from callcenter.services.overseeing import board, board_figures
from callcenter.services.telephone import calls
from callcenter.storage.tables import MessageRow, NodeRow
from tests.hotlines import NINE
from tests.web.office import Office, office, one_office  # noqa: F401

TAP = {"category": "104", "content": "水龙头滴漏", "room": "望江苑4栋1单元1203"}
LAMP = {"category": "204", "content": "插座没电", "room": "青禾家园7栋1单元802"}


def seen(office: Office, user: str = "supervisor01", compound: str | None = None, clock: Clock | None = None) -> board.Board:  # noqa: F811
    with office.hotline.store.reading() as session:
        return board.board(office.hotline, session, user, office.hand.now, compound, clock)


def test_an_empty_hotline_has_an_empty_board_and_no_clock(office: Office) -> None:  # noqa: F811
    found = seen(office)
    assert found.tiles == board.Tiles(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert (found.promises, found.escalations, found.unsent) == ((), (), ())
    assert (found.pulse.seen_at, found.pulse.alive, found.pulse.p99_ms) == (None, False, None)


def test_a_promise_is_late_from_the_first_millisecond_after_it_was_due(office: Office) -> None:  # noqa: F811
    office.opens(**TAP)
    office.hand.now = NINE + timedelta(minutes=3)
    assert (seen(office).tiles.dispatch, seen(office).tiles.dispatch_late, seen(office).tiles.overdue) == (1, 0, 0)
    assert seen(office).promises[0].late is False
    office.hand.now += timedelta(milliseconds=1)
    assert (seen(office).tiles.dispatch_late, seen(office).tiles.overdue) == (1, 1)
    assert seen(office).promises[0].late is True


def test_a_promise_kept_late_is_no_longer_on_the_board(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    office.hand.move(minutes=4)
    office.does(tap, "dispatch", "dispatcher01", to="plumber01")
    assert (seen(office).tiles.dispatch, seen(office).tiles.overdue) == (0, 0)
    assert Clock.DISPATCH not in {p.clock for p in seen(office).promises}


def test_the_nearest_breach_stands_first_with_owner_handler_and_who_was_told(office: Office) -> None:  # noqa: F811
    tap = office.opens(**TAP)
    office.hand.move(minutes=1)
    lamp = office.opens(**LAMP)
    office.does(lamp, "dispatch", "dispatcher01", to="electrician01")
    office.hand.move(minutes=2, seconds=30)
    first = seen(office).promises[0]
    assert (first.number, first.clock, first.owner, first.handler, first.late) == (tap, Clock.DISPATCH, "王芳", "", True)
    assert first.level == 1
    assert first.told_at == NINE + timedelta(minutes=3)
    assert "王芳" not in first.told  # the reminder went to the owner, the escalation to dispatcher and lead
    assert next(p for p in seen(office).promises if p.number == lamp).handler == "张雷"


def test_before_the_breach_it_says_who_was_reminded(office: Office) -> None:  # noqa: F811
    office.opens(**TAP)
    office.hand.move(minutes=2)
    first = seen(office).promises[0]
    assert (first.level, first.told_at) == (0, NINE + timedelta(minutes=2))
    assert "王芳" in first.told


def test_the_list_can_be_narrowed_to_one_clock_and_one_compound(office: Office) -> None:  # noqa: F811
    tap, lamp = office.opens(**TAP), office.opens(**LAMP)
    assert {p.number for p in seen(office).promises} == {tap, lamp}
    assert {p.number for p in seen(office, compound="WJ").promises} == {tap}
    assert {p.clock for p in seen(office, clock=Clock.WEEK_CAP).promises} == {Clock.WEEK_CAP}
    assert seen(office, clock=Clock.WEEK_CAP).promises_in_all == 2
    assert {p.number for p in seen(office, user="pm02").promises} == {lamp}


def test_calls_ringing_and_calls_to_return_are_counted(office: Office) -> None:  # noqa: F811
    calls.arrive(office.hotline, "CA1", "19000000005", office.hand.now)
    calls.arrive(office.hotline, "CA2", "19000000006", office.hand.now)
    calls.ended(office.hotline, "CA2", office.hand.now + timedelta(seconds=8))
    office.hand.now += timedelta(seconds=16)
    tiles = seen(office).tiles
    assert (tiles.calls, tiles.calls_late, tiles.returns, tiles.returns_late) == (1, 1, 1, 0)
    assert seen(office, user="pm02").tiles.returns == 1
    answer = next(p for p in seen(office).promises if p.clock is Clock.ANSWER)
    assert (answer.call, answer.number) == ("190****0005", "")


def test_an_escalation_is_on_the_board_until_somebody_takes_it_up(office: Office) -> None:  # noqa: F811
    rude = office.opens(category="906", content="保安态度差", room="望江苑1栋1单元101")
    found = seen(office)
    told = found.escalations[0]
    assert (told.number, told.level, told.may_acknowledge, told.acknowledged_at) == (rude, 2, True, None)
    assert "沈岚" in told.people
    assert told.due_at is not None
    assert found.tiles.unacknowledged == 1
    office.hand.now += timedelta(minutes=2)
    office.does(rude, "acknowledge", "supervisor01", reason="我来处理")
    after = seen(office)
    assert (after.tiles.unacknowledged, after.escalations[0].acknowledged_by, after.escalations[0].may_acknowledge) == (0, "沈岚", False)


def test_an_auditor_sees_the_board_and_takes_nothing_up(office: Office) -> None:  # noqa: F811
    office.opens(category="906", content="保安态度差", room="望江苑1栋1单元101")
    told = seen(office, user="auditor01").escalations[0]
    assert told.may_acknowledge is False


def test_messages_that_did_not_get_out_are_listed_newest_first(office: Office) -> None:  # noqa: F811
    office.opens(**TAP)
    assert seen(office).unsent_in_all == 0
    with office.hotline.store.transaction() as session:
        rows = list(session.scalars(sa.select(MessageRow).where(MessageRow.to == "customer")))
        rows[0].status, rows[0].last_error, rows[0].tries = "parked", "停机", 5
    found = seen(office)
    assert [(m.to, m.status, m.error, m.tries) for m in found.unsent] == [("customer", "parked", "停机", 5)]
    assert seen(office, user="pm02").unsent_in_all == 0
    assert seen(office, user="pm03").unsent_in_all == 1


def test_a_waiting_message_counts_once_it_has_waited_two_minutes(office: Office) -> None:  # noqa: F811
    office.opens(**TAP)
    office.hand.now += timedelta(minutes=2)
    assert seen(office).unsent_in_all == 0
    office.hand.now += timedelta(milliseconds=1)
    assert seen(office).unsent_in_all > 0


@pytest.mark.parametrize(("silent", "alive"), [(10, True), (11, False)])
def test_a_clock_is_alive_while_its_heartbeat_is_ten_seconds_old_at_most(one_office: Office, silent: int, alive: bool) -> None:  # noqa: F811
    with one_office.hotline.store.transaction() as session:
        session.add(NodeRow(name="clock-1", kind="clock", seen_at=NINE, fired=0, late_ms=0))
    one_office.hand.now = NINE + timedelta(seconds=silent)
    assert seen(one_office).pulse.alive is alive


def test_lateness_is_told_at_the_ninety_ninth_percent(one_office: Office) -> None:  # noqa: F811
    one_office.opens(**TAP)
    one_office.hand.move(minutes=3)
    pulse = seen(one_office).pulse
    assert (pulse.fired, pulse.p99_ms, pulse.worst_ms) == (2, 0, 0)


def test_the_board_takes_the_same_number_of_statements_for_eight_tickets_and_for_thirty_six(one_office: Office) -> None:  # noqa: F811
    counted: list[str] = []
    sa.event.listen(one_office.hotline.store.engine, "before_cursor_execute", lambda *a: counted.append(a[2]))

    def statements() -> int:
        counted.clear()
        seen(one_office)
        return len(counted)

    rude = {"category": "906", "content": "态度差", "room": "望江苑1栋1单元101"}
    for _ in range(4):
        one_office.opens(**rude)
        one_office.opens(**TAP)
    one_office.hand.move(minutes=4)
    few = statements()
    for _ in range(14):
        one_office.opens(**rude)
        one_office.opens(**LAMP)
    one_office.hand.move(minutes=4)
    assert statements() == few


def test_a_figure_is_judged_only_from_thirty_cases_on_and_never_invented(one_office: Office) -> None:  # noqa: F811
    def figure(code: str) -> board_figures.Shown:
        with one_office.hotline.store.reading() as session:
            found = board_figures.one(one_office.hotline, session, "supervisor01", code, one_office.hand.now, None)
            assert found is not None
            return found.shown

    assert (figure("K04").percent, figure("K04").tone) == ("—", "neutral")
    for _ in range(29):
        one_office.opens(**TAP)
    one_office.hand.now += timedelta(minutes=4)
    assert (figure("K04").percent, figure("K04").tone) == ("0.0 %", "neutral")
    one_office.opens(**TAP)
    one_office.hand.now += timedelta(minutes=4)
    assert (figure("K04").tone, figure("K04").target_text) == ("bad", "≥ 100 %")
    assert (figure("K18").tone, figure("K18").target_text) == ("ok", "≤ 2 %")


def test_a_share_is_cut_not_rounded_so_that_999_of_1000_is_not_all() -> None:
    from callcenter.domain.figures import Figure

    def percent(top: int, bottom: int) -> str:
        return board_figures.Shown(Figure("K04", "", "", "", "", top, bottom)).percent

    assert [percent(1999, 2000), percent(2000, 2000), percent(29, 100), percent(0, 0)] == ["99.9 %", "100.0 %", "29.0 %", "—"]


def test_the_tickets_behind_a_figure_are_those_of_the_readers_compounds(one_office: Office) -> None:  # noqa: F811
    tap, lamp = one_office.opens(**TAP), one_office.opens(**LAMP)
    one_office.hand.now += timedelta(minutes=4)

    def cases(user: str) -> set[str]:
        with one_office.hotline.store.reading() as session:
            found = board_figures.one(one_office.hotline, session, user, "K04", one_office.hand.now, None)
            return {line.of for line in found.lines} if found else set()

    assert (cases("supervisor01"), cases("pm02")) == ({tap, lamp}, {lamp})
