import { SimError } from '../../errors.ts';
import type { CostModel } from '../cost-model.ts';
import { devices } from '../roofline/device.ts';
import { ditModels } from '../roofline/dit-models.ts';
import { rooflineCosts } from '../roofline/roofline-costs.ts';
import { publishedLatencies, type PublishedName } from './latencies.ts';

/** Names of models whose latency and dimensions are both known. */
export type PublishedModelName = Exclude<PublishedName, 'open-sora-plan-1.1'>;

/** What the published latency does not say. */
export interface PublishedCostsOptions {
  /**
   * Share of the latency that the blocks take, above 0 and at most 1. BWCache's paper says more than 80 % of the denoising
   * time; on Open-Sora its latencies fit best between 0.8 and 0.93, and its reuse rate asks for 0.89 or more (see
   * docs/simulation/cost-models.md).
   *
   * @defaultValue 0.9
   */
  readonly blockShare?: number;
  /**
   * Passes of a step that the latency is divided by. Give 2 for a recording with two guidance branches where the published
   * run has both in one pass.
   *
   * @defaultValue as published, see {@link DitModel.passesPerStep}
   */
  readonly passesPerStep?: number;
}

/**
 * Costs of a published model on an A800, so that a whole generation takes its published latency. Assumed: every step costs
 * the same; blocks take `blockShare` of it, split among attention, cross-attention and MLP as their roofline times;
 * everything else, with text encoder and autoencoder, is spread over the steps as `frame`; reuse, keeping and indicators
 * cost what memory traffic costs on the roofline, since nothing is published about them alone.
 *
 * @param name - model and setting, see {@link publishedLatencies}
 * @param options - what the latency does not say
 * @returns costs of one pass; positions as those of {@link ditStream}
 * @throws SimError `OPTION_INVALID`
 *
 * @example
 * ```ts
 * const costs = publishedCosts('hunyuan-video');
 * costs.frame + costs.whole.reduce((sum, seconds) => sum + seconds, 0); // 22.44 s a step: 1122 s in 50 steps
 * ```
 */
export function publishedCosts(name: PublishedModelName, options: PublishedCostsOptions = {}): CostModel {
  const model = ditModels[name];
  const { blockShare = 0.9, passesPerStep = model.passesPerStep } = options;
  requireShare(blockShare);
  requirePasses(passesPerStep);
  const { plain, steps, setting, device } = publishedLatencies[name];
  const shape = rooflineCosts(model, devices['a800-80gb']);
  const pass = plain / steps / passesPerStep;
  const scale = (pass * blockShare) / shape.whole.reduce((sum, seconds) => sum + seconds, 0);
  return {
    ...shape,
    source: `published ${setting}, ${plain} s on ${device}, ${blockShare * 100} % in blocks`,
    frame: pass * (1 - blockShare),
    whole: shape.whole.map((seconds) => seconds * scale),
    value: shape.value.map((seconds) => seconds * scale),
  };
}

function requireShare(share: number): void {
  if (share > 0 && share <= 1) return;
  throw new SimError(
    'OPTION_INVALID',
    `[sim] blockShare: expected a share above 0 and at most 1, got ${share}`,
  );
}

function requirePasses(passes: number): void {
  if (Number.isInteger(passes) && passes >= 1) return;
  throw new SimError(
    'OPTION_INVALID',
    `[sim] passesPerStep: expected an integer of at least 1, got ${passes}`,
  );
}
