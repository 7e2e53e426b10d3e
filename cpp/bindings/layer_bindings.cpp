#include <emscripten/bind.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

#include "bindings/exports.h"
#include "depthwise/layer.h"
#include "depthwise/memory.h"

/// The layer for JavaScript, through Embind. js/layer.js and js/layer-config.js are the only users.
///
/// Numbers only: enums are their values, sizes are doubles, tensors are addresses. Functions that can fail return an
/// error whose code is 0 on success.
///
/// Embind allocates the objects that it passes, and ends the program if it cannot. So js/layer.js calls canAllocate
/// first, and functions that allocate use withReserve.
namespace depthwise {
namespace {

Address addressOf(const float* values) { return reinterpret_cast<Address>(values); }

/// Returns whether the heap has space for an object of so many bytes.
bool canAllocate(size_t bytes) {
  // Does not call malloc and free, because compilers remove such a pair.
  void* const memory = allocateLines(bytes);
  releaseLines(memory);
  return memory != nullptr;
}

/// Calls a function that allocates. Reserves memory before the call and frees it afterwards, so that Embind can
/// allocate the result.
template <class Function>
Error withReserve(Function&& function) {
  constexpr uint64_t kBytes = 4096;
  void* const reserve = allocateLines(kBytes);
  if (!reserve) return {.code = ErrorCode::kOutOfMemory, .operands = {double(kBytes)}};
  const Error error = function();
  releaseLines(reserve);
  return error;
}

/// The getter and the setter of a field that is an integer or an enum, as a number of JavaScript.
template <auto kField>
struct Number;
template <class Struct, class Value, Value Struct::*kField>
struct Number<kField> {
  static double get(const Struct& object) { return static_cast<double>(object.*kField); }
  static void set(Struct& object, double number) { object.*kField = static_cast<Value>(number); }
};
/// Declares a field that is an integer or an enum.
template <auto kField, class Object>
void numberField(Object& object, const char* name) {
  object.field(name, &Number<kField>::get, &Number<kField>::set);
}

/// The getter and the setter of an element of an array of numbers, as a number of JavaScript.
template <class Array, size_t kIndex>
struct Element {
  static double get(const Array& array) { return static_cast<double>(array[kIndex]); }
  static void set(Array& array, double number) { array[kIndex] = static_cast<typename Array::value_type>(number); }
};
/// Declares an array of numbers.
template <class Array>
void numberArray(const char* name) {
  emscripten::value_array<Array> array(name);
  [&]<size_t... kIndex>(std::index_sequence<kIndex...>) {
    (array.element(&Element<Array, kIndex>::get, &Element<Array, kIndex>::set), ...);
  }
  (std::make_index_sequence<std::tuple_size_v<Array>>());
}

/// Returns the seed, or NaN if there is none.
double seedOf(const Initializer& initializer) {
  return initializer.seed ? static_cast<double>(*initializer.seed) : std::numeric_limits<double>::quiet_NaN();
}
void setSeed(Initializer& initializer, double seed) {
  if (seed == seed) initializer.seed = static_cast<int64_t>(seed);
}

struct ShapeResult {
  Error error{};
  Shape shape{};
};
struct TrainingShapesResult {
  Error error{};
  Shape x{}, y{};
};

ShapeResult resultOf(const Result<Shape>& shape) {
  return shape ? ShapeResult{.shape = *shape} : ShapeResult{.error = shape.error()};
}

ShapeResult outputShape(const DepthwiseConv2D& layer, const Shape& x) { return resultOf(layer.outputShape(x)); }
ShapeResult checkCall(const DepthwiseConv2D& layer, const Shape& x) { return resultOf(layer.checkCall(x)); }
TrainingShapesResult checkBackward(const DepthwiseConv2D& layer) {
  const auto shapes = layer.checkBackward();
  return shapes ? TrainingShapesResult{.x = shapes->x, .y = shapes->y} : TrainingShapesResult{.error = shapes.error()};
}

Error build(DepthwiseConv2D& layer, const Shape& x, double seed) {
  return withReserve([&] { return layer.build(x, static_cast<uint64_t>(seed)); });
}
Error buildWith(DepthwiseConv2D& layer, const Shape& x, Address kernel, Address bias) {
  return withReserve([&] { return layer.build(x, at<float>(kernel), at<float>(bias)); });
}
Error setWeights(DepthwiseConv2D& layer, Address kernel, Address bias) {
  return layer.setWeights(at<float>(kernel), at<float>(bias));
}
/// Applies the constraints. The layer must be built.
void applyConstraints(DepthwiseConv2D& layer) { static_cast<void>(layer.applyConstraints()); }
Error call(DepthwiseConv2D& layer, Address x, const Shape& xShape, bool training, Address y) {
  return withReserve([&] { return layer.call(at<float>(x), xShape, training, at<float>(y)); });
}
Error backward(DepthwiseConv2D& layer, Address dy, Address dx) {
  return withReserve([&] { return layer.backward(at<float>(dy), at<float>(dx)); });
}

/// Return the address of weight i, and of its gradient or 0. The layer must be built.
Address valuesOf(DepthwiseConv2D& layer, int i) { return addressOf(layer.weight(i).values); }
Address gradientOf(DepthwiseConv2D& layer, int i) { return addressOf(layer.weight(i).gradient); }

/// Return the terms of the loss. The layer must be built.
double kernelLoss(const DepthwiseConv2D& layer) { return layer.losses()->kernel; }
double biasLoss(const DepthwiseConv2D& layer) { return layer.losses()->bias; }
double activityLoss(const DepthwiseConv2D& layer) { return layer.losses()->activity; }

}  // namespace

/// Sets the passes of layers to functions of the side module, which run on several threads. JavaScript has put
/// these functions into the table of this module, and passes their indices.
DEPTHWISE_EXPORT void setPasses(Address forward, Address inputGradient, Address filterGradient) {
  DepthwiseConv2D::passes = {.forward = reinterpret_cast<decltype(Passes::forward)>(forward),
                             .inputGradient = reinterpret_cast<decltype(Passes::inputGradient)>(inputGradient),
                             .filterGradient = reinterpret_cast<decltype(Passes::filterGradient)>(filterGradient)};
}

EMSCRIPTEN_BINDINGS(depthwise_layer) {
  using namespace emscripten;

  numberArray<HeightWidth>("HeightWidth");
  numberArray<Shape>("Shape");
  numberArray<decltype(Error::operands)>("Operands");
  numberArray<decltype(Constraint::axes)>("Axes");

  value_object<Error> error("Error");
  numberField<&Error::code>(error, "code");
  numberField<&Error::argument>(error, "argument");
  numberField<&Error::field>(error, "field");
  error.field("operands", &Error::operands);
  value_object<ShapeResult>("ShapeResult").field("error", &ShapeResult::error).field("shape", &ShapeResult::shape);
  value_object<TrainingShapesResult>("TrainingShapesResult")
      .field("error", &TrainingShapesResult::error)
      .field("x", &TrainingShapesResult::x)
      .field("y", &TrainingShapesResult::y);

  value_object<Initializer> initializer("Initializer");
  numberField<&Initializer::kind>(initializer, "kind");
  numberField<&Initializer::mode>(initializer, "mode");
  numberField<&Initializer::distribution>(initializer, "distribution");
  initializer.field("value", &Initializer::value)
      .field("minval", &Initializer::minval)
      .field("maxval", &Initializer::maxval)
      .field("mean", &Initializer::mean)
      .field("stddev", &Initializer::stddev)
      .field("scale", &Initializer::scale)
      .field("gain", &Initializer::gain)
      .field("seed", &seedOf, &setSeed);
  value_object<Regularizer>("Regularizer").field("l1", &Regularizer::l1).field("l2", &Regularizer::l2);
  value_object<Constraint> constraint("Constraint");
  numberField<&Constraint::kind>(constraint, "kind");
  constraint.field("minValue", &Constraint::minValue)
      .field("maxValue", &Constraint::maxValue)
      .field("rate", &Constraint::rate)
      .field("axes", &Constraint::axes);
  numberField<&Constraint::axisCount>(constraint, "axisCount");

  value_object<LayerConfig> config("LayerConfig");
  config.field("kernelSize", &LayerConfig::kernelSize)
      .field("strides", &LayerConfig::strides)
      .field("dilationRate", &LayerConfig::dilationRate)
      .field("useBias", &LayerConfig::useBias)
      .field("depthwiseInitializer", &LayerConfig::depthwiseInitializer)
      .field("biasInitializer", &LayerConfig::biasInitializer)
      .field("depthwiseRegularizer", &LayerConfig::depthwiseRegularizer)
      .field("biasRegularizer", &LayerConfig::biasRegularizer)
      .field("activityRegularizer", &LayerConfig::activityRegularizer)
      .field("depthwiseConstraint", &LayerConfig::depthwiseConstraint)
      .field("biasConstraint", &LayerConfig::biasConstraint)
      .field("trainable", &LayerConfig::trainable);
  numberField<&LayerConfig::depthMultiplier>(config, "depthMultiplier");
  numberField<&LayerConfig::padding>(config, "padding");
  numberField<&LayerConfig::layout>(config, "layout");
  numberField<&LayerConfig::activation>(config, "activation");

  class_<DepthwiseConv2D>("DepthwiseConv2D")
      .constructor<>()
      .function("create", &DepthwiseConv2D::create)
      .function("setTrainable", &DepthwiseConv2D::setTrainable)
      .function("outputShape", &outputShape)
      .function("build", &build)
      .function("buildWith", &buildWith)
      .function("setWeights", &setWeights)
      .function("applyConstraints", &applyConstraints)
      .function("checkCall", &checkCall)
      .function("call", &call)
      .function("checkBackward", &checkBackward)
      .function("backward", &backward)
      .function("valuesOf", &valuesOf)
      .function("gradientOf", &gradientOf)
      .function("kernelLoss", &kernelLoss)
      .function("biasLoss", &biasLoss)
      .function("activityLoss", &activityLoss);
  function("canAllocate", &canAllocate);
}

}  // namespace depthwise
