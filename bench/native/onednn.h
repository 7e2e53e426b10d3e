#pragma once

#include <algorithm>
#include <oneapi/dnnl/dnnl.hpp>
#include <unordered_map>

#include "calls.h"

namespace depthwise {

/// A call of oneDNN that computes the same as a Call. Tensors are NHWC. oneDNN selects the layout of the filter and of
/// its gradient: converting them is not part of the time. Needs version 2 of oneDNN.
class OneDnnCall {
 public:
  /// `a`, `b`: the operands of the call, which must live as long as this object.
  OneDnnCall(const Call& call, float* a, float* b)
      : call_(call), engine_(dnnl::engine::kind::cpu, 0), stream_(engine_) {
    using namespace dnnl;
    const ConvParams& p = call.params;
    const memory::dims x{p.x[0], p.x[3], p.x[1], p.x[2]};
    const int64_t outChannels = call.isDense ? p.filter[3] : p.x[3];
    const int64_t groups = call.isDense ? 1 : p.x[3];
    const auto outSize = [&](int axis) { return (p.x[axis + 1] + p.strides[axis] - 1) / p.strides[axis]; };
    const auto padding = [&](int axis) {
      return std::max<int64_t>(0, (outSize(axis) - 1) * p.strides[axis] + p.filter[axis] - p.x[axis + 1]);
    };
    const memory::dims y{p.x[0], outChannels, outSize(0), outSize(1)};
    const memory::dims strides{p.strides[0], p.strides[1]};
    const memory::dims before{padding(0) / 2, padding(1) / 2};
    const memory::dims after{padding(0) - before[0], padding(1) - before[1]};
    const memory::dims filter = call.isDense ? memory::dims{outChannels, p.filter[2], p.filter[0], p.filter[1]}
                                             : memory::dims{groups, 1, 1, p.filter[0], p.filter[1]};
    using Tag = memory::format_tag;
    constexpr auto kFloat = memory::data_type::f32;
    const memory::desc xDesc(x, kFloat, Tag::nhwc), yDesc(y, kFloat, Tag::nhwc), anyFilter(filter, kFloat, Tag::any);
    filterDesc_ = memory::desc(filter, kFloat, call.isDense ? Tag::hwio : Tag::hwigo);

    constexpr auto kDirect = algorithm::convolution_direct;
    const convolution_forward::primitive_desc forwardDesc(
        {prop_kind::forward_training, kDirect, xDesc, anyFilter, yDesc, strides, before, after}, engine_);
    memory::desc filterUsed = forwardDesc.weights_desc();
    switch (call.pass) {
      case CallPass::kForward:
        primitive_ = convolution_forward(forwardDesc);
        break;
      case CallPass::kInputGradient: {
        const convolution_backward_data::primitive_desc desc({kDirect, xDesc, anyFilter, yDesc, strides, before, after},
                                                             engine_, forwardDesc);
        filterUsed = desc.weights_desc();
        primitive_ = convolution_backward_data(desc);
        break;
      }
      case CallPass::kFilterGradient: {
        const convolution_backward_weights::primitive_desc desc(
            {kDirect, xDesc, anyFilter, yDesc, strides, before, after}, engine_, forwardDesc);
        filterUsed = desc.diff_weights_desc();
        primitive_ = convolution_backward_weights(desc);
        break;
      }
    }
    filter_ = memory(filterUsed, engine_);
    switch (call.pass) {
      case CallPass::kForward:
        out_ = memory(yDesc, engine_);
        convert(memory(filterDesc_, engine_, b), filter_);
        arguments_ = {{DNNL_ARG_SRC, memory(xDesc, engine_, a)}, {DNNL_ARG_WEIGHTS, filter_}, {DNNL_ARG_DST, out_}};
        break;
      case CallPass::kInputGradient:
        out_ = memory(xDesc, engine_);
        convert(memory(filterDesc_, engine_, b), filter_);
        arguments_ = {
            {DNNL_ARG_DIFF_DST, memory(yDesc, engine_, a)}, {DNNL_ARG_WEIGHTS, filter_}, {DNNL_ARG_DIFF_SRC, out_}};
        break;
      case CallPass::kFilterGradient:
        arguments_ = {{DNNL_ARG_SRC, memory(xDesc, engine_, a)},
                      {DNNL_ARG_DIFF_DST, memory(yDesc, engine_, b)},
                      {DNNL_ARG_DIFF_WEIGHTS, filter_}};
        break;
    }
  }

  void run() {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

  /// Copies the result to `out`, in the layout of this library.
  void read(float* out) {
    if (call_.pass == CallPass::kFilterGradient) {
      convert(filter_, dnnl::memory(filterDesc_, engine_, out));
    } else {
      std::copy_n(static_cast<const float*>(out_.get_data_handle()), call_.outSize, out);
    }
  }

 private:
  void convert(dnnl::memory from, dnnl::memory to) {
    dnnl::reorder(from, to).execute(stream_, from, to);
    stream_.wait();
  }

  Call call_;
  dnnl::engine engine_;
  dnnl::stream stream_;
  dnnl::primitive primitive_;
  dnnl::memory::desc filterDesc_;
  dnnl::memory filter_, out_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

}  // namespace depthwise
