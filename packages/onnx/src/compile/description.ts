import type { Policy, RunShape } from '@refrain/core';
import { elementTypeName } from '../graph/element-type.ts';
import type { Graph } from '../graph/graph.ts';
import { NEXT, REUSED, STATE, type StateTensor } from './state.ts';

/** What a host has to know of a compiled graph. Plain data. */
export interface CompiledDescription {
  /** Version of this description. */
  readonly format: 1;
  /** The policy whose rule the graph holds. */
  readonly policy: string;
  /** How many steps a generation has; null where the rule does not depend on it. */
  readonly steps: number | null;
  /** The guidance branches; each has a state of its own, in the order of `initial`. */
  readonly branches: readonly string[];
  /** What the model wants, as before; free sizes by their names. */
  readonly inputs: readonly {
    readonly name: string;
    readonly type: string;
    readonly shape: readonly (number | string)[] | null;
  }[];
  /** The model's output. */
  readonly output: string;
  /** Output of one bool: whether this step was reused. */
  readonly reused: string;
  /** What is carried from step to step. */
  readonly state: readonly StateTensor[];
  /** How to run it, in words. */
  readonly howToRun: string;
  /** Constants of the policy that do not fit the run well. */
  readonly warnings: readonly string[];
}

/** What is described. */
export interface Described {
  readonly policy: Policy;
  readonly states: readonly StateTensor[];
  readonly run: RunShape;
  readonly steps: number | undefined;
  readonly output: string;
  readonly warnings: readonly string[];
}

/** Describes a compiled graph. */
export function describe(
  graph: Graph,
  { policy, states, run, steps, output, warnings }: Described,
): CompiledDescription {
  return {
    format: 1,
    policy: policy.id,
    steps: steps ?? null,
    branches: run.branches,
    inputs: graph.inputs.map(({ name, elementType, shape }) => ({
      name,
      type: elementTypeName(elementType),
      shape: shape ?? null,
    })),
    output,
    reused: REUSED,
    state: states,
    howToRun:
      `Before the first step of a generation set every input that begins with ${STATE} to its initial value: a number as ` +
      'float64 of shape [1], "empty" as a tensor of shape [0]. Run one step. Then feed what came out under ' +
      `${NEXT}NAME as ${STATE}NAME to the next step. Each guidance branch has a state of its own. Start every generation anew.`,
    warnings,
  };
}
