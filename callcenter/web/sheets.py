"""What is printed, as a page to be printed from, or, where that is installed, as a PDF."""

from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from callcenter import pdf

_STATIC = Path(__file__).parent.parent / "static"


def wants_pdf() -> bool:
    """Whether the address asks for a PDF; 404 where none can be made."""
    asked = request.args.get("as") == "pdf"
    if asked and not pdf.installed():
        abort(404, gettext("这台服务器没有安装 PDF 组件；请用浏览器的打印存为 PDF。"))
    return asked


def sheet(template: str, name: str, **context: Any) -> ResponseReturnValue:
    """The page *template*, or the same as a file *name*.pdf where the address asks for it."""
    return as_pdf(template, name, **context) if wants_pdf() else render_template(template, **context)


def as_pdf(template: str, name: str, **context: Any) -> Response:
    """The page as a PDF: its own styles, black on white, without anything that is pressed."""
    try:
        body = pdf.made(render_template(template, sheet="print/_sheet.html", **context))
    except pdf.NoPdf:
        abort(503, gettext("PDF 没有生成成功，已记录。请用浏览器的打印存为 PDF。"))
    return Response(body, mimetype="application/pdf", headers={
        "Content-Disposition": f"inline; filename=\"{name.encode('ascii', 'ignore').decode() or 'sheet'}.pdf\"; filename*=UTF-8''{quote(name)}.pdf"})


@lru_cache(maxsize=8)
def _styles(name: str) -> Markup:
    """A stylesheet of ours, to be written into a page that may load none."""
    return Markup((_STATIC / name).read_text(encoding="utf-8"))  # noqa: S704 - a file of the package, nobody's words


def init_sheets(app: Flask) -> None:
    """Makes the styles of sheets and the question whether PDF can be offered available to the templates."""
    app.add_template_global(_styles, "sheet_styles")
    app.add_template_global(lambda: pdf.installed(), "pdf_installed")
