"""chart.py
What was measured, as a picture (SVG): for each case the CPU and the wall time
at one latency, on a scale of powers of ten, since what is compared differs
that much.
"""

import math

LATENCY = 20
COLOURS = {"dynamodb_fdw": "#0b6e4f", "boto3": "#c1272d",
           "file_fdw": "#8a8a8a", "two workers": "#3fa37c"}
LEFT, WIDTH, GAP, TOP, ROW = 310, 250, 46, 76, 26


class Panel:
    """A scale for seconds, from the power of ten below the least to that
    above the greatest."""

    def __init__(self, number, title, values):
        self.x = LEFT + number * (WIDTH + GAP)
        self.title = title
        self.first = math.floor(math.log10(min(values)))
        self.last = math.ceil(math.log10(max(values)))

    def place(self, seconds):
        return self.x + WIDTH * (math.log10(seconds) - self.first) \
            / (self.last - self.first)

    def powers(self):
        for power in range(self.first, self.last + 1):
            seconds = 10.0 ** power
            yield seconds, "%g s" % seconds if power >= 0 \
                else "%g ms" % (seconds * 1000)


def text(x, y, said, anchor="start", size=11, colour="#333"):
    return '<text x="%d" y="%d" text-anchor="%s" font-size="%d" fill="%s">' \
        "%s</text>" % (x, y, anchor, size, colour, said)


def line(x1, y1, x2, y2, colour):
    return '<line x1="%.1f" y1="%d" x2="%.1f" y2="%d" stroke="%s"/>' % (
        x1, y1, x2, y2, colour)


def dots(panel, y, seconds):
    """One for each contender; the same seconds side by side are a line."""
    places = [panel.place(value) for value in seconds.values()]
    yield line(min(places), y, max(places), y, "#bbb")
    for who, value in reversed(list(seconds.items())):
        yield '<circle cx="%.1f" cy="%d" r="5" fill="%s">' \
            "<title>%s: %.3f s</title></circle>" % (
                panel.place(value), y, COLOURS[who], who, value)


def axis(panel, bottom):
    yield text(panel.x, TOP - 34, panel.title, size=12, colour="#111")
    for seconds, said in panel.powers():
        x = panel.place(seconds)
        yield line(x, TOP - 10, x, bottom, "#e4e4e4")
        yield text(x, TOP - 15, said, "middle", 10, "#777")


def legend(whos):
    x = LEFT
    for who in whos:
        yield '<circle cx="%d" cy="18" r="5" fill="%s"/>' % (x, COLOURS[who])
        yield text(x + 10, 22, who)
        x += 40 + 7 * len(who)


def draw(results):
    """results: cases with what report.py's Measured has of each contender."""
    cpus = [{who: m.cpu() for who, m in measured.items()}
            for _, measured in results]
    walls = [{who: m.wall(LATENCY) for who, m in measured.items()
              if m.wall(LATENCY)} for _, measured in results]
    panels = [(Panel(n, title, [v for row in rows for v in row.values()]),
               rows) for n, (title, rows) in enumerate([
                   ("CPU", cpus),
                   ("wall time, the service %d ms away" % LATENCY, walls)])]
    bottom = TOP + ROW * len(results)
    width, height = LEFT + 2 * WIDTH + GAP + 30, bottom + 10

    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" '
             'viewBox="0 0 %d %d" font-family="sans-serif">'
             % (width, height, width, height),
             '<rect width="100%" height="100%" fill="white"/>']
    parts += legend(dict.fromkeys(who for row in cpus for who in row))
    for panel, _ in panels:
        parts += axis(panel, bottom)
    for n, (case, _) in enumerate(results):
        y = TOP + ROW * n + ROW // 2
        parts.append(text(LEFT - 14, y + 4, case.title, "end"))
        for panel, rows in panels:
            parts += dots(panel, y, rows[n])
    return "\n".join(parts + ["</svg>\n"])
