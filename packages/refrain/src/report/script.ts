/**
 * The whole script of the page. Everything essential works without it: it folds the rows of single prompts, sorts the
 * table, switches videos between moving and stills, and shows what a chart says under the pointer or finger.
 */
export const script: string = `(() => {
  'use strict';
  const root = document.documentElement;
  root.classList.add('js');
  const button = (text, label) => Object.assign(document.createElement('button'), { type: 'button', className: label, textContent: text });

  document.querySelectorAll('table.sortable').forEach((table) => {
    table.querySelectorAll('tbody').forEach((body, index) => {
      const toggle = button('', 'toggle');
      const rows = [...body.querySelectorAll('.single')];
      const name = body.querySelector('.policy').textContent;
      toggle.setAttribute('aria-expanded', 'false');
      toggle.setAttribute('aria-label', 'Figures by prompt of ' + name);
      toggle.addEventListener('click', () => {
        const open = toggle.getAttribute('aria-expanded') === 'false';
        toggle.setAttribute('aria-expanded', String(open));
        body.classList.toggle('open', open);
      });
      if (rows.length > 0) body.querySelector('.name').prepend(toggle);
    });
    const heads = [...table.querySelectorAll('thead th')];
    heads.forEach((head, column) => {
      const sort = button(head.textContent, 'sort');
      head.replaceChildren(sort);
      sort.addEventListener('click', () => {
        const before = head.getAttribute('aria-sort');
        // Figures are read best from the top; names from the start.
        const down = before ? before === 'ascending' : head.classList.contains('figure');
        heads.forEach((other) => other.removeAttribute('aria-sort'));
        head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
        const key = (body) => body.rows[0].cells[column].dataset.order;
        const compare = (a, b) => {
          const [left, right] = [key(a), key(b)];
          if (left === '' || right === '') return (left === '') - (right === '');
          const difference = left - right;
          const order = Number.isNaN(difference) ? left.localeCompare(right) : difference;
          return down ? -order : order;
        };
        table.append(...[...table.tBodies].sort(compare));
      });
    });
  });

  const calm = matchMedia('(prefers-reduced-motion: reduce)');
  const switches = [...document.querySelectorAll('.motion')];
  const show = (moving) => {
    root.dataset.motion = moving ? 'moving' : 'still';
    switches.forEach((each) => {
      each.hidden = false;
      each.textContent = moving ? 'Show all frames' : 'Play the videos';
    });
  };
  switches.forEach((each) => each.addEventListener('click', () => show(root.dataset.motion !== 'moving')));
  calm.addEventListener('change', () => show(!calm.matches));
  show(!calm.matches);

  const note = Object.assign(document.createElement('div'), { className: 'note', hidden: true });
  document.body.append(note);
  const texts = new WeakMap();
  const read = (event) => {
    const title = event.target instanceof Element && event.target.querySelector(':scope > title');
    // The browser would show its own tooltip over ours, later.
    if (title) texts.set(event.target, title.textContent);
    title?.remove();
    const text = texts.get(event.target);
    note.hidden = !text;
    if (!text) return;
    note.textContent = text;
    const room = root.clientWidth - note.offsetWidth - 8;
    note.style.left = Math.max(8, Math.min(event.clientX + 12, room)) + 'px';
    note.style.top = Math.max(8, event.clientY - note.offsetHeight - 12) + 'px';
  };
  ['pointermove', 'pointerdown'].forEach((kind) => document.addEventListener(kind, read, { passive: true }));
  document.addEventListener('scroll', () => (note.hidden = true), { passive: true });
})();`;
