// The offline page as one file: script, worker, styles and icons inside, and a policy that forbids every connection.
// The same sources give the same bytes. Nothing is fetched.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import esbuild from 'esbuild';
import { iconSprite } from './icons.mjs';

const TARGET = ['es2020', 'chrome87', 'safari14.1', 'firefox88'];

function digest(text) {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Text that may stand inside a script element. */
function inside(text) {
  return text.replace(/<(?=\/script|!--|script)/gi, '\\x3c').trim();
}

/** The sources that an entry takes in, for classes and icons. */
function sourcesOf(root, metafile) {
  return Object.keys(metafile.inputs)
    .filter((name) => name.endsWith('.ts') && !name.startsWith('node_modules') && existsSync(join(root, name)))
    .map((name) => readFileSync(join(root, name), 'utf8'));
}

/** The page's HTML. tabler: makes the plugin that resolves `@import 'tabler'` for given sources. */
export async function offlinePage(root, tabler) {
  const here = join(root, 'app', 'frontend');
  const shared = { absWorkingDir: root, bundle: true, minify: true, write: false, charset: 'utf8', target: TARGET, legalComments: 'none', logLevel: 'warning' };
  const script = await esbuild.build({ ...shared, entryPoints: [join(here, 'offline', 'page.ts')], format: 'iife', metafile: true });
  const worker = await esbuild.build({ ...shared, entryPoints: [join(here, 'upload-worker.ts')], format: 'iife' });
  const template = readFileSync(join(here, 'offline', 'template.html'), 'utf8');
  const sources = [template, ...sourcesOf(root, script.metafile)];
  const style = await esbuild.build({ ...shared, entryPoints: [join(here, 'offline', 'offline.css')], plugins: [tabler(sources)] });
  const icons = iconSprite(join(root, 'node_modules', '@tabler', 'icons', 'icons'), sources);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const parts = {
    script: inside(script.outputFiles[0].text),
    worker: inside(worker.outputFiles[0].text),
    style: style.outputFiles[0].text.trim(),
    icons: icons.replace('<svg ', '<svg class="offline-icons" aria-hidden="true" ').trim(),
    version,
  };
  const policy = [
    "default-src 'none'",
    `script-src ${digest(parts.script)} 'wasm-unsafe-eval'`,
    `style-src ${digest(parts.style)}`,
    'worker-src blob:',
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return template.replace(/\{\{(\w+)\}\}/g, (_, name) => ({ ...parts, policy })[name]);
}
