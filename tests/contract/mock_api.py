"""Twilio's published description of its REST API, made servable by the mock on one port."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

FORM = "application/x-www-form-urlencoded"
#: twilio-python writes Python's words for true and false; Twilio takes them
TRUTH = [True, False, "True", "False", "true", "false"]


def description(folder: Path, *names: str) -> dict[str, Any]:
    """
    The named descriptions of *folder* as one document.

    Two things the descriptions leave out are added, or the mock refuses what Twilio accepts: lists are sent as repeated
    form keys, and truth values as Python writes them. The servers' names are dropped: the mock is the server.
    """
    whole: dict[str, Any] = {}
    for name in names:
        part = json.loads((folder / name).read_text())
        whole = _joined(whole, part) if whole else part
    for operation in _operations(whole["paths"]):
        _lists_and_truth(operation)
    whole["servers"] = [{"url": "http://127.0.0.1"}]
    return whole


def _joined(whole: dict[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    whole["paths"].update(part["paths"])
    for kind, items in part.get("components", {}).items():
        whole["components"].setdefault(kind, {}).update({k: v for k, v in items.items() if k not in whole["components"][kind]})
    return whole


def _operations(paths: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in paths.values():
        path.pop("servers", None)
        for operation in path.values():
            if isinstance(operation, dict):
                operation.pop("servers", None)
                yield operation


def _lists_and_truth(operation: dict[str, Any]) -> None:
    content = operation.get("requestBody", {}).get("content", {}).get(FORM, {})
    for name, field in content.get("schema", {}).get("properties", {}).items():
        if field.get("type") == "array":
            content.setdefault("encoding", {})[name] = {"style": "form", "explode": True}
        _truth(field)
    for parameter in operation.get("parameters", []):
        if parameter.get("in") == "query":
            _truth(parameter.get("schema", {}))


def _truth(schema: dict[str, Any]) -> None:
    if schema.get("type") == "boolean":
        del schema["type"]
        schema["enum"] = TRUTH
