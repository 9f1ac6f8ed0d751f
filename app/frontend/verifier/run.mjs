// Runs the verifier in Node, bundled in memory. With a folder: every vector below it, compared with what it expects.
// Without: questions as JSON lines from standard input, each answered by one line; members left out are as in the line before.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const bundle = await esbuild.build({
  entryPoints: [join(here, 'answer.ts')], bundle: true, format: 'esm', platform: 'node', target: 'node20', write: false,
});
const { answer } = await import(`data:text/javascript;base64,${Buffer.from(bundle.outputFiles[0].contents).toString('base64')}`);

const RANK = ['PASSED', 'UNDETERMINED', 'FAILED'];

/** The outcome in the form of a vector's `expected`. */
function outcome(said) {
  if (!said.checks) return said.malformed === undefined ? said : { malformed: said.malformed };
  const not_passed = {};
  for (const { code, status } of said.checks) {
    if (status !== 'PASSED' && RANK.indexOf(status) > RANK.indexOf(not_passed[code] ?? 'PASSED')) not_passed[code] = status;
  }
  return { answers: said.answers, not_passed };
}

function sorted(value) {
  return JSON.stringify(value, (_, item) => (item && typeof item === 'object' && !Array.isArray(item) ? Object.fromEntries(Object.entries(item).sort()) : item));
}

async function runFolder(folder) {
  let wrong = 0;
  const files = readdirSync(folder, { recursive: true }).map(String).filter((name) => name.endsWith('.json')).sort();
  for (const name of files) {
    const vector = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    const found = sorted(outcome(await answer(vector)));
    if (found === sorted(vector.expected)) continue;
    wrong += 1;
    process.stdout.write(`${name}\n  expected ${sorted(vector.expected)}\n  found    ${found}\n`);
  }
  process.stdout.write(`${files.length} vectors, ${wrong} with another outcome\n`);
  process.exitCode = wrong || !files.length ? 1 : 0;
}

if (process.argv[2]) await runFolder(process.argv[2]);
else {
  let question = {};
  for await (const line of createInterface({ input: process.stdin })) {
    question = { ...question, ...JSON.parse(line) };
    process.stdout.write(`${JSON.stringify(await answer(question))}\n`);
  }
}
