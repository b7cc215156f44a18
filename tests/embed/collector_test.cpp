// SPDX-License-Identifier: BSD-3-Clause
#include "embed/collector.hpp"

#include "embed/listing.hpp"
#include "embed/stamp.hpp"
#include "tests/embed/interpreter_fixture.hpp"

namespace pylaunch::embed::testing {

using bundle::BundleView;
using bundle::Kind;

class CollectorTest : public InterpreterTest {
 protected:
  static Collector fresh(const BundleView* cached = nullptr) { return {cached, 1, "abi"}; }

  static std::vector<std::string> reuse(Collector&& collector,
                                        const std::set<std::string>& manifest) {
    return reuse(collector, manifest);
  }

  static std::vector<std::string> reuse(Collector& collector,
                                        const std::set<std::string>& manifest) {
    Freshness freshness(manifest);
    return collector.reuse_unchanged(manifest, freshness);
  }

  static std::vector<std::string> paths_of(const BundleView& view) {
    std::vector<std::string> paths;
    for (std::uint32_t i = 0; i < view.size(); ++i) paths.emplace_back(view.path(view.entry(i)));
    return paths;
  }

  const std::string fixtures_ = PYLAUNCH_TEST_FIXTURES;
};

TEST_F(CollectorTest, source_comes_with_code_and_text) {
  const std::string path = folder_.write("m.py", "x = 1\n");
  Collector collector = fresh();
  ASSERT_TRUE(collector.add_line("S " + path));
  const auto buffer = collector.build();
  const BundleView view(buffer.bytes());
  const bundle::Entry& entry = view.entry(*view.find(path));
  EXPECT_EQ(entry.kind, Kind::source);
  EXPECT_EQ(view.source(entry), "x = 1\n");
  EXPECT_TRUE(PyCode_Check(unmarshal(bundle::as_text(view.content(entry))).ptr()));
}

TEST_F(CollectorTest, library_brings_its_dependencies_in_loading_order) {
  Collector collector = fresh();
  ASSERT_TRUE(collector.add_library(fixtures_ + "/pkg/extension.so"));
  const auto buffer = collector.build();
  const BundleView view(buffer.bytes());
  EXPECT_EQ(view.size(), 2u);
  const auto dependencies =
      view.dependencies(view.entry(*view.find(fixtures_ + "/pkg/extension.so")));
  ASSERT_EQ(dependencies.size(), 1u);
  const bundle::Entry& dependency = view.entry(dependencies[0]);
  EXPECT_EQ(view.path(dependency), fixtures_ + "/pkg.libs/libfixture.so.3");
  EXPECT_EQ(view.soname(dependency), "libfixture.so.3");
}

TEST_F(CollectorTest, library_above_the_limit_has_no_content_but_its_place) {
  const std::string path = fixtures_ + "/pkg/extension.so";
  const std::set<std::string> manifest = {"L " + path,
                                          "L " + fixtures_ + "/pkg.libs/libfixture.so.3"};
  Collector small(nullptr, 1, "abi", 100);
  ASSERT_TRUE(small.add_library(path));
  const auto without = small.build();
  const BundleView view(without.bytes());
  EXPECT_EQ(view.size(), 2u);
  const bundle::Entry& entry = view.entry(*view.find(path));
  EXPECT_EQ(entry.content_bytes, 0u);
  EXPECT_GT(entry.stamp.size, 100u);
  EXPECT_EQ(view.dependencies(entry).size(), 1u);
  // It serves as long as the limit is below its size.
  EXPECT_TRUE(reuse(Collector(&view, 1, "abi", 100), manifest).empty());
  EXPECT_EQ(reuse(fresh(&view), manifest).size(), 2u);
}

TEST_F(CollectorTest, cached_library_without_what_it_needs_is_collected_anew) {
  const std::string path = fixtures_ + "/pkg/extension.so";
  Collector first = fresh();
  ASSERT_TRUE(first.add_library(path));
  const auto cached = first.build();
  const BundleView view(cached.bytes());
  Collector second = fresh(&view);
  EXPECT_EQ(reuse(second, {"L " + path}), std::vector<std::string>{"L " + path});
  ASSERT_TRUE(second.add_library(path));
  EXPECT_EQ(BundleView(second.build().bytes()).size(), 2u);
}

TEST_F(CollectorTest, folder_comes_with_its_listing_and_its_absence_is_a_fact) {
  folder_.write("d/module.py", "");
  folder_.write("d/sub/x", "");
  std::filesystem::create_symlink(folder_ / "d/sub", folder_ / "d/link");
  std::filesystem::create_symlink(folder_ / "nowhere", folder_ / "d/dangling");
  Collector collector = fresh();
  EXPECT_TRUE(collector.add_folder(folder_ / "d"));
  EXPECT_TRUE(collector.add_folder(folder_ / "absent"));
  EXPECT_FALSE(collector.add_folder(folder_ / "d/module.py"));
  const auto buffer = collector.build();
  const BundleView view(buffer.bytes());
  EXPECT_EQ(view.entry(*view.find(folder_ / "absent")).kind, Kind::absent);
  std::map<std::string, NameKind> names;
  for_each_name(
      bundle::as_text(view.content(view.entry(*view.find(folder_ / "d")))),
      [&names](std::string_view name, NameKind kind) { names[std::string(name)] = kind; });
  EXPECT_EQ(names, (std::map<std::string, NameKind>{{"dangling", NameKind::other},
                                                    {"link", NameKind::folder},
                                                    {"module.py", NameKind::file},
                                                    {"sub", NameKind::folder}}));
}

TEST_F(CollectorTest, source_that_is_read_as_data_serves_imports_too) {
  const std::string good = folder_.write("m.py", "x = 1\n"), bad = folder_.write("t.py", "{{ x }");
  Collector collector = fresh();
  for (const char* letter : {"F ", "S "}) EXPECT_TRUE(collector.add_line(letter + good));
  EXPECT_TRUE(collector.add_line("F " + bad));
  const auto buffer = collector.build();
  const BundleView view(buffer.bytes());
  EXPECT_EQ(view.entry(*view.find(good)).kind, Kind::source);
  EXPECT_EQ(view.entry(*view.find(bad)).kind, Kind::data);
}

TEST_F(CollectorTest, data_above_the_limits_is_left_out) {
  const std::string large = folder_.write("large", "");
  std::filesystem::resize_file(large, data_size_limit + 1);
  Collector collector = fresh();
  EXPECT_FALSE(collector.add_line("F " + large));
  std::filesystem::resize_file(large, data_size_limit);
  // Many names of one sparse file.
  for (std::uint64_t i = 0; i <= data_total_limit / data_size_limit; ++i) {
    const std::string name = folder_ / std::to_string(i);
    std::filesystem::create_symlink(large, name);
    EXPECT_EQ(collector.add_data(name), i < data_total_limit / data_size_limit) << i;
  }
}

TEST_F(CollectorTest, what_cannot_be_read_is_left_out) {
  Collector collector = fresh();
  for (const char* line : {"S /none.py", "B /none.pyc", "L /none.so", "F /none", "L /etc/passwd",
                           "", "S", "S ", "X /etc/passwd", "S/etc/passwd", "S /etc/passwd"})
    EXPECT_FALSE(collector.add_line(line)) << line;
  EXPECT_EQ(BundleView(collector.build().bytes()).size(), 0u);
}

TEST_F(CollectorTest, unchanged_files_are_taken_from_the_cached_bundle) {
  const std::string path = folder_.write("m.py", "x = 1\n"), data = folder_.write("d.bin", "data");
  Collector first = fresh();
  first.add_source(path);
  first.add_data(data);
  first.add_folder(folder_ / "absent");
  first.add_missing_name("no.module");
  const auto cached = first.build();
  const BundleView view(cached.bytes());
  Collector second = fresh(&view);
  const std::set<std::string> manifest = {"S " + path, "F " + data, "D " + folder_ / "absent",
                                          "M no.module"};
  EXPECT_TRUE(reuse(second, manifest).empty());
  for (const std::string& line : manifest) EXPECT_TRUE(second.add_line(line));
  EXPECT_TRUE(second.is_cached_bundle());
  EXPECT_EQ(bundle::as_text(second.build().bytes()), bundle::as_text(cached.bytes()));
}

TEST_F(CollectorTest, changed_removed_and_appeared_files_are_not) {
  const std::string edited = folder_.write("edited.py", "x = 1\n"),
                    removed = folder_.write("removed.py", "");
  const std::string folder = folder_ / "appears";
  Collector first = fresh();
  first.add_source(edited);
  first.add_source(removed);
  first.add_folder(folder);
  const auto cached = first.build();
  const BundleView view(cached.bytes());
  folder_.write("edited.py", "x = 2222\n");
  std::filesystem::remove(removed);
  std::filesystem::create_directory(folder);
  Collector second = fresh(&view);
  const std::set<std::string> manifest = {"D " + folder, "S " + edited, "S " + removed};
  const auto changed = reuse(second, manifest);
  EXPECT_EQ(std::set<std::string>(changed.begin(), changed.end()), manifest);
  for (const std::string& line : changed) second.add_line(line);
  EXPECT_FALSE(second.is_cached_bundle());
  const auto buffer = second.build();
  const BundleView now(buffer.bytes());
  EXPECT_EQ(paths_of(now), (std::vector<std::string>{folder, edited}));
  EXPECT_EQ(now.source(now.entry(*now.find(edited))), "x = 2222\n");
}

TEST_F(CollectorTest, what_lies_behind_another_link_is_collected_anew) {
  namespace fs = std::filesystem;
  const std::string folder = folder_ / "folder", path = folder_.write("folder/m.py", "x = 1\n");
  Collector first = fresh();
  first.add_source(path);
  first.add_folder(folder);
  const auto cached = first.build();
  const BundleView view(cached.bytes());
  EXPECT_EQ(view.real_path(view.entry(*view.find(path))), fs::canonical(path));
  // The same files, by inode and time.
  fs::rename(folder, folder_ / "moved");
  fs::create_directory_symlink("moved", folder);
  Collector second = fresh(&view);
  const auto changed = reuse(second, {"D " + folder, "S " + path});
  EXPECT_EQ(changed, (std::vector<std::string>{"D " + folder, "S " + path}));
  for (const std::string& line : changed) second.add_line(line);
  const auto buffer = second.build();
  const BundleView now(buffer.bytes());
  EXPECT_EQ(now.real_path(now.entry(*now.find(path))), fs::canonical(folder_ / "moved/m.py"));
  EXPECT_EQ(now.real_path(now.entry(*now.find(folder))), fs::canonical(folder_ / "moved"));
}

TEST_F(CollectorTest, folder_of_which_the_real_path_was_not_known_has_not_moved) {
  const std::string folder = folder_ / "folder", path = folder_.write("folder/data", "text");
  bundle::Record record;
  record.kind = Kind::directory;
  record.path = folder;
  record.stamp = *stamp_of(folder);
  const auto cached = bundle::build({record}, 1, "abi");
  const BundleView view(cached.bytes());
  EXPECT_TRUE(reuse(fresh(&view), {"D " + folder, "F " + path}).empty());
}

TEST_F(CollectorTest, newer_listing_counts_as_the_cached_one_and_goes_into_a_new_bundle) {
  const std::string edited = folder_.write("own/edited.py", "x = 1\n"), own = folder_ / "own";
  Collector first = fresh();
  first.add_source(edited);
  first.add_folder(own);
  const auto cached = first.build();
  const BundleView view(cached.bytes());
  folder_.write("own/output.txt", "");
  Collector looks = fresh();
  looks.add_folder(own);
  const NewerListing newer = {own, view.entry(*view.find(own)).stamp, *stamp_of(own),
                              std::string(*looks.listing(own))};
  const std::set<std::string> manifest = {"D " + own, "S " + edited};
  EXPECT_FALSE(reuse(fresh(&view), manifest).empty());
  Collector second(&view, 1, "abi", default_library_size_limit, &newer);
  EXPECT_TRUE(reuse(second, manifest).empty());
  EXPECT_TRUE(second.is_cached_bundle());

  folder_.write("own/edited.py", "x = 2222\n");
  Collector third(&view, 1, "abi", default_library_size_limit, &newer);
  for (const std::string& line : reuse(third, manifest)) third.add_line(line);
  const auto buffer = third.build();
  const BundleView now(buffer.bytes());
  EXPECT_EQ(now.entry(*now.find(own)).stamp, newer.stamp);
  EXPECT_EQ(bundle::as_text(now.content(now.entry(*now.find(own)))), newer.names);
}

TEST_F(CollectorTest, cached_files_that_no_manifest_names_are_dropped) {
  const std::string path = folder_.write("m.py", "");
  Collector first = fresh();
  first.add_source(path);
  const auto cached = first.build();
  const BundleView view(cached.bytes());
  Collector second = fresh(&view);
  EXPECT_TRUE(reuse(second, {}).empty());
  EXPECT_FALSE(second.is_cached_bundle());
  EXPECT_FALSE(second.contains(path));
}

TEST_F(CollectorTest, unchecked_bytecode_is_looked_at_in_each_run) {
  const std::string path = folder_.write("m.py", "x = 1\n");
  run("import py_compile\npy_compile.compile(path + '/m.py', invalidation_mode="
      "py_compile.PycInvalidationMode.UNCHECKED_HASH)");
  Collector first = fresh();
  first.add_source(path);
  const auto cached = first.build();
  const BundleView view(cached.bytes());
  EXPECT_EQ(reuse(fresh(&view), {"S " + path}).size(), 1u);
}

}  // namespace pylaunch::embed::testing
