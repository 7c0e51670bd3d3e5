import {
  parsePolicy,
  type BlockRunner,
  type Float32Tensor,
  type ModelSite,
  type Policy,
} from '@refrain/core';
import { cutModel, type CutOptions } from './cut/cut-model.ts';
import { streamOfCut } from './cut/stream-of-cut.ts';
import { OnnxError } from './errors.ts';
import { asFloat32, type OnnxFeature } from './feature/feature.ts';
import { onnxFeatureOps } from './feature/operations.ts';
import type { TensorDeclaration } from './graph/graph.ts';
import { loadGraph, type ModelSource } from './graph/load.ts';
import { runtimeInputs, type OnnxInput } from './input.ts';
import { modelParts, type ModelParts } from './parts.ts';
import { pendingOps } from './plans/pending-feature.ts';
import { choosePlan, type PlanName, type SessionPlan } from './plans/plan.ts';
import { passesOf, type StartPass } from './plans/start-pass.ts';
import type { WholeSessions } from './plans/whole-sessions.ts';
import { selfCheck } from './self-check.ts';
import type { SessionOptions } from './sessions/options.ts';
import { createPool, type ExternalDataOption } from './sessions/pool.ts';
import type { SpanShape } from './span/shape.ts';
import { float32FromRuntime } from './tensor.ts';

/** How to load a model. */
export interface OnnxRunnerOptions extends SessionOptions, ExternalDataOption, CutOptions {
  /** Path of an `.onnx` file, or its content. Weights in other files are found beside a path. */
  readonly model: ModelSource;
  /**
   * Shown in reports and errors.
   * @defaultValue the name of the graph in the file
   */
  readonly name?: string | undefined;
  /**
   * Compare the model in pieces with the whole model while loading.
   * @defaultValue true
   */
  readonly selfCheck?: boolean | undefined;
  /**
   * Sizes of free dimensions, by their names in the file, for the self-check.
   * @defaultValue 1 for each
   */
  readonly dimensions?: Readonly<Record<string, number>> | undefined;
  /** The architecture as policies with constants of certain models name it, for example `flux`; they warn if it is another. */
  readonly architecture?: string | undefined;
  /** The policy that will decide, or its id: the model is divided into sessions as it needs them, see {@link choosePlan}. */
  readonly policy?: Policy | string | undefined;
  /**
   * How the model is divided into sessions.
   * @defaultValue chosen by policy and provider
   */
  readonly plan?: PlanName | undefined;
}

/** A span to compile ahead of its first use. */
export type SpanToCompile = Pick<SpanShape, 'from' | 'until'> & Partial<SpanShape>;

/**
 * An ONNX model as the core's executor runs it. Features are tensors in main memory, of the type that the model computes in.
 * Outputs are float32, whatever that type is.
 */
export interface OnnxRunner extends BlockRunner<OnnxInput, OnnxFeature, Float32Tensor> {
  /** The execution provider that was chosen. */
  readonly provider: string;
  /** How the model is divided into sessions, and why. */
  readonly plan: SessionPlan;
  /** Names of the sessions that are compiled, in the order of their first use. */
  sessions(): readonly string[];
  /**
   * Runs the whole model in one session, as if this package did not exist: the reference for comparisons. The session is
   * compiled on first use and holds the weights once more.
   */
  plain(input: OnnxInput): Promise<Float32Tensor>;
  /** Compiles spans ahead, so that no step of a generation has to wait for it. */
  prepare(spans: readonly SpanToCompile[]): Promise<void>;
  /** Spans that are compiled, in the order of their first use. Each holds the weights that it needs. */
  compiled(): readonly SpanShape[];
  /** Frees all sessions, after their runs have ended. The runner cannot be used afterwards. */
  dispose(): Promise<void>;
}

/**
 * Loads an exported diffusion transformer, finds its blocks and the modules inside them, and makes it a runner for
 * `refrain`. Whatever stretch of the stream a policy asks for becomes one fused session, compiled on first use.
 *
 * @param options - the model, and how to run it
 * @throws OnnxError, see `OnnxErrorCode`; ProviderError when no execution provider works
 *
 * @example
 * ```ts
 * import { bwcache, refrain } from '@refrain/core';
 * import { onnxRunner } from '@refrain/onnx';
 *
 * const runner = await onnxRunner({ model: 'transformer.onnx' });
 * console.log(runner.sites.filter(({ level }) => level === 'block').length); // 12
 * const run = refrain(runner, bwcache({ threshold: 0.15 })).start({ timesteps });
 * ```
 */
