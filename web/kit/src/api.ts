// Calls to the server: JSON in, JSON out, every refusal a Problem with a
// sentence for the person and a code to copy.

import type { Text } from './i18n'

/** A refusal as RFC 9457 renders it, or the lack of a network. */
export class Problem extends Error {
  constructor(
    readonly status: number, // 0: the server could not be reached
    readonly code: string,
    readonly say: Text,
    readonly trace = '',
    readonly errors: { field: string; code: string; say: Text }[] = [],
    readonly retryAfter = 0, // seconds
    readonly more: Record<string, unknown> = {}, // the answer's other members
  ) {
    super(`${code}: ${say.en}`)
    this.name = 'Problem'
  }

  /** When it was met, ms since 1970 by the phone's clock. */
  readonly at = Date.now()

  /** The sentence about one input field, if the server named it. */
  field(name: string): Text | undefined {
    return this.errors.find((e) => e.field === name)?.say
  }
}

export const offline = (): Problem =>
  new Problem(0, 'network', {
    zh: '连不上网络，您填写的内容还在。请检查网络后再试。',
    en: 'No connection. What you entered is kept. Check the network and try again.',
  })

export interface Options {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: unknown // JSON, or a Blob that is sent as it is
  idempotencyKey?: string
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** Calls path and returns the decoded answer; throws a Problem. */
export async function call<T>(path: string, options: Options = {}): Promise<T> {
  const { body } = options
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers }
  if (body instanceof Blob) headers['Content-Type'] = body.type || 'application/octet-stream'
  else if (body !== undefined) headers['Content-Type'] = 'application/json'
  if (options.idempotencyKey) headers['Idempotency-Key'] = options.idempotencyKey
  let response: Response
  try {
    response = await fetch(path, {
      method: options.method ?? (body === undefined ? 'GET' : 'POST'),
      headers,
      body: body === undefined ? undefined : body instanceof Blob ? body : JSON.stringify(body),
      credentials: 'same-origin',
      signal: options.signal,
    })
  } catch (error) {
    if (options.signal?.aborted) throw error
    throw offline()
  }
  if (!response.ok) throw await problem(response)
  if (response.status === 204) return undefined as T
  return (await response.json()) as T
}

async function problem(response: Response): Promise<Problem> {
  const unknown = {
    zh: '服务器出了问题，我们已经记下。请再试一次；仍不行，请把下面的代码告诉我们。',
    en: 'The server failed and we have noted it. Try again; if it goes on, tell us the code below.',
  }
  try {
    const p = await response.json()
    return new Problem(response.status, p.code ?? 'internal', p.say ?? unknown, p.trace, p.errors ?? [], p.retryAfter ?? 0, p)
  } catch {
    return new Problem(response.status, 'internal', unknown)
  }
}

/** A key under which a repeated press or a retry counts once. */
export const idempotencyKey = (): string => crypto.randomUUID()
