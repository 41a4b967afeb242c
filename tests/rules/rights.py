"""DOMAIN.md 10 and the "by" column of 3.3 written down a second time: who may do what to which kind of ticket in which state."""

from callcenter.domain.vocabulary import Action, State, TicketType

SLIP = ("urgent_repair", "daily_repair", "public_repair", "help_order", "emergency_referral", "special_service")
BUILT = ("warranty_repair", "legacy_issue")
FIELD = SLIP + BUILT
COMPLAINT = ("complaint_quality", "complaint_service")
SUGGESTION, INQUIRY = ("suggestion",), ("inquiry",)
PLAIN = ("praise", "item_release", "business_call")
ALL = FIELD + COMPLAINT + SUGGESTION + INQUIRY + PLAIN

OPEN = "new dispatched accepted on_site suspended completed verifying callback_due rework"
DESK = "agent lead dispatcher supervisor callback"  #: row "answer, register, link matter"
#: row "accept, arrive, complete, reject": the technician's own, the department's own, the dispatcher on the technician's word
WORKERS = "handler own_head dispatcher"
EVERYBODY = ("agent lead dispatcher technician own_head other_head supervisor pm other_pm quality gm callback contractor staff "
             "owner handler teammate first_responder system")
#: after a call that went wrong the ticket is worked on again, and called about again
WON_BACK = "rework dispatched accepted on_site suspended completed callback_due"

