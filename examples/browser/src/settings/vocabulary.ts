/** A place in a prompt, and the words that fit there. */
export interface Slot {
  readonly name: string;
  readonly words: readonly string[];
  /** False: the prompt may go without. */
  readonly needed: boolean;
}

/**
 * The captions that latte-mini was trained on, word by word: size, colour, shape, motion, perhaps speed, background. The model takes
 * any order and number of known words up to eight; these are what it understands best.
 */
export const slots: readonly Slot[] = [
  { name: 'Size', words: ['small', 'medium', 'large'], needed: true },
  {
    name: 'Colour',
    words: ['red', 'green', 'blue', 'yellow', 'magenta', 'cyan', 'orange', 'white'],
    needed: true,
  },
  { name: 'Shape', words: ['circle', 'square', 'triangle', 'ring', 'cross', 'star'], needed: true },
  {
    name: 'Motion',
    words: [
      'static',
      'left',
      'right',
      'up',
      'down',
      'diagonal',
      'orbit',
      'bounce',
      'grow',
      'shrink',
      'spin',
      'pan',
    ],
    needed: true,
  },
  { name: 'Speed', words: ['slow', 'fast'], needed: false },
  { name: 'Background', words: ['black', 'white', 'gray', 'gradient', 'checker'], needed: true },
];

/** The word of each slot in a prompt; undefined where none fits. Words are taken in order, so the last white is the background. */
export function wordsBySlot(prompt: string): readonly (string | undefined)[] {
  let at = 0;
  const parts = prompt.toLowerCase().split(/\s+/).filter(Boolean);
  return slots.map(({ words }) => {
    const place = parts.findIndex((part, index) => index >= at && words.includes(part));
    if (place >= 0) at = place + 1;
    return parts[place];
  });
}

/** A prompt of the words of the slots; empty ones are left out. */
export function promptOf(words: readonly (string | undefined)[]): string {
  return words.filter(Boolean).join(' ');
}

/**
 * Some prompt of the grammar.
 *
 * @param random - gives numbers from 0 to below 1
 */
export function anyPrompt(random: () => number): string {
  const words = slots.map(({ words: choices }) => choices[Math.floor(random() * choices.length)]);
  // What stands still has no speed.
  return promptOf(
    words.map((word, slot) => (slots[slot]?.needed === false && words.includes('static') ? '' : word)),
  );
}
