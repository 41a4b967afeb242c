"""The half-yearly survey in the office: planned, issued, typed in, called for, read, closed and published."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from callcenter import clock
from callcenter.domain import surveys
from callcenter.domain.days import LOCAL, local
from callcenter.domain.surveys import Answer, Item, Spoilt, Tried, Way
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Clock, Role, Satisfaction, State, TicketType, Word
from callcenter.services import masking
from callcenter.services.recurring import periods
from callcenter.services.surveys import asking, closing, coverage, listing, planning, results, rights, sheets
from callcenter.services.surveys.planning import Plan
from callcenter.storage.survey_tables import SurveyRow
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.registers import page_number
from callcenter.web.security import needs, signed_in

blueprint = Blueprint("surveys", __name__)
READERS, ENTERERS, PLANNERS = tuple(sorted(rights.READERS)), tuple(sorted(rights.ENTERERS)), tuple(sorted(rights.PLANNERS))
#: how long answers are taken when nobody says otherwise
USUAL_LENGTH = timedelta(days=21)


def share(part: int, whole: int) -> str:
    """A share as people read it, cut after one decimal; a dash where there is nothing to share."""
    return f"{part * 1000 // whole / 10:.1f} %" if whole else "—"


def way_word(code: str) -> str:
    """A way in the reader's words."""
    return Way(code).label(language())


def _options(words: Iterable[Word]) -> list[tuple[str, str]]:
    return [(word.value, word.label(language())) for word in words]


def issued_sheets(compound: str, key: str) -> int | None:
    """The survey of a half-year whose sheets are out, for its report's page; None where somebody counts by hand."""
    with hotline().store.reading() as session:
        line = listing.line(session, key=key, compound=compound)
    return line.survey.id if line and line.survey and line.survey.issued_at else None


#: what the sheet's own templates know besides
KNOWN: Mapping[str, Any] = {"survey_share": share, "survey_items": list(Item), "survey_steps": list(Satisfaction), "survey_words": surveys,
                            "way_word": way_word, "survey_sheets": issued_sheets}
blueprint.record_once(lambda state: state.app.jinja_env.globals.update(KNOWN))


@blueprint.get("/surveys")
@needs(*READERS)
def index() -> ResponseReturnValue:
    """Every compound's half-years, where each stands and how far it has come."""
    with hotline().store.reading() as session:
        listed = listing.listed(session, signed_in().compounds, page_number())
    return render_template("surveys/index.html", listed=listed, may_plan=signed_in().may(*PLANNERS), may_enter=signed_in().may(*ENTERERS))


@blueprint.get("/surveys/plan/<compound>/<key>")
@needs(*PLANNERS)
def plan_form(compound: str, key: str) -> ResponseReturnValue:
    """When a compound's survey is held, how, and whom it asks."""
    return _plan_page(compound, key)


@blueprint.post("/surveys/plan/<compound>/<key>")
@needs(*PLANNERS)
def plan(compound: str, key: str) -> ResponseReturnValue:
    """Keeps the plan; its reminder stays silent from now on."""
    try:
        number = planning.plan(hotline(), key, compound, signed_in().user, clock.now(), _plan())
    except Refused as no:
        return _plan_page(compound, key, no)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("surveys.show", survey_id=number), 303)


def _plan_page(compound: str, key: str, no: Refused | None = None) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        line = listing.line(session, key=key, compound=compound)
        if line is None or not rights.within(signed_in().compounds, compound):
            abort(404)
        homes = len(coverage.lived_in(session, compound))
    values = request.form if no else _as_planned(line)
    field = no.said.get("field") if no and no.code == "bad_value" else None
    return render_template("surveys/plan.html", line=line, homes=homes, values=values, way_options=_options(Way), wrong=field,
                           error=forms.reason(no) if no else None), 422 if no else 200


def _as_planned(line: listing.Line) -> dict[str, Any]:
    row, today = line.survey, clock.now()
    opens = row.planned_for if row else line.planned_for or max(today, line.since)
    closes = row.closes_at if row else min(max(opens, today) + USUAL_LENGTH, line.until)
    return {"planned_for": local(opens).date().isoformat(), "closes_on": local(closes - timedelta(milliseconds=1)).date().isoformat(),
            "share": row.share if row else 100, "way": row.way if row else Way.SMS, "remind_after": row.remind_after if row else 5}


