#include "config.h"

#include <emscripten/bind.h>

#include <new>

namespace depthwise {
namespace {

/// Null where there is no memory for it.
Config* makeConfig() { return new (std::nothrow) Config; }

}  // namespace

EMSCRIPTEN_BINDINGS(depthwise_config) {
  emscripten::class_<Config, emscripten::base<Fallible>>("Config")
      .class_function("make", &makeConfig, emscripten::allow_raw_pointers())
      .function("textBlock", &Config::textBlock)
      .function("textBlockSize", &Config::textBlockSize)
      .function("null", &Config::null)
      .function("boolean", &Config::boolean)
      .function("number", &Config::number)
      .function("text", &Config::text)
      .function("foreign", &Config::foreign)
      .function("key", &Config::key)
      .function("beginList", &Config::beginList)
      .function("beginObject", &Config::beginObject)
      .function("end", &Config::end)
      .function("finish", &Config::finish)
      .function("kindAt", &Config::kindAt)
      .function("booleanAt", &Config::booleanAt)
      .function("numberAt", &Config::numberAt)
      .function("sizeAt", &Config::sizeAt)
      .function("textAt", &Config::textAt)
      .function("textLengthAt", &Config::textLengthAt)
      .function("keyAt", &Config::keyAt)
      .function("keyLengthAt", &Config::keyLengthAt);
}

}  // namespace depthwise
