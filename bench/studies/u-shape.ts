/**
 * Study 1: how much each block changes from step to step, what each costs, and whether the curve is a U: still against fast
 * prompts, and three schedules on the real model; presets of published models on the synthetic one.
 *
 * Run it (some minutes): npx tsx --conditions=@refrain/source bench/studies/u-shape.ts [--write]
 */
import { never, refrain, type Tap } from '@refrain/core';
import { flowMatchingEuler, type Sampler } from '@refrain/diffusion';
import { record, syntheticDit, syntheticPresets, type Recording } from '@refrain/sim';
import { measureModelCosts } from '../../packages/refrain/src/pipeline/model-costs.ts';
import { heatMap, lineChart } from './drawing.ts';
import { ddimTypeSampler, FAST, openLatte, STILL, type Latte } from './latte.ts';
import { fillPage, mean, percent, quantile, table, writeDrawing } from './page.ts';
import { isModulated, isOutput, meanOfRows, relativeChanges } from './series.ts';

const PAGE = 'u-shape.md';

const HEAD = ['schedule', 'prompts', 'tap', 'left', 'valley', 'right', 'left / right over valley', 'shape'];

/** Where a curve stands at both ends and between them. */
interface Arms {
  readonly left: number;
  readonly valley: number;
  readonly right: number;
}

/** The first and the last tenth against the lowest tenth in a row between. */
function armsOf(curve: readonly number[]): Arms {
  const width = Math.max(1, Math.round(curve.length / 10));
  const windows = curve.slice(0, 1 - width || undefined).map((_, at) => mean(curve.slice(at, at + width)));
  return {
    left: mean(curve.slice(0, width)),
    valley: Math.min(...windows),
    right: mean(curve.slice(-width)),
  };
}

function shapeOf({ left, valley, right }: Arms): string {
  const [leftArm, rightArm] = [left / valley > 1.5, right / valley > 1.5];
  if (leftArm && rightArm) return 'U';
  return leftArm ? 'falls' : rightArm ? 'rises' : 'flat';
}

function armCells(curve: readonly number[]): readonly string[] {
  const arms = armsOf(curve);
  return [
    ...[arms.left, arms.valley, arms.right].map((value) => value.toFixed(3)),
    `${(arms.left / arms.valley).toFixed(1)} / ${(arms.right / arms.valley).toFixed(1)}`,
    shapeOf(arms),
  ];
}

async function recordAll(
  latte: Latte,
  prompts: readonly string[],
  sampler: Sampler,
): Promise<readonly Recording[]> {
  const recordings: Recording[] = [];
  for (const prompt of prompts) {
    process.stderr.write(`recording ${prompt}\n`);
    recordings.push(await latte.recording(prompt, { products: false }, sampler));
  }
  return recordings;
}

function curveOf(recordings: readonly Recording[], tap: typeof isOutput): readonly number[] {
  return meanOfRows(recordings.map((recording) => meanOfRows(relativeChanges(recording, tap))));
}

async function latencyRows(latte: Latte): Promise<readonly (readonly string[])[]> {
  const { whole, frame } = await measureModelCosts(latte.pipeline, { rounds: 9 });
  const { stream } = refrain(latte.pipeline.runner, never());
  const pass = frame + whole.reduce((sum, seconds) => sum + seconds, 0);
  return stream.blocks.map(({ name, family, from, until }) => {
    const seconds = whole.slice(from, until).reduce((sum, one) => sum + one, 0);
    return [`\`${name}\``, family, percent(seconds / pass)];
  });
}

async function presetRows(): Promise<readonly (readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  for (const [name, { options }] of Object.entries(syntheticPresets)) {
    const dit = syntheticDit(options);
    const { sampler } = dit.sampling;
    const { guidance } = dit.options;
    const outputs = dit.sites.flatMap((site): Tap[] =>
      site.level === 'block' ? [{ of: 'stream', at: site.until }] : [],
    );
    const run = record(dit, { stride: 1, products: false, label: name, taps: outputs }).start({
      timesteps: sampler.timesteps,
      branches: dit.branches,
    });
    let sample = dit.noise();
    for (const step of sampler.timesteps.keys()) {
      const inputs = Object.fromEntries(dit.branches.map((branch) => [branch, { sample }]));
      const prediction = await run.guided(inputs, { step, scale: guidance });
      sample = sampler.step(sample, prediction, step);
    }
    rows.push([name, `${sampler.steps}`, ...armCells(curveOf([run.recording()], isOutput))]);
  }
  return rows;
}

async function schedulesTable(latte: Latte): Promise<string> {
  const { steps } = latte.sampler;
  const schedules: readonly (readonly [string, Sampler])[] = [
    ['flow matching, shift 3 (its own)', latte.sampler],
    ['flow matching, shift 1', flowMatchingEuler({ steps, shift: 1 })],
    ['DDIM-type (linear betas)', ddimTypeSampler(steps)],
  ];
  const rows: (readonly string[])[] = [];
  for (const [schedule, sampler] of schedules) {
    const still = await recordAll(latte, STILL, sampler);
    const fast = await recordAll(latte, FAST, sampler);
    for (const [prompts, recordings] of Object.entries({ still, fast }))
      for (const [tap, wanted] of Object.entries({ output: isOutput, modulated: isModulated }))
        rows.push([schedule, prompts, tap, ...armCells(curveOf(recordings, wanted))]);
    if (sampler === latte.sampler) draw(latte, still, fast);
  }
  return table(HEAD, rows);
}

function draw(latte: Latte, still: readonly Recording[], fast: readonly Recording[]): void {
  const all = [...still, ...fast];
  const blocks = refrain(latte.pipeline.runner, never()).stream.blocks.map(({ name }) => name);
  const perBlock = blocks.map((label, block) => ({
    label,
    values: meanOfRows(all.map((recording) => relativeChanges(recording, isOutput)[block] ?? [])),
  }));
  const quartile = (share: number): readonly number[] =>
    (perBlock[0]?.values ?? []).map((_, step) =>
      quantile(
        perBlock.map(({ values }) => values[step] ?? 0),
        share,
      ),
    );
  writeDrawing(
    'heat-map.svg',
    heatMap('Relative L1 of block outputs by block and step, mean over eight prompts', perBlock),
  );
  writeDrawing(
    'u-shape.svg',
    lineChart('Relative L1 of block outputs over the steps', 'relative L1, mean over blocks', [
      { label: 'still prompts', values: curveOf(still, isOutput) },
      { label: 'fast prompts', values: curveOf(fast, isOutput) },
      { label: 'lower quartile over blocks, all prompts', values: quartile(0.25), dashed: true },
      { label: 'upper quartile over blocks, all prompts', values: quartile(0.75), dashed: true },
    ]),
  );
}

/** Parts that are named on the command line, or all: `schedules`, `latency` (on a quiet machine), `presets`. */
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const isWanted = (part: string): boolean => named.length === 0 || named.includes(part);

const latte = await openLatte();
if (isWanted('schedules')) fillPage(PAGE, 'schedules', await schedulesTable(latte));
if (isWanted('latency'))
  fillPage(PAGE, 'latency', table(['block', 'family', 'share of a pass'], await latencyRows(latte)));
await latte.pipeline.dispose();
if (isWanted('presets'))
  fillPage(PAGE, 'presets', table(['preset', 'steps', ...HEAD.slice(3)], await presetRows()));
