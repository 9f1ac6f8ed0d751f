// Bundles every entry (app/frontend/*.ts, styles/site.css), the icon sprite and the part of Tabler in use
// into app/static/build/ with hashed names and a manifest.json, and the offline page as one file. Nothing is fetched.
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';
import { iconSprite } from './build/icons.mjs';
import { offlinePage } from './build/offline.mjs';
import { subset } from './build/tabler.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const out = join(root, 'app', 'static', 'build');

/** Texts of every file below `folder` whose name ends in one of `endings`. */
function texts(folder, endings) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && endings.some((end) => entry.name.endsWith(end)))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

const pages = texts(join(root, 'app', 'templates'), ['.html']);
const scripts = texts(here, ['.ts']);
const sources = [...pages, ...scripts, ...texts(join(root, 'app', 'web'), ['.py'])];

/** Resolves `@import 'tabler'` to the rules of Tabler that `named` (texts of pages and scripts) name. */
const tabler = (named) => ({
  name: 'tabler',
  setup(build) {
    build.onResolve({ filter: /^tabler$/ }, () => ({ path: 'tabler', namespace: 'tabler' }));
    build.onLoad({ filter: /.*/, namespace: 'tabler' }, () => {
      const file = join(root, 'node_modules', '@tabler', 'core', 'dist', 'css', 'tabler.min.css');
      return { contents: subset(readFileSync(file, 'utf8'), named), loader: 'css' };
    });
  },
});

mkdirSync(out, { recursive: true });

const entries = readdirSync(here).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
const result = await esbuild.build({
  absWorkingDir: root,
  entryPoints: [...entries.map((name) => join(here, name)), join(here, 'styles', 'site.css')],
  outdir: out,
  entryNames: '[name]-[hash]',
  bundle: true,
  minify: true,
  format: 'esm',
  charset: 'utf8',
  target: ['es2020', 'chrome87', 'safari14.1', 'firefox88'],
  legalComments: 'none',
  metafile: true,
  plugins: [tabler(sources)],
  logLevel: 'warning',
});

const manifest = {};
for (const [file, meta] of Object.entries(result.metafile.outputs)) {
  if (!meta.entryPoint) continue;
  manifest[basename(meta.entryPoint).replace(/\.ts$/, '.js')] = relative(out, join(root, file));
}

const sprite = iconSprite(join(root, 'node_modules', '@tabler', 'icons', 'icons'), sources);
const spriteName = `icons-${createHash('sha256').update(sprite).digest('hex').slice(0, 8)}.svg`;
writeFileSync(join(out, spriteName), sprite);
manifest['icons.svg'] = spriteName;

const offline = await offlinePage(root, tabler);
const offlineName = `offline-verify-${createHash('sha256').update(offline).digest('hex').slice(0, 8)}.html`;
writeFileSync(join(out, offlineName), offline);
manifest['offline-verify.html'] = offlineName;
process.stdout.write(`${String(Buffer.byteLength(offline)).padStart(8)}  app/static/build/${offlineName}\n`);

// In one step: a site or a test that runs meanwhile never reads half of it.
writeFileSync(join(out, 'manifest.next'), `${JSON.stringify(manifest, null, 2)}\n`);
renameSync(join(out, 'manifest.next'), join(out, 'manifest.json'));

const wanted = new Set([...Object.values(manifest), 'manifest.json']);
for (const name of readdirSync(out)) if (!wanted.has(name)) rmSync(join(out, name), { recursive: true });
for (const [name, meta] of Object.entries(result.metafile.outputs)) {
  process.stdout.write(`${String(meta.bytes).padStart(8)}  ${relative(root, join(root, name))}\n`);
}
