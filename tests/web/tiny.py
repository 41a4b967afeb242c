"""A hotline of a few dummy pages and invented people: enough to try everything every real page rests on."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from flask import Flask, abort, flash, redirect, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader

from callcenter import clock, resources
from callcenter.domain.vocabulary import State
from callcenter.events import publish
from callcenter.web import init_web
from callcenter.web.security import SignedIn, needs, open_to_all

PASSWORD = "correct horse"
PROJECT = ("梧桐里", "云杉苑")


def person(user: str, name: str, *roles: str) -> SignedIn:
    return SignedIn(user, name, frozenset(roles), frozenset(PROJECT))


@dataclass
class FakePeople:
    """The register of people in memory; remembers every attempt."""

    register: dict[str, SignedIn] = field(default_factory=dict)
    asked: list[tuple[str, str, datetime]] = field(default_factory=list)

    def find(self, user_name: str) -> SignedIn | None:
        return self.register.get(user_name)

    def check(self, user_name: str, password: str, now: datetime) -> SignedIn | None:
        self.asked.append((user_name, password, now))
        return self.register.get(user_name) if password == PASSWORD else None

    def change_password(self, user_name: str) -> None:
        known = self.register[user_name]
        self.register[user_name] = replace(known, session_version=known.session_version + 1)


def everybody() -> FakePeople:
    staff = [
        person("wangfang", "王芳", "agent", "lead", "supervisor"),
        person("hejing", "何静", "agent"),
        person("zhaolei", "赵磊", "dispatcher"),
        person("chenqiang", "陈强", "technician"),
        person("zhoumin", "周敏", "callback"),
        person("root", "管理员", "admin"),
        person("newcomer", "新来的"),
    ]
    return FakePeople({one.user: one for one in staff})


def tiny_app(**config: object) -> Flask:
    """An application with the foundation and nothing else."""
    app = Flask("tiny", static_folder=str(_static()), static_url_path="/static")
    app.config.update(SECRET_KEY="planted for tests", COMPANY_NAME="梧桐物业", HOTLINE_NUMBER="400-820-2024")
    app.config.update(MAX_CONTENT_LENGTH=200_000, **config)
    folders = (resources.folder("templates"), Path(__file__).parent / "pages")
    app.jinja_loader = ChoiceLoader([FileSystemLoader(folder) for folder in folders])
    app.extensions["people"] = everybody()
    app.notes = []  # type: ignore[attr-defined]
    init_web(app)
    _pages(app)
    return app


def _static() -> Path:
    return Path(resources.__file__).parent / "static"


def sample(now: datetime) -> dict[str, object]:
    def row(number, title, where, state, seconds, urgent=False):
        due_at = now + timedelta(seconds=seconds)
        return {"number": number, "title": title, "where": where, "state": state, "due_at": due_at, "urgent": urgent}

    def entry(seconds, kind, text, who, note=None):
        return {"at": now - timedelta(seconds=seconds), "kind": kind, "text": text, "who": who, "note": note}

    return {
        "tickets": [
            row("WX-261122-0042", "厨房水管爆裂，水漫客厅", "梧桐里 3 栋 2 单元 1201", State.NEW, -48, True),
            row("WX-261122-0041", "楼道灯不亮", "梧桐里 5 栋 1 单元", State.NEW, 42),
            row("WX-261122-0038", "空调滴水（保修期内）", "云杉苑 2 栋 901", State.ACCEPTED, 10657),
            row("TS-261121-0007", "装修噪声，午休时间仍在施工", "云杉苑 6 栋 1502", State.CALLBACK_DUE, 86400 * 3),
        ],
        "timeline": [
            entry(228, "call", "来电 138****8000，第 2 声铃接听", "王芳"),
            entry(190, "note", "登记：厨房水管爆裂，水漫客厅", "王芳", "已告知先关入户总阀"),
            entry(48, "warn", "提醒派单员：还剩 60 秒", "系统"),
            entry(2, "bad", "3 分钟派工超时，已报值班长", "系统"),
        ],
    }


def _pages(app: Flask) -> None:
    notes: list[str] = app.notes  # type: ignore[attr-defined]

    @app.get("/desk")
    @needs("agent", "lead")
    def desk() -> str:
        return render_template("desk.html", **sample(clock.now()))

    @app.get("/dispatch")
    @needs("dispatcher", "lead")
    def dispatch() -> str:
        return render_template("dispatch.html", errors={}, typed={}, **sample(clock.now()))

    @app.post("/dispatch")
    def dispatch_post():
        if not request.form.get("reason"):
            errors = {"reason": "请写明原因", "technician": "请选择维修工"}
            return render_template("dispatch.html", errors=errors, typed=request.form, **sample(clock.now())), 422
        if request.form["reason"] == "冲突":
            abort(409, "WX-261122-0042 已派单：不能再派单")
        notes.append(request.form["reason"])
        flash("已派给 刘洋", "ok")
        return redirect("/dispatch")

    @app.get("/field")
    @needs("technician")
    def field_page() -> str:
        return render_template("dispatch.html", errors={}, typed={}, **sample(clock.now()))

    @app.get("/supervise")
    @needs("supervisor")
    def supervise() -> str:
        return render_template("supervise.html", **sample(clock.now()))

    @app.get("/rules")
    def rules() -> str:
        partial = request.headers.get("X-Partial")
        return render_template("_notes.html" if partial else "notes.html", notes=notes)

    @app.post("/rules/note")
    def note():
        notes.append(request.form["text"])
        publish(app.extensions.get("redis"), "ticket", id=len(notes))
        return redirect("/rules")

    @app.get("/fails")
    def fails() -> str:
        raise ZeroDivisionError("张三 13812345678")

    @app.get("/api/thing")
    def thing():
        abort(409, "已派单")

    @app.get("/healthz")
    @open_to_all
    def healthz() -> str:
        return "ok"
