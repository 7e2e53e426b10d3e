#pragma once

#include <cctype>
#include <sstream>
#include <string>
#include <string_view>

#include "layer/config_value.h"

/// Configurations as text, briefly: {kernelSize: [3, 3], padding: 'same'}. Keys and texts without escapes.
namespace depthwise {

/// Writes what a text says into a tree, which must be clear.
class ConfigText {
 public:
  ConfigText(std::string_view text, ConfigTree& tree) : text_(text), tree_(tree) { value(); }

 private:
  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool skip(char letter) { return peek() == letter && ++at_; }

  std::string_view word() {
    const char quote = peek();
    if (quote == '\'' || quote == '"') {
      const size_t from = ++at_;
      at_ = text_.find(quote, from) + 1;
      return text_.substr(from, at_ - 1 - from);
    }
    const size_t from = at_;
    at_ = std::min(text_.find_first_of(" \n,:]}", from), text_.size());
    return text_.substr(from, at_ - from);
  }

  void value() {
    if (skip('[')) {
      for (tree_.beginList(); !skip(']'); skip(',')) value();
      tree_.end();
    } else if (skip('{')) {
      for (tree_.beginObject(); !skip('}'); skip(',')) {
        tree_.key(word());
        skip(':');
        value();
      }
      tree_.end();
    } else {
      const bool isText = peek() == '\'' || peek() == '"';
      const std::string_view all = word();
      if (isText) {
        tree_.text(all);
      } else if (all == "null") {
        tree_.null();
      } else if (all == "true" || all == "false") {
        tree_.boolean(all == "true");
      } else {
        tree_.number(std::stod(std::string(all)));  // nan and inf too
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  ConfigTree& tree_;
};

/// The same in the other direction, without spaces: {kernelSize:[3,3],padding:'same'}.
inline std::string textOf(const ConfigView& value) {
  using Kind = ConfigView::Kind;
  std::ostringstream out;
  out.precision(17);
  const char* separator = "";
  switch (value.kind()) {
    case Kind::kList:
    case Kind::kObject:
      value.forEach([&](ConfigView each) {
        out << separator;
        if (value.is(Kind::kObject)) out << each.key() << ":";
        out << textOf(each);
        separator = ",";
        return true;
      });
      return value.is(Kind::kList) ? "[" + out.str() + "]" : "{" + out.str() + "}";
    case Kind::kText:
      return "'" + std::string(value.text()) + "'";
    case Kind::kNumber:
      out << value.number();
      return out.str();
    case Kind::kBool:
      return value.boolean() ? "true" : "false";
    case Kind::kNull:
      return "null";
    case Kind::kForeign:
      return std::string(value.description());
    case Kind::kMissing:
      break;
  }
  return "missing";
}

}  // namespace depthwise
