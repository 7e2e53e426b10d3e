import { convnext, efficientnet, mobilenetV1, mobilenetV2, resnet } from '../shared/networks.js';

/**
 * The networks that npm run compare:train trains, each with its usual width, and the learning rate of SGD.
 *
 * The learning rates of MobileNet and ResNet are small, because their first gradients are large (for MobileNetV1, the norm is about 100): with
 * a larger rate, a rounding error in one step is a visible difference two steps later, on any two backends.
 */
export const networks = {
  v1: { title: 'MobileNetV1', build: mobilenetV1, learningRate: 2e-5, alpha: 0.25 },
  v2: { title: 'MobileNetV2', build: mobilenetV2, learningRate: 2e-5, alpha: 0.35 },
  efficientnet: { title: 'EfficientNet-like network', build: efficientnet, learningRate: 1e-3, alpha: 0.35 },
  convnext: { title: 'ConvNeXt-like network', build: convnext, learningRate: 1e-3, alpha: 1 / 3 },
  resnet: { title: 'ResNet-18-like network', build: resnet, learningRate: 2e-5, alpha: 0.25 },
};
