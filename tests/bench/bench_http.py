"""bench_http: processor time per request."""
import gzip
import http.client
import os
import random
import socket
import threading
import time

from benchlib import (IP, Eisen, Nginx, Target, config, memory_kib, rounds, wait_for,
                      on_cpu, SERVER_CPU, DRIVER_CPU)

SLOW_READERS = 50
SLOW_BYTES, SLOW_PAUSE_S = 64 << 10, 0.1  # of one slow reader: 640 KiB/s
LARGE_BYTES = 2 << 30


def hello(scratch, args, report):
    driver, floor = scratch.compile("drive"), scratch.compile("floor")
    bare = scratch.start(on_cpu(SERVER_CPU, [floor, "9901"]))
    wait_for("127.0.0.1", 9901)
    variants = {
        "one": config(11000),
        "open": config(11001, wire=False),
        "log": config(11002, access_log=scratch.path("access.log")),
        "many": config(12000, 12999),
    }
    instances = {name: Eisen(scratch, c) for name, c in variants.items()}
    pid = {name: [e.worker_pid()] for name, e in instances.items()}
    nginx = Target("nginx", Nginx(scratch, 10000, "", "return 200 hello;").pids, 10000)
    bare = Target("bare", [bare.pid], 9901, "127.0.0.1")
    one = Target("eisen", pid["one"], 11000)
    without = Target("eisen, no wire filter", pid["open"], 11001)
    log = Target("eisen, access log", pid["log"], 11002)
    ports = Target("eisen, 1000 ports", pid["many"], 12000, ports=1000)
    rounds([nginx, bare, one, without, log, ports], driver, args.rounds, args.seconds)
    report.add_ratio("hello: CPU per request / nginx return 200", one, nginx, 0.90)
    report.add_ratio("hello: CPU per request / bare epoll loop", one, bare, 1.20)
    report.add_ratio("1000 ports on one worker / 1 port", ports, one, 1.05)
    report.add_ratio("hello: wire filter on / off", one, without, None)
    report.add_ratio("hello: access log on / off", log, one, 1.08)
    for instance in instances.values():
        instance.stop()


