"""The grammar of TwiML, read out of the typed builder that Twilio publishes on npm, and documents checked against it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

_UNION = re.compile(r"^\s*type (\w+) = ([^;]+);", re.M)
_INTERFACE = re.compile(r"export interface (\w+) \{(.*?)\n    \}", re.S)
_MEMBER = re.compile(r"^\s*(?:\"([^\"]+)\"|(\w+))\??: ([^;]+);", re.M)
_CLASS = re.compile(r"class (\w+) extends TwiML[\w.]* \{(.*?)(?=\n\s*(?:export )?class \w+ extends|\ndeclare namespace|\Z)", re.S)
_MAKES = re.compile(r"new \w+Response\.(\w+)\(this\.\w+\.ele\(\"([^\"]+)\"")
_METHOD = re.compile(r"^\s*(\w+)\([^)]*\) \{\s*$", re.M)
_TAKES = r"\b{}\(attributes\??: \w+Response\.(\w+)"


@dataclass
class Attribute:
    """What may stand in an attribute."""

    kind: str  #: "string", "number" or "boolean"
    words: tuple[str, ...] = ()  #: nothing else, when there are any
    several: bool = False  #: several words, with spaces between

    def refuses(self, text: str) -> bool:
        parts = text.split() if self.several else [text]
        if self.words:
            return any(part not in self.words for part in parts)
        if self.kind == "boolean":
            return text not in ("true", "false")
        return self.kind == "number" and not re.fullmatch(r"-?\d+", text)


@dataclass
class Element:
    """What an element may carry and hold."""

    attributes: dict[str, Attribute] = field(default_factory=dict)
    children: set[str] = field(default_factory=set)


def grammar(package: Path, kind: str = "Voice") -> dict[str, Element]:
    """Tag → what it may carry, from the installed npm package `twilio`; *kind* is Voice or Messaging."""
    types = (package / f"lib/twiml/{kind}Response.d.ts").read_text()
    code = (package / f"lib/twiml/{kind}Response.js").read_text()
    words = {name: tuple(re.findall(r'"([^"]*)"', body)) for name, body in _UNION.findall(types)}
    carried = {name: dict(_members(body, words)) for name, body in _INTERFACE.findall(types)}
    typed = dict(_CLASS.findall(types))
    elements: dict[str, Element] = {}
    holds: dict[str, set[str]] = {}
    made_by: dict[str, str] = {}
    for owner, body in _CLASS.findall(code):
        for method, made, tag in _children(body):
            holds.setdefault(owner, set()).add(tag)
            made_by[tag] = made
            found = re.search(_TAKES.format(re.escape(method)), typed.get(owner, ""))
            elements.setdefault(tag, Element()).attributes.update(carried.get(found[1], {}) if found else {})
    for tag, element in elements.items():
        element.children = holds.get(made_by[tag], set())
    return {**elements, "Response": Element({}, holds[f"{kind}Response"])}


def _members(body: str, words: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, Attribute]]:
    for quoted, plain, type_ in _MEMBER.findall(body):
        base = type_.strip().removesuffix("[]")
        yield quoted or plain, Attribute(base if base in ("number", "boolean") else "string", words.get(base, ()), type_.strip().endswith("[]"))


def _children(body: str) -> Iterator[tuple[str, str, str]]:
    """Every method of a class that makes an element: method, class made, tag."""
    method = ""
    for line in body.splitlines():
        if (named := _METHOD.match(line)) and named[1] not in ("if", "for", "switch"):
            method = named[1]
        if made := _MAKES.search(line):
            yield method, made[1], made[2]


def complaints(document: str | bytes, rules: Mapping[str, Element]) -> list[str]:
    """What Twilio would not understand in *document*; empty when all is well."""
    try:
        root = ElementTree.fromstring(document)
    except ElementTree.ParseError as broken:
        return [f"not well-formed: {broken}"]
    if root.tag != "Response":
        return [f"the root is <{root.tag}>, not <Response>"]
    return list(_walk(root, "Response", rules))


def _walk(element: ElementTree.Element, path: str, rules: Mapping[str, Element]) -> Iterator[str]:
    rule = rules.get(element.tag)
    if rule is None:
        yield f"{path}: no such element"
        return
    for name, text in element.attrib.items():
        known = rule.attributes.get(name.replace("{http://www.w3.org/XML/1998/namespace}", "xml:"))
        if known is None:
            yield f"{path}@{name}: no such attribute"
        elif known.refuses(text):
            yield f"{path}@{name}: {text!r} is not one of {', '.join(known.words) or known.kind}"
    for child in element:
        if child.tag not in rule.children:
            yield f"{path}: <{child.tag}> may not stand here"
        yield from _walk(child, f"{path}/{child.tag}", rules)
