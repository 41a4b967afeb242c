"""Photographs and signatures: taken in by the one route that allows larger bodies, shown to whoever may read the ticket."""

from contextlib import closing

from flask import Response, abort, flash, jsonify, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from callcenter import clock
from callcenter.domain.photographs import LARGEST_MB, OF_THE_FIELD, Photograph
from callcenter.domain.ticket import Refused
from callcenter.services.field import photos
from callcenter.storage.field_tables import AttachmentRow
from callcenter.web import forms
from callcenter.web.acts import after, hotline, key_of, read_ticket
from callcenter.web.devices import device_of
from callcenter.web.field.base import WORKERS, blueprint, folder
from callcenter.web.security import needs, signed_in, wants_page

#: the picture and the few words that come with it
_BODY = LARGEST_MB * 1_000_000 + 20_000


@blueprint.before_app_request
def _room_for_a_picture() -> None:
    """Set before anything reads the body; every other route keeps the application's own limit."""
    if request.endpoint in ("field.attach", "resident.attach"):
        request.max_content_length = _BODY


@blueprint.post("/tickets/<number>/photos")
@needs(*WORKERS)
def attach(number: str) -> ResponseReturnValue:
    """Keeps a picture, or says why not: 422 for the picture, 409 for the ticket, 404 for one that is none of theirs."""
    now, key = clock.now(), key_of(request.form.get("key"))
    kind = request.form.get("kind", "")
    if kind not in OF_THE_FIELD:
        abort(400)
    read_ticket(number, now)
    try:
        photos.attach(hotline(), folder(), number, Photograph(kind), sent(), signed_in().user, key, now,
                      signer=request.form.get("signer", ""), device=device_of(request.form))
    except Refused as no:
        return _refused(no)
    if not request.form.get("quiet"):
        flash(gettext("%(number)s %(action)s：已记录", number=number, action=forms.shown_word(Photograph(kind))), "ok")
    return redirect(after(number), 303)


def sent() -> bytes:
    """The picture as sent; nothing where none was."""
    found = request.files.get("photo")
    if found is None:
        return b""
    with closing(found):
        return bytes(found.read())


def _refused(no: Refused) -> ResponseReturnValue:
    status = 404 if no.code == "unknown_ticket" else 422 if no.code in ("no_photo", "photo_too_big", "photo_unreadable") else 409
    if wants_page():
        abort(status, forms.reason(no))
    response = jsonify(error=no.code, message=forms.reason(no), fields={})
    response.status_code = status
    return response


@blueprint.get("/tickets/<number>/photos/<int:photo_id>")
def photo(number: str, photo_id: int) -> Response:
    """The picture, or the small one; the same 404 for one that is not there and one of a ticket that is none of theirs."""
    read = read_ticket(number, clock.now())
    with hotline().store.reading() as session:
        row = photos.one(session, read.ticket.id, photo_id)
    return picture(row)


def picture(row: AttachmentRow | None) -> Response:
    """The picture itself, or the small one when asked for; 404 where there is none."""
    found = photos.path(folder(), row.name, small="small" in request.args) if row is not None else None
    if row is None or found is None or not found.is_file():
        abort(404)
    ending = row.media.removeprefix("image/")
    response = Response(found.read_bytes(), mimetype=row.media)
    response.headers["Content-Disposition"] = f'inline; filename="{row.kind}-{row.id}.{ending}"'
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response
