# SPDX-License-Identifier: BSD-3-Clause
"""What `site` does at start-up, on a rank that knows its results already."""

import sys


def import_site():
    """The real module `site`, without the main() that it would run when imported."""
    sys.modules.pop("site", None)
    flags = sys.flags
    # A namespace by way of sys.implementation: importing `types` here would put a module into
    # sys.modules that python3 does not have there at this point.
    names = (name for name in dir(flags) if name[0] != "_")
    sys.flags = type(sys.implementation)(**{name: getattr(flags, name, None) for name in names})
    sys.flags.no_site = 1
    try:
        import site
    finally:
        sys.flags = flags
    return site


def run_path_file(site, sitedir, name, lines):
    """The import lines of one .pth file. They may look at `sitedir` in the frame that runs them
    (setuptools' namespace packages do), hence the name."""
    fullname = sitedir + "/" + name
    for line in lines:
        try:
            exec(line, site.__dict__, {"sitedir": sitedir, "name": name, "fullname": fullname})
        except Exception:
            # Rank 0 has reported it, and goes on likewise.
            break


def replay_site(state, path_files, search_path):
    site = import_site()
    # What else is there, rank 0's lines and customisations have made, as they will here.
    vars(site).update({name: value for name, value in state.items() if hasattr(site, name)})
    site.setquit()
    site.setcopyright()
    site.sethelper()
    if not sys.flags.isolated:
        site.enablerlcompleter()
    sys.path[:] = search_path
    for sitedir, name, lines in path_files:
        run_path_file(site, sitedir, name, lines)
    site.execsitecustomize()
    if site.ENABLE_USER_SITE:
        site.execusercustomize()
    # Lines and customisations that edit sys.path have done so on rank 0, whose result this is.
    sys.path[:] = search_path
