import { pab, type PabOptions } from '@refrain/core';
import { sameMask } from '../compare.ts';
import { count, integer, mask, numbers, optional, pair } from '../fields.ts';
import { hasAll, hasAny, type CaseKind, type Ran } from '../kind.ts';
import { readCase } from '../read-case.ts';
import { digits, runCalls } from '../toy/run-calls.ts';
import { moduleBlock } from '../toy/toys.ts';

/** The attention that a case is about: the rule is the same for all of them. */
type Attention = 'spatial' | 'temporal' | 'cross';

/** Pyramid Attention Broadcast of one attention, as VideoSys schedules it. */
export const videosysPabCases: CaseKind = {
  name: 'VideoSys PAB',
  source: 'NUS-HPC-AI-Lab/VideoSys 4cce477',
  recognises: ({ config }) => hasAll(config, 'range', 'threshold'),
  async run(given) {
    const { config, fields } = readCase(given, {
      config: { range: integer(), threshold: pair(), steps: optional(count()), timesteps: numbers() },
      fields: { compute: mask() },
    });
    const { range, threshold, timesteps } = config;
    // The source's counter of steps starts anew after so many.
    const steps = config.steps ?? timesteps.length;
    return broadcast(
      'videosys',
      attentionIn(given.name),
      { range, threshold, timesteps, steps },
      fields.compute,
    );
  },
};

/** Pyramid Attention Broadcast of one attention, as diffusers' hooks schedule it. */
export const diffusersPabCases: CaseKind = {
  name: 'diffusers PAB',
  source: 'huggingface/diffusers 58eb52c0',
  recognises: ({ config }) =>
    hasAny(
      config,
      'block_skip_range',
      'timestep_skip_range',
      ...ATTENTIONS.map((kind) => `${kind}_attention_block_skip_range`),
    ),
  async run(given) {
    const { config, inputs, fields } = readCase(given, {
      config: {
        block_skip_range: optional(integer()),
        timestep_skip_range: optional(pair()),
        spatial_attention_block_skip_range: optional(integer()),
        spatial_attention_timestep_skip_range: optional(pair()),
        temporal_attention_block_skip_range: optional(integer()),
        temporal_attention_timestep_skip_range: optional(pair()),
        cross_attention_block_skip_range: optional(integer()),
        cross_attention_timestep_skip_range: optional(pair()),
      },
      inputs: { timesteps: numbers() },
      fields: { compute: mask(), out: optional(numbers()) },
    });
    const kind =
      ATTENTIONS.find((one) => config[`${one}_attention_block_skip_range`] !== null) ??
      attentionIn(given.name);
    const range = config.block_skip_range ?? config[`${kind}_attention_block_skip_range`] ?? 2;
    const threshold = config.timestep_skip_range ??
      config[`${kind}_attention_timestep_skip_range`] ?? [100, 800];
    const { timesteps } = inputs;
    return broadcast(
      'diffusers',
      kind,
      { range, threshold, timesteps, steps: timesteps.length },
      fields.compute,
    );
  },
};

const ATTENTIONS: readonly Attention[] = ['spatial', 'temporal', 'cross'];

function attentionIn(name: string): Attention {
  return ATTENTIONS.find((word) => name.includes(word)) ?? 'spatial';
}

interface Broadcast {
  readonly range: number;
  readonly threshold: readonly [number, number];
  readonly timesteps: readonly number[];
  /** Of one generation. */
  readonly steps: number;
}

async function broadcast(
  variant: PabOptions['variant'],
  kind: Attention,
  { range, threshold, timesteps, steps }: Broadcast,
  compute: string,
): Promise<Ran> {
  const [low, high] = threshold;
  const policy = pab({ spatial: 1, temporal: 1, cross: 1, [kind]: range, low, high, variant });
  const toy = moduleBlock([`${kind}-attention`]);
  const calls = await runCalls(policy, toy, {
    timesteps: timesteps.slice(0, steps),
    calls: timesteps.length,
  });
  return { policy: policy.id, checks: [sameMask('compute', compute, digits(calls, toy))] };
}
