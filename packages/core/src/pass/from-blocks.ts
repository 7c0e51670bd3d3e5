import { float32Ops, isFloat32Feature, type Float32Feature } from '../features/float32.ts';
import { chainOf } from '../features/blocks/chain.ts';
import type { BlockDefinition } from '../features/blocks/definition.ts';
import { createBlockGuard } from '../features/blocks/guard.ts';
import { lookAhead, runSpan, type BlockPass } from '../features/blocks/span.ts';
import type { MaybePromise } from './features.ts';
import type { BlockRunner, ModelSite, Pass, PassInfo } from './runner.ts';
import { streamOf } from './stream.ts';

/** A pass's way in and out of the blocks. */
export interface FromBlocksOptions<Input, Context, Output> {
  /** Shown in reports and errors; `blocks` when left out. */
  readonly name?: string;
  /**
   * Patchify, embed, condition: makes the stream at position 0 and the context that every block is given. Arrays in `x`
   * must not change afterwards. When left out, the input is the stream (it is copied) and the context is undefined.
   */
  readonly enter?: (
    input: Input,
    at: PassInfo,
  ) => MaybePromise<{ readonly x: Float32Feature; readonly context: Context }>;
  /**
   * Final norm and projection. Must return new arrays: `x` may stay in a cache. When left out, the output is a copy of
   * the stream at its end.
   */
  readonly exit?: (x: Float32Feature, context: Context) => MaybePromise<Output>;
  /**
   * The whole model as one site: how input and output look as features. Filled in when neither `enter` nor `exit` is
   * given, since both are features then.
   */
  readonly model?: ModelSite<Input, Float32Feature, Output>;
  /** The architecture, for policies with constants of certain models. */
  readonly architecture?: string;
}

/** Options with a way in, which blocks that read a context need. */
export type FromBlocksWithEnter<Input, Context, Output> = FromBlocksOptions<Input, Context, Output> &
  Required<Pick<FromBlocksOptions<Input, Context, Output>, 'enter'>>;

/**
 * Makes a runner of a hand-written model, so that every policy can act on it.
 *
 * A block that fails does so with its own error; the executor says where. Blocks must return new arrays: one that
 * returns its input, works in place or into a scratch array of its own would change what is cached, and is refused.
 *
 * @param blocks - in order: functions, `{ name, family, run, modulated }`, or all of them as `{ name, family, modules }`
 * @param options - name, way in and way out
 * @returns a runner on float32 arrays in main memory
 * @throws RunnerError `RUNNER_CONTRACT` if there is no block, names repeat, or only some blocks are given as modules;
 *   later also if a function returns something else than a new feature
 *
 * @example
 * ```ts
 * const double = (x: Float32Feature) => (x as Float32Array).map((value) => value * 2);
 * const runner = fromBlocks([double, double], { name: 'toy' });
 * ```
 */
export function fromBlocks<Output = Float32Feature>(
  blocks: readonly BlockDefinition<undefined>[],
  options?: Omit<FromBlocksOptions<Float32Feature, undefined, Output>, 'enter'>,
): BlockRunner<Float32Feature, Float32Feature, Output>;
/** The same for blocks that read a context, which `enter` makes. */
export function fromBlocks<Input, Context, Output = Float32Feature>(
  blocks: readonly BlockDefinition<Context>[],
  options: FromBlocksWithEnter<Input, Context, Output>,
): BlockRunner<Input, Float32Feature, Output>;
export function fromBlocks<Input, Context, Output>(
  blocks: readonly BlockDefinition<Context>[],
  options: FromBlocksOptions<Input, Context, Output> = {},
): BlockRunner<Input, Float32Feature, Output> {
  const { name = 'blocks', architecture } = options;
  const model = options.model ?? (options.enter || options.exit ? undefined : featureModel<Input, Output>());
  // The overloads let `enter` and `exit` be left out only where the defaults have the right types.
  const enter = options.enter ?? (enterWithCopy as unknown as Enter<Input, Context>);
  const exit = options.exit ?? (copyOf as unknown as Exit<Context, Output>);
  const { sites, links } = chainOf(blocks);
  streamOf(sites);
  const guard = createBlockGuard(name);
  return {
    name,
    sites,
    ops: float32Ops,
    ...(model && { model }),
    ...(architecture !== undefined && { architecture }),
    enter: async (input: Input, at: PassInfo): Promise<Pass<Float32Feature, Output>> => {
      const { x, context } = await enter(input, at);
      const pass: BlockPass<Context> = { runner: name, links, context, guard, signal: at.signal };
      return {
        x: guard.requireNew('enter', x),
        span: (request) => runSpan(pass, request),
        look: (position, stream, taps) => lookAhead(pass, position, stream, taps),
        exit: (last) => exit(last, context),
      };
    },
  };
}

type Enter<Input, Context> = NonNullable<FromBlocksOptions<Input, Context, unknown>['enter']>;
type Exit<Context, Output> = NonNullable<FromBlocksOptions<unknown, Context, Output>['exit']>;

/** Copied, because samplers like to update their latent in place while the stream may be a policy's reference. */
function enterWithCopy(input: Float32Feature): { x: Float32Feature; context: undefined } {
  // What is no feature goes on as it is, for the guard to name it.
  return { x: isFloat32Feature(input) ? copyOf(input) : input, context: undefined };
}

/** The model site of blocks whose input and output are the stream itself. */
function featureModel<Input, Output>(): ModelSite<Input, Float32Feature, Output> {
  const site: ModelSite<Float32Feature, Float32Feature, Float32Feature> = {
    sample: copyOf,
    feature: copyOf,
    output: copyOf,
  };
  return site as unknown as ModelSite<Input, Float32Feature, Output>;
}

function copyOf(x: Float32Feature): Float32Feature {
  return x instanceof Float32Array ? x.slice() : x.map((array) => array.slice());
}
