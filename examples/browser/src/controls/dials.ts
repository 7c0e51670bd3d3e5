import { stepsOf, type StepCount } from '@refrain/core';
import { significant } from '@refrain/charts';
import { find } from '../dom.ts';
import { canonical, findOption, printTree, treeOf, withOption } from '../policies/tree.ts';
import type { Change, Control } from '../state.ts';

/** Thresholds that the slider stops at, in about even ratios. */
const thresholds = [1e-3, 1e-2, 1e-1].flatMap((power) =>
  [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8].map((digit) => Number((digit * power).toPrecision(3))),
);

/** A run of reuse may last this long on the slider, in steps. */
const longest = 12;

/** The two dials that papers quote, δ and R, as sliders: they turn the options of the policy that has them. */
export function dials(root: ParentNode, change: Change): Control {
  const threshold = find(root, '#threshold', HTMLInputElement);
  const interval = find(root, '#interval', HTMLInputElement);
  threshold.max = String(thresholds.length - 1);
  interval.max = String(longest);
  let policy = '';

  const turn = (key: string, text: string): void => {
    const tree = treeOf(policy);
    const place = tree && findOption(tree, key);
    if (place) change({ policy: canonical(printTree(withOption(tree, place.path, key, text))) });
  };
  threshold.addEventListener('input', () => turn('threshold', String(thresholds[threshold.valueAsNumber])));
  interval.addEventListener('input', () => turn('interval', interval.value));

  return {
    show({ settings }) {
      policy = settings.policy;
      const tree = treeOf(policy);
      const delta = Number(tree && findOption(tree, 'threshold')?.text);
      showDial(threshold, {
        at: Number.isFinite(delta) ? nearest(delta) : undefined,
        text: significant(delta),
      });
      const reach = readSteps((tree && findOption(tree, 'interval')?.text) ?? '', settings.steps);
      showDial(interval, {
        at: reach?.steps,
        text: reach ? `${reach.steps} ${reach.steps === 1 ? 'step' : 'steps'}${reach.share}` : '',
      });
    },
  };
}

function showDial(dial: HTMLInputElement, { at, text }: { at: number | undefined; text: string }): void {
  const row = dial.closest('.dial');
  const output = row && find(row, 'output', HTMLOutputElement);
  const shown = at === undefined ? 'not an option of this policy' : text;
  dial.disabled = at === undefined;
  row?.classList.toggle('off', at === undefined);
  if (at !== undefined) dial.value = String(at);
  dial.setAttribute('aria-valuetext', shown);
  if (output) output.textContent = at === undefined ? '–' : text;
}

function nearest(value: number): number {
  const distances = thresholds.map((candidate) => Math.abs(Math.log(candidate / value)));
  return distances.indexOf(Math.min(...distances));
}

/** A count of steps, or a share of the run in steps. */
function readSteps(text: string, steps: number): { steps: number; share: string } | undefined {
  const share = /^[\d.]+%$/.test(text);
  const count = share ? stepsOf(text as StepCount, steps) : Number(text || Number.NaN);
  return Number.isInteger(count) ? { steps: count, share: share ? ` (${text})` : '' } : undefined;
}
