// Sends one file by the tus protocol (1.0.0: core, creation, termination): pieces of 8 MiB, resumed after a break.
// What is shown of it is in item.ts; what it is evidence of is asked in mount.ts.
import { csrfToken, Refusal, request } from '../lib/api';
import { t } from '../lib/text';

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
  /** The connection broke; the next attempt is in `ms`. Called with 0 when it goes on. */
  waiting(ms: number): void;
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
export function finishUpload(url: string, digests: { sha256: string; sm3: string }): Promise<Received> {
  return request<Received>(`${url}/finish`, { json: digests });
}

/** Bytes that are safe on the server. */
async function heldBytes(url: string, signal: AbortSignal): Promise<number> {
  const answer = await fetch(url, { method: 'HEAD', headers: VERSION, credentials: 'same-origin', signal });
  if (!answer.ok) throw gone(answer.status);
  return Number(answer.headers.get('Upload-Offset'));
}

function gone(status: number): Refusal {
  if (status === 401) return new Refusal('not_signed_in', t('登录已过期，请重新登录后选择同一文件继续上传。'), status);
  if (status === 404) return new Refusal('not_found', t('服务器上已没有这次上传，请重新提交。'), status);
  return new Refusal(`http_${status}`, t('服务器没有正常答复，请稍后再试。'), status);
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
  if (!(error instanceof Refusal)) return false;
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

/**
 * Sends what the server does not have yet, for as long as it takes. After a break it asks the server where to go
 * on, with growing pauses. Rejects with AbortError when paused, with Refusal when the server refuses for good.
 */
export async function sendFile(url: string, file: Blob, watcher: Watcher, signal: AbortSignal): Promise<void> {
  let failures = 0;
  let offset: number | null = null;
  while (offset === null || offset < file.size) {
    try {
      offset ??= await heldBytes(url, signal);
      watcher.waiting(0);
      watcher.sent(offset);
      if (offset < file.size) offset = await sendPiece(url, file, offset, watcher, signal);
      failures = 0;
    } catch (error) {
      if (!passing(error)) throw error;
      offset = null;
      const wait = Math.min(1000 * 2 ** failures, LONGEST_WAIT_MS);
      failures += 1;
      watcher.waiting(wait);
      await pauseFor(wait, signal);
      if (signal.aborted) throw new DOMException('paused', 'AbortError');
    }
  }
}
