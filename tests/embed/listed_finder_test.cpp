// SPDX-License-Identifier: BSD-3-Clause
//
// PathFinder is the oracle: the same module, package and namespace portions.
#include "embed/listed_finder.hpp"

#include <random>

#include "tests/embed/interpreter_fixture.hpp"

namespace pylaunch::embed::testing {

class ListedFinderTest : public InterpreterTest {
 protected:
  using Location = ListedFinder::Location;

  Location found_by_python(const std::string& name, const std::vector<std::string>& folders) const {
    py::list path;
    for (const std::string& folder : folders) path.append(folder);
    const py::object finder = py::module_::import("importlib.machinery").attr("PathFinder");
    const py::object spec = finder.attr("find_spec")(name, path);
    Location location;
    if (spec.is_none()) return location;
    const py::object locations = spec.attr("submodule_search_locations");
    location.is_package = !locations.is_none();
    if (location.is_package) location.folders = to_strings(locations);
    if (spec.attr("has_location").cast<bool>()) location.file = to_bytes(spec.attr("origin"));
    return location;
  }
  void expect_as_python(const std::string& name, const std::vector<std::string>& folders) {
    const auto found = finder_.find(name, folders);
    ASSERT_TRUE(found.has_value()) << name;
    const Location expected = found_by_python(name, folders);
    EXPECT_EQ(found->file, expected.file) << name;
    EXPECT_EQ(found->is_package, expected.is_package) << name;
    EXPECT_EQ(found->folders, expected.folders) << name;
  }

  Collector collector_{nullptr, 1, "abi"};
  ListedFinder finder_{collector_};
};

// Random trees of what a name may stand for, in three folders of a search path.
TEST_F(ListedFinderTest, finds_what_path_finder_finds) {
  const std::string suffix = to_strings(bootstrap_external().attr("EXTENSION_SUFFIXES")).front();
  const std::vector<std::string> forms = {"/__init__.py", "/__init__.pyc", "/__init__" + suffix,
                                          "/inner.py",    ".py",           ".pyc",
                                          suffix,         ".so",           ".txt",
                                          ".py/file"};
  std::mt19937 random(7);
  const auto below = [&](std::size_t end) { return random() % end; };
  std::vector<std::string> folders;
  for (const char* entry : {"first", "second", "third"}) folders.push_back(folder_ / entry);
  std::vector<std::string> names;
  for (int i = 0; i < 150; ++i) names.push_back(std::string("name").append(std::to_string(i)));
  for (const std::string& name : names)
    for (std::size_t copies = below(4); copies > 0; --copies) {
      const std::string path = folders[below(3)] + "/" + name + forms[below(forms.size())];
      const bool is_taken = std::filesystem::exists(path) ||
                            std::filesystem::is_regular_file(path.substr(0, path.rfind('/')));
      if (!is_taken) folder_.write(path.substr(folder_.path().size() + 1), "");
    }
  for (const std::string& name : names) expect_as_python(name, folders);
  folders.insert(folders.begin(), folder_ / "not-there");
  for (const std::string& name : names) expect_as_python(name, folders);
}

TEST_F(ListedFinderTest, links_count_as_what_they_lead_to) {
  folder_.write("real/__init__.py", "");
  folder_.write("real.txt", "");
  std::filesystem::create_directory_symlink(folder_ / "real", folder_ / "linked");
  std::filesystem::create_symlink(folder_ / "real.txt", folder_ / "file.py");
  std::filesystem::create_symlink(folder_ / "nowhere", folder_ / "broken.py");
  for (const char* name : {"linked", "file", "broken", "real"})
    expect_as_python(name, {folder_.path()});
}

TEST_F(ListedFinderTest, archives_and_other_peoples_finders_are_asked_themselves) {
  folder_.write("module.py", "");
  const std::string archive = folder_.write("archive.zip", "");
  EXPECT_FALSE(finder_.find("module", {archive, folder_.path()}).has_value());
  run("import sys\n"
      "class Finder:\n"
      "    def find_spec(self, name, target=None): return None\n"
      "sys.path_importer_cache[path] = Finder()\n");
  EXPECT_FALSE(finder_.find("module", {folder_.path()}).has_value());
}

TEST_F(ListedFinderTest, a_hook_of_somebody_else_is_asked_for_all_folders) {
  run("import sys\n"
      "sys.path_hooks.insert(0, lambda path: None)\n");
  ListedFinder finder(collector_);
  folder_.write("module.py", "");
  EXPECT_FALSE(finder.find("module", {folder_.path()}).has_value());
}

}  // namespace pylaunch::embed::testing
