"""bench_work: rows from a generator through a worker module to results."""
import json
import os
import statistics
import subprocess
import sys
import time

from benchlib import EISEN, HERE, Eisen, children
from bench_queue import measure, quartiles

ROUNDS = 5
MANY_ROWS = 200_000_000
FEW_ROWS = 2_000_000  # in chunks of one
PYTHON_ROWS = 4_000_000
PYTHON_CHUNKS = 50_000
TOOL_BYTES = 256 << 20
TOOL_WORKERS = 8
IDLE_S = 10


def environment():
    modules = os.path.join(os.path.dirname(EISEN), "modules")
    return {**os.environ, "EISEN_MODULE_PATH": modules}


def run(scratch, rows, rows_max, **more):
    """Rows a second, from exec to exit; the sums must be right."""
    scratch.write("work.json", json.dumps({
        "feeders": [{"generator": {"range": [0, rows]}}], "ROWS_MAX": rows_max,
        "WORKER_PATH": "sum.so", "PROCS_MAX": os.cpu_count(), "status": {"port": 0},
        **more}).encode())
    argv = [EISEN, "run", "--quiet", "--run-dir", scratch.path("run"), scratch.path("work.json")]
    if "RESULTS_STORE" in more:
        argv += ["--fresh", "--results-db", scratch.path("results.db")]
    begin = time.monotonic()
    subprocess.check_call(argv, env=environment(), stdout=subprocess.DEVNULL)
    return rows / (time.monotonic() - begin)




def rates(scratch, report):
    python = [sys.executable, os.path.join(HERE, "mpwork.py")]
    many, few, many_python, few_python = [], [], [], []
    for _ in range(ROUNDS):
        many.append(run(scratch, MANY_ROWS, 1000))
        few.append(run(scratch, FEW_ROWS, 1, RESULTS_STORE=True))
        many_python.append(measure(*python, PYTHON_ROWS, 1000))
        few_python.append(measure(*python, PYTHON_CHUNKS, 1))
    report.add_least("range to sums, ROWS_MAX 1000", statistics.median(many) / 1e6, 50,
                     " M rows/s", quartiles([r / 1e6 for r in many]))
    report.add_least("  as often as with multiprocessing",
                     statistics.median(a / b for a, b in zip(many, many_python)), None, " x",
                     f"{statistics.median(many_python) / 1e6:.2g} M rows/s")
    report.add_least("chunks of one row, stored", statistics.median(few) / 1e3, 300, " k/s",
                     quartiles([r / 1e3 for r in few]))
    report.add_least("  as often as with multiprocessing",
                     statistics.median(a / b for a, b in zip(few, few_python)), None, " x",
                     f"{statistics.median(few_python) / 1e3:.3g} k/s, not stored")


def waiting_config(**more):
    """Workers that wait for what a feeder's program does not say."""
    return {"feeders": [{"generator": {"command": ["sleep", "1000"]}}], "WORKER_PATH": "sum.so",
            "status": {"port": 0}, **more}


def switches(pid):
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as status:
            total += sum(int(line.split()[1]) for line in status if "ctxt_switches" in line)
    return total


def idle(scratch, report):
    eisen = Eisen(scratch, waiting_config(PROCS_MAX=4), env=environment())
    pids = children(eisen.process.pid)
    time.sleep(1)  # until what is ready has come to rest
    before = sum(map(switches, pids))
    time.sleep(IDLE_S)
    report.add(f"wake-ups of {len(pids)} idle processes in {IDLE_S} s",
               sum(map(switches, pids)) - before, 0)
    eisen.stop()


def tool(scratch, report):
    path = scratch.path("tool")
    with open(path, "wb") as f:
        f.write(os.urandom(1 << 20) * (TOOL_BYTES >> 20))
    plain, ready, copies = [], [], []
    for _ in range(ROUNDS):
        few = Eisen(scratch, waiting_config(PROCS_MAX=TOOL_WORKERS), env=environment())
        few_kib = few.pss_kib()
        plain.append(few.ready_s)
        few.stop()
        many = Eisen(scratch, waiting_config(PROCS_MAX=TOOL_WORKERS,
                                             tools={"tool": {"file": path}}), env=environment())
        ready.append(many.ready_s)
        copies.append((many.pss_kib() - few_kib) * 1024 / TOOL_BYTES)
        many.stop()
    report.add(f"a tool of 256 MiB, {TOOL_WORKERS} workers: ready in", statistics.median(ready),
               0.3, " s", f"{quartiles(ready)}; {statistics.median(plain):.3f} s without it")
    report.add("  copies in memory (PSS)", statistics.median(copies), 1.05, "",
               quartiles(copies))


def work(scratch, _args, report):
    rates(scratch, report)
    idle(scratch, report)
    tool(scratch, report)
