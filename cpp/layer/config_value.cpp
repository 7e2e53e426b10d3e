#include "layer/config_value.h"

#include <cstring>

#include "layer/argument_checks.h"

namespace depthwise {

ConfigView::Kind ConfigView::kind() const { return node_ < 0 ? Kind::kMissing : tree_->node(node_).kind; }

bool ConfigView::boolean() const { return is(Kind::kBool) && tree_->node(node_).number != 0; }

double ConfigView::number() const { return is(Kind::kNumber) ? tree_->node(node_).number : 0; }

std::string_view ConfigView::text() const {
  return is(Kind::kText) ? tree_->at(tree_->node(node_).text) : std::string_view();
}

std::string_view ConfigView::description() const {
  return is(Kind::kForeign) ? tree_->at(tree_->node(node_).text) : std::string_view();
}

int ConfigView::size() const { return node_ < 0 ? 0 : tree_->node(node_).size; }

ConfigView ConfigView::at(int i) const {
  ConfigView child = i < 0 ? ConfigView() : first();
  for (; i > 0; --i) child = child.next();
  return child;
}

ConfigView ConfigView::find(std::string_view key) const {
  ConfigView found;
  if (!is(Kind::kObject)) return found;
  forEach([&](ConfigView member) {
    if (member.key() == key) found = member;
    return found.node_ < 0;
  });
  return found;
}

std::string_view ConfigView::key() const { return node_ < 0 ? std::string_view() : tree_->at(tree_->node(node_).key); }

ConfigView ConfigView::first() const { return node_ < 0 ? ConfigView() : ConfigView(tree_, tree_->node(node_).first); }

ConfigView ConfigView::next() const { return node_ < 0 ? ConfigView() : ConfigView(tree_, tree_->node(node_).next); }

Text& operator<<(Text& text, const ConfigView& value) {
  using Kind = ConfigView::Kind;
  constexpr size_t kMostCharacters = 40;
  constexpr int kMostValues = 8;
  switch (value.kind()) {
    case Kind::kMissing:
      return text << "nothing";
    case Kind::kNull:
      return text << "null";
    case Kind::kBool:
      return text << (value.boolean() ? "true" : "false");
    case Kind::kNumber:
      return text << value.number();
    case Kind::kText:
      text << "'" << beginningOf(value.text(), kMostCharacters);
      return text << (value.text().size() > kMostCharacters ? "…'" : "'");
    case Kind::kObject:
      return text << "an object";
    case Kind::kForeign:
      return text << value.description();
    case Kind::kList:
      break;
  }
  text << "[";
  int count = 0;
  value.forEach([&](ConfigView each) {
    text << (count > 0 ? "," : "");
    if (count == kMostValues) {
      text << "…";
    } else if (each.is(Kind::kList)) {
      text << "a list";
    } else {
      text << each;
    }
    return ++count <= kMostValues;
  });
  return text << "]";
}

void ConfigTree::clear() {
  nodeCount_ = textLength_ = depth_ = 0;
  key_.reset();
  fault_ = Fault::kNone;
}

ConfigTree& ConfigTree::fail(Fault fault) {
  if (fault_ == Fault::kNone) fault_ = fault;
  return *this;
}

ConfigTree::Span ConfigTree::copy(std::string_view value) {
  if (value.size() > static_cast<size_t>(kMostText - textLength_)) {
    fail(Fault::kTooMuchText);
    return {};
  }
  const Span span{textLength_, static_cast<int32_t>(value.size())};
  if (!value.empty()) std::memcpy(text_ + textLength_, value.data(), value.size());
  textLength_ += span.length;
  return span;
}

ConfigTree& ConfigTree::add(Kind kind) {
  if (fault_ != Fault::kNone) return *this;
  if (nodeCount_ == kMostNodes) return fail(Fault::kTooManyNodes);
  const bool inObject = depth_ > 0 && nodes_[open_[depth_ - 1]].kind == Kind::kObject;
  if (inObject != key_.has_value()) return fail(Fault::kMisplacedKey);
  if (depth_ == 0 && nodeCount_ > 0) return fail(Fault::kNotOneValue);

  const int index = nodeCount_++;
  Node& node = nodes_[index] = Node{};
  node.kind = kind;
  if (key_) node.key = *key_;
  key_.reset();
  if (depth_ > 0) {
    Node& parent = nodes_[open_[depth_ - 1]];
    int& last = last_[depth_ - 1];
    (parent.size++ == 0 ? parent.first : nodes_[last].next) = index;
    last = index;
  }
  return *this;
}

ConfigTree& ConfigTree::boolean(bool value) {
  add(Kind::kBool);
  if (fault_ == Fault::kNone) nodes_[nodeCount_ - 1].number = value;
  return *this;
}

ConfigTree& ConfigTree::number(double value) {
  add(Kind::kNumber);
  if (fault_ == Fault::kNone) nodes_[nodeCount_ - 1].number = value;
  return *this;
}

ConfigTree& ConfigTree::text(std::string_view value) {
  add(Kind::kText);
  if (fault_ == Fault::kNone) nodes_[nodeCount_ - 1].text = copy(value);
  return *this;
}

ConfigTree& ConfigTree::foreign(std::string_view description) {
  add(Kind::kForeign);
  if (fault_ == Fault::kNone) nodes_[nodeCount_ - 1].text = copy(description);
  return *this;
}

ConfigTree& ConfigTree::begin(Kind kind) {
  if (depth_ == kMostDepth) return fail(Fault::kTooDeep);
  add(kind);
  if (fault_ == Fault::kNone) open_[depth_++] = nodeCount_ - 1;
  return *this;
}

ConfigTree& ConfigTree::end() {
  if (fault_ != Fault::kNone) return *this;
  if (depth_ == 0) return fail(Fault::kNotOneValue);
  if (key_) return fail(Fault::kMisplacedKey);
  --depth_;
  return *this;
}

ConfigTree& ConfigTree::key(std::string_view name) {
  if (fault_ != Fault::kNone) return *this;
  if (depth_ == 0 || nodes_[open_[depth_ - 1]].kind != Kind::kObject || key_) return fail(Fault::kMisplacedKey);
  key_ = copy(name);
  return *this;
}

Error ConfigTree::finish() const {
  switch (fault_) {
    case Fault::kNone:
      break;
    case Fault::kTooManyNodes:
      return layerRangeError("config") << "must have at most " << kMostNodes << " values, got more";
    case Fault::kTooMuchText:
      return layerRangeError("config") << "must have at most " << kMostText << " bytes of text, got more";
    case Fault::kTooDeep:
      return layerRangeError("config") << "must have lists and objects at most " << kMostDepth
                                       << " deep, got deeper ones";
    case Fault::kNotOneValue:
      return layerRangeError("config") << "must be one value, got more";
    case Fault::kMisplacedKey:
      return layerRangeError("config")
             << "must have a key for each value of an object, and only there, got something else";
  }
  if (nodeCount_ == 0 || depth_ > 0) return layerRangeError("config") << "must be a whole value, got a part of one";
  return {};
}

ConfigView ConfigTree::root() const {
  return fault_ != Fault::kNone || nodeCount_ == 0 ? ConfigView() : ConfigView(this, 0);
}

}  // namespace depthwise
