#include "layer/config_writer.h"

#include "layer/argument_checks.h"
#include "layer/constraint_fields.h"
#include "layer/initializer_arguments.h"
#include "layer/initializer_fields.h"

namespace depthwise {
namespace {

enum class Spelling { kCamelCase, kSnakeCase };

bool isUpper(char letter) { return letter >= 'A' && letter <= 'Z'; }

class Writer {
 public:
  Writer(ConfigTree& tree, Spelling spelling) : tree_(tree), spelling_(spelling) {}

  void write(const LayerConfig& config);

 private:
  using Initializer = depthwise::Initializer;

  /// A name of tfjs's in this spelling. Valid until the next one is asked for.
  std::string_view spelled(std::string_view camelCase) {
    if (spelling_ == Spelling::kCamelCase) return camelCase;
    size_t length = 0;
    for (const char letter : camelCase) {
      if (isUpper(letter)) spelled_[length++] = '_';
      spelled_[length++] = static_cast<char>(isUpper(letter) ? letter - 'A' + 'a' : letter);
    }
    return {spelled_, length};
  }

  ConfigTree& key(std::string_view name) { return tree_.key(spelled(name)); }
  void name(std::string_view value) { tree_.text(spelled(value)); }

  void pair(const Pair& pair) { tree_.beginList().number(pair[0]).number(pair[1]).end(); }

  /// { className, config: { what `fields` writes } }; `name` is a className but for its first letter.
  template <class Fields>
  void named(std::string_view name, Fields&& fields) {
    char className[32];
    const size_t length = name.copy(className, sizeof className);
    if (!isUpper(className[0])) className[0] = static_cast<char>(className[0] - 'a' + 'A');
    tree_.beginObject();
    key("className").text({className, length});
    key("config").beginObject();
    fields();
    tree_.end().end();
  }

  void field(InitializerField field, const Initializer& initializer);
  void initializer(const Initializer& initializer);
  void regularizer(const std::optional<Regularizer>& regularizer);
  void constraint(const std::optional<Constraint>& constraint);
  void batchInputShape(const Shape& shape);

  ConfigTree& tree_;
  Spelling spelling_;
  char spelled_[64];
};

void Writer::field(InitializerField field, const Initializer& i) {
  switch (field) {
    case InitializerField::kMode:
      return name(fanModeName(i.mode));
    case InitializerField::kDistribution:
      return name(distributionName(i.distribution));
    case InitializerField::kSeed:
      return void(i.seed ? tree_.number(*i.seed) : tree_.null());
    default:
      return void(tree_.number(i.*kInitializerNumbers[static_cast<size_t>(field)].place));
  }
}

void Writer::initializer(const Initializer& i) {
  // What a reader reads and no writer writes: axes that are null, and the one dtype.
  constexpr FieldSet kSilent =
      setOf(InitializerField::kInputAxes, InitializerField::kOutputAxes, InitializerField::kDtype);
  const Initializer::Kind kind = fullKindOf(i.kind);
  named(initializerName(kind), [&] {
    const FieldSet fields = fieldsOf(kind) & ~kSilent;
    for (size_t row = 0; row < std::size(kInitializerFields); ++row) {
      if (!isIn(fields, row)) continue;
      key(kInitializerFields[row]);
      field(static_cast<InitializerField>(row), i);
    }
  });
}

void Writer::regularizer(const std::optional<Regularizer>& r) {
  if (!r) return void(tree_.null());
  named("L1L2", [&] {
    tree_.key("l1").number(r->l1);
    tree_.key("l2").number(r->l2);
  });
}

void Writer::constraint(const std::optional<Constraint>& c) {
  if (!c) return void(tree_.null());
  named(constraintName(c->kind), [&] {
    const FieldSet fields = fieldsOf(c->kind);
    for (size_t row = 0; row < std::size(kConstraintNumbers); ++row) {
      if (isIn(fields, row)) key(kConstraintFields[row]).number((*c).*kConstraintNumbers[row]);
    }
    if (!isIn(fields, static_cast<size_t>(ConstraintField::kAxis))) return;
    key("axis");
    if (c->axes.count == 1 && !c->axisIsList) return void(tree_.number(c->axes.values[0]));
    tree_.beginList();
    for (int i = 0; i < c->axes.count; ++i) tree_.number(c->axes.values[i]);
    tree_.end();
  });
}

void Writer::batchInputShape(const Shape& shape) {
  key("batchInputShape").beginList();
  for (const int32_t size : shape) size == LayerConfig::kUnknown ? tree_.null() : tree_.number(size);
  tree_.end();
}

void Writer::write(const LayerConfig& c) {
  tree_.beginObject();
  key("kernelSize"), pair(c.kernelSize);
  key("strides"), pair(c.strides);
  key("padding"), name(c.padding == LayerConfig::Padding::kSame ? "same" : "valid");
  key("dataFormat"), name(c.layout == Layout::kNhwc ? "channelsLast" : "channelsFirst");
  key("dilationRate"), pair(c.dilationRate);
  key("activation"), name(layerActivationName(c.activation));
  key("useBias").boolean(c.useBias);
  key("biasInitializer"), initializer(c.biasInitializer);
  key("biasRegularizer"), regularizer(c.biasRegularizer);
  key("activityRegularizer"), regularizer(c.activityRegularizer);
  key("biasConstraint"), constraint(c.biasConstraint);
  if (!c.name.view().empty()) key("name").text(c.name.view());
  key("trainable").boolean(c.trainable);
  if (c.batchInputShape) batchInputShape(*c.batchInputShape);
  if (c.batchInputShape || spelling_ == Spelling::kSnakeCase) key("dtype").text("float32");
  key("depthMultiplier").number(c.depthMultiplier);
  key("depthwiseInitializer"), initializer(c.depthwiseInitializer);
  key("depthwiseRegularizer"), regularizer(c.depthwiseRegularizer);
  key("depthwiseConstraint"), constraint(c.depthwiseConstraint);
  tree_.end();
}

}  // namespace

void writeLayerConfig(const LayerConfig& config, ConfigTree& tree) {
  tree.clear();
  Writer(tree, Spelling::kCamelCase).write(config);
}

void writeKerasEntry(const LayerConfig& config, ConfigTree& tree) {
  tree.clear();
  tree.beginObject().key("class_name").text(kLayer).key("config");
  Writer(tree, Spelling::kSnakeCase).write(config);
  tree.end();
}

}  // namespace depthwise
