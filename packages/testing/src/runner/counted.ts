import type { BlockRunner, FeatureOps, MaybePromise, Pass } from '@refrain/core';

/** What was made and not freed. */
export interface Count {
  features: number;
  passes: number;
  /** What was freed that was never made, or twice. */
  odd: number;
}

/** The same runner, whose features and passes are counted. */
export function counted<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
): { readonly runner: BlockRunner<Input, Feature, Output>; readonly count: Count } {
  const count: Count = { features: 0, passes: 0, odd: 0 };
  const living = new Set<Feature>();
  const made = (feature: Feature): Feature => {
    // A runner may hand a feature back (a combination of one): it is still one.
    if (!living.has(feature)) count.features += 1;
    living.add(feature);
    return feature;
  };
  const whenMade = (feature: MaybePromise<Feature>): MaybePromise<Feature> =>
    feature instanceof Promise ? feature.then(made) : made(feature);
  const { ops, model } = runner;
  const lowPass = ops.lowPass?.bind(ops);
  const countedOps: FeatureOps<Feature> = {
    ...ops,
    bytes: (feature) => ops.bytes(feature),
    shape: (feature) => ops.shape(feature),
    relativeL1: (pairs) => ops.relativeL1(pairs),
    subtract: (minuend, subtrahend) => whenMade(ops.subtract(minuend, subtrahend)),
    combine: (terms) => whenMade(ops.combine(terms)),
    sketch: (feature, stride) => whenMade(ops.sketch(feature, stride)),
    ...(lowPass && {
      lowPass: (feature: Feature, radius: number) => whenMade(lowPass(feature, radius)),
    }),
    dispose(feature) {
      if (!living.delete(feature)) count.odd += 1;
      else count.features -= 1;
      ops.dispose(feature);
    },
  };
  return {
    count,
    runner: {
      ...runner,
      ops: countedOps,
      ...(model && {
        model: {
          sample: (input) => whenMade(model.sample(input)),
          feature: (output) => whenMade(model.feature(output)),
          output: (feature) => model.output(feature),
        },
      }),
      async enter(input, at) {
        const pass = await runner.enter(input, at);
        count.passes += 1;
        return countedPass(pass, made, () => (count.passes -= 1));
      },
    },
  };
}

function countedPass<Feature extends object, Output>(
  pass: Pass<Feature, Output>,
  made: (feature: Feature) => Feature,
  onRelease: () => void,
): Pass<Feature, Output> {
  const look = pass.look?.bind(pass);
  return {
    x: made(pass.x),
    ...(pass.looked && { looked: pass.looked.map(made) }),
    async span(request) {
      const result = await pass.span(request);
      return { x: made(result.x), taps: result.taps.map(made) };
    },
    ...(look && {
      look: async (at: number, x: Feature, taps: Parameters<typeof look>[2]) =>
        (await look(at, x, taps)).map(made),
    }),
    exit: (x) => pass.exit(x),
    release() {
      onRelease();
      pass.release?.();
    },
  };
}
