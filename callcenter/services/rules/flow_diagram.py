"""The state diagram of one ticket type, laid out by hand-made rules: states in columns along the work, arrows in lanes that never share a line."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from callcenter.domain.policy import Flow
from callcenter.domain.vocabulary import ENDED, Action, State

#: how far along the work a state stands, and in which row it is drawn
PLACE = {State.NEW: (0, 0), State.REWORK: (0, 1), State.DISPATCHED: (1, 0), State.ACCEPTED: (2, 0), State.ON_SITE: (3, 0),
         State.SUSPENDED: (3, 1), State.COMPLETED: (4, 0), State.VERIFYING: (4, 0), State.CALLBACK_DUE: (5, 0),
         State.CLOSED: (6, 0), State.CLOSED_UNSATISFIED: (6, 1)}
#: where the program itself branches: the customer or the engineer said no
BRANCHES = {(State.CALLBACK_DUE, Action.RECORD_CALLBACK): ("回访不满意", "Dissatisfied"),
            (State.VERIFYING, Action.VERIFY): ("验证不合格", "Not passed")}
#: an act that leads to one state from so many is told in words
MANY = 4
BOX_WIDTH, BOX_HEIGHT, LANE, LINE, LETTER = 118, 44, 30, 15, 12
MARGIN = 16


@dataclass(frozen=True, slots=True)
class Edge:
    """From one state to another, by one or several acts."""

    source: State
    target: State
    labels: tuple[tuple[str, str], ...]  #: zh, en
    branch: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: float
    height: float
    state: State
    ends: bool

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Text:
    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True)
class Arrow:
    path: str
    texts: tuple[Text, ...]
    branch: bool


@dataclass(frozen=True, slots=True)
class Diagram:
    """Everything to be drawn, in one coordinate system that begins at 0, 0."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    beside: tuple[tuple[tuple[State, ...], str, State], ...]  #: not drawn: from these states, by this act, to that one


def edges(flow: Flow) -> list[Edge]:
    """The changes of state that are drawn, one edge for each pair of states."""
    apart = {(action, after) for action, after in _changes(flow) if _apart(flow, action, after)}
    acts: dict[tuple[State, State], list[Action]] = defaultdict(list)
    for (action, after), states in _changes(flow).items():
        for state in states:
            if (action, after) not in apart and state in PLACE:
                acts[state, after].append(action)
    found = [Edge(a, b, tuple((x.zh, x.en) for x in dict.fromkeys(actions))) for (a, b), actions in acts.items()]
    branches = [Edge(state, State.REWORK, (words,), True) for (state, action), words in BRANCHES.items() if flow.next(state, action)]
    met = {State.NEW} | {e.target for e in found + branches}
    return [e for e in found + branches if e.source in met]


def beside(flow: Flow) -> list[tuple[tuple[State, ...], Action, State]]:
    """The changes that would drown the drawing, because they are possible nearly everywhere: told in words instead."""
    return [(tuple(states), action, after) for (action, after), states in _changes(flow).items() if _apart(flow, action, after)]


def _apart(flow: Flow, action: Action, after: State) -> bool:
    return after not in PLACE or len(_changes(flow)[action, after]) >= MANY


def _changes(flow: Flow) -> dict[tuple[Action, State], list[State]]:
    """From which states each act leads to each other state."""
    found: dict[tuple[Action, State], list[State]] = defaultdict(list)
    for (state, action), step in flow.steps.items():
        if step.after is not None and step.after != state:
            found[action, step.after].append(state)
    return found


def diagram(flow: Flow, language: str = "zh") -> Diagram:
    """The drawing of *flow* in one language; the same flow gives the same drawing."""
    found = edges(flow)
    states = {State.NEW} | {s for e in found for s in (e.source, e.target)}
    plan = _Plan(states, found, language)
    arrows = tuple(plan.arrow(edge) for edge in found)
    apart = tuple((states_, action.label(language), after) for states_, action, after in beside(flow))
    return Diagram(plan.width, plan.height, tuple(plan.boxes[s] for s in PLACE if s in states), arrows, apart)


def wide(text: str) -> float:
    """How wide a label is drawn, about: a Chinese character is square, a Latin letter a little over half of that."""
    return sum(LETTER if ord(c) > 0x2E80 else LETTER * 0.56 for c in text)


