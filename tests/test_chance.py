"""Random bytes fetched many at a time, and given out once: to one caller, one thread, one process."""

import os
import threading

import pytest

from gateway.chance import STORE, fresh


def test_it_gives_as_many_as_were_asked_for_also_across_and_beyond_a_store() -> None:
    for count in (0, 1, 10, 12, 16, STORE - 1, STORE, STORE + 1, 3 * STORE):
        assert len(fresh(count)) == count


def test_no_bytes_are_given_out_twice() -> None:
    given = [fresh(12) for _ in range(20_000)]

    assert len(set(given)) == len(given)


def test_threads_are_not_given_each_others() -> None:
    given: list[bytes] = []

    def take() -> None:
        given.extend([fresh(12) for _ in range(5_000)])

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(given)) == len(given) == 20_000


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_process_does_not_go_on_with_its_parents() -> None:
    fresh(1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, fresh(32))
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reading, 32) != fresh(32)
    os.close(reading)
    os.close(writing)
