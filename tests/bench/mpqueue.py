"""mpqueue.py N BYTES: feeder, worker and collector over multiprocessing.Queue;
messages a second on stdout."""
import multiprocessing
import sys
import time


def feed(queue, count, message):
    for _ in range(count):
        queue.put(message)


def work(source, sink, count):
    for _ in range(count):
        sink.put(source.get())


def main():
    count, size = int(sys.argv[1]), int(sys.argv[2])
    fork = multiprocessing.get_context("fork")
    first, second = fork.Queue(), fork.Queue()
    start = time.monotonic()
    processes = [fork.Process(target=feed, args=(first, count, b"x" * size)),
                 fork.Process(target=work, args=(first, second, count))]
    for process in processes:
        process.start()
    for _ in range(count):
        second.get()
    print(int(count / (time.monotonic() - start)))
    for process in processes:
        process.join()


if __name__ == "__main__":
    main()
