#include "support/stored_cases.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <sstream>

#include "support/convolution.h"

namespace depthwise {
namespace {

/// The lines of one case: words by the word that they begin with.
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

Numbers numbers(const std::vector<std::string>& words) {
  Numbers values;
  for (const std::string& word : words) values.push_back(std::stod(word));
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
  ConvolutionArguments a = Convolution(numbers(fields.at("x")), numbers(fields.at("filter"))).arguments();
  a.dataFormat = one("layout");
  a.strides = numberList(numbers(fields.at("strides")));
  a.dilations = numberList(numbers(fields.at("dilations")));
  if (one("rounding") != "-") a.dimRoundingMode = one("rounding");
  const auto& pad = fields.at("pad");
  if (pad.size() == 4) {
    const int rows = one("layout") == "NHWC" ? 1 : 2;
    a.pad = ConvolutionArguments::Pad::kPairs;
    a.padPairs[rows] = numberList(numbers({pad[0], pad[1]}));
    a.padPairs[rows + 1] = numberList(numbers({pad[2], pad[3]}));
  } else if (std::isdigit(pad[0][0])) {
    a.pad = ConvolutionArguments::Pad::kNumber;
    a.padNumber = std::stod(pad[0]);
  } else {
    a.padName = pad[0];
  }
  const Result<Geometry> geometry = checkConvolution(a);
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
    REQUIRE(numbers(fields.at("y")) == Numbers(yShape.begin(), yShape.end()));
    cases.push_back({fields.at("case").at(0), g, formula(g.xShape(), 7, 3, 11, 5), formula(g.filterShape(), 5, 2, 9, 4),
                     formula(yShape, 3, 1, 7, 3), floats(fields.at("y=")), floats(fields.at("dx=")),
                     floats(fields.at("dfilter="))});
  }
  return cases;
}

}  // namespace depthwise
