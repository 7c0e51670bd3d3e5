import type { TapRequest } from '@refrain/core';
import { passCases } from './cases.ts';
import type { RunnerLaw } from './law.ts';
import { apart, infoOf, inPass, outputOf, request, sameNumbers } from './subject.ts';

/** A pass may be cut anywhere. */
export const cuts: RunnerLaw = {
  name: 'cuts',
  statement: 'A pass gives the same output however it is cut into spans.',
  matters:
    'A policy cuts where it likes; if that changed the picture, no difference could be laid to its decisions.',
  fault:
    'cache-dit keeps the encoder stream as a residual in patterns that expect it whole, so that a cut there adds it twice.',
  cases: passCases,
  async problem(subject, { step, variant, cuts: where }) {
    const at = infoOf(subject, step);
    const whole = await outputOf(subject, at, variant, []);
    const pieces = await outputOf(subject, at, variant, where);
    return sameNumbers(pieces, whole, subject.capabilities)
      ? undefined
      : `cut at ${where.join(', ')} the output of step ${step} is another one than in one span`;
  },
};

/** A pass is what its input makes it. */
export const repeatable: RunnerLaw = {
  name: 'repeatable',
  statement: 'The same input at the same place gives the same output, whatever was run before.',
  matters:
    'A runner with a memory of its own cannot be cached: what is reused was made in another state of it.',
  fault: 'Several ComfyUI nodes keep the residual of the last sampler, and the next one starts with it.',
  cases: passCases,
  async problem(subject, { step, variant, dice }) {
    const at = infoOf(subject, step);
    const first = await outputOf(subject, at, variant, []);
    await outputOf(subject, infoOf(subject, dice % subject.timesteps.length), variant + 1, []);
    return sameNumbers(await outputOf(subject, at, variant, []), first, { tolerance: 0 })
      ? undefined
      : `step ${step} gives another output after another pass was run`;
  },
};

/** Nothing is updated in place. */
export const fresh: RunnerLaw = {
  name: 'fresh',
  statement: 'A span leaves its input as it is and returns new features.',
  matters:
    'What is updated in place has no residual: the cache would hold zero, or the wrong feature for ever.',
  fault:
    'In-place blocks make 0/0 = NaN of the first-block residual, and cache-dit never caches (sglang PR#33827, Comfy-WaveSpeed PR#149).',
  cases: passCases,
  async problem(subject, { step, variant, cuts: where }) {
    const { ops } = subject.runner;
    const [from = 0, until = subject.length] = where;
    return inPass(subject, infoOf(subject, step), variant, async (pass) => {
      const x = from > 0 ? (await pass.span(request(0, from, pass.x))).x : pass.x;
      // A copy that nobody else has a hand on; adding nothing to it keeps runners from handing back the feature.
      const before = await ops.combine([{ weight: 1, feature: x }]);
      const same = before === x;
      const zero = await ops.subtract(x, x);
      const copy = same
        ? await ops.combine([
            { weight: 1, feature: x },
            { weight: 1, feature: zero },
          ])
        : before;
      const { x: after } = await pass.span(request(from, until, x));
      const changed = await apart(ops, x, copy);
      const problem =
        after === x
          ? `the span ${from}–${until} returns the very feature that it was given`
          : changed > 0
            ? `the span ${from}–${until} changes its input: it is ${changed} apart from what it was`
            : undefined;
      for (const feature of new Set([x, copy, zero, after, pass.x])) ops.dispose(feature);
      return problem;
    });
  },
};

/** Taps show what is there. */
export const taps: RunnerLaw = {
  name: 'taps',
  statement:
    'A tap shows the feature that a pass cut there would have; looking ahead shows what computing would.',
  matters:
    'Indicators are measured on taps: a policy that is shown something else decides about something else.',
  fault:
    'Under context parallelism cache-dit compared a proxy of the feature instead of the feature itself (#1113).',
  cases: passCases,
  async problem(subject, { step, variant, dice }) {
    const { ops } = subject.runner;
    // What stands at the end of a span is its result, and no tap.
    const position = dice % subject.length;
    const tap: TapRequest = { tap: { of: 'stream', at: position } };
    return inPass(subject, infoOf(subject, step), variant, async (pass) => {
      const { x, taps: seen } = await pass.span(request(0, subject.length, pass.x, [tap]));
      const cut = position > 0 ? (await pass.span(request(0, position, pass.x))).x : pass.x;
      const [shown] = seen;
      const distance = shown ? await apart(ops, shown, cut) : Infinity;
      const ahead = await lookedAhead(subject, pass, dice);
      for (const feature of new Set([x, cut, pass.x, ...seen])) ops.dispose(feature);
      if (distance > (subject.capabilities.tolerance ?? 0))
        return `the tap of the stream at ${position} is ${distance} apart from the stream there`;
      return ahead;
    });
  },
};

