// Cuts Tabler's style sheet down to the rules whose classes some page or script names,
// and settles its light-dark() values on light: the product has one, paper-like, appearance.

/** Index just past the bracket that closes the one at `open`. */
function closing(text, open, left, right) {
  let depth = 0;
  let quote = '';
  for (let i = open; i < text.length; i += 1) {
    const c = text[i];
    if (quote) {
      if (c === '\\') i += 1;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === left) depth += 1;
    else if (c === right && (depth -= 1) === 0) return i + 1;
  }
  throw new Error('unbalanced style sheet');
}

/** Splits at top-level commas, leaving those inside brackets alone. */
function commas(text) {
  const parts = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    if ('([{'.includes(text[i])) depth += 1;
    else if (')]}'.includes(text[i])) depth -= 1;
    else if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, text.slice(start)];
}

/** Replaces every light-dark(a,b) by a, innermost last. */
function light(css) {
  let rest = css;
  let done = '';
  for (let at = rest.indexOf('light-dark('); at >= 0; at = rest.indexOf('light-dark(')) {
    const end = closing(rest, at + 'light-dark'.length, '(', ')');
    done += rest.slice(0, at);
    rest = commas(rest.slice(at + 'light-dark('.length, end - 1))[0] + rest.slice(end);
  }
  return done + rest;
}

const CLASS = /\.(-?[_a-zA-Z][\w-]*)/g;

function kept(selector, words) {
  if (/\[(?:data-bs-theme|dir)=?"?(?:dark|rtl)/.test(selector)) return false;
  const outside = selector.replace(/\[[^\]]*\]/g, '').replace(/:not\([^()]*\)/g, '');
  for (const match of outside.matchAll(CLASS)) if (!words.has(match[1])) return false;
  return true;
}

function rules(css, words) {
  let out = '';
  let at = 0;
  while (at < css.length) {
    const open = css.indexOf('{', at);
    if (open < 0) break;
    const semicolon = css.indexOf(';', at);
    if (semicolon >= 0 && semicolon < open) {
      at = semicolon + 1;
      continue;
    }
    const prelude = css.slice(at, open).replace(/\/\*[\s\S]*?\*\//g, '').trim();
    const end = closing(css, open, '{', '}');
    const body = css.slice(open + 1, end - 1);
    at = end;
    if (/^@(media|supports|layer)/.test(prelude)) {
      const inner = rules(body, words);
      if (inner) out += `${prelude}{${inner}}\n`;
    } else if (prelude.startsWith('@')) out += `${prelude}{${body}}\n`;
    else {
      const selectors = commas(prelude).filter((selector) => kept(selector, words));
      if (selectors.length) out += `${selectors.join(',')}{${body}}\n`;
    }
  }
  return out;
}

/** The rules of `css` that `sources` (texts of pages and scripts) can reach. */
export function subset(css, sources) {
  const words = new Set(['show', 'active', 'disabled', 'collapsed', 'was-validated', 'is-invalid', 'is-valid']);
  for (const text of sources) for (const match of text.matchAll(/[A-Za-z_][\w-]*/g)) words.add(match[0]);
  return rules(light(css).replace(/@charset[^;]*;/, ''), words);
}
