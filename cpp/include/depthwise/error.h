#pragma once

#if __cplusplus < 202002L
#error "depthwise needs C++20: -std=c++20"
#endif

#include <array>
#include <cstdint>
#include <optional>
#include <utility>

/// Errors are values: a code with its operands. This library contains no message texts; js/messages.js and
/// js/layer-config.js compose the messages that JavaScript users see.
namespace depthwise {

/// The reason why a call is refused or fails. JavaScript uses these numbers.
enum class ErrorCode : int32_t {
  kNone = 0,
  kSizes = 1,           ///< A size of `argument` is below 1 (batch: below 0).
  kElements = 2,        ///< `argument` has more than kMaxElements elements.
  kSteps = 3,           ///< A number of `argument` (strides, for example) is not in [1, kMaxAxis].
  kPad = 4,             ///< A number of the padding is not in [0, kMaxAxis].
  kChannels = 5,        ///< The filter has another number of input channels than x. Operands: filter's, x's.
  kWindow = 6,          ///< The dilated filter is longer than the padded input. Operands: axis (0 is height), length
                        ///< of the dilated filter, taps, dilation, padded size.
  kPaddedSize = 7,      ///< The padded input is longer than kMaxAxis. Operands: axis, padded size. `argument` is
                        ///< kDilations for 'same' padding, otherwise kPad.
  kOutputElements = 8,  ///< The output has more than kMaxElements elements. Operands: batch, height, width, channels.

  kNotBuilt = 20,          ///< The layer has no weights yet: call build first.
  kNoTrainingCall = 21,    ///< backward does not follow a training call, or weights have changed in between.
  kUnknownChannels = 22,   ///< The shape of x does not contain the number of channels. Operand: its dimension.
  kOtherChannels = 23,     ///< The layer was built for another number of channels. Operand: that number.
  kActivation = 25,        ///< The layer does not support this activation.
  kNumber = 26,            ///< `field` of `argument` is not a finite float32 number. Operand: value.
  kNotNegative = 27,       ///< `field` of `argument` is not a finite float32 number of at least 0. Operand: value.
  kPositive = 28,          ///< `field` of `argument` is not a finite float32 number above 0. Operand: value.
  kOrder = 29,             ///< A minimum is above its maximum. `field` of `argument` is one of the two. Operands: the
                           ///< other one, the value of `field`.
  kRange = 30,             ///< `field` of `argument` is out of range. Operands: minimum, maximum, value.
  kAxes = 31,              ///< The axes of a constraint do not fit the weight. Operand: rank of the weight.
  kInitializerShape = 32,  ///< The initializer cannot fill a weight of this shape. Operands: its sizes.
  kCreated = 33,           ///< The layer already has a configuration: call create only once.

  kOutOfMemory = 40,  ///< Operand: the bytes that could not be allocated.
};

/// The argument that an error is about. JavaScript uses these numbers.
enum class Argument : int32_t {
  kNone = 0,
  kX = 1,
  kFilter = 2,
  kStrides = 3,
  kDilations = 4,
  kPad = 5,

  kKernelSize = 20,
  kDepthMultiplier = 21,
  kDilationRate = 22,
  kActivation = 23,
  kDepthwiseInitializer = 24,
  kBiasInitializer = 25,
  kDepthwiseRegularizer = 26,
  kBiasRegularizer = 27,
  kActivityRegularizer = 28,
  kDepthwiseConstraint = 29,
  kBiasConstraint = 30,
};

/// The field of an initializer, regularizer or constraint that an error is about.
enum class Field : int32_t {
  kNone = 0,
  kValue = 1,
  kMinval = 2,
  kMaxval = 3,
  kMean = 4,
  kStddev = 5,
  kScale = 6,
  kGain = 7,
  kL1 = 8,
  kL2 = 9,
  kMinValue = 10,
  kMaxValue = 11,
  kRate = 12,
  kAxis = 13,
};

/// An error, or kNone for success. Converts to true if it is an error.
struct [[nodiscard]] Error {
  ErrorCode code = ErrorCode::kNone;
  Argument argument = Argument::kNone;
  Field field = Field::kNone;
  std::array<double, 5> operands{};  ///< ErrorCode names them

  explicit operator bool() const { return code != ErrorCode::kNone; }
};

/// A value, or the error that prevented it. Converts to true if it is a value.
template <class Value>
class [[nodiscard]] Result {
 public:
  Result(Value value) : value_(std::move(value)) {}
  Result(Error error) : error_(error) {}

  explicit operator bool() const { return value_.has_value(); }
  const Value& operator*() const { return *value_; }
  const Value* operator->() const { return &*value_; }
  Error error() const { return error_; }

 private:
  std::optional<Value> value_;
  Error error_;
};

}  // namespace depthwise