/** What is looked at before computing, against what is tapped while computing. */
async function lookedAhead(
  { runner, length, capabilities }: Parameters<RunnerLaw['problem']>[0],
  pass: Parameters<Parameters<typeof inPass>[3]>[0],
  dice: number,
): Promise<string | undefined> {
  const blocks = runner.sites.filter((site) => site.level === 'block' && site.modulated);
  const site = blocks[dice % Math.max(1, blocks.length)];
  if (!site || !pass.look) return undefined;
  const { ops } = runner;
  const at = site.from;
  const wanted: TapRequest = { tap: { of: 'modulated', at } };
  const x = at > 0 ? (await pass.span(request(0, at, pass.x))).x : pass.x;
  const [looked] = await pass.look(at, x, [wanted]);
  const { x: end, taps: seen } = await pass.span(request(at, length, x, [wanted]));
  const [tapped] = seen;
  const distance = looked && tapped ? await apart(ops, looked, tapped) : Infinity;
  for (const feature of [looked, tapped, end, ...(at > 0 ? [x] : [])]) if (feature) ops.dispose(feature);
  return distance > (capabilities.tolerance ?? 0)
    ? `the modulated input of ${site.name} looks ${distance} apart from what it is when it is computed`
    : undefined;
}

/** True values give the true stream. */
export const values: RunnerLaw = {
  name: 'values',
  statement: 'Modules whose true values are given make the same stream as modules that compute them.',
  matters:
    'Attention-level policies give values; the gate of the current step must be applied to them once, and only once.',
  fault: 'FORA and TaylorSeer ports that cache behind the gate apply the gate of an old timestep.',
  excused: ({ runner }) =>
    runner.sites.some(({ level }) => level === 'inner') ? undefined : 'it offers no inner sites',
  cases: passCases,
  async problem(subject, { step, variant, dice }) {
    const { ops } = subject.runner;
    const positions = Array.from({ length: subject.length }, (_, at) => at);
    const wanted = positions.map((at): TapRequest => ({ tap: { of: 'value', at } }));
    return inPass(subject, infoOf(subject, step), variant, async (pass) => {
      const { x, taps: all } = await pass.span(request(0, subject.length, pass.x, wanted));
      const given = new Map(
        all.flatMap((value, at) => ((dice >> (at % 16)) % 2 === 1 ? [[at, value] as const] : [])),
      );
      const { x: again } = await pass.span(request(0, subject.length, pass.x, [], given));
      const distance = await apart(ops, again, x);
      for (const feature of [x, again, pass.x, ...all]) ops.dispose(feature);
      return distance > (subject.capabilities.tolerance ?? 0)
        ? `with the true values of ${given.size} modules given, the stream ends ${distance} apart`
        : undefined;
    });
  },
};

/** Passes do not see each other. */
export const sideBySide: RunnerLaw = {
  name: 'side-by-side',
  statement: 'Two passes that are open at the same time give what each gives alone.',
  matters: 'Guidance branches and requests of different users overlap; what they share is a leak.',
  fault:
    'ParaAttention and cache-dit keep one current context a process: concurrent requests swap state (vllm-omni#1511).',
  excused: ({ capabilities }) =>
    capabilities.concurrent === false ? 'only one pass may be open at a time' : undefined,
  cases: passCases,
  async problem(subject, { step, variant, cuts: where, dice }) {
    const places = [infoOf(subject, step), infoOf(subject, dice % subject.timesteps.length)] as const;
    const alone = [
      await outputOf(subject, places[0], variant, where),
      await outputOf(subject, places[1], variant + 1, []),
    ] as const;
    const together = await Promise.all([
      outputOf(subject, places[0], variant, where),
      outputOf(subject, places[1], variant + 1, []),
    ]);
    const broken = together.findIndex((output, index) => !sameNumbers(output, alone[index] ?? [], {}));
    return broken < 0
      ? undefined
      : `the ${broken === 0 ? 'first' : 'second'} of two open passes gives another output`;
  },
};
