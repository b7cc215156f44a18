// SPDX-License-Identifier: BSD-3-Clause
#include "embed/mpi4py_choice.hpp"

#include <dirent.h>
#include <sys/stat.h>

#include "bundle/support_api.h"
#include "embed/elf.hpp"
#include "embed/interpreter.hpp"
#include "embed/python_objects.hpp"

namespace pylaunch::embed {

namespace {

// The folder of an installed mpi4py; empty when there is none on sys.path.
std::string installed_folder(const Session& session) {
  for (const std::string& entry : session.search_path) {
    std::string folder = entry + "/mpi4py";
    struct stat status;
    if (stat((folder + "/__init__.py").c_str(), &status) == 0) return folder;
  }
  return {};
}

// The MPI libraries that the extension modules of that folder are linked with. A wheel may carry
// several, one for each MPI.
std::vector<std::string> mpi_libraries_of(const std::string& folder) {
  std::vector<std::string> libraries;
  DIR* listing = opendir(folder.c_str());
  if (listing == nullptr) return libraries;
  while (const dirent* entry = readdir(listing)) {
    const std::string name = entry->d_name;
    if (name.rfind("MPI.", 0) != 0 || name.find(".so") == std::string::npos) continue;
    const auto object = read_shared_object_file(folder + "/" + name);
    if (!object) continue;
    for (const std::string& needed : object->needed)
      if (needed.rfind("libmpi", 0) == 0) libraries.push_back(needed);
  }
  closedir(listing);
  return libraries;
}

}  // namespace

void choose_mpi4py(Session& session, const std::string& wish, const std::string& mpi_library) {
  const std::string folder = installed_folder(session);
  session.mpi4py_folder = folder;
  session.mpi_library = mpi_library;
  session.mpi4py = folder.empty() ? Mpi4pyChoice::native : Mpi4pyChoice::native_over_installed;
  if (wish == "native") return;
  if (folder.empty()) {
    if (wish == "installed")
      throw StartupExit(PYLAUNCH_EXIT_USAGE, "--mpi4py=installed, but no mpi4py is installed");
    return;
  }
  std::string others;
  for (const std::string& library : mpi_libraries_of(folder)) {
    if (library == mpi_library) {
      session.mpi4py = Mpi4pyChoice::installed;
      return;
    }
    if (others.find(library) == std::string::npos) others += (others.empty() ? "" : ", ") + library;
  }
  const std::string mismatch = "the mpi4py in " + folder + " is built for another MPI library (" +
                               (others.empty() ? "unknown" : others) + ") than this pylaunch (" +
                               mpi_library + ")";
  if (wish == "installed") throw StartupExit(PYLAUNCH_EXIT_USAGE, mismatch);
  session.mpi4py_warning = mismatch + "; using the native module";
}

}  // namespace pylaunch::embed
