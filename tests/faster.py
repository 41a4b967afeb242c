"""What every application and engine of a test process would work out anew is worked out once: rules, templates, addresses, the text of the SQL.

And garbage is collected between tests, now and then, instead of in the midst of them all the time: a sixth of the processor's time.
Nothing that is tested changes by it. Addresses and SQL lean on names their libraries do not promise: without them the tests are slower, nothing else.
"""

import gc
from collections.abc import Hashable, Mapping
from functools import lru_cache

import sqlalchemy as sa
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from callcenter.domain import policy_file
from callcenter.domain.policy import Policy

#: garbage is collected after so many tests: what they leave behind is a few megabytes each
TESTS = 40
#: how many statements are kept; the whole suite has fewer
STATEMENTS = 2000


def begin() -> None:
    """To be called before the first application and the first engine are made."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": FileSystemBytecodeCache()}
    _rules()
    if hasattr(Rule, "_compile_builder"):
        _addresses()
    _statements()


def collect_seldom() -> None:
    """To be called when everything is loaded: that stays for good and is not looked through again."""
    gc.collect()
    gc.freeze()
    gc.disable()


def collect(tests: int) -> None:
    """To be called after each test, with how many there were."""
    if tests % TESTS == 0:
        gc.collect()


def _rules() -> None:
    """A policy cannot be changed, so the same texts may give the same one; texts that are refused are read, and refused, every time."""
    parse = policy_file.parse
    read = lru_cache(8)(lambda texts: parse(dict(texts)))

    def once(texts: Mapping[str, str]) -> Policy:
        return read(tuple(sorted(texts.items())))

    policy_file.parse = once


def _addresses() -> None:
    """werkzeug writes and compiles two functions for every address of every application; the same address gives the same functions."""
    write = Rule._compile_builder
    known: dict[Hashable, object] = {}

    def once(rule: Rule, append_unknown: bool = True) -> object:
        if rule.defaults:
            return write(rule, append_unknown)
        key = rule.rule, tuple(rule._trace), append_unknown
        if key not in known:
            known[key] = write(rule, append_unknown)
        return known[key]

    Rule._compile_builder = once


def _statements() -> None:
    """SQLAlchemy keeps the text of a statement by engine and by dialect object; here all engines of a kind share what was written for one of them."""
    texts = LRUCache(STATEMENTS)

    def kind(dialect: DefaultDialect) -> Hashable:
        return type(dialect), dialect.server_version_info, dialect.paramstyle

    sa.Engine._compiled_cache = property(lambda engine: texts, lambda engine, own: None)
    DefaultDialect.__hash__ = lambda dialect: hash(type(dialect))
    DefaultDialect.__eq__ = lambda one, other: one is other or (isinstance(other, DefaultDialect) and kind(one) == kind(other))
