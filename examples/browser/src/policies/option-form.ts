import { html, type Markup } from '@refrain/charts';
import type { OptionFacts, ParsedId } from '@refrain/core';
import { factoryOf, type Path } from './tree.ts';

/** The options of a policy and of those inside it as a form, made from what the catalogue says of them. */
export function optionForm(tree: ParsedId, path: Path = []): Markup {
  const factory = factoryOf(tree.name);
  if (!factory) return html``;
  const options = Object.entries(factory.options);
  return html`<fieldset class="policy-options">
    <legend><code>${tree.name}</code> <span class="quiet">${factory.about}</span></legend>
    ${options.length === 0 && html`<p class="hint">No options.</p>`}
    <div class="option-grid">
      ${options.map(([key, facts]) => field(key, facts, tree.options[key] ?? '', factory.defaults[key] ?? '', path))}
    </div>
    ${tree.policies.map((inner, index) => optionForm(inner, [...path, index]))}
  </fieldset>`;
}

/** Says which policy a form is made for: another one needs another form. */
export function formKey(tree: ParsedId): string {
  return `${tree.name}(${tree.policies.map(formKey).join()})`;
}

/** The id of the control of an option. */
export function controlId(path: Path, key: string): string {
  return ['option', ...path, key].join('-');
}

function field(key: string, facts: OptionFacts, text: string, fallback: string, path: Path): Markup {
  const id = controlId(path, key);
  return html`<div class="option">
    <label for="${id}">${key}</label>
    ${control(facts, text, fallback, { id, key, path })}
    <p class="hint" id="${id}-about">${facts.about}${!facts.choices && `: ${facts.expected}`}</p>
    <p class="complaint" id="${id}-complaint" hidden></p>
  </div>`;
}

interface Place {
  readonly id: string;
  readonly key: string;
  readonly path: Path;
}

function control(facts: OptionFacts, text: string, fallback: string, { id, key, path }: Place): Markup {
  const described = `${id}-about ${id}-complaint`;
  if (facts.choices)
    return html`<select
      id="${id}"
      data-key="${key}"
      data-path="${path.join()}"
      aria-describedby="${described}"
    >
      ${facts.choices.map((choice) => option(choice, choice === (text || fallback)))}
    </select>`;
  return html`<input
    id="${id}"
    data-key="${key}"
    data-path="${path.join()}"
    value="${text}"
    placeholder="${fallback}"
    inputmode="${facts.bounds ? 'decimal' : 'text'}"
    autocomplete="off"
    autocapitalize="off"
    spellcheck="false"
    aria-describedby="${described}"
  />`;
}

function option(value: string, selected: boolean): Markup {
  return selected
    ? html`<option value="${value}" selected>${value}</option>`
    : html`<option value="${value}">${value}</option>`;
}