def words(count):
    """Text that compresses about as a page does."""
    rand = random.Random(7)
    some = ["".join(rand.choices("etaoinshrdlu", k=rand.randint(2, 9))) for _ in range(400)]
    return (" ".join(rand.choices(some, k=count // 4)) + "\n").encode()[:count]


def make_site(scratch):
    for name, size in (("1k", 1 << 10), ("64k", 64 << 10), ("1m", 1 << 20)):
        scratch.write(f"site/{name}.html", words(size))
    css = words(16 << 10)
    scratch.write("site/style.css", css)
    scratch.write("site/style.css.gz", gzip.compress(css, 9, mtime=0))
    return scratch.path("site")


def etag(port, path):
    connection = http.client.HTTPConnection(IP, port)
    connection.request("GET", path)
    return connection.getresponse().getheader("ETag")


def static(scratch, args, report):
    driver, root = scratch.compile("drive"), make_site(scratch)
    common = (f"root {root}; open_file_cache max=1000; gzip_static on; "
              "types { text/html html; text/css css; }")
    nginx = [Nginx(scratch, 10001, common + " sendfile on; tcp_nopush on;", ""),
             Nginx(scratch, 10002, common + " sendfile off; output_buffers 1 256k;", "")]
    eisen = Eisen(scratch, config(11000, app={"kind": "static", "root": root}))
    servers = [("eisen", [eisen.worker_pid()], 11000)] + [("nginx", n.pids, n.port) for n in nginx]
    figures = [
        ("1 KiB", "/1k.html", 200, 0.50, lambda port: []),
        ("1 KiB, a browser's headers", "/1k.html", 200, 0.50, lambda port: ["-b"]),
        ("64 KiB", "/64k.html", 200, 0.60, lambda port: []),
        ("1 MiB", "/1m.html", 200, 0.45, lambda port: []),
        ("304", "/1k.html", 304, 0.60,
         lambda port: ["-H", "If-None-Match: " + etag(port, "/1k.html")]),
        ("1 KiB range of 1 MiB", "/1m.html", 206, 0.60,
         lambda port: ["-H", "Range: bytes=500000-501023"]),
        ("compressed variant", "/style.css", 200, 0.50,
         lambda port: ["-H", "Accept-Encoding: gzip"]),
    ]
    for name, path, status, wanted, options in figures:
        targets = [Target(f"{who} {name}", pids, port, path=path, status=status,
                          options=options(port)) for who, pids, port in servers]
        rounds(targets, driver, args.rounds, args.seconds)
        best = min(targets[1:], key=Target.cost)
        how = "on" if best is targets[1] else "off"
        report.add_ratio(f"static, {name} / nginx, sendfile {how}", targets[0], best, wanted)
    eisen.stop()


def connect(scratch, args, report):
    driver = scratch.compile("drive")
    eisen = Eisen(scratch, config(11000))
    nginx = Target("nginx", Nginx(scratch, 10003, "", "return 200 hello;").pids, 10003,
                   options=["-c"])
    mine = Target("eisen", [eisen.worker_pid()], 11000, options=["-c"])
    rounds([nginx, mine], driver, args.rounds, args.seconds)
    report.add_ratio("new connection per request / nginx", mine, nginx, 0.95)
    eisen.stop()


class SlowReaders:
    """Clients that take a little of a large file now and then."""

    def __init__(self, port, path):
        self.stop = False
        self.sockets = [socket.create_connection((IP, port)) for _ in range(SLOW_READERS)]
        for s in self.sockets:
            s.sendall(f"GET {path} HTTP/1.1\r\nHost: {IP}\r\n\r\n".encode())
        self.thread = threading.Thread(target=self.read)
        self.thread.start()

    def read(self):
        while not self.stop:
            for s in self.sockets:
                s.recv(SLOW_BYTES)
            time.sleep(SLOW_PAUSE_S)

    def end(self):
        self.stop = True
        self.thread.join()
        for s in self.sockets:
            s.close()


def fast_rate(port, path, seconds):
    """Bytes a second of one client that takes what it can get."""
    buffer, total = bytearray(4 << 20), 0
    with socket.create_connection((IP, port)) as s:
        s.sendall(f"GET {path} HTTP/1.1\r\nHost: {IP}\r\n\r\n".encode())
        begin = time.monotonic()
        while (now := time.monotonic()) < begin + seconds:
            n = s.recv_into(buffer)
            if n == 0:  # the whole of it
                break
            total += n
            if total >= LARGE_BYTES:
                break
    return total / (now - begin)


def slow(scratch, args, report):
    os.sched_setaffinity(0, {DRIVER_CPU})
    root = scratch.path("large")
    os.mkdir(root)
    with open(os.path.join(root, "2g.bin"), "wb") as f:
        f.truncate(LARGE_BYTES)
    eisen = Eisen(scratch, config(11000, app={"kind": "static", "root": root}))
    pid = eisen.worker_pid()
    os.sched_setaffinity(pid, {SERVER_CPU})
    fast_rate(11000, "/2g.bin", 10)  # the file is in the page cache from here on
    before, after, lost = memory_kib(pid, "Rss:"), 0, []
    for _ in range(args.rounds):
        alone = fast_rate(11000, "/2g.bin", args.seconds)
        readers = SlowReaders(11000, "/2g.bin")
        beside = fast_rate(11000, "/2g.bin", args.seconds)
        after = max(after, memory_kib(pid, "Rss:"))
        readers.end()
        lost.append(1 - beside / alone)
    lost.sort()
    report.add("2 GiB to 50 slow readers: a fast one loses", lost[len(lost) // 2] * 100, 10, " %",
               f"{lost[len(lost) // 4] * 100:.1f} to {lost[-1 - len(lost) // 4] * 100:.1f}")
    report.add("2 GiB to 50 slow readers: worker's memory grows", after - before, 2048, " KiB",
               f"from {before} KiB")
    eisen.stop()
    os.sched_setaffinity(0, range(os.cpu_count()))
