"""Reports of stored results, read back out of a browser: what is drawn is what was measured.

    report_test.py [--pictures DIR] [RESULT]

Every figure below is worked out from run.json here, by this program's own arithmetic. --pictures keeps screenshots to look
at; RESULT, a run.json, is then pictured instead of the golden one.
"""
import argparse
import copy
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from browser import Browser

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / ".build/release/tidemark"
GOLDEN = ROOT / "Tests/Golden/results/run-1-calibrated.json"
CAMPAIGN = ROOT / "Tests/Golden/reports/ab.json"
HOSTILE = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1><a href=javascript:pwned>%{x}</a>\u2028'\"&lt;b&gt;"

failed = 0


def check(sentence, right, seen=None):
    global failed
    failed += not right
    print(f"{'ok' if right else 'FAIL'} {sentence}" + ("" if right or seen is None else f": {str(seen)[:600]}"), flush=True)


def close(drawn, wanted, tolerance=1e-9):
    return len(drawn) == len(wanted) and all(
        (a is None) == (b is None) and (a is None or abs(a - b) <= tolerance * max(1e-12, abs(b))) for a, b in zip(drawn, wanted))


def stored(folder, name, record, file="run.json"):
    """A result directory of that name; a record of version 1 carries no seal."""
    place = folder / "Results" / name
    place.mkdir(parents=True)
    (place / file).write_text(json.dumps(record))
    return str(place)


def report(folder, name, *results, program=PROGRAM):
    path = folder / name
    done = subprocess.run([program, "report", *results, "-o", path], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"FAIL tidemark report: {done.stderr}")
    return path


# Arithmetic of its own

def bucket_top(bound):
    return bound if bound < 2048 else bound + (1 << (bound.bit_length() - 11)) - 1


def value_at(histogram, quantile):
    """The sample of rank ceil(q N), the upper edge of its bucket, never above the exact maximum."""
    total = sum(histogram["counts"])
    rank, seen = max(1, math.ceil(round(quantile * total, 6))), 0
    for bound, count in zip(histogram["lowerBounds"], histogram["counts"]):
        seen += count
        if seen >= rank:
            return min(bucket_top(bound), histogram["maximumNanoseconds"])


def traces(page, chart):
    """What plotly.js holds of a chart, not what it was given."""
    return page.run(
        f"document.querySelector('[data-chart=\"{chart}\"]').data.map(t => ({{name: t.name, x: t.x && [...t.x], y: t.y && [...t.y], custom: t.customdata, z: t.z, "
        "high: t.error_x && t.error_x.array, low: t.error_x && t.error_x.arrayminus}))")


def named(record, name):
    return next(phase for phase in record["phases"] if phase["name"] == name)


def value(metric):
    return metric.get("value")


def figures(page, record):
    heads = record["headlines"]
    drawn = traces(page, "append")
    for index, kind in enumerate(("accepted", "durable")):
        wanted = [value(row[kind]) for row in heads["append"]["rows"]]
        check(f"append throughput as drawn is run.json's: {kind}", close(drawn[index]["x"], wanted), (drawn[index], wanted))
    drawn = traces(page, "hit-rate")
    for index, way in enumerate(("byBroker", "byProcess", "byDevice")):
        wanted = [value(row[way]) for row in heads["hitRate"]["rows"]]
        check(f"hit rates as drawn are run.json's: {way}", close(drawn[index]["x"], wanted), (drawn[index], wanted))
    savings = [row["saving"] for row in heads["zeroCopy"]["comparisons"]]
    drawn = traces(page, "zero-copy-saving")[0]
    check("zero-copy savings as drawn are run.json's", close(drawn["x"], [value(row) for row in savings]), drawn)
    check(
        "and so are the ends of their intervals",
        close([x - low for x, low in zip(drawn["x"], drawn["low"])], [row["interval"]["lower"] for row in savings], 1e-6)
        and close([x + high for x, high in zip(drawn["x"], drawn["high"])], [row["interval"]["upper"] for row in savings], 1e-6), drawn)
    costs = [phase["costs"] for phase in record["phases"] if phase.get("costs") and not phase["name"].startswith("ceiling")]
    shown = [[value(m) for m in table["metrics"] if m["name"] == "cpu_s_per_gb_in"][0] for table in costs]
    drawn = traces(page, "cost-per-gb")[0]["x"]
    check("CPU per GB as drawn is run.json's", close([x for x in drawn if x is not None], [x for x in shown if x is not None]), (drawn, shown))
    drawn = traces(page, "cpu-shares")
    wanted = [[100 * table["rows"][owner] / table["rows"]["capacity"] for table in costs] for owner in ("broker", "clients", "unattributed", "idle")]
    check("shares of the CPUs as drawn are run.json's", all(close(t["x"], w) for t, w in zip(drawn, wanted)), drawn)


