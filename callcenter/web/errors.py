"""What a person reads when something is refused or fails; programs get the same as JSON."""

import logging
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError, default_exceptions

from callcenter.web.security import wants_page

log = logging.getLogger(__name__)

#: Never sent back to the page, whatever else was typed.
_UNKEPT = ("csrf_token", "password")


def told(code: int) -> tuple[str, str]:
    """Title and advice for a status code, in the page's language."""
    words = {
        400: (gettext("请求有误"), gettext("请返回上一页，检查后再试。")),
        401: (gettext("登录已过期"), gettext("请在另一个标签页重新登录，再回到这里重新提交。")),
        403: (gettext("没有权限"), gettext("您的岗位不能打开此页。需要时请联系值班长。")),
        404: (gettext("没有找到"), gettext("地址可能有误，或者内容已被移走。")),
        405: (gettext("不能这样打开"), gettext("请从页面上的按钮进入。")),
        409: (gettext("与当前状态冲突"), gettext("内容刚被别人改动，请刷新后再试。")),
        413: (gettext("文件太大"), gettext("请压缩或减少附件后再试。")),
        422: (gettext("填写有误"), gettext("请按提示改正后再提交。")),
        429: (gettext("尝试太频繁"), gettext("请稍等片刻再试。")),
        500: (gettext("系统出错"), gettext("已记录。请再试一次；若仍不行，把编号告诉管理员。")),
        503: (gettext("服务暂忙"), gettext("请稍等片刻再试。")),
    }
    return words.get(code) or words[400 if code < 500 else 500]


def _own_words(error: HTTPException) -> str | None:
    """The reason a view gave with abort(); None for the library's stock sentence."""
    stock = getattr(default_exceptions.get(error.code or 500), "description", None)
    given = error.description
    return given if given and given != stock and not isinstance(error, CSRFError) and error.code != 429 else None


def _refuse(error: HTTPException) -> ResponseReturnValue:
    """An HTTP error in the asker's form; redirects and ready-made answers pass untouched."""
    code = error.code or 500
    if code < 400 or error.response is not None:
        return error.get_response()
    expired = isinstance(error, CSRFError) or (code == 401 and request.method == "POST")
    response = _page(code, expired, _own_words(error)) if wants_page() else _json(code, expired, _own_words(error))
    _keep_headers(response, error)
    return response


def _json(code: int, expired: bool, reason: str | None) -> Response:
    title, advice = told(401 if expired else code)
    name = "session_expired" if expired else _name_of(code)
    response = jsonify(error=name, message=reason or f"{title} · {advice}")
    response.status_code = code
    return response


def _name_of(code: int) -> str:
    """The machine's name of a status: not_found, conflict, …"""
    known = default_exceptions.get(code)
    return known().name.lower().replace(" ", "_") if known else "error"


def _page(code: int, expired: bool, reason: str | None, reference: str | None = None) -> Response:
    title, advice = told(401 if expired else code)
    kept = _typed() if expired else []
    page = render_template(
        "error.html", code=code, title=title, advice=advice, reason=reason, reference=reference,
        expired=expired, kept=kept, again=expired and _from_our_own_page(), lost_files=bool(expired and request.files),
    )  # fmt: skip
    return make_response(page, code)


def _typed() -> list[tuple[str, str]]:
    """What was typed, so that an expired session costs nobody their words; passwords and tokens are left out."""
    return [(name, value) for name, value in request.form.items(multi=True) if not any(word in name for word in _UNKEPT)]


def _from_our_own_page() -> bool:
    """True when the form was sent from this site: only then may "send again" be offered, or a foreign page could
    have a person confirm words that are not theirs."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host


def _keep_headers(response: Response, error: HTTPException) -> None:
    for name, value in error.get_headers():
        if name.lower() in {"allow", "retry-after", "www-authenticate"}:
            response.headers[name] = value


def _fail(error: InternalServerError) -> ResponseReturnValue:
    """A defect: logged with a number the person can quote, told without any inner detail."""
    reference = secrets.token_hex(4)
    log.error("told as error %s: %r at %s %s", reference, error.original_exception, request.method, request.path)
    if not wants_page():
        response = jsonify(error=_name_of(500), message=" · ".join(told(500)), reference=reference)
        response.status_code = 500
        return response
    try:
        return _page(500, False, None, reference)
    except Exception:  # the header asks the database who is signed in; a plain line still gets out
        log.exception("the error page failed too (%s)", reference)
        return Response(f"系统出错 / Something failed: {reference}\n", 500, mimetype="text/plain")


def init_errors(app: Flask) -> None:
    """Every refusal and every defect is answered here; under test a defect still reaches the test."""
    app.register_error_handler(HTTPException, _refuse)
    app.register_error_handler(500, _fail)
