#include "layer/config_reader.h"

#include "layer/config_fields.h"
#include "layer/config_parts.h"

namespace depthwise {
namespace {

using Kind = ConfigView::Kind;

enum class Argument {
  kKernelSize,
  kDepthMultiplier,
  kStrides,
  kPadding,
  kDataFormat,
  kDilationRate,
  kActivation,
  kUseBias,
  kDepthwiseInitializer,
  kBiasInitializer,
  kDepthwiseRegularizer,
  kBiasRegularizer,
  kActivityRegularizer,
  kDepthwiseConstraint,
  kBiasConstraint,
  kInputShape,
  kBatchInputShape,
  kBatchSize,
  kDtype,
  kName,
  kTrainable,
  kWeights,
  kGroups
};

/// Their names, in that order.
constexpr const char* kArguments[] = {"kernelSize",
                                      "depthMultiplier",
                                      "strides",
                                      "padding",
                                      "dataFormat",
                                      "dilationRate",
                                      "activation",
                                      "useBias",
                                      "depthwiseInitializer",
                                      "biasInitializer",
                                      "depthwiseRegularizer",
                                      "biasRegularizer",
                                      "activityRegularizer",
                                      "depthwiseConstraint",
                                      "biasConstraint",
                                      "inputShape",
                                      "batchInputShape",
                                      "batchSize",
                                      "dtype",
                                      "name",
                                      "trainable",
                                      "weights",
                                      "groups"};

Error readWhole(const char* argument, ConfigView value, int32_t least, int32_t& place) {
  double number;
  if (auto error = readNumber(argument, "", value, number)) return error;
  if (!isWholeWithin(number, least, double(kMaxAxis))) {
    return layerRangeError(argument) << "must be a whole number from " << least << " to " << double(kMaxAxis)
                                     << ", got " << number;
  }
  place = static_cast<int32_t>(number);
  return {};
}

Error readPair(const char* argument, ConfigView value, Pair& place) {
  const bool isPair = value.is(Kind::kList) && value.size() == 2;
  const ConfigView height = isPair ? value.at(0) : value, width = isPair ? value.at(1) : value;
  const auto isStep = [](ConfigView step) { return isWholeWithin(step.number(), 1, double(kMaxAxis)); };
  if (isStep(height) && isStep(width)) {
    place = {static_cast<int32_t>(height.number()), static_cast<int32_t>(width.number())};
    return {};
  }
  const bool areNumbers = height.is(Kind::kNumber) && width.is(Kind::kNumber);
  return (areNumbers ? layerRangeError(argument) : layerTypeError(argument))
         << "must be a whole number from 1 to " << double(kMaxAxis) << ", or two of them [height, width], got "
         << value;
}

/// Sizes of `count` dimensions into the last of `shape`; unknown where they are null or negative.
Error readSizes(const char* argument, ConfigView value, int count, Shape& shape) {
  bool fits = value.is(Kind::kList) && value.size() == count;
  for (int i = 0; fits && i < count; ++i) {
    const ConfigView size = value.at(i);
    const bool isBatch = count == 4 && i == 0, isUnknown = size.isNull() || size.number() < 0;
    fits = isUnknown || (size.is(Kind::kNumber) && isWholeWithin(size.number(), !isBatch, double(kMaxAxis)));
    if (fits) {
      shape.end()[i - count] = isUnknown ? LayerConfig::kUnknown : static_cast<int32_t>(size.number());
    }
  }
  if (fits) return {};
  return wrongValue(argument, "",
                    count == 4 ? "four sizes, the batch first, each a whole number or null"
                               : "three sizes without the batch, each a whole number or null",
                    value);
}

Error readName(ConfigView value, LayerName& name) {
  if (value.is(Kind::kText) && name.set(value.text())) return {};
  return wrongValue("name", "", "a text of at most 100 bytes", value);
}

/// 'float32', or Keras 3's policy of that name.
Error checkDtype(ConfigView value) {
  const ConfigView name = isNamedConfig(value) ? value.find("config").find("name") : value;
  if (name.text() == "float32") return {};
  return wrongValue("dtype", "", "'float32'", value);
}

Error readActivation(ConfigView value, Activation& activation) {
  NamedConfig named;
  if (auto error = readNamedConfig("activation", value, named)) return error;
  if (const std::optional<Activation> known = layerActivationNamed(named.name)) {
    activation = *known;
    return {};
  }
  return layerTypeError("activation") << "must be " << kLayerActivationNames << ", got '" << beginningOf(named.name, 40)
                                      << "'";
}

/// tfjs writes depthwiseRegularizer down as depthwiseConstraint too; the layer that it describes has no constraint.
bool isRegularizer(ConfigView value) {
  return value.find("className").text() == "L1L2" || value.find("class_name").text() == "L1L2";
}

struct Reader {
  LayerConfig config;
  std::optional<Shape> inputShape, batchInputShape;
  int32_t batchSize = LayerConfig::kUnknown;

