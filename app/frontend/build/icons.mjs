// The icons that pages use, as one SVG file of <symbol>s; an unknown name stops the build.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Icons reached through a variable and so not seen by the scan. */
const ALWAYS = ['x', 'check', 'alert-triangle', 'info-circle', 'circle-check', 'copy', 'refresh'];
const NAMED = /\bicon(?:_name|Name)?['"]?\s*[=:(]\s*['"]([a-z0-9-]+)['"]/g;

/** Quoted words on lines that call a macro; those that are icons are taken along. */
const QUOTED = /'([a-z][a-z0-9-]+)'/g;

/** SVG text with one symbol for each icon named in `sources` as icon('name'), icon='name', {'icon': 'name'}
 * or as an argument of a macro, ui.button(…, 'name'). */
export function iconSprite(folder, sources) {
  const names = new Set(ALWAYS);
  for (const text of sources) {
    for (const match of text.matchAll(NAMED)) names.add(match[1]);
  }
  for (const line of sources.join('\n').split('\n').filter((text) => text.includes('ui.'))) {
    for (const match of line.matchAll(QUOTED)) {
      if (existsSync(join(folder, 'outline', `${match[1]}.svg`))) names.add(match[1]);
    }
  }
  const symbols = [...names].sort().map((name) => {
    const filled = name.endsWith('-filled');
    const file = join(folder, filled ? 'filled' : 'outline', `${filled ? name.slice(0, -7) : name}.svg`);
    if (!existsSync(file)) throw new Error(`no such icon: ${name}`);
    const body = readFileSync(file, 'utf8')
      .replace(/^[\s\S]*?<svg[^>]*>/, '')
      .replace(/<\/svg>\s*$/, '')
      .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" ?\/>/, '')
      .replace(/\s+/g, ' ');
    const paint = filled
      ? 'fill="currentColor"'
      : 'fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round"';
    return `<symbol id="${name}" viewBox="0 0 24 24"><g ${paint}>${body}</g></symbol>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>\n`;
}
