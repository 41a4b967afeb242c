"""The self-check of the telephone: what is misconfigured, in words that say how to mend it."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from callcenter.config import Settings
from callcenter.services.audit import Finding
from callcenter.services.hotline import Hotline
from callcenter.storage.tables import CallEventRow, CallRow, MessageRow
from callcenter.telephony.port import Account, NotSent, Phone, Undeliverable, Unsure

#: without any webhook for this long, a hotline of some size is looked at
QUIET = timedelta(days=1)
#: our webhooks as the number must know them: field of Account → path, its two names
HOOKS = (("voice_url", "/twilio/voice", "来电地址", "voice webhook"), ("fallback_url", "/twilio/fallback", "备用地址", "fallback webhook"),
         ("status_url", "/twilio/status", "状态回调", "status callback"), ("sms_url", "/twilio/sms", "短信地址", "SMS webhook"))


@dataclass(frozen=True, slots=True)
class _Asked:
    account: Account | None
    said: str  #: why there is none


def examine(hotline: Hotline, settings: Settings, phone: Phone, now: datetime, ask: bool = True) -> list[Finding]:
    """
    Everything that decides whether the telephone works, healthy or not.

    Args:
        ask: also ask the provider how it has us on its books; without it only what is known here is looked at.
    """
    with hotline.store.reading() as session:
        found = [*_settings(settings, phone), *_softphone(settings), *_heard(session, now), *_left(session)]
    if phone.live and ask:
        asked = _ask(phone)
        found += [*_account(asked), *_hooks(settings, asked.account)]
    return found


def _settings(settings: Settings, phone: Phone) -> Iterator[Finding]:
    names = {"TWILIO_ACCOUNT_SID": settings.twilio_account_sid, "TWILIO_AUTH_TOKEN": settings.twilio_auth_tokens,
             "TWILIO_NUMBER": settings.twilio_number}
    missing = ", ".join(name for name, held in names.items() if not held)
    if phone.live:
        yield Finding("line", True, "电话线路:已接通账户", "telephone line: an account is connected")
    else:
        why = f"未设置 {missing}" if missing else "示例数据"
        yield Finding("line", not any(names.values()), f"电话线路:没有({why}),来电由人工登记,消息写在纸面电话上",
                      f"telephone line: none ({missing + ' not set' if missing else 'demo data'}); calls are typed in by hand")
    yield from _address(settings, phone)
    if len(settings.twilio_auth_tokens) > 1:
        n = len(settings.twilio_auth_tokens)
        yield Finding("rotation", True, f"密钥轮换中:{n} 个密钥都有效,换完请删去旧的",
                      f"key rotation: {n} tokens are accepted; remove the old one when done")


def _address(settings: Settings, phone: Phone) -> Iterator[Finding]:
    base = settings.public_base_url
    if not base:
        yield Finding("address", not phone.live, "PUBLIC_BASE_URL 未设置:电话商无法回调本机" + ("" if phone.live else "(没有线路,暂不需要)"),
                      "PUBLIC_BASE_URL is not set: the provider cannot reach us" + ("" if phone.live else " (no line, not needed yet)"))
        return
    wrong = _why_unreachable(base) if phone.live and not settings.twilio_api else None
    if wrong:
        yield Finding("address", False, f"PUBLIC_BASE_URL {base}:{wrong[0]}", f"PUBLIC_BASE_URL {base}: {wrong[1]}")
    else:
        yield Finding("address", True, f"PUBLIC_BASE_URL {base}", f"PUBLIC_BASE_URL {base}")


def _why_unreachable(base: str) -> tuple[str, str] | None:
    """Why a telephone provider would refuse this address, as far as can be told from its spelling."""
    parts = urlsplit(base)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return "应为 https,电话商拒绝明文地址", "must be https; the provider refuses plain addresses"
    if "_" in host:
        return "主机名不能有下划线", "a host name with an underscore is refused"
    if host == "localhost" or ("." not in host and ":" not in host):
        return "从外面访问不到这个主机名", "this host name cannot be reached from outside"
    try:
        private = not ipaddress.ip_address(host).is_global
    except ValueError:
        private = False
    return ("这是内网地址,从外面访问不到", "a private address, not reachable from outside") if private else None


def _softphone(settings: Settings) -> Iterator[Finding]:
    held = {name: getattr(settings, name.lower(), None) for name in ("TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET", "TWILIO_APP_SID")}
    missing = ", ".join(name for name, value in held.items() if not value)
    if any(held.values()) and missing:
        yield Finding("softphone", False, f"浏览器电话:还缺 {missing}", f"browser telephone: {missing} not set")
    elif missing:
        yield Finding("softphone", True, "浏览器电话:未启用,坐席用自己的电话或 SIP",
                      "browser telephone: not in use; agents work with their own telephones")
    else:
        yield Finding("softphone", True, "浏览器电话:已设置", "browser telephone: set up")


def _heard(session: Session, now: datetime) -> Iterator[Finding]:
    last = session.scalar(sa.select(sa.func.max(CallEventRow.received_at)))
    if last is None:
        yield Finding("webhooks", True, "电话商尚未来过消息", "the provider has not called us yet")
        return
    hours = int((now - last).total_seconds() // 3600)
    yield Finding("webhooks", now - last <= QUIET, f"电话商最近一次来消息:{hours} 小时前", f"last heard from the provider: {hours} h ago")


def _left(session: Session) -> Iterator[Finding]:
    """What the telephone left behind: messages nobody knows the fate of, calls that never ended."""
    rows = session.execute(sa.select(MessageRow.status, sa.func.count()).where(
        MessageRow.status.in_(["parked", "unknown"])).group_by(MessageRow.status))
    counted = {str(status): int(n) for status, n in rows}
    parked, unknown = counted.get("parked", 0), counted.get("unknown", 0)
    yield Finding("outbox", not parked and not unknown, f"没有送出的消息:搁置 {parked},结果不明 {unknown}",
                  f"messages not sent: {parked} parked, {unknown} unknown")
    doubtful = session.scalar(sa.select(sa.func.count()).select_from(CallRow).where(CallRow.ended_by == "sweep")) or 0
    yield Finding("sweep", True, f"由清扫结束的来电(没有收到挂断消息):{doubtful}",
                  f"calls ended by the sweep (their end was never reported): {doubtful}")


def _ask(phone: Phone) -> _Asked:
    try:
        return _Asked(phone.account(), "")
    except (NotSent, Undeliverable, Unsure) as no:
        return _Asked(None, str(no))


def _account(asked: _Asked) -> Iterator[Finding]:
    account = asked.account
    if account is None:
        yield Finding("account", False, f"电话商没有答复或拒绝:{asked.said}", f"the provider does not answer, or refuses: {asked.said}")
        return
    yield Finding("account", account.status == "active", f"账户状态:{account.status}", f"account: {account.status}")
    if account.trial:
        yield Finding("trial", False, "试用账户:只能拨打已验证的号码", "a trial account: only verified numbers can be called")
    yield Finding("number", account.number_known, "热线号码:账户中" + ("有" if account.number_known else "没有这个号码"),
                  "the hotline's number: " + ("on the account" if account.number_known else "not on this account"))


def _hooks(settings: Settings, account: Account | None) -> Iterator[Finding]:
    """Each address that the number calls, compared with ours."""
    if account is None or not account.number_known or not settings.public_base_url:
        return
    for field, path, zh, en in HOOKS:
        held, wanted = getattr(account, field).partition("#")[0], settings.public_base_url + path
        if held == wanted:
            yield Finding(field, True, f"{zh}:{held}", f"{en}: {held}")
        else:
            yield Finding(field, False, f"{zh}:现为 {held or '空'},应为 {wanted}", f"{en}: is {held or 'empty'}, should be {wanted}")
