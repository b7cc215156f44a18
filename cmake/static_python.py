# SPDX-License-Identifier: BSD-3-Clause
"""Says, as JSON, whether the interpreter that runs this can be linked into pylaunch, and from what."""

import json
import os
import sys
import sysconfig

# Part of the C library, which stays a shared one.
OF_THE_C_LIBRARY = {"c", "dl", "m", "pthread", "rt", "util"}


def path_of(folder, name):
    return os.path.join(sysconfig.get_config_var(folder) or "", sysconfig.get_config_var(name) or "")


def why_not(archive, shared):
    with open("/proc/self/maps") as maps:
        if any("/libpython" in line for line in maps):
            return "it runs with its shared library itself"
    if getattr(sys, "abiflags", ""):
        return "it has ABI flags"
    if not os.path.isfile(archive):
        return f"it has no static library ({archive})"
    if not os.path.isfile(shared):
        return f"it has no shared library to say what is exported ({shared})"
    return ""


archive, shared = path_of("LIBPL", "LIBRARY"), path_of("LIBDIR", "INSTSONAME")
flags = " ".join(str(sysconfig.get_config_var(name) or "") for name in ("MODLIBS", "LIBS", "SYSLIBS")).split()
libraries = sorted({flag[2:] for flag in flags if flag.startswith("-l")} - OF_THE_C_LIBRARY)
print(json.dumps({"reason": why_not(archive, shared), "archive": archive, "shared": shared,
                  "prefix": sys.base_prefix, "libraries": ";".join(libraries)}))
