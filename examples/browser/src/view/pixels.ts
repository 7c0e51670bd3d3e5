/** Sizes of a video in the order in which its values lie. */
export interface VideoSize {
  readonly channels: number;
  readonly frames: number;
  readonly height: number;
  readonly width: number;
}

/** One value of a picture from all channels at one place, 0 … 255. */
export type Shade = (channel: number, place: number) => number;

/** How a video looks: −1 is black, 1 is white, and what lies outside is cut. */
export function shadeOf(latent: Float32Array, size: VideoSize): Shade {
  const area = size.frames * size.height * size.width;
  return (channel, place) => ((latent[channel * area + place] ?? 0) + 1) * 127.5;
}

/** How far two videos lie apart, enlarged so that small differences show. */
export function differenceOf(a: Float32Array, b: Float32Array, size: VideoSize, enlarged: number): Shade {
  const area = size.frames * size.height * size.width;
  return (channel, place) => {
    const at = channel * area + place;
    return Math.abs((a[at] ?? 0) - (b[at] ?? 0)) * 127.5 * enlarged;
  };
}

/** Draws one frame of a video beside the frames before it. */
export function drawFrame(
  context: CanvasRenderingContext2D,
  shade: Shade,
  { height, width }: VideoSize,
  frame: number,
  left: number,
): void {
  const image = context.createImageData(width, height);
  for (let at = 0; at < height * width; at++) {
    const place = frame * height * width + at;
    for (let channel = 0; channel < 3; channel++) image.data[at * 4 + channel] = shade(channel, place);
    image.data[at * 4 + 3] = 255;
  }
  context.putImageData(image, left, 0);
}
