"""bench_load: the load test against others, and against itself."""
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

from benchlib import CONNECTIONS, DRIVER_CPU, EISEN, IP, SERVER_CPU, Eisen, config, on_cpu

BUILD = os.path.dirname(EISEN)
WRK_SECONDS = 2  # whole ones only
RATE = 500  # connections a second; one at a time, well below what either can do
BURN_NS = 20000
ROUNDS, ROUND, WARM_UP = 20, "300ms", "100ms"  # of one comparison
OPEN_SECONDS = 5
STALL_MS, PERIOD_MS = 100, 1000


def module(name):
    path = os.path.join(BUILD, "tests/bench/modules", name + ".so")
    if not os.path.exists(path):
        sys.exit(f"bench: no {path}: make tests/bench/modules/{name}.so, or ./dev bench")
    return path


def module_app(name, **settings):
    return {"kind": "module", "path": module(name), "settings": settings}


def timed(argv):
    """What a program prints, and the processor time it took, in seconds."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out,
                                   stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
    if process.returncode != 0:
        sys.exit(f"bench: {' '.join(argv)}: exit status {process.returncode}\n{text}")
    return text, usage.ru_utime + usage.ru_stime


def load(scratch, *options, cpu=None):
    """The report of an eisen load, and the processor time it took."""
    out = scratch.path("load.json")
    argv = [EISEN, "load", *options, "--json", out]
    _, cpu_s = timed(argv if cpu is None else on_cpu(cpu, argv))
    with open(out) as f:
        return json.load(f), cpu_s


def layout(scratch, name, value):
    path = scratch.path(name + ".json")
    scratch.write(name + ".json", json.dumps(value).encode())
    return path


def url(port):
    return f"http://{IP}:{port}/"


def buckets(histogram):
    """{the highest value of a bucket: count}, as common/histogram.h has them."""
    ret, bucket = {}, 0
    for pair in histogram["buckets"].split():
        gap, count = map(int, pair.split(":"))
        bucket += gap
        doubling, i = divmod(bucket - 2048, 1024)
        high = bucket if bucket < 2048 else (((1024 + i + 1) * 2) << doubling) - 1
        ret[high] = count
        bucket += 1
    return ret


def percentile(counts, percent):
    left = sum(counts.values()) * percent / 100
    for value in sorted(counts):
        left -= counts[value]
        if left <= 0:
            return value
    return 0


def corrected(counts, expected):
    """As wrk corrects its latencies when it has done: for a reply that took twice
    the mean or more, one is added for each that was not asked for meanwhile."""
    ret = dict(counts)
    for value, count in counts.items():
        missed = value - expected
        while value >= 2 * expected and missed > expected:
            ret[missed] = ret.get(missed, 0) + count
            missed -= expected
    return ret


class Figures:
    """One program's: a list of each, round by round."""

    def __init__(self):
        self.rate, self.per_cpu, self.in_flight, self.p50, self.p99 = [], [], [], [], []

    def add(self, rate, per_cpu, mean, p50, p99):
        """Times in us. By Little's law rate x mean is how many requests are under way."""
        for values, value in ((self.rate, rate), (self.per_cpu, per_cpu), (self.p50, p50),
                              (self.in_flight, rate * mean / 1e6), (self.p99, p99)):
            values.append(value)


UNIT_US = {"us": 1, "ms": 1e3, "s": 1e6, "m": 60e6}


def wrk_figures(text, cpu_s):
    """(rate, requests per second of its processor, mean, p50 and p99 in us)"""
    rate = float(re.search(r"^Requests/sec: +([\d.]+)", text, re.M)[1])
    count = int(re.search(r"^ +(\d+) requests in", text, re.M)[1])
    times = {what: float(value) * UNIT_US[unit] for what, value, unit in
             re.findall(r"^ +(Latency|50%|99%) +([\d.]+)(us|ms|s|m)\b", text, re.M)}
    if re.search(r"Socket errors|Non-2xx", text):
        sys.exit("bench: wrk saw errors:\n" + text)
    return rate, count / cpu_s, times["Latency"], times["50%"], times["99%"]


def run_wrk():
    return wrk_figures(*timed(on_cpu(DRIVER_CPU, [
        "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS}", "--latency", url(11000)])))


def run_load(scratch):
    report, cpu_s = load(scratch, "--url", url(11000), "--connections", str(CONNECTIONS),
                         "--duration", f"{WRK_SECONDS}s", "--warm-up", "0s", cpu=DRIVER_CPU)
    total = checked(report)
    counts = corrected(buckets(total["histogram"]),
                       int(1e9 * CONNECTIONS / total["rate"]))
    return (total["rate"], total["requests"] / cpu_s, total["latency_ns"]["mean"] / 1e3,
            percentile(counts, 50) / 1e3, percentile(counts, 99) / 1e3)


def checked(report):
    """The totals, of a run without errors."""
    total = report["total"]
    if total["errors"]["total"] > 0:
        sys.exit(f"bench: errors: {total['errors']}")
    return total


