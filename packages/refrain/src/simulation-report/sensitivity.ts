import {
  counted,
  decimals,
  factor,
  html,
  linearScale,
  logScale,
  type Markup,
  position,
  type Scale,
  significant,
} from '@refrain/charts';
import type { ParameterEffect, ParameterLevel, PolicySensitivity } from './report-data.ts';

/** What one chart of a parameter shows. */
interface Measure {
  readonly name: 'speed-up' | 'drift';
  readonly of: (level: ParameterLevel) => readonly [number, number, number];
  readonly print: (value: number) => string;
  readonly scale: (values: readonly number[]) => Scale;
}

const measures: readonly Measure[] = [
  {
    name: 'speed-up',
    of: ({ speedup }) => speedup,
    print: factor,
    scale: (values) => linearScale(values, 3),
  },
  {
    name: 'drift',
    of: ({ drift }) => drift,
    print: (value) => significant(value, 2),
    scale: (values) => logScale(values),
  },
];

/** So many policies are shown open; of more, each opens on demand. */
const FEW = 2;

/** What the parameters of the swept policies do to speed-up and drift. */
export function sensitivity(sensitivities: readonly PolicySensitivity[]): Markup {
  if (sensitivities.length === 0) return html``;
  return html`<section id="parameters" class="parameters" aria-labelledby="parameters-title">
    <h2 id="parameters-title">What each parameter does</h2>
    <p>
      For each value of a parameter, over all sets that had it: the median as a line, the middle half as a
      box. The charts of a policy share their scales.
    </p>
    ${sensitivities.map((each) => policySection(each, sensitivities.length <= FEW))}
  </section>`;
}

function policySection({ policy, sets, effects }: PolicySensitivity, open: boolean): Markup {
  const levels = effects.flatMap((effect) => effect.levels);
  const scales = measures.map((measure) => measure.scale(levels.flatMap((level) => measure.of(level))));
  return html`<details ${open && 'open'}>
    <summary>
      <h3><code>${policy}</code></h3>
      <span class="quiet"
        >${counted(sets, 'set')} · ${effects.map(({ parameter }) => parameter).join(', ')}</span
      >
    </summary>
    ${effects.map(
      (effect) =>
        html`<div class="effect">
          ${measures.map((measure, index) => {
            const scale = scales[index];
            return scale ? chart(effect, measure, scale) : html``;
          })}
        </div>`,
    )}
  </details>`;
}

function chart(effect: ParameterEffect, measure: Measure, scale: Scale): Markup {
  const { parameter, levels } = effect;
  const rank = measure.name === 'drift' ? effect.onDrift : effect.onSpeedup;
  const count = levels.length;
  return html`<figure>
    <figcaption>
      <h4><code>${parameter}</code> → ${measure.name}</h4>
      ${rank !== null && html`<span class="quiet">rank correlation ${signed(rank)}</span>`}
    </figcaption>
    <div class="chart levels">
      <div class="labels" aria-hidden="true">
        ${scale.ticks.map((tick) => html`<span style="top:${position(1 - scale.place(tick))}">${measure.print(tick)}</span>`)}
      </div>
      <div class="plot">
        <svg
          viewBox="0 0 ${count} 100"
          preserveAspectRatio="none"
          role="img"
          aria-label="${describe(effect, measure)}"
        >
          <path class="grid" d="${scale.ticks.map((tick) => `M0 ${down(scale, tick)}H${count}`).join('')}" />
          <path class="band" d="${levels.map((level, at) => box(measure.of(level), at, scale)).join('')}" />
          <path
            class="middle"
            d="${levels.map((level, at) => bar(measure.of(level)[1], at, scale)).join('')}"
          />
          ${levels.map(
            (level, at) =>
              html`<rect class="hit" x="${at}" width="1" height="100"
                ><title>${tooltip(level, parameter, measure)}</title></rect
              >`,
          )}
        </svg>
      </div>
      <div class="axis" aria-hidden="true">
        ${levels.map(({ label }, at) => html`<span style="left:${position((at + 0.5) / count)}">${label}</span>`)}
      </div>
    </div>
  </figure>`;
}

function down(scale: Scale, value: number): number {
  return Number(((1 - scale.place(value)) * 100).toFixed(2));
}

/** From quartile to quartile, at least as high as a line is thick. */
function box([lower, , upper]: readonly [number, number, number], at: number, scale: Scale): string {
  const [top, bottom] = [down(scale, upper), down(scale, lower)];
  return `M${at + 0.18} ${top}h.64V${bottom}h-.64z`;
}

function bar(value: number, at: number, scale: Scale): string {
  return `M${at + 0.18} ${down(scale, value)}h.64`;
}

function tooltip(level: ParameterLevel, parameter: string, { name, of, print }: Measure): string {
  const [lower, middle, upper] = of(level);
  return `${parameter} ${level.label}: ${name} ${print(middle)} (${print(lower)} to ${print(upper)}), ${counted(level.count, 'set')}`;
}

function describe({ parameter, levels }: ParameterEffect, { name, of, print }: Measure): string {
  const parts = levels.map((level) => `${level.label}: ${print(of(level)[1])}`);
  return `Median ${name} by ${parameter}. ${parts.join('; ')}.`;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${decimals(value, 2)}`;
}
