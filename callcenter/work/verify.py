"""`callcenter verify`: the ledger and the signed reports of a database held against their hashes; it is only read."""

from callcenter.services import proving
from callcenter.storage.store import Store
from callcenter.work.history import recorded

#: differences printed at most; the last line says how many there are
SHOWN = 1_000


def run(url: str, language: str) -> int:
    """
    Print every difference and what was looked at; 0 all is as it was written, 1 something differs.

    Raises:
        Unusable: there is no such database, or it has another schema.
    """
    engine = recorded(url)
    try:
        with Store(engine).reading() as session:
            extent, found = proving.extent(session), 0
            for found, fault in enumerate(proving.faults(session), 1):
                if found <= SHOWN:
                    print(f"✗ {fault.text(language)}")
    finally:
        engine.dispose()
    print(_verdict(extent, found, language))
    return 1 if found else 0


def _verdict(extent: proving.Extent, found: int, language: str) -> str:
    if language == "en":
        looked = f"{extent.events} events, {extent.tickets} tickets, {extent.reports} signed reports, {extent.corrections} corrections"
        return f"✗ {found} differences; looked at {looked}" if found else f"✓ as they were written: {looked}"
    looked = f"日志 {extent.events} 条、工单 {extent.tickets} 张、签发的报表 {extent.reports} 份、更正 {extent.corrections} 次"
    return f"✗ 有 {found} 处不符;核对了{looked}" if found else f"✓ 与当初写下的一致:{looked}"
