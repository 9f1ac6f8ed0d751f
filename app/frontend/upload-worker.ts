// Digests a file beside the page: SHA-256 and SM3 of the same bytes in one pass. Nothing is sent anywhere.
import { createSHA256, createSM3 } from 'hash-wasm';
import type { IHasher } from 'hash-wasm';
import type { DigestQuestion, DigestReport } from './upload/hasher';

const SLICE = 8 * 1024 * 1024;

async function digest(file: Blob, mark = 0): Promise<void> {
  const [sha256, sm3] = await Promise.all([createSHA256(), createSM3()]);
  sha256.init();
  sm3.init();
  for (let at = 0; at < file.size; ) {
    const end = at < mark && mark < at + SLICE ? mark : Math.min(at + SLICE, file.size);
    const piece = new Uint8Array(await file.slice(at, end).arrayBuffer());
    sha256.update(piece);
    sm3.update(piece);
    at = end;
    report({ done: at });
    if (at === mark) report({ marked: soFar(sha256) });
  }
  report({ digests: { sha256: sha256.digest('hex'), sm3: sm3.digest('hex'), size: file.size } });
}

/** The digest of what was read, without ending the reading. */
function soFar(hasher: IHasher): string {
  const state = hasher.save();
  const found = hasher.digest('hex');
  hasher.load(state);
  return found;
}

function report(message: DigestReport): void {
  self.postMessage(message);
}

self.addEventListener('message', (event: MessageEvent<DigestQuestion>) => {
  digest(event.data.file, event.data.mark).catch((error: unknown) => report({ failure: String(error) }));
});
