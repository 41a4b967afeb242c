"""Reports of shifts, days, weeks, months, quarters, half-years and years: counted, drafted, signed, sent, acknowledged, corrected (DOMAIN.md 12)."""

from callcenter.services.reports.building import build
from callcenter.services.reports.sheet import Report, Section, plain, said

__all__ = ["Report", "Section", "build", "plain", "said"]
