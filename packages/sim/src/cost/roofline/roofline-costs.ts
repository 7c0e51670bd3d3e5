import { SimError } from '../../errors.ts';
import type { CostModel } from '../cost-model.ts';
import type { Device, Precision } from './device.ts';
import { blocksOf, modulesOf, type DitModel } from './dit-model.ts';
import { frameOperators, siteOperators, type Operator, type SiteOperators } from './operators.ts';

/** How a roofline is read. */
export interface RooflineOptions {
  /** @defaultValue `bf16` */
  readonly precision?: Precision;
  /**
   * Share of the device's peaks that is reached, above 0 and at most 1; 1 gives a bound that no implementation beats.
   *
   * @defaultValue 0.6: about what Wan 2.1 14B and HunyuanVideo reach on an A800 by their published latencies
   */
  readonly achieved?: number;
  /** Of sketched indicators. @defaultValue 61 */
  readonly stride?: number;
}

/** What a pass of a model computes and moves. */
export interface PassWork {
  /** Floating-point operations of matrix products; a multiply-add counts as two. */
  readonly flops: number;
  /** Numbers read from and written to the device's memory. */
  readonly moved: number;
}

const BYTES: Readonly<Record<Precision, number>> = { bf16: 2, fp32: 4 };

/** A device reads its memory in pieces of this many bytes, however few of them are wanted (CUDA C++ best practices guide). */
const SECTOR = 32;

/**
 * Costs of a model's pass on a device, from its dimensions: each kernel takes as long as its products at the device's peak
 * or its memory traffic at the peak bandwidth, whichever is longer (Williams et al., Roofline, CACM 2009), and kernels
 * follow one another.
 *
 * Positions are those of {@link ditStream}; {@link spreadCosts} makes them those of another stream. What no roofline
 * knows is 0 or left out: launching kernels, more stretches, text encoder and autoencoder.
 *
 * @param model - of {@link ditModels}, or your own
 * @param device - of {@link devices}, or your own
 * @param options - precision and share of the peaks
 * @throws SimError `OPTION_INVALID`
 *
 * @example
 * ```ts
 * const costs = rooflineCosts(ditModels['wan-2.1-14b'], devices['h200']);
 * ```
 */
export function rooflineCosts(model: DitModel, device: Device, options: RooflineOptions = {}): CostModel {
  const { precision = 'bf16', achieved = 0.6, stride = 61 } = options;
  requireOptions(achieved, stride);
  const bytes = BYTES[precision];
  const seconds = (operators: readonly Operator[]): number =>
    operators.reduce(
      (sum, { flops, moved }) =>
        sum + Math.max(flops / device.flops[precision], (moved * bytes) / device.bandwidth) / achieved,
      0,
    );
  const sites = sitesOf(model);
  const feature = model.batch * model.frames * model.tokensPerFrame * model.width;
  const pass = (count: number): number => seconds([{ flops: 0, moved: count * feature }]);
  const sketched = Math.min(1, SECTOR / bytes / stride);
  return {
    source: `roofline ${device.name}, ${precision}, ${achieved * 100} % of peak: ${model.name}`,
    frame: seconds(frameOperators(model)),
    whole: sites.map(({ value, apply }) => seconds(value) + seconds(apply)),
    value: sites.map(({ value }) => seconds(value)),
    stretch: 0,
    // Stream and residual are read, the sum is written.
    reuse: pass(3),
    keep: pass(3),
    // The feature is written out, then it and its reference are read.
    indicator: pass(3),
    sketchedIndicator: pass(sketched + 3 / stride),
  };
}

/** Products and memory traffic of one pass of a model. */
export function passWork(model: DitModel): PassWork {
  const operators = [
    ...frameOperators(model),
    ...sitesOf(model).flatMap(({ value, apply }) => [...value, ...apply]),
  ];
  return {
    flops: operators.reduce((sum, { flops }) => sum + flops, 0),
    moved: operators.reduce((sum, { moved }) => sum + moved, 0),
  };
}

function sitesOf(model: DitModel): readonly SiteOperators[] {
  return blocksOf(model).flatMap((block) =>
    modulesOf(block).map((kind) => siteOperators(model, block, kind)),
  );
}

function requireOptions(achieved: number, stride: number): void {
  if (!(achieved > 0 && achieved <= 1))
    throw new SimError(
      'OPTION_INVALID',
      `[sim] achieved: expected a share of the peak above 0 and at most 1, got ${achieved}`,
    );
  if (!Number.isInteger(stride) || stride < 1)
    throw new SimError('OPTION_INVALID', `[sim] stride: expected an integer of at least 1, got ${stride}`);
}
