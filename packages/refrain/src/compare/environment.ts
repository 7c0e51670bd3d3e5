import { cpus, loadavg } from 'node:os';
import { createRequire } from 'node:module';
import type { Environment } from './comparison.ts';

const require = createRequire(import.meta.url);

/** Load average over the last minute. */
export function currentLoad(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}

/**
 * Describes the machine and the versions, so that figures can be read with the right doubt.
 *
 * @param provider - execution provider that is used
 * @param threads - threads of one session
 * @param loadAtStart - {@link currentLoad} before the work
 */
export function describeEnvironment(provider: string, threads: number, loadAtStart: number): Environment {
  const processors = cpus();
  return {
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    runtime: `onnxruntime-node ${versionOf('onnxruntime-node')}`,
    provider,
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
