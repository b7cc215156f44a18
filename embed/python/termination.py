# SPDX-License-Identifier: BSD-3-Clause
"""The default for SIGTERM: end like sys.exit(143), so that `finally` and atexit run."""

import _signal as signal  # the module `signal` would bring `enum` into every program


def install():
    """False where SIGTERM has a handler or is ignored already."""
    if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        return False

    def exit_on_termination(number, frame):
        raise SystemExit(128 + number)

    def in_child():
        # multiprocessing and others end their children by SIGTERM and expect the plain effect.
        if signal.getsignal(signal.SIGTERM) is exit_on_termination:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)

    import posix  # built in; `os` may not be loaded (-S)
    signal.signal(signal.SIGTERM, exit_on_termination)
    posix.register_at_fork(after_in_child=in_child)
    return True
