import { join } from 'node:path';
import { encodeGif, encodePng, encodeWebp, video, type Video } from '@refrain/diffusion';
import type { ReportVideo } from '../report/report-data.ts';
import { fileName, writeWhole } from './files.ts';

/** Frames a second of all written videos. The model has no frame rate of its own. */
const FRAMES_PER_SECOND = 8;

/** How much larger than its pixels a video is written. */
const SCALE = 6;

/** File formats of videos: two animated ones, and all frames side by side. */
export const videoFormats = ['gif', 'webp', 'png'] as const;

/** A file format of videos. */
export type VideoFormat = (typeof videoFormats)[number];

/**
 * Makes sure that videos can be encoded, before one is generated.
 *
 * @throws DiffusionError `DEPENDENCY_MISSING`
 */
export async function requireEncoder(): Promise<void> {
  await encodePng(video(new Float32Array(3), { channels: 3, frames: 1, height: 1, width: 1 }));
}

/** Encodes a video. */
export function encodeVideo(frames: Video, format: VideoFormat): Promise<Uint8Array> {
  const options = { framesPerSecond: FRAMES_PER_SECOND, scale: SCALE };
  if (format === 'gif') return encodeGif(frames, options);
  return format === 'webp' ? encodeWebp(frames, options) : encodePng(frames, { scale: SCALE });
}

/** Where the video of a policy and prompt is written in an output folder. */
function videoPath(folder: string, prompt: string, policy: string): string {
  return join(folder, 'videos', fileName(prompt), `${fileName(policy)}.gif`);
}

/** Writes a video into the output folder and returns it as pictures for the report. */
export async function publishVideo(
  folder: string,
  prompt: string,
  policy: string,
  frames: Video,
): Promise<ReportVideo> {
  await writeWhole(videoPath(folder, prompt, policy), await encodeVideo(frames, 'gif'));
  // One video pixel is one picture pixel: the page scales up, and the file stays small.
  const animated = await encodeWebp(frames, { framesPerSecond: FRAMES_PER_SECOND, scale: 1 });
  const still = await encodePng(frames, { scale: 1 });
  return {
    policy,
    source: dataUri('image/webp', animated),
    still: dataUri('image/png', still),
    width: frames.width,
    height: frames.height,
  };
}

function dataUri(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