def _plan() -> Plan:
    way = request.form.get("way", "")
    if way not in set(Way):
        raise Refused("bad_value", field="way", value=way[:40], valid=list(Way))
    return Plan(_day("planned_for"), _day("closes_on") + timedelta(days=1), _whole("share"), Way(way), _whole("remind_after"))


def _day(name: str) -> datetime:
    """A day of a form, as its local midnight."""
    typed = request.form.get(name, "").strip()
    try:
        return datetime.strptime(typed, "%Y-%m-%d").replace(tzinfo=LOCAL)
    except ValueError:
        raise Refused("bad_value", field=name, value=typed[:40], valid="2026-03-10") from None


def _whole(name: str) -> int:
    typed = request.form.get(name, "").strip()
    if not (typed.isascii() and typed.isdigit() and len(typed) < 5):
        raise Refused("bad_value", field=name, value=typed[:40], valid="1, 2 …")
    return int(typed)


@blueprint.get("/surveys/<int:survey_id>")
@needs(*READERS)
def show(survey_id: int) -> ResponseReturnValue:
    """How far a survey has come, what it brought and what became of what was not well."""
    return _show(survey_id)


@blueprint.post("/surveys/<int:survey_id>")
@needs(*PLANNERS)
def decide(survey_id: int) -> ResponseReturnValue:
    """Issues the sheets, closes the survey or publishes its results."""
    now, user = clock.now(), signed_in().user
    with hotline().store.reading() as session:
        line = _line(session, survey_id)
    try:
        match request.form.get("do"):
            case "issue":
                planning.issue(hotline(), survey_id, user, now)
            case "close":
                periods.confirm(hotline(), Clock.SURVEY, line.key, user, now, line.compound)
            case "publish":
                closing.publish(hotline(), survey_id, user, now)
            case _:
                abort(400)
    except Refused as no:
        return _show(survey_id, no)
    flash(gettext("已记录"), "ok")
    return redirect(url_for("surveys.show", survey_id=survey_id), 303)


def _line(session: Session, survey_id: int) -> listing.Line:
    """The survey, for whoever looks after its compound; 404 for everybody else."""
    line = listing.line(session, survey_id)
    if line is None or not rights.within(signed_in().compounds, line.compound):
        abort(404, forms.reason(Refused("unknown_survey")))
    return line


def _survey(line: listing.Line) -> SurveyRow:
    if line.survey is None:
        abort(404)
    return line.survey


def _show(survey_id: int, no: Refused | None = None) -> ResponseReturnValue:
    with hotline().store.reading() as session:
        line = _line(session, survey_id)
        survey = _survey(line)
        last = results.before(session, survey)
        said = {"covered": coverage.coverage(session, survey), "found": results.of(session, survey), "last": last and results.of(session, last),
                "last_key": last.key if last else "", "matters": results.matters(session, survey), "opinions": results.opinions(session, survey)}
    me = signed_in()
    return render_template("surveys/show.html", line=line, survey=survey, **said, error=forms.reason(no) if no else None, may_plan=me.may(*PLANNERS),
                           may_enter=me.may(*ENTERERS), may_close=me.may(*rights.CLOSERS), may_open=me.may(*_TICKETS),
                           resolution=timedelta(milliseconds=1), state_of=State, type_of=TicketType), 409 if no else 200


#: who can follow a link to a ticket
_TICKETS = (Role.AGENT, Role.LEAD, Role.SUPERVISOR, Role.CALLBACK, Role.PM, Role.QUALITY, Role.AUDITOR, Role.DEPT_HEAD)


@blueprint.get("/surveys/<int:survey_id>/enter")
@needs(*ENTERERS)
def enter_form(survey_id: int) -> ResponseReturnValue:
    """Looks a home's sheet up and types it in, by keys alone."""
    return _enter_page(survey_id, request.args.get("sheet", type=int))