def latencies(page, record):
    phase = named(record, "unpinned steady")
    histogram = phase["histograms"]["response"]
    points = {}
    for trace in traces(page, "latency"):
        if trace["name"] == "unpinned":
            points.update(zip(trace["x"], trace["y"]))
    # Of the golden run's few samples nothing above p90 is a place of the curve.
    for quantile, place in ((0.5, 2), (0.9, 10)):
        check(f"the latency curve passes through run.json's {quantile}", points.get(place) == value_at(histogram, quantile), (points.get(place), value_at(histogram, quantile)))
    check("it ends with the largest sample at the number of samples", points.get(sum(histogram["counts"])) == value_at(histogram, 1), sorted(points.items())[-3:])
    seconds = phase["series"]
    drawn = traces(page, "latency-heat")[0]
    for row, field in enumerate(("responseP50Nanoseconds", "responseP99Nanoseconds", "responseMaximumNanoseconds")):
        wanted = [second.get(field) for second in seconds]
        check(f"the heat map's cells are run.json's {field}", drawn["custom"][row][: len(wanted)] == wanted and close([10**z for z in drawn["z"][row][: len(wanted)]], wanted, 1e-6), drawn["custom"][row])
    drawn = traces(page, "throughput")[0]["y"]
    wanted = [second["bytes"] / 1e6 for phase in record["phases"] if not phase["name"].startswith("ceiling") for second in phase["series"]]
    check("throughput as drawn is run.json's, second by second", close([y for y in drawn if y is not None], wanted), (drawn, wanted))


def readable(page):
    """For people who do not see it, use no mouse, or hold a telephone."""
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    kept = [node for node in tree if not node.get("ignored")]

    def role(node):
        return node.get("role", {}).get("value")

    def text(node, field):
        return (node.get(field) or {}).get("value", "")

    plots = [node for node in kept if role(node) in ("image", "img")]
    count = page.run("document.querySelectorAll('[data-chart]').length")
    check("a screen reader hears a name and a description of every plot", len(plots) == count and all(text(n, "name") and len(text(n, "description")) > 20 for n in plots), (len(plots), count))
    roles = [role(node) for node in kept]
    check("there are landmarks", all(wanted in roles for wanted in ("main", "navigation", "banner", "contentinfo")), sorted(set(map(str, roles))))
    check("every button and every region has a name", all(text(node, "name") for node in kept if role(node) in ("button", "region", "link")))
    check("every table has a caption and heads", page.run("[...document.querySelectorAll('table')].every(t => t.caption && t.caption.textContent && t.querySelector('thead th[scope=col]') && t.querySelector('tbody th[scope=row]'))"))
    page.run("document.activeElement.blur(), scrollTo(0, 0)")
    reached = []
    for _ in range(60):
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", {"type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9})
        reached.append(page.run("[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle, document.activeElement.className].join(' ')"))
    check("the keyboard reaches the skip link first, then links, folds, downloads and tables", reached[0].startswith("A") and "skip" in reached[0] and {"A", "SUMMARY", "BUTTON", "DIV"} <= {r.split()[0] for r in reached}, reached)
    check("and one sees where it is", all(r.split()[1] != "none" for r in reached), [r for r in reached if r.split()[1] == "none"][:3])


