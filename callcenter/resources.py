"""Finds the folders workflows/ and templates/: inside the installed package, else beside it in a checkout."""

from pathlib import Path
from typing import Literal

_PACKAGE = Path(__file__).resolve().parent


def folder(name: Literal["workflows", "templates"]) -> Path:
    """The folder of that name as an absolute path; FileNotFoundError names both places looked at."""
    places = (_PACKAGE / name, _PACKAGE.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise FileNotFoundError(f"找不到文件夹 {name} / folder not found, looked at: {places[0]}, {places[1]}")
