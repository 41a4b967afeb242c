"""Reads TwiML as strictly as its reference: what it says to do, and everything that is wrong with it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit
from xml.etree import ElementTree

from callcenter.simulator import grammar

NOT_XML, NOT_VALID, BAD_ADDRESS = 12100, 12200, 11100
ADDRESSES = frozenset({"action", "waitUrl", "url", "statusCallback", "recordingStatusCallback"})
#: far above what a call may be told at once
LONGEST = 65_536


@dataclass(frozen=True, slots=True)
class Verb:
    """One element: its name, attributes, text and what stands inside."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    inside: tuple["Verb", ...] = ()

    def get(self, name: str, otherwise: str = "") -> str:
        """An attribute, or what Twilio takes when it is missing."""
        return self.attributes.get(name, otherwise)

    def number(self, name: str, otherwise: int) -> int:
        """An attribute that is a whole number."""
        given = self.attributes.get(name, "")
        return int(given) if given.lstrip("-").isdigit() else otherwise

    def says(self, name: str, otherwise: bool = False) -> bool:
        """An attribute that is true or false."""
        return self.attributes.get(name, str(otherwise)).lower() == "true"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a document, with Twilio's number for it; a fatal one ends the call's document there."""

    code: int
    text: str
    fatal: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """What was read."""

    verbs: tuple[Verb, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def fatal(self) -> Fault | None:
        """The fault because of which nothing of it is carried out."""
        return next((fault for fault in self.faults if fault.fatal), None)


def read(text: str, place: str = "call") -> Document:
    """The document as it will be carried out in that place (see grammar.PLACES). An empty one is valid and says nothing."""
    if not text.strip():
        return Document()
    if len(text) > LONGEST or "<!DOCTYPE" in text or "<!ENTITY" in text:
        return Document(faults=(Fault(NOT_XML, "too long, or with declarations", True),))
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - declarations were refused above
    except ElementTree.ParseError as wrong:
        return Document(faults=(Fault(NOT_XML, f"not well-formed: {wrong}", True),))
    if root.tag != "Response":
        return Document(faults=(Fault(NOT_XML, f"root is <{root.tag}>, must be <Response>", True),))
    faults: list[Fault] = []
    if root.text and root.text.strip():
        faults.append(Fault(NOT_VALID, f"text outside of a verb: {root.text.strip()[:40]!r}", True))
    for verb in root:
        if verb.tag in grammar.ATTRIBUTES and verb.tag not in grammar.PLACES[place]:
            faults.append(Fault(NOT_VALID, f"<{verb.tag}> may not stand in a document for {place}", True))
    return Document(tuple(_verb(verb, faults) for verb in root), tuple(faults))


def _verb(element: ElementTree.Element, faults: list[Fault]) -> Verb:
    name, known = element.tag, grammar.ATTRIBUTES.get(element.tag)
    if known is None:
        faults.append(Fault(NOT_VALID, f"unknown element <{name}>", True))
        return Verb(name)
    for attribute, value in element.attrib.items():
        wrong = _wrong(name, attribute, value)
        if attribute not in known:
            faults.append(Fault(NOT_VALID, f"<{name}> has no attribute {attribute}"))
        elif wrong:
            faults.append(Fault(wrong, f"<{name} {attribute}={value!r}>"))
    for child in element:
        if child.tag in grammar.ATTRIBUTES and child.tag not in grammar.INSIDE.get(name, frozenset()):
            faults.append(Fault(NOT_VALID, f"<{child.tag}> may not stand inside <{name}>", True))
    return Verb(name, dict(element.attrib), " ".join("".join(element.itertext()).split()) if name == "Say" else (element.text or "").strip(),
                tuple(_verb(child, faults) for child in element))


def _wrong(name: str, attribute: str, value: str) -> int:
    """Twilio's number for a value that cannot be; 0 for one that can."""
    allowed = _allowed(name, attribute)
    if allowed and not set(value.split() if attribute.endswith("Event") or attribute == "input" else [value]) <= allowed:
        return NOT_VALID
    if attribute in grammar.NUMBERS and not value.lstrip("-").isdigit() and value != "auto":
        return NOT_VALID
    if attribute in ADDRESSES and value and urlsplit(value).scheme not in ("http", "https", ""):
        return BAD_ADDRESS
    return 0


def _allowed(name: str, attribute: str) -> frozenset[str] | None:
    match attribute:
        case "record":
            return grammar.RECORDS.get(name)
        case "statusCallbackEvent":
            return grammar.EVENTS.get(name, grammar.EVENTS[""])
        case "recordingStatusCallbackEvent":
            return grammar.RECORDING_EVENTS
    return grammar.VALUES.get(attribute)
