"""bench_queue: the lease queue against pipes, message queues and Python's."""
import glob
import os
import statistics
import subprocess
import sys

from benchlib import HERE, TOP

CHUNKS = 1000000
SLOW_CHUNKS = 100000  # of what is ten times slower
ROUNDS = 5
IDLE_S = 10


def program(scratch):
    out = scratch.path("queue")
    if not os.path.exists(out):
        sources = glob.glob(os.path.join(TOP, "queues", "*.c")) + \
            glob.glob(os.path.join(TOP, "common", "*.c"))
        subprocess.check_call([os.environ.get("CC", "cc"), "-O2", "-std=gnu11", "-D_GNU_SOURCE",
                               "-I" + TOP, "-o", out, os.path.join(HERE, "queue.c")] + sources +
                              ["-ljansson", "-lrt", "-pthread"])
    return out


def measure(*argv):
    return float(subprocess.check_output([str(a) for a in argv]))


def quartiles(values):
    values = sorted(values)
    return f"{values[len(values) // 4]:.3g} to {values[-1 - len(values) // 4]:.3g}"


def transports(size, queue):
    """Chunks a second of each, ROUNDS times, in turn."""
    python = [sys.executable, os.path.join(HERE, "mpqueue.py")]
    runs = {"lease queue": ([queue, "cycle"], CHUNKS), "pipes": ([queue, "pipe"], SLOW_CHUNKS),
            "POSIX message queues": ([queue, "mq"], SLOW_CHUNKS),
            "multiprocessing.Queue": (python, SLOW_CHUNKS)}
    rates = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, (argv, count) in runs.items():
            rates[name].append(measure(*argv, count, size))
    return rates


def compare(size, queue, report, wanted):
    rates = transports(size, queue)
    ours = rates.pop("lease queue")
    report.add_least(f"{size} B, full cycle over 3 processes", statistics.median(ours) / 1e6,
                     1 if wanted else None, " M/s", quartiles([r / 1e6 for r in ours]))
    for name, others in rates.items():
        ratio = [a / b for a, b in zip(ours, others)]
        least = 10 if wanted and name.startswith("multi") else None
        report.add_least(f"{size} B, as often as over {name}", statistics.median(ratio), least,
                         " x", f"{quartiles(ratio)}; {statistics.median(others) / 1e3:.0f} k/s")


def queue(scratch, _args, report):
    ours = program(scratch)
    compare(64, ours, report, True)
    compare(4096, ours, report, False)
    alone = [measure(ours, "alone", 5000000) for _ in range(ROUNDS)]
    report.add("put and take without contention", statistics.median(alone), 60, " ns",
               quartiles(alone))
    recover = [measure(ours, "recover", 4096) for _ in range(ROUNDS)]
    report.add("recovery after a death, 4096 blocks", statistics.median(recover), 100, " us",
               quartiles(recover))
    report.add(f"wake-ups of 3 waiting processes in {IDLE_S} s", measure(ours, "idle", IDLE_S), 0)
