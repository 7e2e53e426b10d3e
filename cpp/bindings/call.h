#pragma once

#include <string_view>

#include "bindings/address.h"
#include "bindings/argument_reader.h"
#include "bindings/convolution_arguments.h"
#include "bindings/last_error.h"
#include "depthwise/convolution.h"
#include "epilogue_arguments.h"
#include "geometry.h"

namespace depthwise {

/// What JavaScript calls: names and conversions, no arithmetic. A call is made in two steps, so that nothing is
/// allocated before everything has been checked: JavaScript writes the arguments into the block and calls check…, which
/// answers with the shape of the result; then it allocates and calls the kernel with the addresses. Nothing runs
/// between the two.
class Call {
 public:
  /// Where JavaScript writes the arguments and reads the shape of the result, and then its number of elements.
  Address argumentBlock() const { return addressOf(block_); }

  /// Of what has answered false, be it a Call or another object. Where the text is, not the text: a string for Embind
  /// would want memory, and there may be none.
  Address errorText() const { return addressOf(lastError.text().data()); }
  double errorTextLength() const { return static_cast<double>(lastError.text().size()); }
  bool errorIsOfType() const { return lastError.kind() == Error::Kind::kType; }

  /// The function that the user calls, for the texts of errors. It stays until another is told: to write it and to
  /// read it would be a tenth of a small call.
  void setFunction() { ArgumentReader(block_).name(function_); }

  bool checkTensor() {
    ArgumentReader read(block_);
    const char *const shapeName = read.name(), *const dataName = read.name();
    const NumberList shape = read.numbers();
    const Result<int64_t> size = checkTensorShape(function(), shapeName, shape);
    if (!size) return succeeds(size.error());
    return succeeds(checkDataLength(function(), dataName, shape, *size, read.number()));
  }

  bool checkForward() {
    ArgumentReader read(block_);
    return readConvolution(read, "x", "filter") && answer(block_, geometry_.yShape());
  }

  bool checkFusedForward() {
    ArgumentReader read(block_);
    if (!readConvolution(read, "x", "filter")) return false;
    EpilogueArguments arguments;
    arguments.function = function();
    arguments.activation = read.name();
    arguments.leakyreluAlpha = read.number();
    arguments.biasShape = readOptionalNumbers(read);
    arguments.preluActivationWeightsShape = readOptionalNumbers(read);
    const Result<Epilogue> epilogue = checkEpilogue(arguments, geometry_);
    if (!epilogue) return succeeds(epilogue.error());
    epilogue_ = *epilogue;
    return answer(block_, geometry_.yShape());
  }

  bool checkInputGradient() {
    ArgumentReader read(block_);
    return readConvolution(read, "inputShape", "filter") && readDy(read) && answer(block_, geometry_.xShape());
  }

  bool checkFilterGradient() {
    ArgumentReader read(block_);
    return readConvolution(read, "x", "filterShape") && readDy(read) && answer(block_, geometry_.filterShape());
  }

  /// The kernels answer with the bytes that could not be allocated, 0 where all went well.
  double forward(Address x, Address filter, Address y) {
    return run(depthwise::forward(geometry_, at<float>(x), at<float>(filter), {}, at<float>(y)));
  }

  double fusedForward(Address x, Address filter, Address bias, Address preluActivationWeights, Address y) {
    epilogue_.bias = at<float>(bias);
    epilogue_.preluAlpha = at<float>(preluActivationWeights);
    return run(depthwise::forward(geometry_, at<float>(x), at<float>(filter), epilogue_, at<float>(y)));
  }

  double inputGradient(Address dy, Address filter, Address dx) {
    return run(depthwise::inputGradient(geometry_, at<float>(dy), at<float>(filter), at<float>(dx)));
  }

  double filterGradient(Address x, Address dy, Address dfilter) {
    return run(depthwise::filterGradient(geometry_, at<float>(x), at<float>(dy), at<float>(dfilter)));
  }

 protected:
  const char* function() const { return function_.characters; }

  static double run(Status status) { return static_cast<double>(status.bytesWanted); }

  double block_[ArgumentReader::kBlockSize];

 private:
  static std::optional<NumberList> readOptionalNumbers(ArgumentReader& read) {
    if (read.number() == 0) return std::nullopt;
    return read.numbers();
  }

  bool readConvolution(ArgumentReader& read, const char* xName, const char* filterName) {
    const ConvolutionArguments arguments = readConvolutionArguments(read, function(), xName, filterName);
    const Result<Geometry> geometry = checkConvolution(arguments);
    if (!geometry) return succeeds(geometry.error());
    geometry_ = *geometry;
    return true;
  }

  bool readDy(ArgumentReader& read) {
    return succeeds(checkShape(function(), "dy", read.numbers(), geometry_.yShape()));
  }

  ArgumentReader::Name function_;
  Geometry geometry_;
  Epilogue epilogue_;
};

}  // namespace depthwise