export async function onnxRunner(options: OnnxRunnerOptions): Promise<OnnxRunner> {
  const graph = await loadGraph(options.model);
  const cut = cutModel(graph, options);
  const pool = await createPool(options, graph);
  try {
    const parts = modelParts(cut, pool);
    const plan = planOf(options, parts);
    const { start, whole } = passesOf(plan, parts);
    if (options.selfCheck !== false) {
      await selfCheck(parts, start, options.dimensions ?? {});
      // A policy that decides between blocks will not run the whole model in one session, as the check did.
      if (plan.name === 'fused' && options.policy !== undefined) await whole?.clear();
    }
    const { name = graph.proto.name || 'onnx', architecture } = options;
    return runnerOf({ name, declared: graph.inputs, parts, architecture, plan, start, whole });
  } catch (thrown) {
    await pool.dispose();
    throw thrown;
  }
}

function planOf({ policy, plan }: OnnxRunnerOptions, { cut, pool }: ModelParts): SessionPlan {
  const stream = streamOfCut(cut);
  const named = typeof policy === 'string' ? parsePolicy(policy) : policy;
  const chosen = choosePlan({ policy: named, provider: pool.provider, stream, plan });
  const { from, until, form } = chosen.gate ?? {};
  const [start, end] = [cut.positions[from ?? 0], cut.positions[until ?? 0]];
  if (form !== 'residual' || start?.length === end?.length) return chosen;
  const why = `from ${from} to ${until} the model hands on another number of tensors, so that their difference is not defined`;
  return { name: 'fused', why };
}

/** What a runner is made of. */
interface RunnerParts {
  readonly name: string;
  readonly declared: readonly TensorDeclaration[];
  readonly parts: ModelParts;
  readonly architecture: string | undefined;
  readonly plan: SessionPlan;
  readonly start: StartPass;
  readonly whole: WholeSessions | undefined;
}

function runnerOf({ name, declared, parts, architecture, plan, start, whole }: RunnerParts): OnnxRunner {
  const { pool, cut } = parts;
  return {
    name,
    sites: [...cut.blocks, ...cut.inner],
    conditioning: [...cut.conditioning.keys()],
    sketches: true,
    ops: whole ? pendingOps(onnxFeatureOps) : onnxFeatureOps,
    model: modelSite(cut.latent),
    ...(architecture !== undefined && { architecture }),
    provider: pool.provider,
    plan,
    sessions: () => pool.parts,
    enter: async (input, at) => start(runtimeInputs(pool.runtime, declared, input), at.look),
    plain: async (input) => {
      const inputs = runtimeInputs(pool.runtime, declared, input);
      const outputs = await (await parts.openWhole()).run(inputs);
      return float32FromRuntime(cut.output, outputs.get(cut.output));
    },
    prepare: async (spans) => {
      pool.requireOpen();
      const planned = spans.map((span) => parts.plan({ values: [], taps: [], ...span }));
      if (whole) for (const part of planned) await whole.prepare(part);
      else {
        await parts.openExit();
        for (const part of planned) await parts.open(part);
      }
    },
    compiled: () => [...parts.compiled.values()],
    dispose: () => pool.dispose(),
  };
}

/** The whole model: its latent input and its output as float32. They are copied, since features may be cached. */
function modelSite(latent: string): ModelSite<OnnxInput, OnnxFeature, Float32Tensor> {
  return {
    sample: (input) => {
      const { data, dims = [] } = input[latent] ?? {};
      if (data instanceof Float32Array || data instanceof Uint16Array)
        return { tensors: [copyOf(asFloat32({ data, dims }))] };
      throw new OnnxError(
        'INPUT_MISMATCH',
        `input "${latent}": expected float32 or float16, got ${data ? 'another type' : 'nothing'}`,
      );
    },
    feature: (output) => ({ tensors: [copyOf(output)] }),
    output: ({ tensors: [tensor] }) => copyOf(asFloat32(tensor ?? { data: new Float32Array(), dims: [0] })),
  };
}

function copyOf({ data, dims }: Float32Tensor): Float32Tensor {
  return { data: data.slice(), dims };
}
