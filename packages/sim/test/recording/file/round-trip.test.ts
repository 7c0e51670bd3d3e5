import { readRecording, writeRecording } from '@refrain/sim';
import { recordingFromParquet, recordingToParquet } from '@refrain/sim/node';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fuzz } from '../../seed.ts';
import { recordings, sampleRecording } from './recordings.ts';

describe('a recording comes back to the last bit', () => {
  test('from safetensors', () => {
    fc.assert(
      fc.property(recordings, (recording) => {
        const bytes = writeRecording(recording);
        expect(readRecording(bytes)).toEqual(recording);
        expect(writeRecording(readRecording(bytes))).toEqual(bytes);
      }),
      fuzz,
    );
  });

  test('from Parquet', async () => {
    await fc.assert(
      fc.asyncProperty(recordings, async (recording) => {
        expect(await recordingFromParquet(recordingToParquet(recording))).toEqual(recording);
      }),
      fuzz,
    );
  });

  test('wherever in memory its bytes begin', () => {
    const bytes = writeRecording(sampleRecording());
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    expect(readRecording(shifted.subarray(3))).toEqual(sampleRecording());
  });
});