#: act, kinds, states, who. Words for people are those of `test_rights.PEOPLE`.
TABLE: tuple[tuple[str, tuple[str, ...], str, str], ...] = (
    # every kind of ticket
    ("add_contact", ALL, OPEN + " closed closed_unsatisfied", DESK),  # T18, row 1
    ("note", ALL, OPEN, "owner agent lead dispatcher handler own_head supervisor pm quality callback"),
    ("postpone", ALL, OPEN, "owner lead supervisor pm"),  # T24, "grant the one postponement"
    ("approve_special_case", ALL, OPEN, "pm quality"),  # "approve > 7 days"
    ("recovery_promise", ALL, OPEN, "supervisor pm quality"),  # 4.3: the supervisor, above that the project manager
    ("urge", ALL, OPEN, "customer " + DESK),  # T25
    ("escalate", ALL, OPEN, EVERYBODY),  # E1: any staff, not those who only read or only keep the program running
    ("acknowledge", ALL, OPEN, "lead dispatcher own_head supervisor pm quality gm owner"),  # C21: the levels themselves
    ("supervise", ALL, OPEN, "supervisor pm quality gm system"),  # E14
    ("answer_supervision", ALL, OPEN, "owner own_head supervisor pm"),  # E14: whoever it was for
    ("review", ALL, OPEN + " closed closed_unsatisfied", "own_head supervisor pm"),  # F03, F04: the department's head or the desk's supervisor
    ("reclassify", ALL, OPEN, "agent lead dispatcher supervisor pm"),  # upwards; downwards see LAXER
    ("transfer_owner", ALL, OPEN, "supervisor pm quality"),  # O5
    ("accept_ownership", ALL, OPEN, "receiver"),
    ("follow", ALL, OPEN, "owner lead supervisor system"),  # O6
    ("ack_completion", ALL, OPEN + " closed closed_unsatisfied", "first_responder owner"),  # O13
    ("merge", ALL, OPEN, "dispatcher lead supervisor"),  # T19
    ("unmerge", ALL, "merged", "dispatcher lead supervisor"),
    ("cancel", ALL, OPEN, "owner lead supervisor pm"),  # T20, never the handler
    ("send_notice", ALL, OPEN, "owner lead supervisor callback pm"),  # CB10
    ("answer_notice", ALL, OPEN, "own_head supervisor pm"),
    ("recontact", ALL, WON_BACK, "specialist owner callback lead supervisor pm"),  # CB10, never the handler or the team
    ("close_unsatisfied", ALL, WON_BACK, "pm"),  # T21
    # somebody has to go there
    ("record_consent", FIELD, "new rework", "owner agent lead dispatcher supervisor"),  # F22
    ("dispatch", FIELD, "new rework", "dispatcher lead night_agent own_head supervisor pm system"),  # "dispatch / reassign"
    ("reassign", FIELD, "dispatched accepted on_site suspended", "dispatcher lead night_agent own_head supervisor pm"),  # T05
    ("offer_all", FIELD, "new rework", "dispatcher lead supervisor system"),
    ("accept", FIELD, "new rework", "qualified"),  # 3.4-3: the first of the trade on duty
    ("accept", FIELD, "dispatched", WORKERS),  # T04
    ("reject", FIELD, "dispatched", WORKERS),  # T03
    ("void_dispatch", FIELD, "dispatched", "system dispatcher lead"),  # T03
    ("agree_appointment", FIELD, "new rework dispatched accepted suspended", "owner agent lead dispatcher handler supervisor"),
    ("pre_visit_call", FIELD, "accepted", "handler owner dispatcher"),
    ("depart", FIELD, "accepted", WORKERS),
    ("arrive", FIELD, "accepted", WORKERS),  # T06
    ("no_access", FIELD, "accepted on_site", WORKERS),  # T07
    ("make_safe", FIELD, "accepted on_site", WORKERS),
    ("ask_suspend", FIELD, "accepted on_site", "handler"),  # T08
    ("decline_suspend", FIELD, "accepted on_site", "dispatcher lead own_head supervisor"),  # T08: whoever approves may also say no
    ("suspend", FIELD, "accepted on_site", "dispatcher lead own_head supervisor"),  # T08: the handler only asks
    ("resume", FIELD, "suspended", "system dispatcher lead handler own_head supervisor"),  # T09
    ("preempt", FIELD, "accepted", "dispatcher lead supervisor"),  # 3.4-2
    ("declare_incident", FIELD, OPEN, "dispatcher lead supervisor pm"),
    ("join_incident", FIELD, "new rework", "owner agent dispatcher lead supervisor"),
    ("leave_incident", FIELD, "new rework", "owner agent dispatcher lead supervisor system"),
    ("restore", FIELD, "new rework", "system dispatcher lead supervisor"),
    ("restore", FIELD, "dispatched accepted on_site", "dispatcher lead supervisor"),
    ("draw_follow_up", FIELD, "closed", "system supervisor"),  # CB2
    ("complete", FIELD, "on_site", WORKERS),  # T10
    ("return_slip", SLIP, "completed", WORKERS + " owner agent lead supervisor"),  # T13: engineering clerk or customer service
    ("verify", BUILT, "verifying", "engineer own_head pm"),  # T12: engineering, not the doer; contractor never
    ("quote", ("special_service",), "new", "owner agent lead dispatcher own_head supervisor"),
    ("accept_quote", ("special_service",), "new", "customer owner agent lead dispatcher supervisor"),
    ("decline_quote", ("special_service",), "new", "customer owner agent lead dispatcher supervisor"),
    # the follow-up call
    ("record_callback", FIELD, "callback_due", "owner lead supervisor callback system"),  # "own non-complaint"; system: not reached
    ("record_callback", SUGGESTION, "callback_due", "owner lead supervisor callback"),
    ("midterm_call", ("special_service",), "new rework dispatched accepted on_site suspended", "owner lead supervisor callback"),  # CB5
    ("record_callback", COMPLAINT, "callback_due", "lead supervisor callback"),  # the project manager for major ones only: see MAJOR
    ("customer_reply", FIELD + COMPLAINT + SUGGESTION, "callback_due", "customer system"),
    ("close_by_rule", FIELD + SUGGESTION, "callback_due", "system"),  # T15
    ("close_unreachable", FIELD + COMPLAINT + SUGGESTION, "callback_due", "system"),  # T17
    ("close", FIELD + SUGGESTION, "callback_due", "owner lead supervisor pm"),
    ("close", COMPLAINT, "callback_due", "lead supervisor pm"),
    ("close", PLAIN, "new rework", "owner agent lead supervisor pm"),
    # settled by an answer
    ("hand_over_complaint", COMPLAINT + SUGGESTION, "new rework", "owner agent lead supervisor pm"),  # C14
    ("accept", COMPLAINT + SUGGESTION, "dispatched", "own_head"),
    ("arrive", COMPLAINT, "accepted", "own_head handler"),
    ("judge_complaint", COMPLAINT, "dispatched accepted on_site callback_due", "supervisor pm quality"),  # O8; heads of departments never their own
    ("reply", COMPLAINT, "dispatched accepted on_site", "owner lead own_head supervisor pm"),  # T23
    ("reply", FIELD, "new rework dispatched accepted on_site suspended", "owner lead own_head supervisor pm"),  # C10: progress with plan
    ("reply", SUGGESTION, "new rework dispatched accepted", "owner lead own_head supervisor pm"),
    ("answer_inquiry", INQUIRY, "new rework dispatched", "owner agent lead handler own_head supervisor callback"),  # T22
    ("forward_inquiry", INQUIRY, "new rework", "owner agent lead supervisor"),
)

#: "change urgency down / category laxer"
LAXER = "supervisor pm"
#: a follow-up call about a major complaint (CB3)
MAJOR = "lead supervisor callback pm"


def possible(kind: TicketType, state: State) -> dict[Action, frozenset[str]]:
    """The acts on a ticket of *kind* in *state*, and the words for those who may."""
    return {Action(act): frozenset(who.split()) for act, kinds, states, who in TABLE if kind in kinds and state in states.split()}
