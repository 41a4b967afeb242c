"""The rules page: the policy in force as tables and state diagrams, and which older versions still run."""

from flask import Blueprint, render_template, request

from callcenter.domain.vocabulary import OPEN, TicketType
from callcenter.services import flow_diagram, rules_view
from callcenter.web.acts import hotline
from callcenter.web.languages import language

blueprint = Blueprint("rules", __name__)


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
        older=older, open_states=len(OPEN))
