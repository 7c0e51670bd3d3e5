import { create, toBinary } from '@bufbuild/protobuf';
import { parseId, parsePolicy, streamOf, type Misfit, type Policy, type RunShape } from '@refrain/core';
import { cutModel, type ModelCut } from '../cut/cut-model.ts';
import type { EndpointOptions } from '../cut/endpoints.ts';
import { elementTypeCode, FLOAT32 } from '../graph/element-type.ts';
import type { Graph } from '../graph/graph.ts';
import {
  GraphProtoSchema,
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  ValueInfoProtoSchema,
} from '../graph/proto/onnx_pb.js';
import { readGraph } from '../graph/read.ts';
import { describe, type CompiledDescription } from './description.ts';
import { FLOAT64 } from './node-writer.ts';
import { rules } from './rules/registry.ts';
import { declared, INDICATOR, REUSED, type StateTensor } from './state.ts';
import { notCompilable, StepWriter } from './step-writer.ts';
import { modelStream } from './stream.ts';
import { whyNot } from './why-not.ts';

/** What to compile. */
export interface CompileOptions extends EndpointOptions {
  /** Content of an `.onnx` file. */
  readonly model: Uint8Array;
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
 * const { file, description } = compileModel({ model: await readFile('model.onnx'), policy: 'fbcache(threshold=0.12)' });
 * await writeFile('cached.onnx', file);
 * ```
 */
export function compileModel(options: CompileOptions): CompiledModel {
  const graph = readGraph(options.model);
  return compileGraph(graph, cutModel(graph, options), options);
}

/**
 * The same for a model that was read and cut before.
 *
 * @param graph - the model
 * @param cut - where it is cut
 * @param options - the policy, and what its rule depends on
 * @throws OnnxError `POLICY_NOT_COMPILABLE`
 */
export function compileGraph(
  graph: Graph,
  cut: ModelCut,
  options: Omit<CompileOptions, 'model'>,
): CompiledModel {
  const policy = typeof options.policy === 'string' ? parsePolicy(options.policy) : options.policy;
  const stream = streamOf([...cut.blocks, ...cut.inner], [...cut.conditioning.keys()]);
  const { timesteps = [], branches = ['conditional'], architecture } = options;
  const steps = options.timesteps?.length ?? options.steps;
  const run: RunShape = {
    steps: steps ?? Number.MAX_SAFE_INTEGER,
    timesteps,
    branches,
    branch: branches[0] ?? 'conditional',
    call: 0,
    callsPerStep: 1,
    stream,
    ...(architecture !== undefined && { architecture }),
  };
  const emit = rules.get(parseId(policy.id).name);
  if (!emit) throw notCompilable(whyNot(policy, [...rules.keys()]));
  const warnings = requireFit(policy, run);
  const step = new StepWriter(modelStream(graph, cut, stream), run, steps);
  emit(policy, step);
  step.finish();
  const { nodes, states } = step.written;
  const description = describe(graph, { policy, states, run, steps, output: cut.output, warnings });
  return { file: encode(graph, cut, nodes, states, description), description };
}

/** What does not fit the run: errors are thrown, warnings returned. */
function requireFit(policy: Policy, run: RunShape): readonly string[] {
  const misfits: readonly Misfit[] = policy.fit?.(run) ?? [];
  const error = misfits.find(({ severity }) => severity === 'error');
  if (error) throw notCompilable(error.message);
  return misfits.map(({ message }) => message);
}

/** The file as it was, with another graph and the description in its metadata. */
function encode(
  graph: Graph,
  { output }: ModelCut,
  { nodes, constants }: StepWriter['written']['nodes'],
  states: readonly StateTensor[],
  description: CompiledDescription,
): Uint8Array {
  const written = new Set(nodes.flatMap((node) => node.output));
  const types = new Map(graph.proto.output.map((declaration) => [declaration.name, declaration]));
  const untyped = (name: string): ReturnType<typeof declared> => create(ValueInfoProtoSchema, { name });
  const ofState = (name: string, { type }: StateTensor): ReturnType<typeof declared> =>
    type === 'float64' ? declared(name, FLOAT64, 1) : untyped(name);
  const compiled = Object.assign(create(GraphProtoSchema), graph.proto, {
    node: [...nodes],
    initializer: [...graph.proto.initializer, ...constants],
    input: [
      ...graph.proto.input,
      ...states.map(({ input, type }) =>
        type === 'float64' ? declared(input, FLOAT64, 1) : declared(input, elementTypeCode(type) ?? FLOAT32),
      ),
    ],
    output: [
      types.get(output) ?? untyped(output),
      ...[REUSED, INDICATOR].filter((name) => written.has(name)).map(untyped),
      ...states.map((state) => ofState(state.output, state)),
    ],
    valueInfo: [],
  });
  const entry = create(StringStringEntryProtoSchema, { key: 'refrain', value: JSON.stringify(description) });
  const metadataProps = [...graph.model.metadataProps.filter(({ key }) => key !== 'refrain'), entry];
  return toBinary(
    ModelProtoSchema,
    Object.assign(create(ModelProtoSchema), graph.model, { graph: compiled, metadataProps }),
  );
}
