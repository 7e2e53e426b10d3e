#include "dense/correlation.h"
#include "dense/dense.h"
#include "dense/nchw.h"

namespace depthwise {

Status conv2dForward(const DenseGeometry& g, const float* x, const float* filter, const Epilogue& epilogue, float* y,
                     const float* factors) {
  if (g.batch == 0) return {};
  const int images = imagesAtATime(g);
  NhwcImages xImages(g.layout, g.xShape(), images), yImages(g.layout, g.yShape(), images);
  for (const Status status : {xImages.status(), yImages.status()}) {
    if (!status) return status;
  }
  const DenseCorrelation all = forwardCorrelation(withImages(g, images));
  const int taps = g.height.taps * g.width.taps;
  const bool packs = Correlator::isPackingFaster(all);
  const ptrdiff_t pixels = ptrdiff_t{g.batch} * g.height.out * g.width.out;
  // One thread copies NCHW images.
  const int unit = g.layout == Layout::kNchw ? g.outChannels : Correlator::unitOfChannels(g.outChannels, pixels);
  return parallelFor(g.outChannels, unit, workOf(g), [&](ptrdiff_t first, ptrdiff_t end) {
    const IndexRange channels{static_cast<int>(first), static_cast<int>(end - first)};
    Correlator correlator(all, channels, taps, packs, filter, epilogue, factors);
    if (!correlator.status()) return correlator.status();
    forEachRange(g.batch, images, [&](IndexRange range) {
      correlator.compute(forwardCorrelation(withImages(g, range.count)), xImages.read(x, range),
                         yImages.memoryFor(y, range));
      yImages.write(y, range);
    });
    return Status{};
  });
}

}  // namespace depthwise
