import { find, setComplaint, setValue } from '../dom.ts';
import { bounds, expectedNumber, readNumberSetting, type NumberSetting } from '../settings/settings.ts';
import type { Change, Control } from '../state.ts';

/** Steps, guidance and seed. A text that is no such number stays in its field with a complaint, and changes nothing. */
export function numberControls(root: ParentNode, change: Change): Control {
  const fields = (Object.keys(bounds) as NumberSetting[]).map((name) => {
    const field = find(root, `#${name}`, HTMLInputElement);
    const note = find(root, `#${name}-complaint`, HTMLElement);
    field.addEventListener('input', () => {
      const value = readNumberSetting(name, field.value);
      setComplaint(field, note, value === undefined ? `Expected ${expectedNumber(name)}.` : undefined);
      if (value !== undefined) change({ [name]: value });
    });
    return { name, field };
  });
  return {
    show({ settings }) {
      for (const { name, field } of fields) setValue(field, String(settings[name]));
    },
  };
}
