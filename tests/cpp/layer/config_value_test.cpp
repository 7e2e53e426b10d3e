#include "layer/config_value.h"

#include <catch2/catch.hpp>
#include <limits>
#include <memory>
#include <string>

#include "config_text.h"
#include "refusal.h"

namespace depthwise {
namespace {

using Kind = ConfigView::Kind;

std::unique_ptr<ConfigTree> newTree() { return std::make_unique<ConfigTree>(); }

TEST_CASE("config values: a tree gives back what was written, in order") {
  const auto tree = newTree();
  for (const char* text :
       {"null", "true", "false", "-2.5", "''", "'same'", "[]", "{}", "[1,[2,[]],{}]",
        "{a:1,b:{c:[null,true,'x'],d:{}},e:'',f:[[1,2],[3,4]]}", "{a:1,a:2}", "[nan,inf,-inf,1048576]"}) {
    tree->clear();
    ConfigText(text, *tree);
    CHECK_FALSE(tree->finish());
    CHECK(textOf(tree->root()) == text);
  }
}

TEST_CASE("config values: views answer by kind, and with nothing where the kind does not fit") {
  const auto tree = newTree();
  ConfigText("{flag: true, number: 2, text: 'two', list: [1, 'b', null], object: {x: 1}, none: null}", *tree);
  const ConfigView root = tree->root();
  REQUIRE(root.is(Kind::kObject));
  CHECK(root.size() == 6);
  CHECK(root.find("flag").boolean());
  CHECK(root.find("number").number() == 2);
  CHECK(root.find("text").text() == "two");
  CHECK(root.find("list").size() == 3);
  CHECK(root.find("list").at(1).text() == "b");
  CHECK(root.find("list").at(2).is(Kind::kNull));
  CHECK(root.find("list").at(3).is(Kind::kMissing));
  CHECK(root.find("list").at(-1).is(Kind::kMissing));
  CHECK(root.find("list").at(400).is(Kind::kMissing));
  CHECK(root.find("list").find("x").is(Kind::kMissing));
  CHECK(root.find("object").find("x").key() == "x");
  CHECK(root.at(1).key() == "number");
  CHECK(root.find("none").isNull());
  CHECK(root.find("absent").isNull());
  CHECK_FALSE(root.find("absent").is(Kind::kNull));
  CHECK(root.find("flag").number() == 0);
  CHECK(root.find("number").text() == "");
  CHECK_FALSE(root.find("number").boolean());
  CHECK(root.find("text").find("x").is(Kind::kMissing));
  CHECK(ConfigView().kind() == Kind::kMissing);
  CHECK(ConfigView().size() == 0);
  CHECK(ConfigView().key() == "");
  CHECK(ConfigView().at(0).is(Kind::kMissing));
}

TEST_CASE("config values: forEach ends where it is told to") {
  const auto tree = newTree();
  ConfigText("[1, 2, 3, 4]", *tree);
  double sum = 0;
  tree->root().forEach([&](ConfigView value) {
    sum += value.number();
    return value.number() < 3;
  });
  CHECK(sum == 6);
}

TEST_CASE("config values: nth gives the values in the order of writing, and nothing past the last") {
  const auto tree = newTree();
  CHECK(tree->nth(0).is(Kind::kMissing));
  ConfigText("{a: [1, {b: true}, []], c: 'text', d: null}", *tree);
  const char* const shown[] = {
      "{a:[1,{b:true},[]],c:'text',d:null}", "[1,{b:true},[]]", "1", "{b:true}", "true", "[]", "'text'", "null"};
  const char* const keys[] = {"", "a", "", "", "b", "", "c", "d"};
  for (int i = 0; i < 8; ++i) {
    CHECK(textOf(tree->nth(i)) == shown[i]);
    CHECK(tree->nth(i).key() == keys[i]);
  }
  for (const int i : {8, 9, ConfigTree::kMostNodes, 1 << 30, -1}) CHECK(tree->nth(i).is(Kind::kMissing));
  tree->clear();
  CHECK(tree->nth(0).is(Kind::kMissing));
}

TEST_CASE("config values: a tree takes more until something goes wrong, and again once it is cleared") {
  const auto tree = newTree();
  CHECK(tree->takesMore());
  tree->beginList();
  for (int i = 1; i < ConfigTree::kMostNodes; ++i) {
    tree->null();
    CHECK(tree->takesMore());
  }
  CHECK(tree->end().takesMore());
  CHECK_FALSE(tree->finish());
  CHECK_FALSE(tree->null().takesMore());

  const std::string most(ConfigTree::kMostText, 'x');
  tree->clear();
  CHECK(tree->beginList().text(most).takesMore());
  CHECK_FALSE(tree->text("x").takesMore());
  tree->clear();
  CHECK_FALSE(tree->beginObject().key(most + "x").takesMore());
  tree->clear();
  for (int depth = 0; depth < ConfigTree::kMostDepth; ++depth) CHECK(tree->beginList().takesMore());
  CHECK_FALSE(tree->beginList().takesMore());
  CHECK_FALSE(tree->end().takesMore());
  tree->clear();
  CHECK_FALSE(tree->beginObject().number(1).takesMore());
  tree->clear();
  CHECK_FALSE(tree->end().takesMore());
  tree->clear();
  CHECK(tree->takesMore());
  CHECK_FALSE(tree->number(1).finish());
}

TEST_CASE("config values: what JSON has not is of no kind that anybody asks for, and says what it is") {
  const auto tree = newTree();
  tree->beginObject().key("f").foreign("a function").key("n").foreign("2n").end();
  REQUIRE_FALSE(tree->finish());
  const ConfigView foreign = tree->root().find("f");
  CHECK(foreign.is(Kind::kForeign));
  CHECK(foreign.description() == "a function");
  CHECK(foreign.text() == "");
  CHECK_FALSE(foreign.isNull());
  CHECK(tree->nth(2).description() == "2n");
  CHECK(tree->root().description() == "");
  Text shown;
  shown << foreign;
  CHECK(shown.view() == "a function");
  tree->clear();
  CHECK_FALSE(tree->foreign(std::string(ConfigTree::kMostText + 1, 'x')).takesMore());
}

TEST_CASE("config values: keys and texts are copied") {
  const auto tree = newTree();
  std::string key = "key", text = "text";
  tree->beginObject().key(key).text(text).end();
  key = "gone", text = "away";
  CHECK(tree->root().find("key").text() == "text");
}

TEST_CASE("config values: a tree that is full refuses more, and can be cleared") {
  const auto tree = newTree();
  tree->beginList();
  for (int i = 1; i < ConfigTree::kMostNodes; ++i) tree->number(i);
  tree->end();
  CHECK_FALSE(tree->finish());
  CHECK(tree->root().at(ConfigTree::kMostNodes - 2).number() == ConfigTree::kMostNodes - 1);
  tree->clear();
  tree->beginList();
  for (int i = 0; i < 2 * ConfigTree::kMostNodes; ++i) tree->text("x");
  tree->end();
  CHECK(textOf(tree->finish()) == "Error in DepthwiseConv2D: config must have at most 512 values, got more");
  CHECK(tree->root().is(Kind::kMissing));
  tree->clear();
  CHECK_FALSE(tree->number(1).finish());
}

TEST_CASE("config values: too much text is refused, and exactly enough is not") {
  const auto tree = newTree();
  const std::string most(ConfigTree::kMostText, 'x');
  CHECK_FALSE(tree->text(most).finish());
  CHECK(tree->root().text() == most);
  tree->clear();
  tree->beginList().text(most).text("").end();
  CHECK_FALSE(tree->finish());
  tree->clear();
  CHECK(textOf(tree->beginList().text(most).text("x").end().finish()) ==
        "Error in DepthwiseConv2D: config must have at most 8192 bytes of text, got more");
  tree->clear();
  CHECK(tree->beginObject().key(most + "x").number(1).end().finish());
}

TEST_CASE("config values: 16 lists in one another are allowed, 17 are not") {
  const auto tree = newTree();
  for (const int depth : {ConfigTree::kMostDepth, ConfigTree::kMostDepth + 1, 1000}) {
    tree->clear();
    for (int i = 0; i < depth; ++i) tree->beginList();
    for (int i = 0; i < depth; ++i) tree->end();
    CHECK(textOf(tree->finish()) ==
          (depth == ConfigTree::kMostDepth
               ? ""
               : "Error in DepthwiseConv2D: config must have lists and objects at most 16 deep, got deeper ones"));
  }
}

TEST_CASE("config values: what is not one value is refused") {
  const auto tree = newTree();
  const auto refused = [&](std::string_view what) {
    const std::string text = textOf(tree->finish());
    tree->clear();
    return text.find(what) != std::string::npos;
  };
  CHECK(refused("whole value"));
  tree->beginList();
  CHECK(refused("whole value"));
  tree->number(1).number(2);
  CHECK(refused("one value"));
  tree->end();
  CHECK(refused("one value"));
  tree->beginObject().number(1);
  CHECK(refused("key"));
  tree->beginObject().key("a").end();
  CHECK(refused("key"));
  tree->beginObject().key("a").key("b");
  CHECK(refused("key"));
  tree->key("a");
  CHECK(refused("key"));
  tree->beginList().key("a");
  CHECK(refused("key"));
}

TEST_CASE("config values: as the text of an error they are short") {
  const auto tree = newTree();
  const auto shown = [&](std::string_view text) {
    tree->clear();
    ConfigText(text, *tree);
    Text out;
    out << tree->root();
    return std::string(out.view());
  };
  CHECK(shown("null") == "null");
  CHECK(shown("true") == "true");
  CHECK(shown("nan") == "NaN");
  CHECK(shown("{a: 1}") == "an object");
  CHECK(shown("[1, 'a', [2], {}, null]") == "[1,'a',a list,an object,null]");
  CHECK(shown("[1,2,3,4,5,6,7,8]") == "[1,2,3,4,5,6,7,8]");
  CHECK(shown("[1,2,3,4,5,6,7,8,9]") == "[1,2,3,4,5,6,7,8,…]");
  CHECK(shown("'" + std::string(100, 'x') + "'") == "'" + std::string(40, 'x') + "…'");
  // Cut between two characters: the 20th é would end at byte 41.
  std::string accents;
  for (int i = 0; i < 30; ++i) accents += "é";
  CHECK(shown("'x" + accents + "'") == "'x" + accents.substr(0, 38) + "…'");
}

}  // namespace
}  // namespace depthwise