class _Plan:
    """Columns as wide as their labels need, lanes above, between and below the two rows."""

    def __init__(self, states: Collection[State], found: Sequence[Edge], language: str) -> None:
        self.language = language
        self.box = max(BOX_WIDTH, *(wide(s.label(language)) * 14 / LETTER + 22 for s in states))
        self.columns = {c: n for n, c in enumerate(sorted({PLACE[s][0] for s in states}))}
        self.straight = {(e.source, e.target) for e in found if self._straight(e)}
        self.x = self._columns(found)
        self.lanes = self._lanes([e for e in found if (e.source, e.target) not in self.straight and not self._upright(e)])
        above, between, below = (1 + max((lane for region, lane in self.lanes.values() if region == r), default=-1) for r in range(3))
        rows = max(PLACE[s][1] for s in states) + 1
        self.top = MARGIN + LINE + above * LANE + LINE
        self.second = self.top + BOX_HEIGHT + LINE + max(between, 1) * LANE + LINE
        self.height = (self.second + BOX_HEIGHT if rows > 1 or between else self.top + BOX_HEIGHT) + below * LANE + LINE + MARGIN
        self.width = self.x[len(self.columns) - 1] + self.box + MARGIN
        self.boxes = {s: self._box(s) for s in states}
        self.ports = self._ports(found)

    def _box(self, state: State) -> Box:
        y = self.second if PLACE[state][1] else self.top
        return Box(self.x[self.column(state)], y, self.box, BOX_HEIGHT, state, state in ENDED)

    def column(self, state: State) -> int:
        return self.columns[PLACE[state][0]]

    def words(self, edge: Edge) -> list[str]:
        return [en if self.language.startswith("en") else zh for zh, en in edge.labels]

    def _straight(self, edge: Edge) -> bool:
        """Between neighbours of the upper row, the way the work goes."""
        (_, a), (_, b) = PLACE[edge.source], PLACE[edge.target]
        return a == b == 0 and self.column(edge.target) - self.column(edge.source) == 1

    def _upright(self, edge: Edge) -> bool:
        """Straight up or down within a column."""
        return self.column(edge.source) == self.column(edge.target)

    def _columns(self, found: Sequence[Edge]) -> list[float]:
        gaps = [64.0] * len(self.columns)
        for edge in found:
            if self._straight(edge):
                gaps[self.column(edge.source)] = max(gaps[self.column(edge.source)], max(map(wide, self.words(edge))) + 30)
        xs = [float(MARGIN)]
        for gap in gaps[:-1]:
            xs.append(xs[-1] + self.box + gap)
        return xs

    def _lanes(self, found: Sequence[Edge]) -> dict[Edge, tuple[int, int]]:
        """For each bent edge its region (0 above, 1 between, 2 below) and a lane where nothing else runs at the same x."""
        taken: dict[tuple[int, int], list[tuple[float, float]]] = defaultdict(list)
        lanes = {}
        self.labelled = {min(bus, key=self._length) for bus in self._buses(found).values()}
        for edges_ in sorted(self._buses(found).values(), key=lambda bus: max(map(self._length, bus))):
            region, spans = self._region(edges_[0]), [self._span(e) for e in edges_]
            start, end = min(a for a, _ in spans), max(b for _, b in spans)
            lane = next(n for n in range(99) if all(end < a or start > b for a, b in taken[region, n]))
            taken[region, lane].append((start, end))
            lanes.update(dict.fromkeys(edges_, (region, lane)))
        return lanes

    def _buses(self, found: Iterable[Edge]) -> dict[object, list[Edge]]:
        """Edges by the same act to the same state share their last stretch."""
        buses: dict[object, list[Edge]] = defaultdict(list)
        for edge in found:
            buses[self._bus(edge)].append(edge)
        return buses

    def _bus(self, edge: Edge) -> object:
        side = self.column(edge.source) > self.column(edge.target)
        return edge.target, edge.labels, self._region(edge), side, edge.branch

    def _length(self, edge: Edge) -> int:
        return abs(self.column(edge.source) - self.column(edge.target))

    def _region(self, edge: Edge) -> int:
        rows = PLACE[edge.source][1] + PLACE[edge.target][1]
        if rows == 0:
            return 0 if self.column(edge.target) > self.column(edge.source) else 1
        return 2 if rows == 2 else 1

    def _span(self, edge: Edge) -> tuple[float, float]:
        ends = sorted(self.x[self.column(s)] + self.box / 2 for s in (edge.source, edge.target))
        middle, half = sum(ends) / 2, wide(" / ".join(self.words(edge))) / 2 + 8
        return min(ends[0] - self.box / 3, middle - half), max(ends[1] + self.box / 3, middle + half)

    def _ports(self, found: Sequence[Edge]) -> dict[tuple[Edge, State], float]:
        """Where on a box's upper or lower side each edge begins or ends: spread, in the order of where they lead."""
        sides: dict[tuple[State, bool], dict[object, list[Edge]]] = defaultdict(lambda: defaultdict(list))
        for edge in found:
            for state in (edge.source, edge.target):
                side = self._side(edge, state)
                if side is not None:
                    shared = self._bus(edge) if state is edge.target and edge in self.lanes else edge
                    sides[state, side][shared].append(edge)
        ports = {}
        for (state, _), there in sides.items():
            box = self.boxes[state]
            for n, bus in enumerate(sorted(there.values(), key=lambda bus: self._leads(bus[0], state)), start=1):
                ports.update({(edge, state): round(box.x + box.width * n / (len(there) + 1), 1) for edge in bus})
        return ports

    def _leads(self, edge: Edge, state: State) -> float:
        """The x of the box at the other end."""
        return self.boxes[edge.target if state is edge.source else edge.source].middle

    def _side(self, edge: Edge, state: State) -> bool | None:
        """Whether *edge* meets the box of *state* on its lower side; None on its left or right."""
        if (edge.source, edge.target) in self.straight:
            return None
        if self._upright(edge):
            return PLACE[state][1] == 0
        region = self.lanes[edge][0]
        return PLACE[state][1] == 0 if region == 1 else region == 2

    def arrow(self, edge: Edge) -> Arrow:
        """The line of *edge* and its words."""
        if (edge.source, edge.target) in self.straight:
            return self._level(edge)
        if self._upright(edge):
            return self._vertical(edge)
        return self._bent(edge)

    def _level(self, edge: Edge) -> Arrow:
        a, b = self.boxes[edge.source], self.boxes[edge.target]
        y, x = a.y + a.height / 2, (a.x + a.width + b.x) / 2
        words = self.words(edge)
        above = (len(words) + 1) // 2
        texts = [Text(x, y - 6 - LINE * (above - 1 - n), w) for n, w in enumerate(words[:above])]
        texts += [Text(x, y + LINE + LINE * n, w) for n, w in enumerate(words[above:])]
        return Arrow(f"M{a.x + a.width} {y}H{b.x - 2}", tuple(texts), edge.branch)

    def _vertical(self, edge: Edge) -> Arrow:
        a, b = self.boxes[edge.source], self.boxes[edge.target]
        down = b.y > a.y
        start, end = (a.y + a.height, b.y - 2) if down else (a.y, b.y + b.height + 2)
        x = self.ports[edge, edge.source]
        return Arrow(f"M{x} {start}V{end}", (Text(x, (start + end) / 2, " / ".join(self.words(edge))),), edge.branch)

    def _bent(self, edge: Edge) -> Arrow:
        a, b = self.boxes[edge.source], self.boxes[edge.target]
        y = self._lane_y(*self.lanes[edge])
        x1, x2 = self.ports[edge, edge.source], self.ports[edge, edge.target]
        start = a.y + a.height if self._side(edge, edge.source) else a.y
        end = b.y + b.height + 2 if self._side(edge, edge.target) else b.y - 2
        r = 6 if x2 > x1 else -6
        first, last = (6 if y > start else -6), (6 if end > y else -6)
        path = f"M{x1} {start}V{y - first}Q{x1} {y} {x1 + r} {y}H{x2 - r}Q{x2} {y} {x2} {y + last}V{end}"
        text = Text((x1 + x2) / 2, y - 5, " / ".join(self.words(edge)))
        return Arrow(path, (text,) if edge in self.labelled else (), edge.branch)

    def _lane_y(self, region: int, lane: int) -> float:
        if region == 0:
            return self.top - LINE - LANE * (lane + 0.5)
        base = self.top + BOX_HEIGHT if region == 1 else self.second + BOX_HEIGHT
        return base + LINE + LANE * (lane + 0.7)
