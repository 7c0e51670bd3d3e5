import { cpus, loadavg } from 'node:os';
import { createRequire } from 'node:module';
import type { Pipeline } from '../pipeline/pipeline.ts';
import type { Environment } from './comparison.ts';

const require = createRequire(import.meta.url);

/** Load average over the last minute. */
export function currentLoad(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

/**
 * Describes the machine and the versions, so that figures can be read with the right doubt.
 *
 * @param pipeline - runtime and execution provider that are used
 * @param threads - threads of one session
 * @param loadAtStart - {@link currentLoad} before the work
 */
export function describeEnvironment(
  pipeline: Pick<Pipeline, 'provider' | 'runtime'>,
  threads: number,
  loadAtStart: number,
): Environment {
  const processors = cpus();
  return {
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    runtime: `${pipeline.runtime} ${versionOf(pipeline.runtime)}`,
    provider: pipeline.provider,
    threads,
    refrain: versionOf('refrain'),
    load: [loadAtStart, currentLoad()],
  };
}

function versionOf(name: string): string {
  try {
    const { version } = require(`${name}/package.json`) as { version?: string };
    return version ?? 'unknown';
  } catch {
    return 'unknown';
  }
}
