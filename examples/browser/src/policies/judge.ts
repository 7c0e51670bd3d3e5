import { parsePolicy, PolicyConfigError, requireNeeds, type OptionIssue, type Policy } from '@refrain/core';
import { flowMatchingSchedule } from '@refrain/diffusion';
import type { ModelOffer } from '../messages.ts';
import type { Settings } from '../settings/settings.ts';

/** What can be said of a policy before anything runs: policies are pure, so the page can ask them itself. */
export interface Judgement {
  /** Why it will not run; undefined when it will. */
  readonly refusal?: string;
  /** What is wrong with single options. */
  readonly issues: readonly OptionIssue[];
  /** What the run will warn of. */
  readonly warnings: readonly string[];
  /** The policy, when the id is one. */
  readonly policy?: Policy;
}

/**
 * Looks whether an id is a policy, whether the model can serve it, and whether its constants fit the run.
 *
 * @param offer - of the open model; without one only the id is looked at
 */
export function judge(
  { policy: id, steps, guidance }: Pick<Settings, 'policy' | 'steps' | 'guidance'>,
  offer: ModelOffer | undefined,
): Judgement {
  try {
    const policy = parsePolicy(id);
    if (!offer) return { policy, issues: [], warnings: [] };
    requireNeeds(policy, { ...offer, operations: new Set(offer.operations) });
    const misfits = policy.fit?.(shapeOf(steps, guidance, offer)) ?? [];
    const refusal = misfits.find(({ severity }) => severity === 'error')?.message;
    const warnings = misfits.flatMap(({ severity, message }) => (severity === 'warning' ? [message] : []));
    return { policy, issues: [], warnings, ...(refusal !== undefined && { refusal }) };
  } catch (error) {
    const issues = error instanceof PolicyConfigError ? error.issues : [];
    return { refusal: plainMessage(error), issues, warnings: [] };
  }
}

function shapeOf(
  steps: number,
  guidance: number,
  { stream, architecture }: ModelOffer,
): Parameters<NonNullable<Policy['fit']>>[0] {
  const { timesteps } = flowMatchingSchedule({ steps, shift: 3 });
  const branches = guidance === 1 ? ['conditional'] : ['conditional', 'unconditional'];
  return {
    steps,
    timesteps,
    branches,
    branch: 'conditional',
    call: 0,
    callsPerStep: 1,
    stream,
    architecture,
  };
}

/** The message of an error without the package that it came from, which is of no use to readers of the page. */
export function plainMessage(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/^\[[\w-]+\]\s*/, '');
}
