"""Random people do random things at random times to every kind of ticket; a small model of its own says what may never happen."""

from collections import Counter
from datetime import timedelta
from random import Random

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from callcenter.domain.vocabulary import Action, TicketType
from tests.services.walking import Walk

#: how far the clock goes at a time, in seconds: the edges of the promises
PAUSES = (0, 1, 59, 60, 119, 120, 179, 180, 181, 300, 900, 1800, 3600, 7200, 14400, 28800, 43200, 86400, 172800, 345600, 604800)
SHORT, LONG = PAUSES[:8], PAUSES[9:]
SETTINGS = settings(max_examples=3, stateful_step_count=20, deadline=None, derandomize=True, database=None, phases=(Phase.generate,),
                    suppress_health_check=list(HealthCheck))
#: never by a person
SYSTEMS_OWN = {
    Action.CLOSE_BY_RULE: "follows by itself when no call is due",
    Action.CLOSE_UNREACHABLE: "follows by itself after three tries and 72 hours",
}
#: by a person, but seldom within walks this short; where each is played for certain
SELDOM = {
    Action.ACCEPT_QUOTE: "tests/scenarios/25_paid_service.toml", Action.CLOSE_UNSATISFIED: "tests/scenarios/17_dissatisfied.toml",
    Action.DRAW_FOLLOW_UP: "tests/services/test_sampling.py", Action.MIDTERM_CALL: "tests/services/test_long_work.py",
    Action.RECOVERY_PROMISE: "tests/scenarios/09_too_late_to_postpone.toml", Action.VERIFY: "tests/scenarios/14_warranty.toml"}
SEEDS = (2, 1)
STEPS = 45


class Hours(RuleBasedStateMachine):
    """A stretch of the hotline's life."""

    @initialize()
    def begin(self):
        self.walk = Walk()

    def teardown(self):
        if hasattr(self, "walk"):
            self.walk.end()

    @rule(type_=st.sampled_from(TicketType), some=st.randoms(use_true_random=False))
    def somebody_registers(self, type_, some):
        self.walk.register(type_, some)

    @rule(type_=st.sampled_from(TicketType), some=st.randoms(use_true_random=False))
    def somebody_does_what_comes_next(self, type_, some):
        self.walk.likely(type_, some)

    @rule(some=st.randoms(use_true_random=False), action=st.sampled_from([a for a in Action if a is not Action.OPEN_TICKET]))
    def somebody_does_anything(self, some, action):
        self.walk.anything(action, some)

    @rule(some=st.randoms(use_true_random=False))
    def a_shift_changes(self, some):
        self.walk.change_shift(some)

    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes(self, seconds):
        self.walk.until(self.walk.now + timedelta(seconds=seconds, milliseconds=seconds % 7))

    @invariant()
    def everything_holds(self):
        if hasattr(self, "walk"):
            self.walk.holds()


Hours.TestCase.settings = SETTINGS
TestHours = Hours.TestCase


def test_what_people_do_from_day_to_day_is_all_done_somewhere_and_nothing_ever_breaks():
    done, tried = Counter(), Counter()
    for seed in SEEDS:
        for type_ in TicketType:
            _walk(type_, Walk(done, tried), Random(f"{seed} {type_}"))
        if not _never(done):
            break
    assert _never(done) == []


def _never(done):
    return sorted(set(Action) - {action for action, _ in done} - set(SYSTEMS_OWN) - set(SELDOM))


def _walk(type_, walk, some):
    """Some days around tickets of one kind, with another kind beside it."""
    walk.register(type_, some)
    for step in range(STEPS):
        match some.random():
            case x if x < .80:
                walk.likely(type_, some)
            case x if x < .88:
                walk.likely(some.choice(list(TicketType)), some)
            case x if x < .92:
                walk.anything(some.choice([a for a in Action if a is not Action.OPEN_TICKET]), some)
            case x if x < .94:
                walk.change_shift(some)
            case _:
                walk.until(walk.now + timedelta(seconds=some.choice(LONG)), most=20)
        walk.until(walk.now + timedelta(seconds=some.choice(SHORT), milliseconds=some.randrange(7)), most=3)
        if step % 3 == 0:
            walk.holds()
    walk.holds()
    walk.end()
