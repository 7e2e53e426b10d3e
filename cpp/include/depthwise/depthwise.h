#pragma once

/// All public headers of the library.
#include "depthwise/error.h"
#include "depthwise/geometry.h"
#include "depthwise/layer.h"
