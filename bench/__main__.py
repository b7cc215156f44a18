# SPDX-License-Identifier: BSD-3-Clause
"""`python3 bench COMMAND ...`: what the shell entry points beside this file start.

Started in this way nothing has to be set in the environment, which the measured programs inherit.
"""
import importlib
import sys

if __name__ == "__main__":
    command = importlib.import_module(f"benchlib.{sys.argv.pop(1)}_command")
    sys.exit(command.main())