  Error read(Argument argument, ConfigView value);
};

Error Reader::read(Argument argument, ConfigView value) {
  const char* const name = kArguments[static_cast<size_t>(argument)];
  switch (argument) {
    case Argument::kKernelSize:
      return readPair(name, value, config.kernelSize);
    case Argument::kDepthMultiplier:
      return readWhole(name, value, 1, config.depthMultiplier);
    case Argument::kStrides:
      return readPair(name, value, config.strides);
    case Argument::kPadding:
      config.padding = value.text() == "same" ? LayerConfig::Padding::kSame : LayerConfig::Padding::kValid;
      if (value.text() == "same" || value.text() == "valid") return {};
      return wrongValue(name, "", "'valid' or 'same'", value);
    case Argument::kDataFormat:
      config.layout = isKey("channelsFirst", value.text()) ? Layout::kNchw : Layout::kNhwc;
      if (config.layout == Layout::kNchw || isKey("channelsLast", value.text())) return {};
      return wrongValue(name, "", "'channelsLast' or 'channelsFirst'", value);
    case Argument::kDilationRate:
      return readPair(name, value, config.dilationRate);
    case Argument::kActivation:
      return readActivation(value, config.activation);
    case Argument::kUseBias:
      return readFlag(name, value, config.useBias);
    case Argument::kDepthwiseInitializer:
      return readInitializer(name, value, config.depthwiseInitializer);
    case Argument::kBiasInitializer:
      return readInitializer(name, value, config.biasInitializer);
    case Argument::kDepthwiseRegularizer:
      return readRegularizer(name, value, config.depthwiseRegularizer);
    case Argument::kBiasRegularizer:
      return readRegularizer(name, value, config.biasRegularizer);
    case Argument::kActivityRegularizer:
      return readRegularizer(name, value, config.activityRegularizer);
    case Argument::kDepthwiseConstraint:
      if (isRegularizer(value)) return {};
      return readConstraint(name, value, 4, config.depthwiseConstraint);
    case Argument::kBiasConstraint:
      return readConstraint(name, value, 1, config.biasConstraint);
    case Argument::kInputShape:
      return readSizes(name, value, 3, inputShape.emplace());
    case Argument::kBatchInputShape:
      return readSizes(name, value, 4, batchInputShape.emplace());
    case Argument::kBatchSize:
      return readWhole(name, value, 0, batchSize);
    case Argument::kDtype:
      return checkDtype(value);
    case Argument::kName:
      return readName(value, config.name);
    case Argument::kTrainable:
      return readFlag(name, value, config.trainable);
    case Argument::kGroups:
      if (value.number() == 1) return {};
      return wrongValue(name, "", "1", value);
    case Argument::kWeights:
      break;
  }
  return {};
}

Error findArguments(ConfigView value, ConfigView& place) {
  place = value;
  if (!isNamedConfig(value)) return value.is(Kind::kObject) ? Error() : wrongValue("config", "", "an object", value);
  NamedConfig entry;
  if (auto error = readNamedConfig("config", value, entry)) return error;
  place = entry.config;
  if (entry.name == kLayer && entry.config.is(Kind::kObject)) return {};
  return layerTypeError("config")
         << "must be that of a layer { className: 'DepthwiseConv2D', config: { … } }, got className '"
         << beginningOf(entry.name, 40) << "' with " << (entry.config.isNull() ? "no config" : "a config");
}

}  // namespace

Result<LayerConfig> readLayerConfig(ConfigView value) {
  ConfigView object;
  if (auto error = findArguments(value, object)) return error;
  Reader reader;
  Fields arguments("config", "", object, kArguments);
  while (arguments.next()) {
    if (auto error = reader.read(static_cast<Argument>(arguments.row()), arguments.value())) return error;
  }
  if (arguments.error()) return arguments.error();
  LayerConfig& config = reader.config;
  if (config.kernelSize == Pair{}) {
    return layerTypeError("kernelSize") << "must be given, a whole number or two of them [height, width], got none";
  }
  config.batchInputShape = reader.batchInputShape ? reader.batchInputShape : reader.inputShape;
  if (!reader.batchInputShape && reader.inputShape) (*config.batchInputShape)[0] = reader.batchSize;
  if (auto error = checkLayerConfig(config)) return error;
  return config;
}

}  // namespace depthwise
