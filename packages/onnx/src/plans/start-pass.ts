import type { Float32Tensor, Pass, TapRequest } from '@refrain/core';
import type { OnnxFeature } from '../feature/feature.ts';
import type { ModelParts } from '../parts.ts';
import { startPass } from '../pass.ts';
import type { NamedTensors } from '../sessions/part-session.ts';
import { startGatedPass } from './gated-pass.ts';
import { startLazyPass } from './lazy-pass.ts';
import type { SessionPlan } from './plan.ts';
import { WholeSessions } from './whole-sessions.ts';

/** Starts a pass of the model. */
export type StartPass = (
  inputs: NamedTensors,
  look?: readonly TapRequest[],
) => Promise<Pass<OnnxFeature, Float32Tensor>>;

/** How a model is passed through. */
export interface Passes {
  /** Starts a pass. */
  readonly start: StartPass;
  /** The sessions of a fused or gated plan. */
  readonly whole: WholeSessions | undefined;
}

/**
 * How passes are started under a plan.
 *
 * @param plan - how the model is divided
 * @param parts - its pieces
 */
export function passesOf(plan: SessionPlan, parts: ModelParts): Passes {
  if (plan.name === 'chain')
    return { start: (inputs, look) => startPass(parts, inputs, look), whole: undefined };
  const whole = new WholeSessions(parts, plan.gate);
  const { gate } = plan;
  if (gate) return { start: (inputs, look) => startGatedPass(whole, gate, inputs, look), whole };
  return { start: (inputs, look) => startLazyPass(whole, inputs, look), whole };
}
