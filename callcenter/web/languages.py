"""Which language a page speaks: the cookie, then the browser's wish, else Chinese; catalogues compiled at start."""

import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, Response, current_app, request
from flask_babel import Babel, get_locale

#: Code → how the language calls itself.
LANGUAGES = {"zh": "中文", "en": "English"}
COOKIE = "language"
CATALOGUES = Path(__file__).resolve().parent.parent / "translations"


def chosen_language() -> str:
    """`zh` or `en` for the request at hand."""
    kept = request.cookies.get(COOKIE, "")
    if kept in LANGUAGES:
        return kept
    wished = (tag.replace("_", "-").partition("-")[0].lower() for tag in request.accept_languages.values())
    return next((code for code in wished if code in LANGUAGES), "zh")


def language() -> str:
    """`zh` or `en`, also outside a request (a printed notice, a task)."""
    locale = get_locale()
    return locale.language if locale and locale.language in LANGUAGES else "zh"


def remember(response: Response, code: str) -> None:
    """Keeps the choice in this browser for a year."""
    secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
    response.set_cookie(COOKIE, code, max_age=365 * 86400, samesite="Lax", httponly=True, secure=secure)


def init_languages(app: Flask) -> None:
    """Babel with our catalogues; dates are told in Asia/Shanghai unless TIME_ZONE says otherwise."""
    zone = app.config.setdefault("TIME_ZONE", "Asia/Shanghai")
    Babel(
        app,
        default_locale="zh",
        default_translation_directories=str(compiled(CATALOGUES)),
        locale_selector=chosen_language,
        timezone_selector=lambda: zone,
    )
    app.jinja_env.globals.update(language=language, languages=LANGUAGES)


def compiled(folder: Path) -> Path:
    """A folder holding an up-to-date .mo for each .po: the same one, or a private copy where it may not be written."""
    stale = [source for source in folder.glob("*/LC_MESSAGES/*.po") if _is_stale(source)]
    try:
        for source in stale:
            _compile(source, source.with_suffix(".mo"))
    except OSError:  # installed read-only
        return _compiled_elsewhere(folder)
    return folder


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path, target: Path) -> None:
    """Moved into place whole, so that a process starting beside us never reads half a catalogue."""
    with source.open("rb") as page:
        catalogue = read_po(page, locale=source.parent.parent.name)
    with tempfile.NamedTemporaryFile(dir=target.parent, suffix=".tmp", delete=False) as draft:
        write_mo(draft, catalogue)
    Path(draft.name).chmod(0o644)
    Path(draft.name).replace(target)


def _compiled_elsewhere(folder: Path) -> Path:
    private = Path(tempfile.mkdtemp(prefix="callcenter-translations-"))
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        target = private / source.relative_to(folder).with_suffix(".mo")
        target.parent.mkdir(parents=True)
        _compile(source, target)
    return private
