"""mpwork.py ROWS ROWS_MAX: a range in chunks through multiprocessing.Queue to
one worker per core that sums, and back; rows a second on stdout."""
import itertools
import multiprocessing
import os
import sys
import time

DEPTH = 256


def feed(queue, rows, rows_max, workers):
    numbers = iter(range(rows))
    ticket = 0
    while chunk := list(itertools.islice(numbers, rows_max)):
        queue.put((ticket, chunk))
        ticket += 1
    for _ in range(workers):
        queue.put(None)


def work(source, sink):
    while (item := source.get()) is not None:
        sink.put((item[0], sum(item[1])))


def main():
    rows, rows_max = int(sys.argv[1]), int(sys.argv[2])
    fork = multiprocessing.get_context("fork")
    first, second = fork.Queue(DEPTH), fork.Queue()
    workers = os.cpu_count()
    processes = [fork.Process(target=feed, args=(first, rows, rows_max, workers))]
    processes += [fork.Process(target=work, args=(first, second)) for _ in range(workers)]
    start = time.monotonic()
    for process in processes:
        process.start()
    results = dict(second.get() for _ in range((rows + rows_max - 1) // rows_max))
    assert sum(results.values()) == rows * (rows - 1) // 2
    print(int(rows / (time.monotonic() - start)))
    for process in processes:
        process.join()


if __name__ == "__main__":
    main()
