"""The telephone's figures on the supervisor's page: values, formulas, and every agent's time."""

from datetime import timedelta

from callcenter.services.telephone import calls
from callcenter.storage.telephone_tables import AgentSpanRow
from tests.web.office import Office, office  # noqa: F401


def test_calls_and_agents_time_are_counted_and_every_figure_shows_its_formula(office: Office) -> None:  # noqa: F811
    began = office.hand.now
    for n in range(2):
        calls.arrive(office.hotline, f"CA{n}", f"1900000000{n}", began)
        calls.answered(office.hotline, f"CA{n}", "agent01", began + timedelta(seconds=10 + 10 * n))
        calls.ended(office.hotline, f"CA{n}", began + timedelta(seconds=70 + 10 * n))
    with office.hotline.store.transaction() as session:
        session.query(AgentSpanRow).delete()
        session.add(AgentSpanRow(user="agent01", state="available", reason="", since_at=began, until_at=began + timedelta(seconds=90)))
        session.add(AgentSpanRow(user="agent01", state="talking", reason="", since_at=began + timedelta(seconds=90)))
    office.hand.move(minutes=3)
    page = office.visitor("supervisor01").page("/supervise/telephone?period=today")
    one = page[page.index('id="phone-K29"'):][:600]
    assert "15 s" in one
    assert "30 / 2" in one
    assert "接听来电的等待秒数之和 ÷ 接听" in one
    assert "1 / 2" in page[page.index('id="phone-K01"'):][:300]
    assert "50.0 %" in page[page.index('id="phone-occupancy"'):][:300]  # ninety seconds idle, ninety talking
    assert 'id="agent-agent01"' in page


def test_the_page_is_for_those_who_supervise(office: Office) -> None:  # noqa: F811
    office.visitor("agent01").page("/supervise/telephone", 403)