@blueprint.post("/surveys/<int:survey_id>/enter/<int:sheet_id>")
@needs(*ENTERERS)
def enter(survey_id: int, sheet_id: int) -> ResponseReturnValue:
    """Keeps a sheet that came back on paper, in a call or on a visit, or says why it does not count; then the next one."""
    now, user = clock.now(), signed_in().user
    try:
        way = _way()
        with hotline().store.reading() as session:
            if sheets.one(session, _survey(_line(session, survey_id)).id, sheet_id) is None:
                raise Refused("unknown_survey")
        if request.form.get("spoilt"):
            sheets.spoil(hotline(), sheet_id, _spoilt(), way, user, now)
        else:
            sheets.enter(hotline(), sheet_id, typed_answer(), way, user, now)
    except Refused as no:
        return _enter_page(survey_id, sheet_id, no)
    flash(gettext("已记录"), "ok")
    after = "surveys.calls" if way is Way.PHONE else "surveys.enter_form"
    return redirect(url_for(after, survey_id=survey_id, way=None if way in (Way.PHONE, Way.PAPER) else way), 303)


def typed_answer() -> Answer:
    """A sheet as the form has it.

    Raises:
        Refused: as `surveys.answer`.
    """
    form = request.form
    return surveys.answer({item: form.get(f"item-{item}", "") for item in Item}, form.get("opinion", ""), form.get("request") == "yes",
                          form.get("anonymous") == "yes")


def _way() -> Way:
    way = request.form.get("way", "")
    if way not in set(Way):
        raise Refused("bad_value", field="way", value=way[:40], valid=[w for w in Way if w is not Way.SMS])
    return Way(way)


def _spoilt() -> Spoilt:
    why = request.form.get("spoilt", "")
    if why not in set(Spoilt):
        raise Refused("bad_value", field="spoilt", value=why[:40], valid=list(Spoilt))
    return Spoilt(why)


def _enter_page(survey_id: int, sheet_id: int | None, no: Refused | None = None) -> ResponseReturnValue:
    text, way = request.args.get("q", "").strip()[:60], request.values.get("way", Way.PAPER)
    with hotline().store.reading() as session:
        line = _line(session, survey_id)
        found = sheets.find(session, _survey(line).id, text)
        chosen = sheets.one(session, survey_id, sheet_id) if sheet_id else found[0] if len(found) == 1 and text else None
        whom = asking.contact(session, chosen.sheet_id) if chosen and way == Way.PHONE else None
        covered = coverage.coverage(session, _survey(line))
    return render_template("surveys/enter.html", line=line, found=found, chosen=chosen, whom=whom, q=text, covered=covered,
                           way=way if way in set(Way) else Way.PAPER, ways=[w for w in Way if w is not Way.SMS], spoilt_options=_options(Spoilt),
                           values=request.form if no else {}, marks=typed_marks(), error=forms.reason(no) if no else None), 422 if no else 200


def typed_marks() -> dict[Item, str]:
    """What was chosen on a sheet just sent."""
    return {item: request.form.get(f"item-{item}", "") for item in Item}


@blueprint.get("/surveys/<int:survey_id>/calls")
@needs(*ENTERERS)
def calls(survey_id: int) -> ResponseReturnValue:
    """Who has not answered and may be called, inside calling hours."""
    return _calls_page(survey_id)


@blueprint.post("/surveys/<int:survey_id>/calls/<int:sheet_id>")
@needs(*ENTERERS)
def tried(survey_id: int, sheet_id: int) -> ResponseReturnValue:
    """A call that brought no answer."""
    result = request.form.get("result", "")
    if result not in set(Tried):
        abort(400)
    try:
        with hotline().store.reading() as session:
            if sheets.one(session, _survey(_line(session, survey_id)).id, sheet_id) is None:
                raise Refused("unknown_survey")
        asking.tried(hotline(), sheet_id, Tried(result), signed_in().user, clock.now())
    except Refused as no:
        return _calls_page(survey_id, no)
    return redirect(url_for("surveys.calls", survey_id=survey_id), 303)


def _calls_page(survey_id: int, no: Refused | None = None) -> ResponseReturnValue:
    now = clock.now()
    with hotline().store.reading() as session:
        line = _line(session, survey_id)
        due = asking.call_list(hotline(), session, _survey(line), now)
        covered = coverage.coverage(session, _survey(line))
    return render_template("surveys/calls.html", line=line, due=due, covered=covered, open_now=due.allowed_from <= now, masked=masking.phone,
                           tries=list(Tried), error=forms.reason(no) if no else None), 409 if no else 200
