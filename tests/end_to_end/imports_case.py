# SPDX-License-Identifier: BSD-3-Clause
"""What the tests of imports share: facts that a program reports about its modules."""

import harness

PROBE = harness.PREAMBLE + """
def facts(module):
    spec = module.__spec__
    return [module.__name__, getattr(module, "__file__", None), getattr(module, "__cached__", None),
            module.__package__, list(getattr(module, "__path__", [])), spec.origin, spec.cached,
            spec.has_location, spec.parent]
"""


class Compared(harness.Case):
    def compare(self, text, ranks=2, runs=2, **options):
        self.write("program.py", PROBE + text)
        return self.assert_like_python("program.py", ranks=ranks, runs=runs, **options)
