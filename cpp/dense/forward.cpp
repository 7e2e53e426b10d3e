#include "dense/correlation.h"
#include "dense/dense.h"
#include "dense/nchw.h"

namespace depthwise {

Status conv2dForward(const DenseGeometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y,
                     const float* factors) {
  if (g.batch == 0) return {};
  const int images = imagesAtATime(g);
  NhwcImages xImages(g.layout, g.xShape(), images), yImages(g.layout, g.yShape(), images);
  const DenseCorrelation all = forwardCorrelation(withImages(g, images));
  Correlator correlator(all, g.height.taps * g.width.taps, Correlator::isPackingFaster(all), filter, epilogue, factors);
  for (const Status status : {xImages.status(), yImages.status(), correlator.status()}) {
    if (!status) return status;
  }
  forEachRange(g.batch, images, [&](IndexRange range) {
    correlator.compute(forwardCorrelation(withImages(g, range.count)), xImages.read(x, range),
                       yImages.memoryFor(y, range));
    yImages.write(y, range);
  });
  return {};
}

}  // namespace depthwise
