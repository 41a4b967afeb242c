"""The register of people: signing in, locks, badges that change, certificates that run out."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from werkzeug.security import check_password_hash, generate_password_hash

from callcenter.domain.ticket import Person, Refused
from callcenter.domain.vocabulary import Department, Role, Trade
from callcenter.services import people
from callcenter.services.people import Badge, People
from callcenter.storage import facts, schema
from callcenter.storage.store import Store, make_engine
from callcenter.storage.tables import CompoundRow, PersonRow

NOW = datetime(2026, 11, 22, 6, tzinfo=UTC)
RIGHT, WRONG = "correct horse", "battery staple"
#: scrypt at its least: tests need no strength
CHEAP = 256

WANG = Person("wangfang", "王芳", frozenset({Role.AGENT, Role.LEAD}), department=Department.CUSTOMER_SERVICE,
              compounds=frozenset({"WTL"}))
DING = Person("dingliang", "丁亮", frozenset({Role.TECHNICIAN}), frozenset({Trade.ELECTRICIAN}), Department.ENGINEERING,
              certificates={"低压电工证": NOW + timedelta(days=20)})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(make_engine(f"sqlite:///{tmp_path / 'people.sqlite3'}"))
    schema.create_at_once(store.engine)
    with store.transaction() as session:
        session.add(CompoundRow(code="WTL", name="梧桐里", region="东区"))
        session.add(CompoundRow(code="QH", name="青禾家园", region="东区"))
    yield store
    store.engine.dispose()


@pytest.fixture
def register(store: Store) -> People:
    register = People(store, CHEAP)
    register.add_person(WANG)
    register.add_person(DING)
    register.set_password("wangfang", RIGHT)
    return register


def test_whoever_knows_the_password_gets_their_badge(register: People) -> None:
    badge = Badge("wangfang", "王芳", frozenset({"agent", "lead"}), frozenset({"WTL"}), 2)
    assert register.check("wangfang", RIGHT, NOW) == badge
    assert register.check(" WangFang ", RIGHT, NOW) == badge
    assert register.find("wangfang") == badge


@pytest.mark.parametrize(("user", "password"), [
    ("wangfang", WRONG), ("wangfang", ""), ("wangfang", RIGHT + " "), ("nobody", RIGHT), ("", RIGHT),
    ("dingliang", RIGHT), ("dingliang", ""), ("dingliang", people.NO_PASSWORD)])
def test_a_wrong_password_an_unknown_name_and_a_person_without_password_get_the_same_answer(
        register: People, user: str, password: str) -> None:
    assert register.check(user, password, NOW) is None


@pytest.mark.parametrize("user", ["wangfang", "dingliang", "nobody"])
def test_every_answer_costs_one_comparison(register: People, user: str, monkeypatch: pytest.MonkeyPatch) -> None:
    register.check("nobody", WRONG, NOW)  # what unknown names are compared with is made once
    work: list[int] = []
    real = people.scrypt
    monkeypatch.setattr(people, "scrypt", lambda *given, **more: work.append(more["n"]) or real(*given, **more))
    register.check(user, WRONG, NOW)
    assert work == [CHEAP]


def test_ten_wrong_passwords_in_a_row_lock_the_name_for_a_quarter_of_an_hour(register: People) -> None:
    for _ in range(people.TRIES):
        assert register.check("wangfang", WRONG, NOW) is None
    assert register.check("wangfang", RIGHT, NOW) is None
    assert register.check("wangfang", RIGHT, NOW + timedelta(minutes=15) - timedelta(milliseconds=1)) is None
    assert register.check("wangfang", RIGHT, NOW + timedelta(minutes=15)) is not None


def test_nine_wrong_ones_lock_nothing_and_a_right_one_starts_the_count_anew(register: People) -> None:
    for _ in range(2):
        for _ in range(people.TRIES - 1):
            register.check("wangfang", WRONG, NOW)
        assert register.check("wangfang", RIGHT, NOW) is not None


def test_tries_during_a_lock_do_not_prolong_it(register: People) -> None:
    for _ in range(people.TRIES):
        register.check("wangfang", WRONG, NOW)
    for minute in range(15):
        register.check("wangfang", WRONG, NOW + timedelta(minutes=minute))
    assert register.check("wangfang", RIGHT, NOW + timedelta(minutes=15)) is not None


def test_a_locked_name_keeps_its_running_sessions(register: People) -> None:
    for _ in range(people.TRIES):
        register.check("wangfang", WRONG, NOW)
    assert register.find("wangfang") is not None


def test_a_new_password_ends_the_lock_and_the_sessions(register: People) -> None:
    before = register.find("wangfang")
    for _ in range(people.TRIES):
        register.check("wangfang", WRONG, NOW)
    register.set_password("wangfang", WRONG)
    after = register.check("wangfang", WRONG, NOW)
    assert before is not None
    assert after is not None
    assert after.session_version == before.session_version + 1
    assert register.check("wangfang", RIGHT, NOW) is None


def test_of_forty_guesses_at_once_every_one_up_to_the_lock_is_counted(register: People, store: Store) -> None:
    guesses = [threading.Thread(target=register.check, args=("wangfang", WRONG, NOW)) for _ in range(40)]
    for guess in guesses:
        guess.start()
    for guess in guesses:
        guess.join()
    with store.reading() as session:
        row = session.get_one(PersonRow, "wangfang")
        assert (row.failed_sign_ins, row.locked_until) == (0, NOW + timedelta(minutes=15))


@pytest.mark.parametrize("password", ["", "1234567", "x" * 257])
def test_a_password_too_short_or_too_long_is_refused_without_being_repeated(register: People, password: str) -> None:
    with pytest.raises(Refused) as refused:
        register.set_password("wangfang", password)
    assert refused.value.code == "bad_value"
    assert refused.value.said["value"] == "•••"
    assert register.check("wangfang", RIGHT, NOW) is not None


def test_hashes_are_salted_and_werkzeug_reads_them_as_we_read_werkzeugs() -> None:
    one, two = people.hashed(RIGHT, CHEAP), people.hashed(RIGHT, CHEAP)
    assert one != two
    assert check_password_hash(one, RIGHT)
    assert people.matches(generate_password_hash(RIGHT, "scrypt:256:8:1"), RIGHT)
    assert not people.matches(one, WRONG)


@pytest.mark.parametrize("kept", ["", "!", "demo", "scrypt:256:8:1$salt", "pbkdf2:sha256:1$a$b"])
def test_what_is_no_hash_matches_no_password(kept: str) -> None:
    assert not people.matches(kept, kept)


def test_whoever_has_left_cannot_sign_in_and_loses_every_session(register: People) -> None:
    register.change_person(replace(WANG, active=False))
    assert register.find("wangfang") is None
    assert register.check("wangfang", RIGHT, NOW) is None


def test_a_change_of_badge_ends_the_sessions_and_a_change_of_language_does_not(register: People) -> None:
    register.change_person(replace(WANG, name="王芳芳", language="en"))
    assert register.find("wangfang") == Badge("wangfang", "王芳芳", frozenset({"agent", "lead"}), frozenset({"WTL"}), 2)
    register.change_person(Person("wangfang", "王芳", frozenset({Role.SUPERVISOR}), compounds=frozenset({"QH"})))
    assert register.find("wangfang") == Badge("wangfang", "王芳", frozenset({"supervisor"}), frozenset({"QH"}), 3)


def test_every_change_of_the_register_is_seen_by_the_next_reader(register: People, store: Store) -> None:
    def known(user: str) -> Person | None:
        with store.reading() as session:
            return facts.people(session).get(user)

    assert known("wangfang") == WANG
    register.change_person(Person("wangfang", "王芳芳", WANG.roles))
    changed = known("wangfang")
    assert changed is not None
    assert changed.name == "王芳芳"
    register.change_person(replace(WANG, active=False))
    gone = known("wangfang")
    assert gone is not None
    assert not gone.active


@pytest.mark.parametrize("user", ["wangfang", "", "W", "Wang", "王芳", "a b", "x" * 33, "customer", "system", "owner", "plumber"])
def test_a_user_name_taken_malformed_or_meaning_something_else_is_refused(register: People, user: str) -> None:
    with pytest.raises(Refused) as refused:
        register.add_person(Person(user, "某人", frozenset({Role.AGENT})))
    assert refused.value.code == "bad_value"


@pytest.mark.parametrize(("person", "code"), [
    (Person("new01", "  ", frozenset({Role.AGENT})), "bad_value"),
    (Person("new01", "某人", frozenset()), "bad_value"),
    (Person("new01", "某人", frozenset({Role.OWNER})), "bad_value"),
    (Person("new01", "某人", frozenset({Role.AGENT}), compounds=frozenset({"XX"})), "bad_value"),
    (Person("new01", "某人", frozenset({Role.AGENT}), phone="1"), "number_invalid"),
])
def test_an_entry_that_makes_no_sense_is_refused_and_nothing_is_written(
        register: People, store: Store, person: Person, code: str) -> None:
    with pytest.raises(Refused) as refused:
        register.add_person(person)
    assert refused.value.code == code
    with store.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PersonRow)) == 2


@pytest.mark.parametrize("deed", [
    lambda register: register.set_password("nobody", RIGHT),
    lambda register: register.change_person(Person("nobody", "无", frozenset({Role.AGENT}))),
])
def test_nobody_unknown_is_changed(register: People, deed: Callable[[People], object]) -> None:
    with pytest.raises(Refused) as refused:
        deed(register)
    assert refused.value.code == "unknown_person"


def test_certificates_that_run_out_within_thirty_days_or_have_are_listed_the_most_urgent_first(register: People) -> None:
    month = timedelta(days=30)
    for user, until in {"far": NOW + month + timedelta(milliseconds=1), "edge": NOW + month, "lapsed": NOW, "gone": NOW}.items():
        register.add_person(replace(DING, user=user, certificates={"低压电工证": until}))
    register.change_person(replace(DING, user="gone", certificates={"低压电工证": NOW}, active=False))
    assert [(e.user, e.certificate, e.until) for e in register.expiring_certificates(NOW)] == [
        ("lapsed", "低压电工证", NOW), ("dingliang", "低压电工证", NOW + timedelta(days=20)), ("edge", "低压电工证", NOW + month)]
