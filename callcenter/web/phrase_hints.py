"""Forbidden phrases where somebody types what a customer will read: pointed out, and stopped once, never for good (F23, K35)."""

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask

from callcenter.domain import phrases
from callcenter.domain.forms import Field, fields_of
from callcenter.domain.ticket import Refused
from callcenter.domain.vocabulary import Action
from callcenter.services.quality import lint

#: a text answer has no form of an act
TEXT = Field("text", "回复内容", "Reply", "text", must=True)


def customer_reads(action: str, field: str) -> bool:
    """Whether what is typed there reaches the customer."""
    return action in set(Action) and field in phrases.CUSTOMER_READS.get(Action(action), ())


def phrase_rules() -> str:
    """The list as the browser's hint reads it: phrase and its innocent longer forms, the longest phrase first."""
    return json.dumps(sorted(phrases.FORBIDDEN.items(), key=lambda p: -len(p[0])), ensure_ascii=False)


def warn(action: Action, fields: Mapping[str, Any], asked: Mapping[str, str]) -> None:
    """
    Stop once for what a customer should not hear; a form that cannot show the hint is never stopped, nor one sent "anyway".

    Raises:
        Refused: "forbidden_phrase", beside the field.
    """
    if asked.get("phrases") != "watched" or asked.get("anyway") == "yes":
        return
    for name, found in lint.warned(action, fields).items():
        raise Refused("forbidden_phrase", field=next(f for f in fields_of(action) if f.name == name), phrases=found)


def warn_of_text(text: str, asked: Mapping[str, str]) -> None:
    """The same for the answer to a text message."""
    found = phrases.phrases(text)
    if found and asked.get("phrases") == "watched" and asked.get("anyway") != "yes":
        raise Refused("forbidden_phrase", field=TEXT, phrases=found)


def install(app: Flask) -> None:
    """Make the list known to the templates."""
    app.jinja_env.globals.update(customer_reads=customer_reads, phrase_rules=phrase_rules)