def middle(ratios):
    """Median and quartiles, in words."""
    ratios = sorted(ratios)
    return (statistics.median(ratios), f"{statistics.median(ratios):.3f}, "
            f"{ratios[len(ratios) // 4]:.3f} to {ratios[-1 - len(ratios) // 4]:.3f}")


def add_off_by(report, what, ours, theirs, wanted_percent, unit):
    """How far the median of the rounds' ratios is from 1."""
    median, words = middle(a / b for a, b in zip(ours, theirs))
    report.add(what, abs(median - 1) * 100, wanted_percent, " %",
               f"ratio {words}; {statistics.median(ours):.0f} against "
               f"{statistics.median(theirs):.0f} {unit}")


def add_least_ratio(report, what, ours, theirs, least):
    median, words = middle(a / b for a, b in zip(ours, theirs))
    report.add_least(what, median, least, "", f"{words}; {statistics.median(ours):.0f} against "
                     f"{statistics.median(theirs):.0f}")


def in_turns(scratch, rounds):
    ours, theirs = Figures(), Figures()
    for r in range(rounds):
        for mine in (False, True) if r % 2 == 0 else (True, False):
            if mine:
                ours.add(*run_load(scratch))
            else:
                theirs.add(*run_wrk())
    return ours, theirs


def serve(scratch, app=None):
    eisen = Eisen(scratch, config(11000, app=app))
    os.sched_setaffinity(eisen.worker_pid(), {SERVER_CPU})
    return eisen


def against_wrk(scratch, args, report):
    """Where the client is the limit: what it can send. Where the server is: whether
    both see the same."""
    eisen = serve(scratch)
    ours, theirs = in_turns(scratch, args.rounds)
    eisen.stop()
    add_least_ratio(report, "load / wrk, hello: rate", ours.rate, theirs.rate, 0.95)
    add_least_ratio(report, "load / wrk, hello: requests per second of the client's processor",
                    ours.per_cpu, theirs.per_cpu, 0.9)
    for name, figures in (("load", ours), ("wrk", theirs)):
        report.add(f"{name}, hello: requests under way, by rate and mean latency",
                   statistics.median(figures.in_flight), None, f" of {CONNECTIONS}")
    eisen = serve(scratch, module_app("slow", burn_ns=BURN_NS))
    ours, theirs = in_turns(scratch, args.rounds)
    eisen.stop()
    what = f"load / wrk, {BURN_NS // 1000} us of work a reply: "
    add_off_by(report, what + "rate, off by", ours.rate, theirs.rate, 5, "/s")
    add_off_by(report, what + "p50, off by", ours.p50, theirs.p50, 10, "us")
    add_off_by(report, what + "p99, off by", ours.p99, theirs.p99, 10, "us")


def run_h2load(scratch):
    """(connections a second, mean time to the first byte in us), each connection asking
    once. h2load's rate is of connections, and it opens a period's all at once: here
    that is one."""
    log, count = scratch.path("h2load.log"), RATE * WRK_SECONDS
    text, _ = timed(on_cpu(DRIVER_CPU, [
        "h2load", "--h1", "-t1", "-r1", f"--rate-period={1000 // RATE}ms", f"-c{count}",
        f"-n{count}", f"--log-file={log}", url(11000)]))
    with open(log) as f:
        rows = [[int(field) for field in line.split()[:3]] for line in f]
    os.unlink(log)  # it appends
    if len(rows) != count or any(status != 200 for _, status, _ in rows):
        sys.exit("bench: h2load saw errors:\n" + text)
    begun = [row[0] for row in rows]
    mean, unit = re.search(r"^time to 1st byte:(?: +\S+){2} +([\d.]+)(us|ms|s)\b", text,
                           re.M).groups()
    return (count - 1) / (max(begun) - min(begun)) * 1e6, float(mean) * UNIT_US[unit]


def run_rate(scratch):
    """The same of eisen load: with --close a request's time begins with its connect."""
    report, _ = load(scratch, "--url", url(11000), "--close", "--rate", str(RATE),
                     "--connections", str(CONNECTIONS), "--duration", f"{WRK_SECONDS}s",
                     "--warm-up", "0s", cpu=DRIVER_CPU)
    return checked(report)["rate"], report["service"]["latency_ns"]["mean"] / 1e3


def against_h2load(scratch, args, report):
    eisen, pairs = serve(scratch), []
    for r in range(args.rounds):
        order = 1 if r % 2 == 0 else -1
        pairs.append([run(scratch) for run in (run_rate, run_h2load)[::order]][::order])
    eisen.stop()
    mine, theirs = zip(*pairs)
    for name, runs, wanted in (("load", mine, 1), ("h2load", theirs, None)):
        rates = sorted(rate for rate, _ in runs)
        report.add(f"{name}: {RATE} new connections a second, rate off by",
                   abs(statistics.median(rates) / RATE - 1) * 100, wanted, " %",
                   f"{rates[0]:.1f} to {rates[-1]:.1f} /s")
    add_off_by(report, f"load / h2load, {RATE} new connections a second: mean, off by",
               [mean for _, mean in mine], [mean for _, mean in theirs], None, "us")


