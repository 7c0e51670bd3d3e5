import { parsePolicy, type RunReport } from '@refrain/core';
import { psnr, ssim, type Video } from '@refrain/diffusion';
import type { CostModel } from '@refrain/sim';
import { skippedSeconds } from '../packages/refrain/src/compare/skipped-seconds.ts';
import {
  embedBranches,
  startCached,
  startPlain,
  type Embeddings,
  type GenerationOptions,
  type PlainGeneration,
} from '../packages/refrain/src/pipeline/generation.ts';
import { measureModelCosts } from '../packages/refrain/src/pipeline/model-costs.ts';
import { openPipeline } from '../packages/refrain/src/pipeline/pipeline.ts';

/** One prompt, generated plainly. */
interface Subject {
  readonly embeddings: Embeddings;
  readonly plain: PlainGeneration;
  readonly video: Video;
}

/** What came of a policy on some prompts. */
export interface Figures {
  readonly policy: string;
  readonly reuseRate: number;
  /** Plain seconds divided by plain seconds less those of the sites that were reused: does not depend on noise. */
  readonly ideal: number;
  /** PSNR in decibels against the plain video, prompt by prompt; Infinity where both are the same. */
  readonly decibels: readonly number[];
  readonly similarity: number;
  readonly bytesHeld: number;
}

/** Trials of policies on latte-mini: prompts are generated plainly once, then under as many policies as wanted. */
export interface Trial {
  /** Generates the first `count` prompts under a policy. */
  run(policy: string, count?: number): Promise<Figures>;
  /** A report of the first prompt under a policy, for calibration. */
  report(policy: string): Promise<RunReport>;
  dispose(): Promise<void>;
}

/** Steps of every generation. */
export const STEPS = 30;

/** Opens the model and generates all prompts plainly. */
export async function openTrial(prompts: readonly string[], seed: number): Promise<Trial> {
  const pipeline = await openPipeline({ providers: ['cpu'], threads: 1 });
  const { shift, guidanceScale: guidance } = pipeline.config.sampler;
  const options: GenerationOptions = { steps: STEPS, shift, guidance, seed };
  const costs = await measureModelCosts(pipeline);
  const subjects: Subject[] = [];
  for (const prompt of prompts) {
    const embeddings = await embedBranches(pipeline, prompt, guidance);
    const plain = startPlain(pipeline, embeddings, options);
    for (let step = 0; step < STEPS; step++) await plain.advance();
    subjects.push({ embeddings, plain, video: pipeline.toVideo(plain.latent) });
  }
  const generate = async (policy: string, { embeddings }: Subject) => {
    const running = startCached(pipeline, parsePolicy(policy), embeddings, options);
    for (let step = 0; step < STEPS; step++) await running.advance();
    return { video: pipeline.toVideo(running.latent), report: running.report() };
  };
  return {
    report: async (policy) => (await generate(policy, requireSubject(subjects))).report,
    async run(policy, count = subjects.length) {
      const made = [];
      for (const subject of subjects.slice(0, count))
        made.push({ subject, ...(await generate(policy, subject)) });
      return figuresOf(policy, made, costs);
    },
    dispose: () => pipeline.dispose(),
  };
}

function requireSubject([first]: readonly Subject[]): Subject {
  if (!first) throw new RangeError('a trial needs at least one prompt');
  return first;
}

function figuresOf(
  policy: string,
  made: readonly { subject: Subject; video: Video; report: RunReport }[],
  costs: CostModel,
): Figures {
  const ideals = made.map(({ subject: { plain }, report }) => {
    const seconds = plain.passes
      .flatMap((branches) => Object.values(branches))
      .reduce((sum, { frame, stack }) => sum + frame + stack, 0);
    return seconds / (seconds - skippedSeconds(report, plain, costs));
  });
  return {
    policy,
    reuseRate: mean(made.map(({ report }) => report.reuseRate)),
    ideal: mean(ideals),
    decibels: made.map(({ video, subject }) => psnr(video, subject.video)),
    similarity: mean(made.map(({ video, subject }) => ssim(video, subject.video))),
    bytesHeld: Math.max(...made.map(({ report }) => report.bytes.peak)),
  };
}

/** The arithmetic mean. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
