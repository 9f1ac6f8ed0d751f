// Answers questions about the pure parts of the draft's editor, one JSON line each: {"do": …} in, the answer out.
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
globalThis.document = { documentElement: { lang: 'zh-CN' } };

async function load(name) {
  const built = await esbuild.build({ entryPoints: [join(root, 'app', 'frontend', 'draft', name)], bundle: true, format: 'esm', platform: 'node', target: 'node20', write: false });
  return import(`data:text/javascript;base64,${Buffer.from(built.outputFiles[0].contents).toString('base64')}`);
}

const { marks, merge } = await load('merge.ts');
const { suggested, wishes, Lexicon } = await load('elements.ts');
const { Edits, problemOf } = await load('edits.ts');

/** Local storage that lasts as long as its object. */
class Shelf {
  kept = new Map();
  get length() { return this.kept.size; }
  key(at) { return [...this.kept.keys()][at] ?? null; }
  getItem(key) { return this.kept.get(key) ?? null; }
  setItem(key, value) { if (this.full) throw new Error('QuotaExceededError'); this.kept.set(key, value); }
  removeItem(key) { this.kept.delete(key); }
}

/** Plays steps on a fresh store of edits: `answers` are what the server says in order; `reload` begins a new page. */
async function play({ steps, answers }) {
  const shelf = new Shelf();
  const sent = [];
  let ids = 0;
  const page = () => new Edits({
    shelf, prefix: 'e:', changed: () => {}, id: () => `id${(ids += 1)}`,
    send: async (post) => { sent.push(post); during?.(edits); during = null; return answers.shift() ?? { kind: 'unanswered' }; },
  });
  let edits = page();
  let during = null;
  for (const step of steps) {
    if (step.reload) edits = page();
    else if (step.full !== undefined) shelf.full = step.full;
    else if (step.write) edits.write(...step.write);
    else if (step.while_sending) during = (now) => now.write(...step.while_sending);
    else if (step.flush) await edits.flush((ref) => !(step.gone ?? []).includes(ref));
    else if (step.propose) await edits.propose(...step.propose);
    else edits[step.call](...step.with);
  }
  return { sent, edits: edits.all(), summary: edits.summary, kept: [...shelf.kept.keys()] };
}

const acts = {
  marks: ({ before, after }) => marks(before, after),
  merge: ({ before, mine, theirs }) => merge(before, mine, theirs),
  suggested: ({ hit, values }) => suggested(hit, values),
  wishes: ({ agreement, kinds, operation }) => wishes(agreement, new Lexicon(kinds), operation),
  problem: ({ fields, target, field }) => problemOf(fields, target, field) ?? null,
  play,
};

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(await acts[question.do](question))}\n`);
}
