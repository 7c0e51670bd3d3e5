import type { BlockRunner, Pass, PassInfo, RunnerTap, SpanResult, TapRequest } from '@refrain/core';

/**
 * A runner that offers a conditioning tensor besides what it has.
 *
 * @param runner - offers no conditioning of its own
 * @param name - of the tensor
 * @param tensorAt - the tensor in a pass
 */
export function withConditioning<Input, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  name: string,
  tensorAt: (at: PassInfo) => Float32Array,
): BlockRunner<Input, Feature, Output> {
  return {
    ...runner,
    conditioning: [name],
    enter: async (input, at) => {
      const pass = await runner.enter(input, at);
      return tapped(pass, () => tensorAt(at).slice());
    },
  };
}

type Feature = Float32Array | readonly Float32Array[];

function tapped<Output>(pass: Pass<Feature, Output>, tensor: () => Feature): Pass<Feature, Output> {
  return {
    x: pass.x,
    span: async (request): Promise<SpanResult<Feature>> => {
      const { x, taps } = await pass.span({ ...request, taps: others(request.taps) });
      return { x, taps: merged(request.taps, taps, tensor) };
    },
    look: async (at, x, taps) => {
      const rest = others(taps);
      const looked = rest.length > 0 ? ((await pass.look?.(at, x, rest)) ?? []) : [];
      return merged(taps, looked, tensor);
    },
    exit: (x) => pass.exit(x),
  };
}

function others(taps: readonly TapRequest[]): readonly TapRequest[] {
  return taps.filter(({ tap }) => !isConditioning(tap));
}

function merged(
  taps: readonly TapRequest[],
  rest: readonly Feature[],
  tensor: () => Feature,
): readonly Feature[] {
  let taken = 0;
  return taps.map(({ tap }) => (isConditioning(tap) ? tensor() : (rest[taken++] as Feature)));
}

function isConditioning(tap: RunnerTap): boolean {
  return tap.of === 'conditioning';
}
