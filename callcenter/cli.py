"""The command `callcenter`: run, the processes it is made of, and what a supervisor types (rules, rehearse, doctor, demo)."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from callcenter import __version__
from callcenter.config import Settings, SettingsError, export_folder

Command = Callable[[argparse.Namespace, Settings], int]
#: what can be taken in from files
KINDS = ("rooms", "customers", "people", "roster", "calendar")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 well, 1 a check failed, 2 could not be done)."""
    arguments = _parser().parse_args(argv)
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "WARNING"), format="%(levelname)s %(name)s: %(message)s")
    command: Command = globals()[f"_{arguments.command.replace('-', '_')}"]
    try:
        return command(arguments, Settings.from_environment())
    except SettingsError as wrong:
        print(f"callcenter: {wrong}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output (head, less) has gone: nothing is wrong
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("callcenter", description="24 小时物业服务热线 / a 24-hour service hotline")
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    everything = _add(commands, "run", "起整条热线 / start everything in the foreground")
    everything.add_argument("--bind", help="127.0.0.1:8000")
    everything.add_argument("--no-line", action="store_true", help="示例不开模拟线路,只用纸面电话 / a demo without the simulated line")
    for name, text in (("clock", "时钟进程 / the clock process"), ("worker", "工作进程 / the worker process"),
                       ("web", "网页进程 / the web process"), ("upgrade", "升级数据库 / bring the database up to date")):
        _add(commands, name, text)
    rules = _add(commands, "rules", "看规则 / show the rules, or check a change")
    rules.add_argument("--check", action="store_true", help="只检查 / check only")
    rules.add_argument("--workflows", type=Path, metavar="DIR")
    rules.add_argument("--lang", choices=["zh", "en"], default="zh")
    _rehearse_command(commands)
    _figures_command(commands)
    doctor = _add(commands, "doctor", "体检 / is every open thing guarded, does the ledger hold")
    doctor.add_argument("--lang", choices=["zh", "en"], default="zh")
    doctor.add_argument("--at-rest", action="store_true", help="不看进程 / leave out clocks and workers")
    verify = _add(commands, "verify", "核对日志与签发的报表 / hold the ledger and signed reports against their hashes")
    verify.add_argument("--database", metavar="URL", help="另一个库,如备份;只读 / another one, such as a backup; only read")
    verify.add_argument("--lang", choices=["zh", "en"], default="zh")
    demo = _add(commands, "demo", "放一天电话 / play a day of calls against the running hotline")
    demo.add_argument("--url", default=None, help="http://127.0.0.1:8000")
    demo.add_argument("--speed", type=float, default=60.0, help="几倍速 / how many times faster than life")
    demo.add_argument("--calls", type=int, default=30)
    line = _add(commands, "simulate", "模拟电话线路 / a telephone line without an account, on this machine")
    line.add_argument("--port", type=int, default=None, help="4010, 或 TWILIO_API 的端口 / or the port of TWILIO_API")
    line.add_argument("--base", default=None, help="http://127.0.0.1:8000")
    line.add_argument("--callers", type=int, default=0, help="来电者 / callers of a scripted day; 0: 只开线路 / only the line")
    line.add_argument("--agents", type=int, default=5)
    line.add_argument("--minutes", type=float, default=60.0)
    line.add_argument("--speed", type=float, default=1.0, help="几倍速 / how many times faster than life")
    line.add_argument("--seed", type=int, default=1)
    line.add_argument("--chaos", default="", metavar="lost=0.05,dup=0.1,late=0.02,shuffle")
    line.add_argument("--log", type=Path, metavar="FILE.jsonl", help="每个人听到什么 / what everybody heard")
    _add(commands, "softphone", "装浏览器电话 / fetch the browser telephone of the provider")
    people = _add(commands, "people", "谁能登录 / who can sign in")
    people.add_argument("--demo", action="store_true", help="示例人员 / the people of the demo company")
    _register_commands(commands, people)
    return parser


def _rehearse_command(commands: Any) -> None:
    """A written day, or a recorded one under other rules or with other people."""
    rehearse = _add(commands, "rehearse", "排练 / play rehearsal files, or a recorded day, against the real engine")
    rehearse.add_argument("files", nargs="*", type=Path, metavar="FILE.toml")
    rehearse.add_argument("--json", action="store_true", help="每行一个 JSON 对象 / one JSON object a line")
    rehearse.add_argument("--workflows", type=Path, metavar="DIR")
    rehearse.add_argument("--database", metavar="URL", help="排练用的空库;--from-history 读的库 / an empty one; the recorded one, which is only read")
    rehearse.add_argument("--from-history", metavar="DAY", help="2026-03-10: 拿这天的记录重放 / replay this day as it was recorded")
    rehearse.add_argument("--roster", type=Path, metavar="FILE.csv", help="换一份排班 / another roster, as `callcenter import roster` takes it")
    rehearse.add_argument("--write", type=Path, metavar="FILE.toml", help="把这天写成排练文件(已脱敏) / write the day as a rehearsal file, masked")
    rehearse.add_argument("--lang", choices=["zh", "en"], default="zh")


def _figures_command(commands: Any) -> None:
    """The figures of a period, and the daily sums they are read from."""
    figures = _add(commands, "figures", "看指标 / print the figures, or look after their daily sums")
    figures.add_argument("--period", metavar="PERIOD", help="2026-03-10, 2026-03, 2026")
    figures.add_argument("--since", metavar="DAY")
    figures.add_argument("--until", metavar="DAY", help="含这一天 / this day included")
    figures.add_argument("--check", action="store_true", help="汇总与逐条计算比一遍 / compare the sums with the rows")
    figures.add_argument("--rebuild", action="store_true", help="重新汇总,断了会接着做 / sum everything up anew; an interrupted one goes on")
    figures.add_argument("--json", action="store_true", help="每行一个 JSON 对象 / one JSON object a line")
    figures.add_argument("--lang", choices=["zh", "en"], default="zh")


def _register_commands(commands: Any, people: argparse.ArgumentParser) -> None:
    """What a company enters itself: its first administrator, and its registers from files."""
    deeds = people.add_subparsers(dest="deed", metavar="add-admin")
    admin = deeds.add_parser("add-admin", help="第一位系统管理员 / the first administrator")
    admin.add_argument("name", metavar="NAME")
    admin.add_argument("user", metavar="USER")
    admin.add_argument("--password-stdin", action="store_true", help="从标准输入读密码 / read the password from standard input")
    admin.add_argument("--again", action="store_true", help="已有管理员,再加一位 / although there is one")
    admin.add_argument("--lang", choices=["zh", "en"], default="zh")
    taking = _add(commands, "import", "导入房屋、客户、人员、排班、日历 / take rooms, customers, people, roster, calendar in from CSV")
    taking.add_argument("kind", nargs="?", choices=KINDS)
    taking.add_argument("file", nargs="?", type=Path, metavar="FILE.csv")
    taking.add_argument("--check", action="store_true", help="只检查,不写 / find out only")
    taking.add_argument("--template", choices=KINDS, help="打印表头和一行示例 / print the header and an example line")
    taking.add_argument("--lang", choices=["zh", "en"], default="zh")


def _add(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    return parser


def _run(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter.work.run import run

    return run(settings, arguments.bind, line=not arguments.no_line)


def _composed(settings: Settings) -> Any:
    """The composed hotline, its database not yet touched."""
    from callcenter.parts import compose

    return compose(settings)


def _parts(settings: Settings) -> Any:
    """The composed hotline; a bad policy or an old schema ends with one clear line."""
    from callcenter import clock

    parts = _composed(settings)
    parts.hotline.rulebook.install(parts.hotline.store, clock.now())
    return parts


def _guarded(work: Callable[[], int]) -> int:
    """Run *work*; complaints about rules and files are for people, not tracebacks."""
    from callcenter.domain.reading import PolicyError
    from callcenter.services.rehearsal.reading import Unusable

    try:
        return work()
    except (PolicyError, Unusable) as wrong:
        print(f"callcenter: {wrong}", file=sys.stderr)
        return 2


def _clock(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter.work.ticking import Ticker

    def work() -> int:
        parts = _parts(settings)
        Ticker(parts.hotline, parts.phone, parts.waker, export_folder(settings.data_dir)).run()
        return 0
    return _guarded(work)


def _worker(arguments: argparse.Namespace, settings: Settings) -> int:
    def work() -> int:
        parts = _parts(settings)
        import_module("callcenter.work.jobs").work(parts.hotline, parts.phone, parts.waker, export_folder(settings.data_dir))
        return 0
    return _guarded(work)


def _web(arguments: argparse.Namespace, settings: Settings) -> int:
    gunicorn = [sys.executable, "-m", "gunicorn", "-c", "python:callcenter.work.gunicorn_conf", "callcenter.app:create_app()"]
    os.execv(sys.executable, gunicorn)  # noqa: S606 - our own interpreter, no shell; never comes back


def _upgrade(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter.storage import revision

    if settings.embedded_database and revision.is_current(Path(settings.database_url.removeprefix("sqlite:///"))):
        return 0  # what else there is to check (the rules' versions), every process checks at its own start
    return _upgraded(settings)


def _upgraded(settings: Settings) -> int:
    from datetime import timedelta

    from callcenter import clock
    from callcenter.domain import days
    from callcenter.parts import compose
    from callcenter.services import calendar
    from callcenter.services.demo import company, past
    from callcenter.services.rulebook import installer
    from callcenter.storage import schema

    def work() -> int:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        parts, now = compose(settings), clock.now()
        schema.upgrade(parts.hotline.store.engine)
        parts.hotline.rulebook.install(parts.hotline.store, now, installer())
        with parts.hotline.store.transaction() as session:
            calendar.keep(session, days.local(now).date())
            fresh = settings.demo and not company.is_loaded(session)
            if fresh:
                company.load(session, now, now + timedelta(days=60))
                print("示例公司已载入 / demo company loaded")
        if fresh:
            past.lay(parts.hotline, now)
        return 0
    return _guarded(work)


def _softphone(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter.work.softphone_asset import NotFetched, install

    try:
        print(install(settings.data_dir))
    except NotFetched as wrong:
        print(f"callcenter: 没有取到浏览器电话 / the browser telephone was not fetched: {wrong}", file=sys.stderr)
        return 1
    return 0


def _rules(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter.services import rulebook

    def work() -> int:
        policy = rulebook.Rulebook(rulebook.read_folder(arguments.workflows or settings.workflows_dir)).policy
        if arguments.check:
            print(f"规则可用 / the rules hold: {len(policy.promises)} promises, {len(policy.flows)} flows, "
                  f"{len(policy.categories)} categories, {len(policy.notices)} notices")
        else:
            print(import_module("callcenter.services.rules.tables").render_text(policy, arguments.lang))
        return 0
    return _guarded(work)


def _rehearse(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.from_history:
        history = import_module("callcenter.work.history")
        return _guarded(lambda: int(history.replay(settings, arguments)))
    if not arguments.files or arguments.roster or arguments.write:
        print("callcenter: 用法 / usage: callcenter rehearse FILE.toml… | --from-history DAY [--workflows DIR] [--roster FILE.csv]", file=sys.stderr)
        return 2
    from callcenter.services import rulebook
    from callcenter.services.rehearsal import playing
    from callcenter.services.rehearsal import reading as rehearsal_file
    from callcenter.services.rehearsal import timeline as rehearsal_text

    def work() -> int:
        book = rulebook.Rulebook(rulebook.read_folder(arguments.workflows or settings.workflows_dir))
        scripts = [(path, rehearsal_file.read(path)) for path in arguments.files]
        passed = True
        for path, script in scripts:
            played = playing.Rehearsal(playing.stage(script, book, arguments.database or "sqlite://"), script)
            passed = played.play() and passed
            for line in rehearsal_text.as_json(path, played) if arguments.json else rehearsal_text.timeline(path, played):
                print(line)
        return 0 if passed else 1
    return _guarded(work)


def _doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter import clock
    from callcenter.services import audit
    from callcenter.services.telephone import line_check

    def work() -> int:
        parts = _parts(settings)
        findings = audit.examine(parts.hotline, clock.now(), processes=not arguments.at_rest)
        findings += line_check.examine(parts.hotline, settings, parts.phone, clock.now(), ask=not arguments.at_rest)
        for finding in findings:
            print(f"{'✓' if finding.ok else '✗'} {finding.text(arguments.lang)}")
        return 0 if all(f.ok for f in findings) else 1
    return _guarded(work)


def _verify(arguments: argparse.Namespace, settings: Settings) -> int:
    verify = import_module("callcenter.work.verify")
    return _guarded(lambda: int(verify.run(arguments.database or settings.database_url, arguments.lang)))


def _figures(arguments: argparse.Namespace, settings: Settings) -> int:
    def work() -> int:
        parts = _composed(settings)
        if not _at_todays_schema(parts):
            return 2
        parts = _parts(settings)
        figures = import_module("callcenter.work.figures")
        return int(figures.run(parts.hotline, period=arguments.period, since=arguments.since, until=arguments.until, check=arguments.check,
                               rebuild=arguments.rebuild, as_json=arguments.json, language=arguments.lang))
    return _guarded(work)


def _demo(arguments: argparse.Namespace, settings: Settings) -> int:
    demo = import_module("callcenter.work.demo")
    return int(demo.run(settings, speed=arguments.speed, calls=arguments.calls, base_url=arguments.url or f"http://{settings.bind}"))


def _at_todays_schema(parts: Any) -> bool:
    """Whether the database was brought up to date; says so when not."""
    from callcenter.storage import schema

    at, newest = schema.current(parts.hotline.store.engine)
    if at != newest:
        print("callcenter: 请先运行 callcenter upgrade / run callcenter upgrade first", file=sys.stderr)
    return at == newest


def _import(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter import clock
    from callcenter.services.registers import importing

    if arguments.template:
        print(importing.template(arguments.template), end="")
        return 0
    if arguments.kind is None or arguments.file is None:
        print("callcenter: 用法 / usage: callcenter import KIND FILE.csv [--check], callcenter import --template KIND", file=sys.stderr)
        return 2

    def work() -> int:
        parts = _composed(settings)
        if not _at_todays_schema(parts):
            return 2
        registers = import_module("callcenter.work.registers")
        return int(registers.take_in(parts.hotline, arguments.kind, arguments.file, clock.now(), check=arguments.check, lang=arguments.lang))
    return _guarded(work)


def _add_admin(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter import clock

    def work() -> int:
        parts = _composed(settings)
        if not _at_todays_schema(parts):
            return 2
        registers = import_module("callcenter.work.registers")
        return int(registers.add_admin(parts.hotline, arguments.name, arguments.user, clock.now(), from_stdin=arguments.password_stdin,
                                       again=arguments.again, lang=arguments.lang))
    return _guarded(work)


def _simulate(arguments: argparse.Namespace, settings: Settings) -> int:
    from callcenter.work import simulate

    return simulate.run(settings, port=arguments.port, base=arguments.base, callers=arguments.callers, agents=arguments.agents,
                        minutes=arguments.minutes, speed=arguments.speed, seed=arguments.seed, chaos=arguments.chaos, log=arguments.log)


def _people(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.deed == "add-admin":
        return _add_admin(arguments, settings)
    from callcenter.services.demo import company

    print("  示例人员,密码都是 demo / demo people, password: demo")
    for user, name, roles in company.sign_in_list():
        print(f"    {user:<14} {name}  {roles}")
    return 0

