#include "bindings/argument_reader.h"
#include "bindings/config.h"
#include "bindings/method.h"
#include "layer/config_reader.h"
#include "layer/config_writer.h"
#include "layer/depthwise_conv2d.h"

/// The layer as JavaScript calls it. As in embind.cpp, shapes come and go through the block of arguments, whose address
/// is `block`, and what answers false has left an error. Tensors are addresses.
namespace depthwise {
namespace {

NumberList shapeIn(Address block) { return ArgumentReader(at<double>(block)).numbers(); }

class Layer {
 public:
  /// Of configurations, the addresses.
  bool create(Address from) {
    const Result<LayerConfig> config = readLayerConfig(at<Config>(from)->tree().root());
    if (!config) return succeeds(config.error());
    LayerConfig named = *config;
    if (named.name.view().empty()) named.name.set(nextName().view());
    return succeeds(layer_.create(named));
  }
  void writeConfig(Address to) const { writeLayerConfig(layer_.config(), at<Config>(to)->tree()); }
  void writeEntry(Address to) const { writeKerasEntry(layer_.config(), at<Config>(to)->tree()); }
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
    if (!shape) return succeeds(shape.error());
    std::copy_n(shape->values, 4, at<double>(block));
    return true;
  }
  bool countParams(Address block) {
    const Result<int64_t> count = layer_.countParams();
    if (!count) return succeeds(count.error());
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
    return yShape ? answer(at<double>(block), *yShape) : succeeds(yShape.error());
  }
  bool call(Address x, Address block, bool training, Address y) {
    return succeeds(layer_.call(at<float>(x), shapeIn(block), training, at<float>(y)));
  }
  bool checkBackward(Address block) {
    const Result<Shape> dxShape = layer_.checkBackward(shapeIn(block));
    return dxShape ? answer(at<double>(block), *dxShape) : succeeds(dxShape.error());
  }
  bool backward(Address dy, Address block, Address dx) {
    return succeeds(layer_.backward(at<float>(dy), shapeIn(block), at<float>(dx)));
  }
  /// Into the block: how many, then those that there are of depthwise_kernel, bias and y.
  bool losses(Address place) {
    const Result<Losses> losses = layer_.losses();
    if (!losses) return succeeds(losses.error());
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

}  // namespace

EMSCRIPTEN_BINDINGS(depthwise_layer) {
  function("Layer.make", &make<Layer>);
  function("Layer.delete", &destroy<Layer>);
  method<&Layer::create>("Layer.create");
  method<&Layer::writeConfig>("Layer.writeConfig");
  method<&Layer::writeEntry>("Layer.writeEntry");
  method<&Layer::name>("Layer.name");
  method<&Layer::nameLength>("Layer.nameLength");
  method<&Layer::trainable>("Layer.trainable");
  method<&Layer::setTrainable>("Layer.setTrainable");
  method<&Layer::build>("Layer.build");
  method<&Layer::isBuilt>("Layer.isBuilt");
  method<&Layer::outputShape>("Layer.outputShape");
  method<&Layer::countParams>("Layer.countParams");
  method<&Layer::weightCount>("Layer.weightCount");
  method<&Layer::weight>("Layer.weight");
  method<&Layer::setWeights>("Layer.setWeights");
  method<&Layer::applyConstraints>("Layer.applyConstraints");
  method<&Layer::checkCall>("Layer.checkCall");
  method<&Layer::call>("Layer.call");
  method<&Layer::checkBackward>("Layer.checkBackward");
  method<&Layer::backward>("Layer.backward");
  method<&Layer::losses>("Layer.losses");
}

}  // namespace depthwise
