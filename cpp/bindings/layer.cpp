#include <emscripten/bind.h>

#include <new>

#include "../layer/config_reader.h"
#include "../layer/config_writer.h"
#include "../layer/depthwise_conv2d.h"
#include "argument_reader.h"
#include "config.h"

/// The layer as JavaScript calls it. As in embind.cpp, shapes come and go through the block of arguments, whose address
/// is `block`, and what answers false has left an error. Tensors are addresses.
namespace depthwise {
namespace {

NumberList shapeIn(Address block) { return ArgumentReader(at<double>(block)).numbers(); }

class Layer : public Fallible {
 public:
  bool create(Config& from) {
    Result<LayerConfig> config = readLayerConfig(from.tree().root());
    if (!config) return fail(config.error());
    LayerConfig named = *config;
    if (named.name.view().empty()) named.name.set(nextName().view());
    return succeeds(layer_.create(named));
  }
  void writeConfig(Config& to) const { writeLayerConfig(layer_.config(), to.tree()); }
  void writeEntry(Config& to) const { writeKerasEntry(layer_.config(), to.tree()); }
  Address name() const { return addressOf(layer_.config().name.view().data()); }
  double nameLength() const { return static_cast<double>(layer_.config().name.view().size()); }
  bool trainable() const { return layer_.config().trainable; }
  void setTrainable(bool trainable) { layer_.setTrainable(trainable); }

  /// In the block: the shape of the input, how many weights are given (−1: none), and of each its address and shape.
  /// `isCall`: the shape is that of a call's x.
  bool build(Address block, double entropy, bool isCall) {
    ArgumentReader read(at<double>(block));
    const NumberList inputShape = read.numbers();
    const int count = static_cast<int>(read.number());
    GivenWeight given[kMostGiven];
    std::optional<std::span<const GivenWeight>> weights;
    if (count >= 0) weights = readWeights(read, count, given);
    return succeeds(layer_.build(inputShape, static_cast<uint64_t>(entropy), weights, isCall ? "x" : "inputShape"));
  }
  bool isBuilt() const { return layer_.isBuilt(); }

  bool outputShape(Address block) {
    const Result<NumberList> shape = layer_.outputShape(shapeIn(block));
    if (!shape) return fail(shape.error());
    std::copy_n(shape->values, 4, at<double>(block));
    return true;
  }
  bool countParams(Address block) {
    const Result<int64_t> count = layer_.countParams();
    if (!count) return fail(count.error());
    *at<double>(block) = static_cast<double>(*count);
    return true;
  }

  int weightCount() const { return layer_.weightCount(); }
  /// Into the block: the place and the length of its name, the places of its values and of its gradient (0: none), its
  /// number of elements, its number of dimensions and their sizes.
  void weight(int i, Address block) const {
    const Weight weight = layer_.weight(i);
    const auto place = [](const void* of) { return static_cast<double>(addressOf(of)); };
    const double head[] = {
        place(weight.name.data()), static_cast<double>(weight.name.size()), place(weight.values),
        place(weight.gradient),    static_cast<double>(weight.size),        static_cast<double>(weight.shape.size())};
    double* const tail = std::copy(std::begin(head), std::end(head), at<double>(block));
    std::copy(weight.shape.begin(), weight.shape.end(), tail);
  }
  /// In the block: how many weights, and of each its address and shape.
  bool setWeights(Address block) {
    ArgumentReader read(at<double>(block));
    const int count = static_cast<int>(read.number());
    GivenWeight given[kMostGiven];
    return succeeds(layer_.setWeights(readWeights(read, count, given)));
  }
  bool applyConstraints() { return succeeds(layer_.applyConstraints()); }

  bool checkCall(Address block) {
    const Result<Shape> yShape = layer_.checkCall(shapeIn(block));
    return yShape ? answer(at<double>(block), *yShape) : fail(yShape.error());
  }
  bool call(Address x, Address block, bool training, Address y) {
    return succeeds(layer_.call(at<float>(x), shapeIn(block), training, at<float>(y)));
  }
  bool checkBackward(Address block) {
    const Result<Shape> dxShape = layer_.checkBackward(shapeIn(block));
    return dxShape ? answer(at<double>(block), *dxShape) : fail(dxShape.error());
  }
  bool backward(Address dy, Address block, Address dx) {
    return succeeds(layer_.backward(at<float>(dy), shapeIn(block), at<float>(dx)));
  }
  /// Into the block: how many, then those that there are of depthwise_kernel, bias and y.
  bool losses(Address place) {
    const Result<Losses> losses = layer_.losses();
    if (!losses) return fail(losses.error());
    double* const block = at<double>(place);
    double* next = block + 1;
    for (const std::optional<double>& loss : {losses->kernel, losses->bias, losses->activity}) {
      if (loss) *next++ = *loss;
    }
    *block = static_cast<double>(next - block - 1);
    return true;
  }

 private:
  /// js/layer.js gives no more: that a layer has not so many is for the layer to say.
  static constexpr int kMostGiven = 40;

  static std::span<const GivenWeight> readWeights(ArgumentReader& read, int count, GivenWeight (&given)[kMostGiven]) {
    const int kept = std::min(count, kMostGiven);
    for (int i = 0; i < kept; ++i) {
      given[i].values = at<float>(static_cast<Address>(read.number()));
      given[i].shape = read.numbers();
    }
    return {given, static_cast<size_t>(kept)};
  }

  /// As Keras names them: depthwise_conv2d, depthwise_conv2d_1, …
  static Text nextName() {
    static int named = 0;
    Text name;
    name << "depthwise_conv2d";
    if (named > 0) name << "_" << named;
    ++named;
    return name;
  }

  DepthwiseConv2D layer_;
};

/// Null where there is no memory for it.
Layer* makeLayer() { return new (std::nothrow) Layer; }

}  // namespace

EMSCRIPTEN_BINDINGS(depthwise_layer) {
  emscripten::class_<Layer, emscripten::base<Fallible>>("Layer")
      .class_function("make", &makeLayer, emscripten::allow_raw_pointers())
      .function("create", &Layer::create)
      .function("writeConfig", &Layer::writeConfig)
      .function("writeEntry", &Layer::writeEntry)
      .function("name", &Layer::name)
      .function("nameLength", &Layer::nameLength)
      .function("trainable", &Layer::trainable)
      .function("setTrainable", &Layer::setTrainable)
      .function("build", &Layer::build)
      .function("isBuilt", &Layer::isBuilt)
      .function("outputShape", &Layer::outputShape)
      .function("countParams", &Layer::countParams)
      .function("weightCount", &Layer::weightCount)
      .function("weight", &Layer::weight)
      .function("setWeights", &Layer::setWeights)
      .function("applyConstraints", &Layer::applyConstraints)
      .function("checkCall", &Layer::checkCall)
      .function("call", &Layer::call)
      .function("checkBackward", &Layer::checkBackward)
      .function("backward", &Layer::backward)
      .function("losses", &Layer::losses);
}

}  // namespace depthwise
