#include "support/stored_cases.h"

#include <array>
#include <catch2/catch.hpp>
#include <cctype>
#include <fstream>
#include <map>
#include <sstream>

namespace depthwise {
namespace {

/// The lines of one case: the words of each line, by its first word.
using Fields = std::map<std::string, std::vector<std::string>>;

std::vector<Fields> readFields(const std::string& file) {
  std::ifstream stream(file);
  INFO(file);
  REQUIRE(stream);
  std::vector<Fields> cases;
  for (std::string line; std::getline(stream, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream words(line);
    std::string key;
    words >> key;
    if (key == "case") cases.emplace_back();
    auto& values = cases.back()[key];
    for (std::string word; words >> word;) values.push_back(word);
  }
  return cases;
}

template <size_t kCount>
std::array<int64_t, kCount> numbers(const std::vector<std::string>& words) {
  REQUIRE(words.size() == kCount);
  std::array<int64_t, kCount> values;
  for (size_t i = 0; i < kCount; ++i) values[i] = std::stoll(words[i]);
  return values;
}

std::vector<float> floats(const std::vector<std::string>& words) {
  std::vector<float> values;
  for (const std::string& word : words) values.push_back(std::stof(word));
  return values;
}

std::vector<float> formula(const Shape& shape, int factor, int first, int modulus, int subtract) {
  std::vector<float> values(static_cast<size_t>(elementCount(shape)));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((factor * static_cast<int>(i) + first) % modulus - subtract);
  }
  return values;
}

Geometry geometryOf(const Fields& fields) {
  const auto one = [&](const char* key) -> const std::string& { return fields.at(key).at(0); };
  ConvParams params{.x = numbers<4>(fields.at("x")),
                    .filter = numbers<4>(fields.at("filter")),
                    .strides = numbers<2>(fields.at("strides")),
                    .dilations = numbers<2>(fields.at("dilations")),
                    .layout = one("layout") == "NHWC" ? Layout::kNhwc : Layout::kNchw};
  if (one("rounding") == "round") params.rounding = Rounding::kRound;
  if (one("rounding") == "ceil") params.rounding = Rounding::kCeil;
  const auto& pad = fields.at("pad");
  if (pad.size() == 4) {
    const auto [top, bottom, left, right] = numbers<4>(pad);
    params.padding = {Padding::Kind::kExplicit, top, bottom, left, right};
  } else if (std::isdigit(pad[0][0])) {
    params.padding = Padding::all(std::stoll(pad[0]));
  } else if (pad[0] == "same") {
    params.padding = Padding::same();
  }
  const Result<Geometry> geometry = makeGeometry(params);
  REQUIRE(geometry);
  return *geometry;
}

}  // namespace

std::vector<StoredCase> readStoredCases() {
  std::vector<StoredCase> cases;
  for (const Fields& fields : readFields(DEPTHWISE_TEST_CASES "/small_integers.txt")) {
    INFO(fields.at("case").at(0));
    const Geometry g = geometryOf(fields);
    const Shape yShape = g.yShape();
    REQUIRE(numbers<4>(fields.at("y")) == yShape);
    cases.push_back({fields.at("case").at(0), g, formula(g.xShape(), 7, 3, 11, 5), formula(g.filterShape(), 5, 2, 9, 4),
                     formula(yShape, 3, 1, 7, 3), floats(fields.at("y=")), floats(fields.at("dx=")),
                     floats(fields.at("dfilter="))});
  }
  return cases;
}

}  // namespace depthwise
