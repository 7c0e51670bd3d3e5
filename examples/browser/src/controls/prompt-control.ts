import { html } from '@refrain/charts';
import { DiffusionError, UnknownWordError } from '@refrain/diffusion';
import { fill, find, setComplaint, setValue } from '../dom.ts';
import { anyPrompt, promptOf, slots, wordsBySlot } from '../settings/vocabulary.ts';
import { plainMessage } from '../policies/judge.ts';
import type { Change, Control, State } from '../state.ts';

/** The prompt as text, and word by word in lists that follow the grammar of the captions. */
export function promptControl(root: ParentNode, change: Change): Control {
  const text = find(root, '#prompt', HTMLInputElement);
  const complaint = find(root, '#prompt-complaint', HTMLElement);
  const words = find(root, '#words', HTMLElement);
  fill(words, html`${slots.map(slotSelect)}`);
  const selects = [...words.querySelectorAll('select')];

  text.addEventListener('input', () => change({ prompt: text.value }));
  words.addEventListener('change', () => change({ prompt: promptOf(selects.map(({ value }) => value)) }));
  find(root, '#any-prompt', HTMLButtonElement).addEventListener('click', () =>
    change({ prompt: anyPrompt(Math.random) }),
  );

  return {
    show({ settings, tokenizer }) {
      setValue(text, settings.prompt);
      wordsBySlot(settings.prompt).forEach((word, slot) => {
        const select = selects[slot];
        if (select) select.value = word ?? '';
      });
      setComplaint(text, complaint, promptComplaint(settings.prompt, tokenizer));
    },
  };
}

/** What is wrong with a prompt; undefined when nothing is, or when the vocabulary is not there yet. */
function promptComplaint(prompt: string, tokenizer: State['tokenizer']): string | undefined {
  try {
    tokenizer?.encode(prompt);
    return undefined;
  } catch (error) {
    if (error instanceof UnknownWordError) return error.unknown.map(unknownWord).join(' ');
    if (error instanceof DiffusionError) return plainMessage(error);
    throw error;
  }
}

function unknownWord({ word, suggestion }: UnknownWordError['unknown'][number]): string {
  const hint = suggestion === undefined ? 'pick one from the lists below' : `did you mean “${suggestion}”?`;
  return `The model does not know “${word}”: ${hint}`;
}

function slotSelect({ name, words }: (typeof slots)[number], index: number): ReturnType<typeof html> {
  const id = `word-${index}`;
  return html`<div class="slot">
    <label for="${id}">${name}</label>
    <select id="${id}">
      <option value="">–</option>
      ${words.map((word) => html`<option>${word}</option>`)}
    </select>
  </div>`;
}
