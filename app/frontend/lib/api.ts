// Requests to our own server: CSRF token, JSON in and out, and refusals as errors that carry a sentence to show.
import { t } from './text';
import { toast } from './toast';

/** A refusal by the server. `message` is written for the reader and already in the page's language. */
export class Refusal extends Error {
  constructor(
    readonly kind: string,
    message: string,
    readonly status: number,
    readonly fields: Record<string, string> = {},
    readonly detail: Record<string, unknown> = {},
  ) {
    super(message);
  }
}

/** The token that every changing request carries. */
export function csrfToken(): string {
  return document.querySelector<HTMLMetaElement>('meta[name=csrf-token]')?.content ?? '';
}

interface Options {
  method?: string;
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Calls `path` and gives back its JSON (null for an empty answer). Throws Refusal; nothing is shown. */
export async function request<T>(path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  const method = options.method ?? (options.json !== undefined || options.body ? 'POST' : 'GET');
  if (method !== 'GET') headers['X-CSRFToken'] = csrfToken();
  if (options.json !== undefined) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      body: options.json !== undefined ? JSON.stringify(options.json) : (options.body ?? null),
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Refusal('offline', t('网络已断开，请检查连接后重试。内容没有丢失。'), 0);
  }
  if (response.ok) return (response.status === 204 ? null : await response.json()) as T;
  throw await refusal(response);
}

async function refusal(response: Response): Promise<Refusal> {
  const type = response.headers.get('Content-Type') ?? '';
  if (type.includes('application/json')) {
    const answer = (await response.json()) as { error?: Record<string, unknown> };
    const { kind, message, fields, ...detail } = answer.error ?? {};
    if (typeof kind === 'string' && typeof message === 'string') {
      return new Refusal(kind, message, response.status, fields as Record<string, string> | undefined, detail);
    }
  }
  return new Refusal(`http_${response.status}`, t('服务器没有正常答复，请稍后再试。'), response.status);
}

/** Like request(), but also shows a refusal to the reader before throwing it. */
export async function api<T>(path: string, options: Options = {}): Promise<T> {
  try {
    return await request<T>(path, options);
  } catch (error) {
    if (error instanceof Refusal) toast(error.message, 'bad');
    throw error;
  }
}
