import type { Policy } from '@refrain/core';
import type { StepWriter } from '../step-writer.ts';

/**
 * Writes the rule of a policy into a graph: one step, from its first look to the state that it leaves behind. The decisions
 * are those of the policy under the executor, in the same arithmetic.
 *
 * @param policy - one that the rule belongs to
 * @param step - what is written
 * @throws OnnxError `POLICY_NOT_COMPILABLE` when the rule cannot be written with these options
 */
export type RuleEmitter = (policy: Policy, step: StepWriter) => void;
