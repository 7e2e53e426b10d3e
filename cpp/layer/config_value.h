#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "argument_error.h"

/// A configuration as it comes from a caller and as it is given back: null, booleans, numbers, texts, lists and
/// objects, all that JSON has. What the members of an object mean is config_reader's and config_writer's business.
namespace depthwise {

class ConfigTree;

/// One value of a tree, valid as long as the tree does not change. A value that is not there is kMissing; questions
/// that do not fit the kind of a value are answered with false, 0, "" or a missing value.
class ConfigView {
 public:
  /// kForeign: something that JSON has not, a function for one.
  enum class Kind { kMissing, kNull, kBool, kNumber, kText, kList, kObject, kForeign };

  ConfigView() = default;

  Kind kind() const;
  bool is(Kind kind_) const { return kind() == kind_; }
  /// Null, or not there: an argument that takes its default.
  bool isNull() const { return is(Kind::kMissing) || is(Kind::kNull); }
  bool boolean() const;
  double number() const;
  std::string_view text() const;
  /// Of a foreign value.
  std::string_view description() const;

  /// How many values a list or an object holds.
  int size() const;
  /// The i-th value of a list or an object.
  ConfigView at(int i) const;
  /// The first value of an object under a key.
  ConfigView find(std::string_view key) const;
  /// The key of a member of an object.
  std::string_view key() const;

  /// The first value of a list or an object, and the one after this in the same; missing where there is none.
  ConfigView first() const;
  ConfigView next() const;

  /// Visits each value of a list or an object in order until `visit(ConfigView)` gives false.
  template <class Visit>
  void forEach(Visit&& visit) const {
    for (ConfigView child = first(); !child.is(Kind::kMissing) && visit(child);) child = child.next();
  }

 private:
  friend class ConfigTree;
  ConfigView(const ConfigTree* tree, int node) : tree_(tree), node_(node) {}

  const ConfigTree* tree_ = nullptr;
  int node_ = -1;
};

/// "null", "true", "2.5", "'same'", "[1,2]", "an object": a value for the text of an error, cut where it is long.
Text& operator<<(Text& text, const ConfigView& value);

/// The values, in memory of a fixed size: a configuration of this layer has less than a hundred of them. 28 KB, so
/// better a member or a static than a local variable.
///
/// It is written from left to right, as JSON is:
///
///     tree.beginObject();
///     tree.key("kernelSize").number(3);
///     tree.key("strides").beginList().number(1).number(2).end();
///     tree.end();
///     if (auto error = tree.finish()) …
///
/// The first thing that goes wrong is kept until `finish`, and what is written after it is dropped.
class ConfigTree {
 public:
  static constexpr int kMostNodes = 512;  ///< values, lists and objects themselves included
  static constexpr int kMostText = 8192;  ///< bytes of all texts and keys
  static constexpr int kMostDepth = 16;   ///< lists and objects within one another

  /// Back to an empty tree.
  void clear();

  ConfigTree& null() { return add(Kind::kNull); }
  ConfigTree& boolean(bool value);
  ConfigTree& number(double value);
  ConfigTree& text(std::string_view value);
  /// `description` is what an error says that came.
  ConfigTree& foreign(std::string_view description);
  ConfigTree& beginList() { return begin(Kind::kList); }
  ConfigTree& beginObject() { return begin(Kind::kObject); }
  /// Ends the innermost list or object.
  ConfigTree& end();
  /// The key of the value that follows; in objects each value has one. The text is copied.
  ConfigTree& key(std::string_view name);

  /// Whether nothing has gone wrong so far: if something has, whoever writes may as well stop.
  bool takesMore() const { return fault_ == Fault::kNone; }
  /// Nothing if the tree holds exactly one finished value; otherwise "Error in DepthwiseConv2D: config must …".
  Error finish() const;
  /// The value; missing before there is one, and where something went wrong.
  ConfigView root() const;
  /// The i-th value in the order of writing, in which what is in a list or an object follows it; 0 is the root. Missing
  /// past the last.
  ConfigView nth(int i) const { return i < nodeCount_ ? ConfigView(this, i) : ConfigView(); }

 private:
  friend class ConfigView;
  using Kind = ConfigView::Kind;

  struct Span {
    int32_t from = 0, length = 0;
  };
  struct Node {
    Kind kind;
    int next = -1;      ///< the value after it in the same list or object
    int first = -1;     ///< of a list or an object
    int32_t size = 0;   ///< of a list or an object
    double number = 0;  ///< of a number or a boolean
    Span text, key;
  };
  enum class Fault { kNone, kTooManyNodes, kTooMuchText, kTooDeep, kNotOneValue, kMisplacedKey };

  ConfigTree& add(Kind kind);
  ConfigTree& begin(Kind kind);
  ConfigTree& fail(Fault fault);
  Span copy(std::string_view value);
  std::string_view at(Span span) const { return {text_ + span.from, static_cast<size_t>(span.length)}; }
  const Node& node(int index) const { return nodes_[index]; }

  Node nodes_[kMostNodes];
  char text_[kMostText];
  int nodeCount_ = 0, textLength_ = 0;
  int open_[kMostDepth], last_[kMostDepth];  ///< the lists and objects that are open, and the last value in each
  int depth_ = 0;
  std::optional<Span> key_;  ///< of the value to come
  Fault fault_ = Fault::kNone;
};

}  // namespace depthwise