def open_loop(scratch, report):
    """At half of what the server can: the asked rate, and a stall is seen."""
    file = layout(scratch, "hello", config(11001))
    capacity = checked(load(scratch, file, *for_seconds(OPEN_SECONDS))[0])["rate"]
    asked = round(capacity / 2)
    document, _ = load(scratch, file, "--rate", str(asked), *for_seconds(OPEN_SECONDS))
    half, late = checked(document), document["engine"]["late_ns"]
    report.add("open loop at half of capacity: rate off by",
               abs(half["rate"] / asked - 1) * 100, 1, " %",
               f"{half['rate']:.0f} of {asked} /s; sent late by {late['p50'] / 1e3:.0f} us, "
               f"p99 {late['p99'] / 1e3:.0f} us")


def for_seconds(seconds, connections=CONNECTIONS):
    return ["--connections", str(connections), "--duration", f"{seconds}s", "--warm-up", "1s"]


def stall(scratch, report):
    """A tenth of the requests are due while the server stands still, evenly over
    the stall: the hundredth of all that waits longest is due in its first 10 ms, and
    waits at least the 90 ms that are left of it. What the connections see is one wait
    per connection and stall: with few of them less than a hundredth of what they
    ask."""
    how = for_seconds(OPEN_SECONDS, 8)
    file = layout(scratch, "stall", config(11002, app=module_app(
        "stall", period_ms=PERIOD_MS, stall_ms=STALL_MS)))
    closed = checked(load(scratch, file, *how)[0])
    asked = round(closed["rate"] / 2)
    document, _ = load(scratch, file, "--rate", str(asked), *how)
    due, sent = checked(document), document["service"]
    what = f"{STALL_MS} ms stall each {PERIOD_MS} ms: p99"
    report.add_least(f"{what}, open loop, from when due", due["latency_ns"]["p99"] / 1e6,
                     STALL_MS - PERIOD_MS / 100, " ms",
                     f"{due['rate']:.0f} of {asked} /s")
    report.add(f"{what}, open loop, from when sent (hides it)", sent["latency_ns"]["p99"] / 1e6,
               STALL_MS / 2, " ms")
    report.add(f"{what}, closed loop (hides it)", closed["latency_ns"]["p99"] / 1e6, STALL_MS / 2,
               " ms", f"{closed['rate']:.0f}/s")


def many_ports(scratch, report):
    file = layout(scratch, "many", config(12000, 13999))
    document, _ = load(scratch, file, "--connections", "4000", "--duration", "3s",
                       "--warm-up", "1s")
    total = document["total"]
    report.add("2000 ports, 4000 connections: errors", total["errors"]["total"], 0, "",
               f"{total['requests']} requests, {total['rate']:.0f}/s")
    report.add("2000 ports, 4000 connections: memory of the engine",
               document["engine"]["memory_bytes"] / 2**20, 100, " MiB")


def load_bench(scratch, args, report):
    against_wrk(scratch, args, report)
    against_h2load(scratch, args, report)
    open_loop(scratch, report)
    stall(scratch, report)
    many_ports(scratch, report)


def compare(scratch, a, b):
    out = scratch.path("compare.json")
    timed([EISEN, "load", "--compare", a, b, "--rounds", str(ROUNDS), "--duration", ROUND,
           "--warm-up", WARM_UP, "--connections", str(CONNECTIONS), "--json", out])
    with open(out) as f:
        return json.load(f)["comparisons"][0]


def compare_bench(scratch, args, report):
    """Of the same, and of what costs 10 % more: how often the verdict is right."""
    base = layout(scratch, "base", config(11003, app=module_app("slow", burn_ns=BURN_NS)))
    rate = checked(load(scratch, base, *for_seconds(3))[0])["rate"]
    burn_ns = BURN_NS + round(0.1 * 1e9 / rate)
    slow = layout(scratch, "slow", config(11003, app=module_app("slow", burn_ns=burn_ns)))
    same, lower, seen = 0, 0, {"same": [], "slow": []}
    for _ in range(args.comparisons):
        one, other = compare(scratch, base, base), compare(scratch, base, slow)
        same += one["verdict"] == "no difference"
        lower += other["verdict"] == "lower"
        for name, comparison in (("same", one), ("slow", other)):
            seen[name].append(rate_ratio(comparison))
    wanted = 19 * args.comparisons / 20
    report.add_least(f"a layout with itself: 'no difference', of {args.comparisons}", same,
                     wanted, "", span(seen["same"]))
    report.add_least(f"with one that costs 10 % more: 'lower', of {args.comparisons}", lower,
                     wanted, "", span(seen["slow"]))


def rate_ratio(comparison):
    return next(m["ratio"] for m in comparison["metrics"] if m["name"] == "rate")


def span(ratios):
    return f"ratios of the rate {min(ratios):.3f} to {max(ratios):.3f}"
