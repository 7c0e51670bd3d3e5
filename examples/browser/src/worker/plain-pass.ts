import type { BlockRunner, PassInfo } from '@refrain/core';

/**
 * One step of the bare model: enter, all blocks in one stretch, exit, for each branch; then both combined, u + s · (c − u), as
 * the executor does it, so that a policy which reuses nothing gives the same bits.
 *
 * @param inputs - the conditional branch first; with one branch there is nothing to combine
 */
export async function plainPass<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  inputs: Readonly<Record<string, Input>>,
  at: Omit<PassInfo, 'branch'>,
  scale: number,
): Promise<Output> {
  const outputs: Output[] = [];
  for (const [branch, input] of Object.entries(inputs))
    outputs.push(await pass(runner, input, { ...at, branch }));
  const [conditional, unconditional] = outputs;
  if (conditional === undefined) throw new RangeError('a step has at least one branch');
  return unconditional === undefined ? conditional : combine(runner, conditional, unconditional, scale);
}

async function pass<Input, Feature extends object, Output>(
  runner: BlockRunner<Input, Feature, Output>,
  input: Input,
  at: PassInfo,
): Promise<Output> {
  const { sites, ops } = runner;
  const until = Math.max(...sites.map((site) => site.until));
  const entered = await runner.enter(input, at);
  try {
    const { x } = await entered.span({ from: 0, until, x: entered.x, values: new Map(), taps: [] });
    const output = await entered.exit(x);
    if (x !== entered.x) ops.dispose(x);
    return output;
  } finally {
    ops.dispose(entered.x);
    entered.release?.();
  }
}

async function combine<Input, Feature extends object, Output>(
  { ops, model }: BlockRunner<Input, Feature, Output>,
  conditional: Output,
  unconditional: Output,
  scale: number,
): Promise<Output> {
  if (!model) throw new TypeError('guidance needs a runner whose outputs are features');
  const features = [await model.feature(conditional), await model.feature(unconditional)] as const;
  const [c, u] = features;
  const combined = await ops.combine([
    { weight: scale, feature: c },
    { weight: 1 - scale, feature: u },
  ]);
  try {
    return await model.output(combined);
  } finally {
    for (const feature of [...features, combined]) ops.dispose(feature);
  }
}
