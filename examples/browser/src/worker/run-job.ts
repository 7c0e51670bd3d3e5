import { parsePolicy } from '@refrain/core';
import { psnr, ssim, video, type VideoDimensions } from '@refrain/diffusion';
import type { Job, StepNews } from '../messages.ts';
import { breathe } from './breathe.ts';
import { embedBranches, startCached, startPlain, type Setting } from './generation.ts';
import type { OpenModel } from './open-model.ts';
import { startWatching } from './watching.ts';

/**
 * Generates plainly and cached, step by step in turns, so that a busy machine slows both alike; in every other step the cached
 * one goes first.
 *
 * @param onStep - called after each step
 * @throws PolicyConfigError, PolicyError, DiffusionError for what the job asks, RunError `RUN_ABORTED` after the signal
 */
export async function runJob(
  model: OpenModel,
  job: Job,
  size: VideoDimensions,
  signal: AbortSignal,
  onStep: (news: StepNews) => void,
): Promise<void> {
  const policy = parsePolicy(job.policy);
  const latentLength = size.channels * size.frames * size.height * size.width;
  const setting: Setting = {
    model,
    job,
    embeddings: await embedBranches(model, job),
    latentLength,
    signal,
  };
  const before = model.compiling();
  const cached = startCached(setting, policy);
  const plain = startPlain(setting);
  const watcher = startWatching(setting);
  try {
    for (let step = 0; step < job.steps; step++) {
      await watcher.look(plain.latent, step);
      for (const generation of step % 2 === 0 ? [plain, cached] : [cached, plain]) {
        await breathe(signal);
        await generation.advance();
      }
      requireFinite(plain.latent, 'the plain model');
      requireFinite(cached.latent, policy.id);
      onStep({
        done: step + 1,
        plain: { latent: plain.latent, seconds: plain.seconds },
        cached: { latent: cached.latent, seconds: cached.seconds },
        report: cached.report(),
        heat: watcher.heat(),
        ...closeness(cached.latent, plain.latent, size),
        compiling: model.compiling() - before,
      });
    }
  } finally {
    cached.end();
    watcher.end();
  }
}

function closeness(
  cached: Float32Array,
  plain: Float32Array,
  size: VideoDimensions,
): Pick<StepNews, 'psnr' | 'ssim'> {
  const [a, b] = [video(cached, size), video(plain, size)];
  const decibels = psnr(a, b);
  return { psnr: decibels === Infinity ? null : decibels, ssim: ssim(a, b) };
}

function requireFinite(latent: Float32Array, what: string): void {
  if (!latent.every(Number.isFinite))
    throw new RangeError(`${what} gave NaN or infinite pixels, so there is no picture to show`);
}
