"""What every page of the field stands on: the blueprint, who goes out, and where pictures lie."""

from pathlib import Path

from flask import Blueprint, current_app

#: who goes out
WORKERS = ("technician", "contractor", "dept_head")

blueprint = Blueprint("field", __name__)


def folder() -> Path:
    """The data folder."""
    found: Path = current_app.extensions["parts"].settings.data_dir
    return found
