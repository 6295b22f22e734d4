import { strings } from '../strings/index.ts'
import type { Problem } from './types.ts'

export const API = '/api/v1'

/** Sent with every request that changes something: a form on another site cannot set it. */
export const UNSAFE_HEADERS = { 'X-Requested-With': 'playhead' } as const

/** The code of what is not sent: a file that was deleted or moved, a folder without recordings. To try again does not help. */
export const REFUSED_HERE = 'refused_here'

/** An answer that is a refusal, in words for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError'

  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    /** After how many seconds the server wants to be asked again, if it said so. */
    readonly retryAfterS?: number,
  ) {
    super(detail)
  }
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return bodyOf<T>(await send(path, signal === undefined ? {} : { signal }))
}

export function post<T>(path: string, body?: unknown): Promise<T> {
  return change<T>('POST', path, body)
}

export function put<T>(path: string, body: unknown): Promise<T> {
  return change<T>('PUT', path, body)
}

async function change<T>(method: string, path: string, body: unknown): Promise<T> {
  const response = await send(path, {
    method,
    headers: { ...UNSAFE_HEADERS, ...(body === undefined ? {} : { 'Content-Type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return response.status === 204 ? (undefined as T) : bodyOf<T>(response)
}

export async function remove(path: string): Promise<void> {
  await send(path, { method: 'DELETE', headers: UNSAFE_HEADERS })
}

/** Sends a request; returns the response if it is none of a refusal. */
export async function send(path: string, init: RequestInit): Promise<Response> {
  let response: Response
  try {
    response = await fetch(API + path, init)
  } catch (cause) {
    if (init.signal?.aborted) throw cause
    throw new ApiError(0, 'unreachable', strings.errors.unreachable)
  }
  if (response.ok) return response
  throw errorOf(response.status, await response.text(), response.headers.get('Retry-After'))
}

async function bodyOf<T>(response: Response): Promise<T> {
  return parse<T>(response.status, await response.text())
}

/** What the service answered. What is not JSON was said by something on the way, whatever its status claims. */
export function parse<T>(status: number, body: string): T {
  try {
    return JSON.parse(body) as T
  } catch {
    throw new ApiError(0, 'unknown', strings.errors.onTheWay(status))
  }
}

/** Makes an error of a problem document, or of whatever a proxy answered in its place. */
export function errorOf(status: number, body: string, retryAfter: string | null = null): ApiError {
  // A date in its place, as HTTP allows, is not read: the service sends seconds.
  const retryAfterS = /^\d+$/.test(retryAfter ?? '') ? Number(retryAfter) : undefined
  try {
    const { code, detail } = JSON.parse(body) as Partial<Problem>
    if (typeof detail === 'string') return new ApiError(status, code ?? 'unknown', strings.problems[code ?? ''] ?? detail, retryAfterS)
  } catch {
    // Not JSON: a proxy spoke, not the service.
  }
  return new ApiError(status, 'unknown', strings.errors.onTheWay(status), retryAfterS)
}

/** Whether the same request may be answered better later: nothing was wrong with the request itself. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true
  const { status, code } = error
  if (code === REFUSED_HERE) return false
  return status === 0 || status === 401 || status === 408 || status === 429 || status >= 500
}

/** The sentence to show for whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : strings.errors.unknown
}
