import { html, type Markup } from '@refrain/charts';
import { fill, find } from '../dom.ts';
import type { StepNews } from '../messages.ts';
import { differenceOf, drawFrame, shadeOf, type Shade, type VideoSize } from './pixels.ts';
import { seconds } from './words.ts';

/** Both videos and their difference, moving or as rows of frames. */
export interface Videos {
  /** Begins with empty pictures. */
  begin(prompt: string, steps: number): void;
  show(step: StepNews): void;
}

const framesPerSecond = 8;
const enlarged = 8;

const panels = [
  { id: 'plain', name: 'Plain' },
  { id: 'cached', name: 'Cached' },
  { id: 'difference', name: `Difference ×${enlarged}` },
] as const;

type PanelId = (typeof panels)[number]['id'];

/**
 * Sets the videos up.
 *
 * @param size - of the model's videos
 */
export function videos(root: HTMLElement, size: VideoSize): Videos {
  fill(root, frame());
  const canvases = panels.map(({ id }) => find(root, `#video-${id}`, HTMLCanvasElement));
  const toggle = find(root, '#motion', HTMLButtonElement);
  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  let shades: readonly Shade[] = [];
  let [moving, shown] = [true, 0];

  const draw = (): void => {
    canvases.forEach((canvas, panel) => {
      const shade = shades[panel];
      const context = canvas.getContext('2d');
      if (!shade || !context) return;
      if (moving) return drawFrame(context, shade, size, shown, 0);
      for (let at = 0; at < size.frames; at++) drawFrame(context, shade, size, at, at * (size.width + 1));
    });
  };
  const setMoving = (wanted: boolean): void => {
    moving = wanted;
    root.dataset['motion'] = moving ? 'moving' : 'still';
    toggle.textContent = moving ? 'Show all frames' : 'Play';
    for (const canvas of canvases) {
      canvas.width = moving ? size.width : size.frames * (size.width + 1) - 1;
      canvas.height = size.height;
    }
    draw();
  };

  toggle.addEventListener('click', () => setMoving(!moving));
  calm.addEventListener('change', () => setMoving(!calm.matches));
  setInterval(() => {
    shown = (shown + 1) % size.frames;
    if (moving && !document.hidden) draw();
  }, 1000 / framesPerSecond);
  setMoving(!calm.matches);

  let [prompt, steps] = ['', 0];
  return {
    begin(ofPrompt, ofSteps) {
      [prompt, steps, shades] = [ofPrompt, ofSteps, []];
      for (const canvas of canvases) canvas.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
      panels.forEach(({ id, name }) => caption(root, id, '', `${name} video of “${prompt}”, not begun`));
    },
    show({ plain, cached, done }) {
      shades = [
        shadeOf(plain.latent, size),
        shadeOf(cached.latent, size),
        differenceOf(plain.latent, cached.latent, size, enlarged),
      ];
      draw();
      const place = `“${prompt}”, ${done === steps ? 'finished' : `step ${done} of ${steps}`}`;
      caption(root, 'plain', seconds(plain.seconds), `Plain video of ${place}`);
      caption(root, 'cached', seconds(cached.seconds), `Cached video of ${place}`);
      caption(root, 'difference', '', `Difference of both videos of ${place}, enlarged ${enlarged} times`);
    },
  };
}

function caption(root: HTMLElement, id: PanelId, figures: string, label: string): void {
  find(root, `#video-${id}`, HTMLCanvasElement).setAttribute('aria-label', label);
  find(root, `#caption-${id}`, HTMLElement).textContent = figures;
}

function frame(): Markup {
  return html`<div class="videos">
      ${panels.map(
        ({ id, name }) =>
          html`<figure class="video">
            <canvas id="video-${id}" role="img" aria-label="${name}: nothing generated yet"></canvas>
            <figcaption>
              <span>${name}</span>
              <span class="quiet" id="caption-${id}"></span>
            </figcaption>
          </figure>`,
      )}
    </div>
    <button type="button" id="motion" class="quiet-button"></button>`;
}
