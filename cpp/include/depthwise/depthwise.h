#pragma once

/// All public headers of the library.
#include "depthwise/activation.h"
#include "depthwise/convolution.h"
#include "depthwise/error.h"
#include "depthwise/geometry.h"
#include "depthwise/layer.h"
#include "depthwise/memory.h"
