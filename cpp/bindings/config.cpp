#include "bindings/config.h"

#include "bindings/method.h"

namespace depthwise {

EMSCRIPTEN_BINDINGS(depthwise_config) {
  function("Config.make", &make<Config>);
  function("Config.delete", &destroy<Config>);
  method<&Config::textBlock>("Config.textBlock");
  method<&Config::textBlockSize>("Config.textBlockSize");
  method<&Config::null>("Config.null");
  method<&Config::boolean>("Config.boolean");
  method<&Config::number>("Config.number");
  method<&Config::text>("Config.text");
  method<&Config::foreign>("Config.foreign");
  method<&Config::key>("Config.key");
  method<&Config::beginList>("Config.beginList");
  method<&Config::beginObject>("Config.beginObject");
  method<&Config::end>("Config.end");
  method<&Config::finish>("Config.finish");
  method<&Config::kindAt>("Config.kindAt");
  method<&Config::booleanAt>("Config.booleanAt");
  method<&Config::numberAt>("Config.numberAt");
  method<&Config::sizeAt>("Config.sizeAt");
  method<&Config::textAt>("Config.textAt");
  method<&Config::textLengthAt>("Config.textLengthAt");
  method<&Config::keyAt>("Config.keyAt");
  method<&Config::keyLengthAt>("Config.keyLengthAt");
}

}  // namespace depthwise
