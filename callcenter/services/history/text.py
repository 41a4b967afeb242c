"""A comparison as a table a supervisor reads, or as one JSON object a line."""

import json
from collections.abc import Iterator
from unicodedata import east_asian_width

from callcenter.services.history.comparing import Comparison
from callcenter.services.history.figures import Row, Value
from callcenter.services.history.recorded import Model

_HEADS = {
    "zh": ("代码", "指标", "记录", "照原样重放", "模型误差", "改后重放", "改动的影响"),
    "en": ("code", "figure", "recorded", "replayed", "model error", "changed", "effect"),
}
_SAID = {
    "title": ("{day} 重放:{calls} 通来电,{tickets} 张工单,指标算到 {end}", "{day} replayed: {calls} calls, {tickets} tickets, figures as of {end}"),
    "unchanged": ("照原样重放", "replayed unchanged"), "changed": ("改后重放", "replayed changed"),
    "refused": ("规则拒绝 {n} 次({codes})", "{n} acts refused by the rules ({codes})"),
    "undone": ("没有人在岗可做 {n} 件", "{n} acts nobody was there to do"),
    "lost": ("没有接通因而未登记 {n} 张", "{n} tickets never registered: nobody spoke to the caller"),
    "fault": ("故障:{text}", "fault: {text}"),
    "note": ("模型知道和不知道什么,见 workflows/README.md", "what the model knows and what it cannot: workflows/README.md"),
}


def table(done: Comparison, lang: str) -> Iterator[str]:
    """Title, every figure side by side, and what the replays had to leave out."""
    yield "── " + _said(lang, "title", day=done.day.day, calls=len(done.day.rings), tickets=len(done.day.tickets),
                          end=done.day.end.astimezone(done.day.since.tzinfo).strftime("%m-%d %H:%M"))
    lines = [_HEADS[lang][:None if done.changed else 5], *(_cells(row, lang) for row in done.rows)]
    widths = [max(_width(line[n]) for line in lines) for n in range(len(lines[0]))]
    for line in lines:
        yield "  ".join(_padded(cell, width, right=n > 1) for n, (cell, width) in enumerate(zip(line, widths, strict=True))).rstrip()
    for name, model in (("unchanged", done.unchanged), ("changed", done.changed)):
        yield from (f"{_said(lang, name)}: {text}" for text in (_left_out(model, lang) if model else ()))
    yield "── " + _said(lang, "note")


def as_json(done: Comparison) -> Iterator[str]:
    """One object a figure, one a replay, the last one the verdict."""
    for row in done.rows:
        values = [*row.values, None][:3]
        yield _json({"kind": "figure", "code": row.code, "zh": row.zh, "en": row.en, "recorded": _plain(values[0]), "unchanged": _plain(values[1]),
                     "changed": _plain(values[2]), "model_error": _apart(values[0], values[1]), "difference": _apart(values[1], values[2])})
    for name, model in (("unchanged", done.unchanged), ("changed", done.changed)):
        if model is not None:
            yield _json({"kind": "replay", "name": name, "refused": model.refused, "undone": model.undone, "lost": model.lost,
                         "faults": model.faults})
    yield _json({"kind": "verdict", "ok": done.sound, "day": done.day.day.isoformat(), "as_of": done.day.end.isoformat()})


def _cells(row: Row, lang: str) -> tuple[str, ...]:
    recorded, unchanged, *rest = row.values
    cells = [row.code, row.label(lang), _shown(recorded), _shown(unchanged), _difference(recorded, unchanged)]
    return (*cells, *(cell for changed in rest for cell in (_shown(changed), _difference(unchanged, changed))))


def _shown(value: Value | None) -> str:
    """"12/13 92.3 %" (cut, not rounded), "8 s (120/15)", "4"; a dash where there is nothing to divide by."""
    if value is None or value.value is None:
        return "—"
    if value.unit == "count":
        return str(value.numerator)
    if value.unit == "seconds":
        return f"{value.value:.1f} s"
    return f"{value.numerator}/{value.denominator} {int(value.value * 1000 + 1e-9) / 10:.1f} %"


def _difference(before: Value | None, after: Value | None) -> str:
    apart = _apart(before, after)
    if apart is None:
        return "—"
    unit = (before or after or Value(0, None)).unit
    if unit == "share":
        return "=" if before == after else f"{apart * 100:+.1f} %" if round(apart * 100, 1) else "≈"
    return "=" if not apart else f"{apart:+.1f} s" if unit == "seconds" else f"{apart:+.0f}"


def _apart(before: Value | None, after: Value | None) -> float | None:
    if before is None or after is None or before.value is None or after.value is None:
        return None
    return after.value - before.value


def _plain(value: Value | None) -> dict[str, object] | None:
    return None if value is None else {"numerator": value.numerator, "denominator": value.denominator, "value": value.value, "unit": value.unit}


def _left_out(model: Model, lang: str) -> Iterator[str]:
    if model.refused:
        codes = ", ".join(f"{code}×{n}" for code, n in sorted(model.refused.items()))
        yield _said(lang, "refused", n=sum(model.refused.values()), codes=codes)
    if model.undone:
        yield _said(lang, "undone", n=model.undone)
    if model.lost:
        yield _said(lang, "lost", n=model.lost)
    yield from (_said(lang, "fault", text=text) for text in model.faults)


def _said(lang: str, name: str, **said: object) -> str:
    return _SAID[name][lang == "en"].format(**said)


def _width(text: str) -> int:
    """Columns in a terminal: Chinese characters take two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)


def _padded(text: str, width: int, *, right: bool) -> str:
    fill = " " * (width - _width(text))
    return fill + text if right else text + fill


def _json(value: dict[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False)
