"""report.py
What was measured, in words.
"""

import collections
import statistics


class Measured:
    """Of one contender in one case."""

    def __init__(self):
        self.walls = collections.defaultdict(list)
        self.cpus = collections.defaultdict(list)
        self.grown = 0
        self.requests = self.units = 0

    def add(self, latency, run, requests, units):
        self.walls[latency].append(run.wall)
        self.cpus[latency].append(run.cpu)
        self.grown = max(self.grown, run.grown)
        self.requests, self.units = requests, units

    def wall(self, latency):
        """Seconds, or None."""
        walls = self.walls.get(latency)
        return statistics.median(walls) if walls else None

    def cpu(self, latency=None):
        """Seconds; at the first latency, which is the least, if not said."""
        if latency is None:
            latency = next(iter(self.cpus))
        return statistics.median(self.cpus[latency])


def seconds(value):
    if value is None:
        return ""
    return "%.3f s" % value if value < 1 else "%.2f s" % value


def times(value):
    return "%.1f" % value if value < 10 else "%.0f" % value


def ratios(measured):
    """What the others take, as times of ours."""
    ours = measured["dynamodb_fdw"]
    for who, theirs in measured.items():
        if theirs is ours:
            continue
        said = "CPU %s" % times(theirs.cpu() / ours.cpu())
        walls = ["%s at %d ms" % (times(theirs.wall(ms) / ours.wall(ms)), ms)
                 for ms in theirs.walls]
        yield "  %s takes, as times of dynamodb_fdw: %s; wall %s" % (
            who, said, ", ".join(walls))


def bounds(ours, flight):
    """The wall time of a scan beside what bounds it from below."""
    for ms in ours.walls:
        if ms > 0:
            bound = max(ours.cpu(ms), ours.requests * ms / 1000 / flight)
            yield "%.2f at %d ms" % (ours.wall(ms) / bound, ms)


def text(case, measured, latencies, flight):
    head = "%-16s %9s %9s %9s %s %9s" % (
        "", "requests", "units", "CPU",
        " ".join("%9s" % ("%d ms" % ms) for ms in latencies), "memory")
    lines = [case.title, head]
    for who, m in measured.items():
        lines.append("  %-14s %9s %9s %9s %s %6.1f MB" % (
            who, m.requests or "", "%.1f" % m.units if m.units else "",
            seconds(m.cpu()),
            " ".join("%9s" % seconds(m.wall(ms)) for ms in latencies),
            m.grown / 1024))
    lines += ratios(measured)
    ours = measured["dynamodb_fdw"]
    if case.name in ("narrow", "wide", "projection"):
        lines.append("  wall, as times of max(CPU, requests * latency / %d): "
                     "%s" % (flight, ", ".join(bounds(ours, flight))))
    return "\n".join(lines) + "\n"