CONTRAST = """(() => {
  const channel = c => { c /= 255; return c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; };
  const light = ([r, g, b]) => .2126 * channel(r) + .7152 * channel(g) + .0722 * channel(b);
  const parse = text => text.match(/[\\d.]+/g).map(Number);
  const ground = node => { for (; node; node = node.parentElement) { const c = parse(getComputedStyle(node).backgroundColor); if (c.length < 4 || c[3] > 0) return c; } return [255, 255, 255]; };
  const worst = [21, ''];
  for (const node of document.querySelectorAll('p, li, dt, dd, small, a, summary, button, th, td, caption, h1, h2, h3, strong, .xtick text, .ytick text, .legendtext')) {
    if (!node.textContent.trim() || !node.getClientRects().length || node.className === 'skip') continue;
    const svg = node instanceof SVGElement, [a, b] = [light(parse(svg ? getComputedStyle(node).fill : getComputedStyle(node).color)), light(ground(svg ? node.closest('.plot') : node))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < worst[0]) { worst[0] = ratio; worst[1] = node.tagName + ' ' + node.textContent.slice(0, 40); }
  }
  return worst;
})()"""


def looks(page, path):
    for words, width, dark in (("light", 1280, False), ("dark", 1280, True), ("phone, light", 390, False), ("phone, dark", 390, True)):
        page.look(width, 850, dark, phone=width < 500)
        page.open(path)
        ratio, where = page.run(CONTRAST)
        check(f"{words}: all text has a contrast of 4.5 at least", ratio >= 4.5, (ratio, where))
        wide = page.run("[...document.querySelectorAll('body *')].filter(n => n.getBoundingClientRect().right > innerWidth + 1 && !n.closest('.scroll, svg, nav ul')).map(n => n.tagName + '.' + n.className + ' ' + n.textContent.slice(0, 30)).slice(0, 3)")
        check(f"{words}: nothing is wider than the window", page.run("document.documentElement.scrollWidth <= innerWidth") and not wide, wide)
        outside = page.run("[...document.querySelectorAll('.plot')].filter(p => { const s = p.querySelector('svg.main-svg'); return !s || s.getBoundingClientRect().width > p.clientWidth + 1; }).map(p => p.dataset.chart)")
        check(f"{words}: every plot fits its place", not outside, outside)


