#pragma once

#include <algorithm>

#include "bindings/address.h"
#include "bindings/last_error.h"
#include "layer/config_value.h"

namespace depthwise {

/// A configuration on its way from or to JavaScript, value by value, as a ConfigTree is written. Texts go through a
/// block of bytes (UTF-8), because Embind's strings want memory and end the program when there is none.
class Config {
 public:
  Address textBlock() const { return addressOf(text_); }
  double textBlockSize() const { return sizeof text_; }

  /// These answer whether the tree takes any more; if it does not, finish() says why.
  bool null() { return takes(tree_.null()); }
  bool boolean(bool value) { return takes(tree_.boolean(value)); }
  bool number(double value) { return takes(tree_.number(value)); }
  bool text(int length) { return takes(tree_.text(written(length))); }
  bool foreign(int length) { return takes(tree_.foreign(written(length))); }
  bool key(int length) { return takes(tree_.key(written(length))); }
  bool beginList() { return takes(tree_.beginList()); }
  bool beginObject() { return takes(tree_.beginObject()); }
  bool end() { return takes(tree_.end()); }
  bool finish() { return succeeds(tree_.finish()); }

  /// The i-th value in the order of writing. What is in a list or an object follows it.
  int kindAt(int i) const { return static_cast<int>(tree_.nth(i).kind()); }
  bool booleanAt(int i) const { return tree_.nth(i).boolean(); }
  double numberAt(int i) const { return tree_.nth(i).number(); }
  int sizeAt(int i) const { return tree_.nth(i).size(); }
  Address textAt(int i) const { return addressOf(tree_.nth(i).text().data()); }
  int textLengthAt(int i) const { return static_cast<int>(tree_.nth(i).text().size()); }
  Address keyAt(int i) const { return addressOf(tree_.nth(i).key().data()); }
  int keyLengthAt(int i) const { return static_cast<int>(tree_.nth(i).key().size()); }

  ConfigTree& tree() { return tree_; }

 private:
  static bool takes(const ConfigTree& tree) { return tree.takesMore(); }
  std::string_view written(int length) const {
    return {text_, static_cast<size_t>(std::clamp(length, 0, static_cast<int>(sizeof text_)))};
  }

  ConfigTree tree_;
  /// A text that is cut to this, at the end of a character, is still more than the tree takes.
  char text_[ConfigTree::kMostText + 4];
};

}  // namespace depthwise
