"""benchlib: what the benches share: servers to compare, rounds, the report."""
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
EISEN = os.environ.get("EISEN", os.path.join(TOP, "build", "eisen"))
IP = f"127.{100 + os.getpid() % 100}.{os.getpid() // 100 % 250}.1"
SERVER_CPU, DRIVER_CPU = 0, os.cpu_count() - 1
CONNECTIONS = 64
READY_TIMEOUT_S = 20


class Scratch:
    """A temporary folder, the compiled helpers, and what has to be ended."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="eisen-bench-")
        os.chmod(self.dir, 0o755)
        self.processes = []

    def path(self, name):
        return os.path.join(self.dir, name)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as f:
            f.write(data)

    def compile(self, name):
        out = self.path(name)
        if not os.path.exists(out):
            subprocess.check_call([os.environ.get("CC", "cc"), "-O2", "-D_GNU_SOURCE", "-o", out,
                                   os.path.join(HERE, name + ".c")])
        return out

    def start(self, argv, **more):
        self.processes.append(subprocess.Popen(argv, **more))
        return self.processes[-1]

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
                process.wait()
        shutil.rmtree(self.dir)


def on_cpu(cpu, argv):
    return ["taskset", "-c", str(cpu)] + argv


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(child) for child in f.read().split()]


def memory_kib(pid, field="Pss:"):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        return next(int(line.split()[1]) for line in f if line.startswith(field))


class Eisen:
    """One instance of eisen, started and ready."""

    count = 0

    def __init__(self, scratch, config, env=None):
        Eisen.count += 1
        self.run_dir = scratch.path(f"run{Eisen.count}")
        notify = scratch.path(f"notify{Eisen.count}")
        file = scratch.path(f"config{Eisen.count}.json")
        with open(file, "w") as f:
            json.dump(config, f)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(notify)
            s.settimeout(READY_TIMEOUT_S)
            begin = time.monotonic()
            self.process = scratch.start(
                [EISEN, "run", "-q", "--run-dir", self.run_dir, "--status-port", "0", file],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                env=dict(env or os.environ, NOTIFY_SOCKET=notify))
            while b"READY=1" not in s.recv(256):
                pass
            self.ready_s = time.monotonic() - begin

    def workers(self):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(os.path.join(self.run_dir, "control.sock"))
        connection.request("GET", "/api/workers")
        return json.load(connection.getresponse())

    def worker_pid(self):
        return self.workers()[0]["pid"]

    def pids(self):
        return [self.process.pid] + children(self.process.pid)

    def pss_kib(self):
        return sum(memory_kib(pid) for pid in self.pids())

    def stop(self):
        self.process.terminate()
        self.process.wait()


def config(first, last=None, workers=1, app=None, **more):
    """Ports first to last, the app (hello) on each, shared out among the workers."""
    return {"PROCS_MAX": workers, "connections_max": 4096, "port_groups": {
        "blue": {"START_SEQUENCE_NUM": "all", "ip": IP, "ports": f"{first}-{last or first}",
                 "app": app or {"kind": "hello"}}}, **more}


class Nginx:
    """nginx with one worker, as fast as it goes."""

    def __init__(self, scratch, port, http_lines, location):
        conf = scratch.path(f"nginx{port}.conf")
        with open(conf, "w") as f:
            f.write(f"""daemon off; worker_processes 1; pid {scratch.dir}/nginx{port}.pid;
error_log {scratch.dir}/nginx{port}.err;
events {{ worker_connections 4096; }}
http {{
  access_log off; keepalive_requests 1000000000; default_type text/plain;
  client_body_temp_path {scratch.dir}; proxy_temp_path {scratch.dir};
  fastcgi_temp_path {scratch.dir}; uwsgi_temp_path {scratch.dir}; scgi_temp_path {scratch.dir};
  {http_lines}
  server {{ listen {IP}:{port}; location / {{ {location} }} }}
}}
""")
        process = scratch.start(on_cpu(SERVER_CPU, ["nginx", "-c", conf, "-p", scratch.dir]),
                                stderr=subprocess.DEVNULL)
        wait_for(IP, port)
        while not (pids := children(process.pid)):  # it listens before it forks
            time.sleep(0.01)
        self.pids = pids
        self.port = port


def wait_for(ip, port):
    deadline = time.monotonic() + READY_TIMEOUT_S
    while True:
        try:
            return socket.create_connection((ip, port), 1).close()
        except OSError:
            if time.monotonic() > deadline:
                sys.exit(f"bench: nothing listens on {ip}:{port}")


class Target:
    """A server to drive: its pids, where it listens, what it costs."""

    def __init__(self, name, pids, port, ip=IP, ports=1, path="/", options=(), status=200):
        self.name, self.pids, self.costs = name, pids, []
        self.address = [ip, str(port), str(ports), path]
        self.options, self.status, self.bytes = list(options), status, 0
        for pid in pids:
            os.sched_setaffinity(pid, {SERVER_CPU})

    def cpu_ns(self):
        total = 0
        for pid in self.pids:
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat") as f:
                    total += int(f.read().split()[0])
        return total

    def drive(self, driver, seconds):
        before = self.cpu_ns()
        out = subprocess.check_output(on_cpu(DRIVER_CPU, [driver] + self.options + self.address +
                                             [str(CONNECTIONS), str(seconds)]))
        requests, self.bytes, status = (int(n) for n in out.split())
        if status != self.status:
            sys.exit(f"bench: {self.name} answers {status}, not {self.status}")
        self.costs.append((self.cpu_ns() - before) / requests / 1e3)

    def cost(self):
        return statistics.median(self.costs)


def rounds(targets, driver, count, seconds):
    for r in range(count):
        for target in targets if r % 2 == 0 else reversed(targets):
            target.drive(driver, seconds)


def ratios(target, reference):
    return sorted(a / b for a, b in zip(target.costs, reference.costs))


class Report:
    """Rows of figure, value, wanted; remembers whether all were met."""

    def __init__(self):
        self.rows, self.missed = [], False

    def add(self, what, value, wanted, unit="", spread=""):
        met = wanted is None or value <= wanted
        self.missed |= not met
        self.rows.append((what, f"{value:.3g}{unit}",
                          "" if wanted is None else f"<= {wanted:g}{unit}",
                          "" if wanted is None else "met" if met else "MISSED", spread))

    def add_least(self, what, value, least, unit="", spread=""):
        met = least is None or value >= least
        self.missed |= not met
        self.rows.append((what, f"{value:.3g}{unit}",
                          "" if least is None else f">= {least:g}{unit}",
                          "" if least is None else "met" if met else "MISSED", spread))

    def add_ratio(self, what, target, reference, wanted):
        r = ratios(target, reference)
        self.add(what, statistics.median(r), wanted,
                 spread=f"{r[len(r) // 4]:.3f} to {r[-1 - len(r) // 4]:.3f}; "
                        f"{target.cost():.2f} us against {reference.cost():.2f} us")

    def print(self):
        head = ("figure", "value", "wanted", "", "spread")
        rows = [head] + self.rows
        widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        print("command: tests/bench/bench " + " ".join(sys.argv[1:]))
