import { parseId, parsePolicy, type Misfit, type Policy, type RunShape, type Stream } from '@refrain/core';
import { cutModel, type CutOptions, type ModelCut } from '../cut/cut-model.ts';
import { streamOfCut } from '../cut/stream-of-cut.ts';
import { loadGraph, type ModelSource } from '../graph/load.ts';
import { describe, type CompiledDescription } from './description.ts';
import { encodeCompiled } from './encode.ts';
import { rules } from './rules/registry.ts';
import { notCompilable, StepWriter } from './step-writer.ts';
import { modelStream } from './stream.ts';
import { whyNot } from './why-not.ts';

/** Rules are written down step by step, some as a table of steps by steps. */
const MOST_STEPS = 1000;

/** What to compile. */
export interface CompileOptions extends CutOptions {
  /** Path of an `.onnx` file, or its content. */
  readonly model: ModelSource;
  /** The policy, or its id. */
  readonly policy: Policy | string;
  /** How many steps a generation has; for rules that depend on it. */
  readonly steps?: number | undefined;
  /** The sampler's timesteps, from noise to sample, instead of `steps`; for rules with windows of timesteps. */
  readonly timesteps?: readonly number[] | undefined;
  /**
   * The guidance branches, which have a state each.
   * @defaultValue `['conditional']`
   */
  readonly branches?: readonly string[] | undefined;
  /** The architecture as policies with constants of certain models name it. */
  readonly architecture?: string | undefined;
}

/** A graph that holds the rule of a policy. */
export interface CompiledModel {
  /** The `.onnx` file. */
  readonly file: Uint8Array;
  /** What a host has to know; it is in the file's metadata as well, under the key `refrain`. */
  readonly description: CompiledDescription;
  /** Files in which weights lie, as the model names them: the compiled file must lie in their folder, as the model does. */
  readonly weightFiles: readonly string[];
}

/**
 * Writes the rule of a caching policy into the graph of a model. What is cached, and the few numbers that the rule
 * remembers, are further inputs and outputs; whether a step computes its blocks or reuses them is decided inside, by an
 * `If`. The file runs in any host with ONNX Runtime, without Refrain.
 *
 * @param options - the model, the policy, and what its rule depends on
 * @throws OnnxError `POLICY_NOT_COMPILABLE` with the reason, and what reading and cutting the model throws;
 *   PolicyConfigError for an id that is none
 *
 * @example
 * ```ts
 * const { file, description } = await compileModel({ model: 'model.onnx', policy: 'fbcache(threshold=0.12)' });
 * await writeFile('cached.onnx', file);
 * ```
 */
export async function compileModel(options: CompileOptions): Promise<CompiledModel> {
  return compileCut(cutModel(await loadGraph(options.model), options), options);
}

/**
 * The same for a model that was read and cut before.
 *
 * @param cut - the model and where it is cut
 * @param options - the policy, and what its rule depends on
 * @throws OnnxError `POLICY_NOT_COMPILABLE`
 */
export function compileCut(cut: ModelCut, options: Omit<CompileOptions, 'model'>): CompiledModel {
  const policy = typeof options.policy === 'string' ? parsePolicy(options.policy) : options.policy;
  const stream = streamOfCut(cut);
  const steps = requireSteps(options.timesteps?.length ?? options.steps);
  const run = shapeOf(options, stream, steps);
  const emit = rules.get(parseId(policy.id).name);
  if (!emit) throw notCompilable(whyNot(policy, [...rules.keys()]));
  const warnings = requireFit(policy, run);
  const step = new StepWriter(modelStream(cut, stream), run, steps);
  emit(policy, step);
  step.finish();
  const { nodes, states } = step.written;
  const description = describe(cut.graph, { policy, states, run, steps, output: cut.output, warnings });
  const weightFiles = [...new Set(cut.graph.externalWeights.map(({ location }) => location))];
  return { file: encodeCompiled(cut, nodes, states, description), description, weightFiles };
}

function requireSteps(steps: number | undefined): number | undefined {
  if (steps === undefined || (Number.isInteger(steps) && steps >= 2 && steps <= MOST_STEPS)) return steps;
  throw notCompilable(`expected from 2 to ${MOST_STEPS} steps, got ${steps}`);
}

/** The runs that are compiled for. Rules that do not depend on the number of steps may be given one without an end. */
function shapeOf(
  { timesteps = [], branches = ['conditional'], architecture }: Omit<CompileOptions, 'model'>,
  stream: Stream,
  steps = Number.MAX_SAFE_INTEGER,
): RunShape {
  const [branch] = branches;
  if (branch === undefined) throw notCompilable('expected at least one guidance branch');
  return {
    steps,
    timesteps,
    branches,
    branch,
    call: 0,
    callsPerStep: 1,
    stream,
    ...(architecture !== undefined && { architecture }),
  };
}

/** What does not fit the run: errors are thrown, warnings returned. */
function requireFit(policy: Policy, run: RunShape): readonly string[] {
  const misfits: readonly Misfit[] = policy.fit?.(run) ?? [];
  const error = misfits.find(({ severity }) => severity === 'error');
  if (error) throw notCompilable(error.message);
  return misfits.map(({ message }) => message);
}
