import { encodeGif, encodePng, video, type Video } from '@refrain/diffusion';
import { generator } from './sample-policies.ts';

const [frames, size] = [8, 32];
const colours: readonly (readonly [number, number, number])[] = [
  [0.9, -0.8, -0.8],
  [0.9, -0.7, 0.8],
  [-0.7, -0.4, 0.95],
];

/**
 * A disc that moves over a checkerboard, with as much noise as a policy would have left.
 *
 * @param subject - which colour and path
 * @param noise - amplitude
 */
function disc(subject: number, noise: number): Video {
  const random = generator(subject * 31 + Math.round(noise * 1000) + 1);
  const colour = colours[subject % colours.length] ?? [1, 1, 1];
  const data = new Float32Array(3 * frames * size * size);
  for (let index = 0; index < data.length; index++) {
    const [x, y] = [index % size, Math.floor(index / size) % size];
    const frame = Math.floor(index / size ** 2) % frames;
    const channel = Math.floor(index / (size * size * frames));
    const inside =
      Math.hypot(x - 8 - frame * 2 * ((subject % 2) + 0.2), y - 16 + 6 * Math.sin(frame + subject)) < 7;
    const ground = (Math.floor(x / 8) + Math.floor(y / 8)) % 2 === 0 ? -0.6 : -0.2;
    const value = inside ? (colour[channel] ?? 0) : ground;
    data[index] = Math.max(-1, Math.min(1, value + noise * (random() - 0.5)));
  }
  return video(data, { channels: 3, frames, height: size, width: size });
}

/** The addresses that a report holds for such a video. */
export async function samplePictures(
  subject: number,
  noise: number,
): Promise<{ readonly source: string; readonly still: string }> {
  const made = disc(subject, noise);
  const [gif, png] = await Promise.all([encodeGif(made, { framesPerSecond: 6 }), encodePng(made)]);
  return { source: uri('gif', gif), still: uri('png', png) };
}

function uri(kind: string, bytes: Uint8Array): string {
  return `data:image/${kind};base64,${Buffer.from(bytes).toString('base64')}`;
}
