import { Tinypool } from 'tinypool';
import { sweepJob, type SweepAnswer, type SweepBatch, type SweepJobData } from './sweep-job.ts';

// The entry of worker threads: what each is given once arrives before the first batch.
const job = sweepJob(Tinypool.workerData as SweepJobData);

/** Works off a batch. */
export function work(batch: SweepBatch): SweepAnswer {
  return job(batch);
}
