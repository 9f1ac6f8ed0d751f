// Sends one file by the tus protocol (1.0.0: core, creation, termination): pieces of 8 MiB, resumed after a break.
// What is shown of it is in item.ts; what it is evidence of is asked in mount.ts.
import { csrfToken, Refusal, request } from '../lib/api';
import { t } from '../lib/text';
import { stillReadable, unreadable } from './hasher';

const PIECE = 8 * 1024 * 1024;
const LONGEST_WAIT_MS = 30_000;
const VERSION = { 'Tus-Resumable': '1.0.0' };

export interface Received {
  exhibit: number;
  receipt: string;
  sha256: string;
  sm3: string;
  size: number;
  received_at: string;
  url: string;
  receipt_url: string;
}

interface Watcher {
  /** Bytes that have left this device. */
  sent(bytes: number): void;
  /** The connection broke, or the server cannot take more just now (then `reason` says why); the next attempt is in `ms`.
   * Called with 0 when it goes on. */
  waiting(ms: number, reason?: string): void;
}

/** What the server holds of an upload: bytes, and their SHA-256 in lower-case hexadecimal where it is known. */
export interface Held {
  bytes: number;
  sha256: string | null;
}

/** Asks for a new upload; gives its address. Refusal when the form or the file is refused. */
export async function createUpload(form: Record<string, unknown>, size: number): Promise<string> {
  const made = await request<{ url: string }>('/uploads', {
    json: form,
    headers: { ...VERSION, 'Upload-Length': String(size) },
  });
  return made.url;
}

/** Cancels an upload; one that is gone already is no fault. */
export async function cancelUpload(url: string): Promise<void> {
  try {
    await request<null>(url, { method: 'DELETE', headers: VERSION });
  } catch (error) {
    if (!(error instanceof Refusal) || ![0, 404, 409].includes(error.status)) throw error;
  }
}

/** Tells the server both digests; gives the receipt. May be repeated. */
function finishUpload(url: string, digests: { sha256: string; sm3: string }): Promise<Received> {
  return request<Received>(`${url}/finish`, { json: digests });
}

/** What is safe on the server. Refusal when the upload is gone or nobody is signed in. */
async function held(url: string, signal: AbortSignal): Promise<Held> {
  const answer = await fetch(url, { method: 'HEAD', headers: VERSION, credentials: 'same-origin', signal });
  if (!answer.ok) throw gone(answer.status);
  return { bytes: Number(answer.headers.get('Upload-Offset')), sha256: answer.headers.get('Upload-SHA256') };
}

function gone(status: number): Refusal {
  if (status === 401) return new Refusal('not_signed_in', t('登录已过期，请重新登录后选择同一文件继续上传。'), status);
  if (status === 404) return new Refusal('not_found', t('服务器上已没有这次上传，请重新提交。'), status);
  return new Refusal(`http_${status}`, t('服务器没有正常答复。已收到的部分没有丢失。'), status);
}

/** Sends one piece with progress; gives the new offset. Rejects with Refusal (status 0: the connection broke). */
function sendPiece(url: string, file: Blob, start: number, watcher: Watcher, signal: AbortSignal): Promise<number> {
  const piece = file.slice(start, start + PIECE);
  return new Promise((resolve, reject) => {
    const call = new XMLHttpRequest();
    const stop = (): void => call.abort();
    call.open('PATCH', url);
    for (const [name, value] of Object.entries(VERSION)) call.setRequestHeader(name, value);
    call.setRequestHeader('Upload-Offset', String(start));
    call.setRequestHeader('Content-Type', 'application/offset+octet-stream');
    call.setRequestHeader('Accept', 'application/json');
    call.setRequestHeader('X-CSRFToken', csrfToken());
    call.upload.addEventListener('progress', (event) => watcher.sent(start + event.loaded));
    call.addEventListener('loadend', () => signal.removeEventListener('abort', stop));
    call.addEventListener('abort', () => reject(new DOMException('paused', 'AbortError')));
    call.addEventListener('error', () => reject(new Refusal('offline', t('网络中断。'), 0)));
    call.addEventListener('load', () => {
      if (call.status === 204) resolve(Number(call.getResponseHeader('Upload-Offset')));
      else reject(refusalOf(call));
    });
    signal.addEventListener('abort', stop);
    call.send(piece);
  });
}

function refusalOf(call: XMLHttpRequest): Refusal {
  try {
    const { error } = JSON.parse(call.responseText) as { error: { kind: string; message: string; offset?: number } };
    return new Refusal(error.kind, error.message, call.status, {}, { offset: error.offset });
  } catch {
    return gone(call.status);
  }
}

/** Whether trying again can help: the connection, a busy server, or an offset that is not the server's. */
function passing(error: unknown): boolean {
  if (error instanceof TypeError) return true; // what fetch throws without a network
  if (!(error instanceof Refusal) || error.kind === 'file_unreadable') return false;
  return error.status === 0 || error.status >= 500 || ['upload_offset', 'upload_broken'].includes(error.kind);
}

/** Resolves after `ms`, or at once when the device is online again or the upload is paused. */
function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener('online', go);
      signal.removeEventListener('abort', go);
      resolve();
    };
    const timer = window.setTimeout(go, ms);
    window.addEventListener('online', go);
    signal.addEventListener('abort', go);
  });
}

/** Does something again, with growing pauses, until it succeeds, is paused, or fails in a way that trying cannot help. */
async function persist<T>(act: (again: () => void) => Promise<T>, file: Blob, watcher: Watcher, signal: AbortSignal): Promise<T> {
  let failures = 0;
  for (;;) {
    try {
      return await act(() => (failures = 0));
    } catch (error) {
      if (!passing(error)) throw error;
      // a file that changed cannot be sent, and the browser calls that a broken connection
      if (!(await stillReadable(file))) throw unreadable();
      const wait = Math.min(1000 * 2 ** failures, LONGEST_WAIT_MS);
      failures += 1;
      watcher.waiting(wait, error instanceof Refusal && error.status >= 500 ? error.message : undefined);
      await pauseFor(wait, signal);
      if (signal.aborted) throw new DOMException('paused', 'AbortError');
    }
  }
}

/** What the server holds of an upload that is to go on, asked for as long as it takes. Rejects as `sendFile` does. */
export function askHeld(url: string, file: Blob, watcher: Watcher, signal: AbortSignal): Promise<Held> {
  return persist(() => held(url, signal), file, watcher, signal);
}

/**
 * Sends what the server does not have yet, for as long as it takes. After a break it asks the server where to go
 * on, with growing pauses. Rejects with AbortError when paused, with Refusal when the server refuses for good.
 */
export function sendFile(url: string, file: Blob, watcher: Watcher, signal: AbortSignal): Promise<void> {
  return persist(
    async (again) => {
      let { bytes } = await held(url, signal);
      watcher.waiting(0);
      watcher.sent(bytes);
      while (bytes < file.size) {
        bytes = await sendPiece(url, file, bytes, watcher, signal);
        again();
      }
    },
    file,
    watcher,
    signal,
  );
}

/** Sends the rest and has the receipt made, for as long as it takes; `whole` is called when every byte is there. */
export function deliver(
  url: string,
  file: Blob,
  digests: Promise<{ sha256: string; sm3: string }>,
  watcher: Watcher & { whole(): void },
  signal: AbortSignal,
): Promise<Received> {
  return persist(
    async () => {
      await sendFile(url, file, watcher, signal);
      watcher.whole();
      return finishUpload(url, await digests);
    },
    file,
    watcher,
    signal,
  );
}
