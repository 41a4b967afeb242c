"""The rules: those in force as tables and diagrams, earlier versions and what differs, a change proposed, checked and rehearsed."""

from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from callcenter.domain import policy_file
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import OPEN, Role, TicketType
from callcenter.services.rules import flow_diagram, trial
from callcenter.services.rules import tables as rules_view
from callcenter.services.rules import versions as rules_history
from callcenter.web import forms
from callcenter.web.acts import hotline
from callcenter.web.languages import language
from callcenter.web.security import limiter, needs, signed_in

blueprint = Blueprint("rules", __name__)
#: who may look at earlier versions and try changes out ("edit SLA config", DOMAIN.md 10); everybody reads the rules in force
EDITORS = (Role.SUPERVISOR, Role.PM, Role.QUALITY, Role.ADMIN)


@blueprint.get("/rules")
def show() -> str:
    """Everything the company promises, as the program runs it; `?type=` chooses the flow that is drawn."""
    policy, wish = hotline().rulebook.policy, request.args.get("type", "")
    type_ = TicketType(wish) if wish in set(policy.flows) else TicketType.URGENT_REPAIR
    with hotline().store.reading() as session:
        older = rules_view.older_running(session, hotline().rulebook.id)
    return render_template(
        "rules/page.html", policy=policy, tables=rules_view.tables(policy, language()), types=list(policy.flows), type=type_,
        flow=rules_view.flow_table(policy, type_, language()), diagram=flow_diagram.diagram(policy.flows[type_], language()),
        older=older, open_states=len(OPEN), may_edit=signed_in().may(*EDITORS))


@blueprint.get("/rules/history")
@needs(*EDITORS)
def history() -> str:
    """Every version of the rules there ever was; `?a=&b=` sets two of them beside each other."""
    first, second = (request.args.get(name, 0, int) for name in ("a", "b"))
    with hotline().store.reading() as session:
        versions = rules_history.versions(session)
        if not first and not second and len(versions) > 1:
            first, second = versions[1].id, versions[0].id
        before, after = (rules_history.texts(session, id_) for id_ in (first, second))
    if (first and before is None) or (second and after is None):
        abort(404)
    found = rules_history.differences(before, after) if before is not None and after is not None else []
    return render_template("rules/history.html", versions=versions, first=first, second=second, found=found, in_force=hotline().rulebook.id,
                           both=before is not None and after is not None)


@blueprint.get("/rules/proposal")
@needs(*EDITORS)
def proposal() -> str:
    """The text of one file of the rules, to be changed and tried out."""
    name = _file(request.args.get("file", ""))
    return _page(name, hotline().rulebook.texts[name])


@blueprint.post("/rules/proposal")
@needs(*EDITORS)
@limiter.limit("20 per minute", key_func=lambda: f"rules/{signed_in().user}")
def try_out() -> ResponseReturnValue:
    """Checks a changed file, hands it out as a file, or plays a day under it; nothing is put into force."""
    name, text = _file(request.form.get("file", "")), request.form.get("text", "").replace("\r\n", "\n")
    with hotline().store.reading() as session:
        checked = trial.check(session, hotline().rulebook, name, text)
    do = request.form.get("do", "check")
    if do == "download" and not checked.error:
        return Response(text, mimetype="text/plain", headers={"Content-Disposition": f'attachment; filename="{name}"'})
    played, refused = _played({**hotline().rulebook.texts, name: text}) if do == "play" and not _unplayable(checked) else (None, "")
    good = played is not None and not played.unusable if do == "play" else not checked.error
    return _page(name, text, checked=checked, played=played, refused=refused, do=do), 200 if good else 422


def _unplayable(checked: trial.Checked) -> bool:
    """Whether a file cannot even be read; one that only lacks its next version number can be played."""
    return bool(checked.error) and not checked.only_version


def _played(rules: dict[str, str]) -> tuple[trial.Played | None, str]:
    """The day that was asked for, played; else why it was not."""
    sent = request.files.get("upload")
    try:
        written = _text(sent.read(trial.LARGEST_DAY + 1)) if sent and sent.filename else trial.day(request.form.get("day", ""))
        return trial.play(rules, written, Path(current_app.extensions["parts"].settings.data_dir) / "rehearsal.lock"), ""
    except Refused as no:
        return None, forms.reason(no)


def _text(sent: bytes) -> str:
    try:
        return sent.decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("rehearsal_no_text") from None


def _file(name: str) -> str:
    """One of the four files, by its name alone."""
    return name if name in policy_file.FILES else policy_file.FILES[0]


def _page(name: str, text: str, **more: Any) -> str:
    now = hotline().rulebook.texts[name]
    changed = rules_history.differences({name: now}, {name: text}) if text != now else []
    return render_template("rules/proposal.html", files=policy_file.FILES, name=name, text=text, changed=changed, days=trial.days(),
                           day=request.form.get("day", ""), lines=text.count("\n") + 1, **more)
