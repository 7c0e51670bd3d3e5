export { encodeGif, encodeWebp, type AnimationOptions } from './animation.ts';
export { encodePng, type ContactSheetOptions } from './contact-sheet.ts';
export { ddim, ddimSchedule, ddimStep, type DdimOptions, type DdimSchedule } from './ddim.ts';
export { DiffusionError, UnknownWordError, type DiffusionErrorCode, type UnknownWord } from './errors.ts';
export {
  eulerStep,
  flowMatchingEuler,
  flowMatchingSchedule,
  type FlowMatchingOptions,
  type FlowMatchingSchedule,
} from './flow-matching.ts';
export { guide } from './guidance.ts';
export { cumulativeAlphas, type NoiseScheduleName, type NoiseScheduleOptions } from './noise-schedule.ts';
export { gaussianNoise } from './noise.ts';
export { framePsnr, maxAbsDifference, psnr } from './psnr.ts';
export type { Sampler } from './sampler.ts';
export { ssim } from './ssim.ts';
export { temporalDifference, temporalDifferenceError } from './temporal-difference.ts';
export { createWordTokenizer, type WordTokenizer, type WordVocabulary } from './tokenizer.ts';
export { video, type Video, type VideoDimensions } from './video.ts';
