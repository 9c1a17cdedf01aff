"""bench_process: starting, idling, dying."""
import http.client
import json
import os
import signal
import statistics
import time

from benchlib import IP, READY_TIMEOUT_S, Eisen, config


def start(scratch, args, report):
    times, idle = [], []
    for _ in range(args.starts):
        small = Eisen(scratch, config(11000, 11001, 2))
        few = small.pss_kib()
        small.stop()
        large = Eisen(scratch, config(11000, 12999, 2))
        times.append(large.ready_s)
        idle.append((large.pss_kib() - few) / 1998)
        large.stop()
    report.add("2000 servers: exec to ready", statistics.median(times), 0.1, " s",
               f"{min(times):.3f} to {max(times):.3f}")
    report.add("process memory (PSS) per idle server", statistics.median(idle), 1, " KiB",
               f"{min(idle):.2f} to {max(idle):.2f}")


def answering_pid(port):
    """The pid that answers there; None when the connection was cut."""
    connection = http.client.HTTPConnection(IP, port, timeout=READY_TIMEOUT_S)
    try:
        connection.request("GET", "/", headers={"Accept": "application/json"})
        return json.load(connection.getresponse())["pid"]
    except (ConnectionResetError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def kill(scratch, args, report):
    for method in ("fork", "spawn"):
        eisen, times = Eisen(scratch, config(11000, 11011, 2, START_METHOD=method)), []
        for _ in range(args.kills):
            pid = answering_pid(11000)
            begin = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            while answering_pid(11000) in (None, pid):
                pass
            times.append((time.monotonic() - begin) * 1e3)
        eisen.stop()
        times.sort()
        report.add(f"kill -9 to answering again, {method}", statistics.median(times), 20, " ms",
                   f"{times[len(times) // 4]:.1f} to {times[-1 - len(times) // 4]:.1f}, "
                   f"worst {times[-1]:.1f}")