def downloads(page, folder, record):
    target = folder / "downloads"
    target.mkdir()
    page.browser.call("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(target)})
    for kind in ("csv", "json"):
        page.run(f"document.querySelector('[data-save=\"append\"][data-as=\"{kind}\"]').click()")
    end = time.monotonic() + 10
    while not all((target / f"append.{kind}").exists() for kind in ("csv", "json")) and time.monotonic() < end:
        page.browser.pump(0.1)
    wanted = [value(row["durable"]) for row in record["headlines"]["append"]["rows"]]
    table = json.loads((target / "append.json").read_text())
    check("a download as JSON holds run.json's figures", [row[2] for row in table["rows"]] == wanted, table)
    rows = list(csv.reader((target / "append.csv").read_text(encoding="utf-8").splitlines()))
    check("a download as CSV too, with units in its heads", rows[0][1] == "accepted (MB/s)" and [float(row[2]) if row[2] else None for row in rows[1:]] == wanted, rows)


def hostile(folder, page):
    record = json.loads(GOLDEN.read_text())
    record["profile"].update(name=HOSTILE, question=HOSTILE, text=HOSTILE)
    record["software"]["broker"] = HOSTILE
    record["notes"] = [HOSTILE]
    record["disks"][0]["name"] = HOSTILE
    record["environment"]["hard"][HOSTILE] = HOSTILE
    record["headlines"]["append"]["rows"][0]["label"] = HOSTILE
    record["headlines"]["hitRate"]["rows"][0]["state"] = HOSTILE
    record["headlines"]["zeroCopy"]["modes"][0]["mode"] = HOSTILE
    record["headlines"]["latency"]["rows"][0]["placement"] = HOSTILE
    named(record, "unpinned steady")["name"] = HOSTILE
    path = report(folder, "hostile.html", stored(folder, "hostile", record))
    page.look(1280, 850)
    page.open(path)
    check("a hostile name runs nothing", page.run("window.pwned") is None)
    check("and brings no element with it", page.run("document.querySelectorAll('img, main script, svg a, a[href^=javascript]').length") == 0)
    check("but arrives as text: in a table", page.run(f"[...document.querySelectorAll('#append th')].some(n => n.textContent.endsWith({json.dumps(HOSTILE)}))"))
    tick = page.run("[...document.querySelectorAll('[data-chart=append] .ytick text, [data-chart=hit-rate] .ytick text')].map(n => n.textContent).join('')")
    check("and beside a plot", "<img" in tick.replace(" ", "") and "</script>" in tick, tick)
    page.run("for (const p of document.querySelectorAll('[data-chart]')) Plotly.Fx.hover(p, [{curveNumber: 0, pointNumber: p.data[0].type === 'heatmap' ? [0, 0] : 0}])")
    check("also under the pointer", page.run("window.pwned") is None and page.run("document.querySelectorAll('.hoverlayer a, .hoverlayer img').length") == 0)
    complaints = page.complaints()
    check("without a complaint of the browser", not complaints, complaints)


def several(folder, page):
    first = json.loads(GOLDEN.read_text())
    second = copy.deepcopy(first)
    second["identity"]["shortID"] = "aaaaaa"
    for row in second["headlines"]["zeroCopy"]["modes"]:
        metric = row["cpuSecondsPerGB"]
        metric["value"] *= 1.25
        for end in ("lower", "upper", "estimate"):
            if metric.get("interval"):
                metric["interval"][end] *= 1.25
    campaign = json.loads(CAMPAIGN.read_text())
    path = report(folder, "several.html", stored(folder, "2026-11-23-quickstart-0e5e9e", first), stored(folder, "2026-11-23-quickstart-aaaaaa", second), stored(folder, "2026-11-24-ab", campaign, "ab.json"))
    page.look(1280, 850)
    page.open(path)
    chart = page.run("[...document.querySelectorAll('[data-chart$=-zeroCopy]')].map(n => n.dataset.chart)[0]")
    drawn = traces(page, chart)[1]
    costs = [x for x in drawn["x"] if x is not None and abs(x - 1.25) < 1e-9]
    check("two results: the second stands at its ratio to the first", len(costs) == len(first["headlines"]["zeroCopy"]["modes"]), drawn["x"])
    ratios = traces(page, "r3-ratios")[0]
    wanted = [row["estimate"] for row in campaign["report"]["rows"]]
    check("two builds: ratios as drawn are ab.json's", close(ratios["x"], [row["ratio"] for row in wanted]), ratios)
    check(
        "with their intervals",
        all(w.get("lower") is None or (abs(x - low - w["lower"]) < 1e-9 and abs(x + high - w["upper"]) < 1e-9) for x, low, high, w in zip(ratios["x"], ratios["low"], ratios["high"], wanted)))
    complaints = page.complaints()
    check("without a complaint of the browser, three results in one page", not complaints, complaints)
    return path


def studied(folder, page):
    """What only some runs have: a curve of the cache, memory nodes, several disks, disturbances."""
    record = json.loads(GOLDEN.read_text())
    heads, phase = record["headlines"], named(record, "unpinned steady")
    percents = lambda figure: dict(heads["hitRate"]["rows"][0]["byBroker"], value=figure)
    cells = lambda *times: [{"quantile": q, "reading": {"nanoseconds": t}} for q, t in zip((0.5, 0.99), times)]
    hits = [(0.5, 99.5), (1.0, 97.25), (4.0, 41.0)]
    heads["hitRate"]["lagCurve"] = {
        "limitBytes": 1 << 28, "cacheBytes": 1 << 27, "controlGroup": 2, "producerRecordsPerSecond": 5000, "recordBytes": 1024, "fetchBytes": 1 << 18,
        "alone": cells(100, 150), "notes": [],
        "points": [
            {"lagShare": share, "lagBytes": 1 << 20, "residentBefore": 20, "hitRate": percents(hit), "deviceShare": percents(100 - hit), "throughput": percents(900), "fetch": cells(100, 900), "producer": cells(200, 700)}
            for share, hit in hits
        ],
    }
    rows = heads["latency"]["rows"]
    times = {(0, 0): 101, (0, 1): 202, (1, 0): 303, (1, 1): 404}
    heads["latency"]["nodes"] = 2
    heads["latency"]["rows"] = [
        dict(rows[0], placement=f"broker node {broker} · client node {client} · bind", cells=cells(time // 2, time)) for (broker, client), time in times.items()]
    second = copy.deepcopy(record["disks"][0])
    second["name"] = "tmpfs"
    for item in second["calibration"]:
        item["value"] *= 3
    record["disks"].append(second)
    start = phase["startedNanoseconds"]
    phase["perturbations"] = [{"kind": "pause", "startedNanoseconds": start + 2_000_000_000, "endedNanoseconds": start + 2_300_000_000}]
    page.look(1280, 850)
    page.open(report(folder, "studied.html", stored(folder, "studied", record)))
    drawn = traces(page, "cache-hit-curve")[0]
    check("the curve of the page cache as drawn is run.json's", close(drawn["x"], [share for share, _ in hits]) and close(drawn["y"], [hit for _, hit in hits]), drawn)
    drawn = traces(page, "matrix")[0]
    check("the matrix of memory nodes as drawn is run.json's", sorted(value for line in drawn["custom"] for value in line if value is not None) == sorted(times.values()) and [line[0] for line in drawn["custom"]] == [101, 303], drawn)
    drawn = traces(page, "disks-throughput")
    wanted = [item["value"] for item in record["disks"][0]["calibration"] if item["unit"] == "GB/s"]
    check("each disk's column as drawn is its own calibration", close(drawn[0]["x"], wanted) and close(drawn[1]["x"], [3 * figure for figure in wanted]), drawn)
    edges = page.run("document.querySelector('[data-chart=throughput]').layout.shapes.filter(s => s.layer === 'above').map(s => [s.x0, s.x1])")
    first = min(p["startedNanoseconds"] for p in record["phases"] if p["startedNanoseconds"])
    wanted = [[(start - first) / 1e9 + 2, (start - first) / 1e9 + 2.3]]
    check("what was done to the broker is marked when it was", len(edges) == 1 and close(edges[0], wanted[0], 1e-6), (edges, wanted))
    complaints = page.complaints()
    check("without a complaint of the browser, with every kind of figure in one page", not complaints, complaints)


def printed(page, path):
    page.look(1280, 850, dark=True)
    page.open(path)
    paper = page.paper()
    pages = paper.count(b"/Type /Page\n") + paper.count(b"/Type /Page ") or paper.count(b"/Type/Page")
    check("it prints, in fewer than 25 pages", paper.startswith(b"%PDF") and 2 <= pages < 25, (len(paper), pages))
    page.drawn()
    check("and is dark again afterwards", page.run("!document.documentElement.hasAttribute('data-paper')"))
    return paper


def pictures(page, path, where, other):
    where.mkdir(parents=True, exist_ok=True)
    for name, file, width, dark in (("light", path, 1280, False), ("dark", path, 1280, True), ("phone", path, 390, False), ("phone-dark", path, 390, True), ("several", other, 1280, False)):
        page.look(width, 850, dark, phone=width < 500)
        page.open(file)
        page.picture(where / f"{name}.png")
    (where / "print.pdf").write_bytes(printed(page, path))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("result", nargs="?")
    asked = parser.parse_args()
    record = json.loads(GOLDEN.read_text())
    browser = Browser()
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            result = stored(folder, "2026-11-23-quickstart-golden", record)
            path = report(folder, "report.html", result)
            size = path.stat().st_size
            check("the report is one file of less than 6 MB", size < 6_000_000, size)
            check("which keeps the chart library's licence", "Licensed under the MIT license" in path.read_text(encoding="utf-8"))
            check("and is the same when it is written again", path.read_bytes() == report(folder, "again.html", result).read_bytes())
            page = browser.page()
            page.look(1280, 850)
            page.open(path)
            count = page.run("document.querySelectorAll('[data-chart]').length")
            check("every plot is drawn", count > 10 and page.run("document.querySelectorAll('.js-plotly-plot svg.main-svg').length") >= count and page.run("document.querySelectorAll('.failed').length") == 0, count)
            figures(page, record)
            latencies(page, record)
            readable(page)
            downloads(page, folder, record)
            looks(page, path)
            printed(page, path)
            complaints = page.complaints()
            check("the browser has nothing to complain of, and nothing was asked of the network", not complaints, complaints)
            hostile(folder, browser.page())
            studied(folder, browser.page())
            other = several(folder, browser.page())
            if asked.pictures:
                shown = report(folder, "shown.html", asked.result) if asked.result else path
                pictures(browser.page(), shown, asked.pictures, other)
    finally:
        browser.close()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
