import { DetailedError, type HttpRequest, type HttpResponse, Upload as Tus } from 'tus-js-client'
import type { Line } from '../lib/line.ts'
import { strings } from '../strings/index.ts'
import { uploadingStrings } from '../strings/uploading.ts'
import { API, ApiError, REFUSED_HERE, UNSAFE_HEADERS, errorOf } from './http.ts'

/** Without a byte taken or an answer for so long, a request is given up: a minute, as the server does. */
const STALL_MS = 60_000

/** It stalled, another request has moved the offset, or still holds the upload: it is asked anew how far it is. */
const AGAIN: ReadonlySet<number> = new Set([408, 409, 423])

/** The code of an upload that somebody else sends on: in another tab, or on another device. */
export const ELSEWHERE = 'elsewhere'

/** What was chosen for a file, as a form has it: what is empty or left out is found out. */
export type Choices = Readonly<Partial<Record<'language' | 'model' | 'track' | 'channels', string>>>

export interface Sending {
  readonly file: File
  readonly choices: Choices
  /** The session that it goes on for; without it one begins. */
  readonly id: string | undefined
  /** How much of it may be on the server by what this tab has sent; undefined before it has sent anything. */
  readonly sent: number | undefined
  readonly line: Line
  readonly signal: AbortSignal
  readonly onSession: (id: string) => void
  /** How much of it the server has. */
  readonly onStored: (bytes: number) => void
  /** A request goes out, after which the server may have so much of it. */
  readonly onSent: (bytes: number) => void
}

/** Refuses a file that cannot be read: a browser says of it only that the connection failed. */
export async function readable(file: File): Promise<void> {
  await file
    .slice(0, 1)
    .arrayBuffer()
    .catch(() => {
      throw new ApiError(0, REFUSED_HERE, strings.upload.unreadable)
    })
}

/** Sends a file, or what the server does not have of it, in requests of the line's size: one try, until it is whole or fails. */
export async function sendByTus({ file, choices, id, sent, line, signal, onSession, onStored, onSent }: Sending): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let began = 0
    let passed = 0
    let silence: ReturnType<typeof setTimeout> | undefined
    const over = new AbortController()
    const end = (run: () => void) => {
      clearTimeout(silence)
      over.abort()
      run()
    }
    const stop = (error: unknown) => {
      void tus.abort()
      end(() => reject(error))
    }
    const hear = () => {
      clearTimeout(silence)
      silence = setTimeout(() => stop(cutAt(passed)), STALL_MS)
    }
    const tus = new Tus(file, {
      ...(id === undefined ? { endpoint: `${API}/uploads` } : { uploadUrl: `${API}/uploads/${encodeURIComponent(id)}` }),
      metadata: { filename: file.name, ...chosen(choices) },
      headers: UNSAFE_HEADERS,
      chunkSize: line.bytes,
      overridePatchMethod: line.override,
      // Waits are made above, for all files at once, and what is remembered is kept there, too.
      retryDelays: null,
      storeFingerprintForResuming: false,
      onBeforeRequest: (request) => {
        // It says where it begins. No event tells how much of it has passed when it is cut off.
        const start = request.getHeader('Upload-Offset')
        if (start !== undefined) onSent(Math.min(file.size, Number(start) + (tus.options.chunkSize ?? 0)))
        began = performance.now()
        passed = 0
        hear()
      },
      onAfterResponse: (request, response) => {
        const stored = offsetOf(response)
        if (stored === undefined) return
        // More than it was sent from here.
        if (request.getMethod() === 'HEAD' && sent !== undefined && stored > sent) throw elsewhere()
        onStored(stored)
      },
      onUploadUrlAvailable: () => onSession(tus.url?.split('/').at(-1) ?? ''),
      onProgress: (bytes) => {
        hear()
        passed = bytes
      },
      onChunkComplete: (bytes) => {
        line.took(bytes, performance.now() - began)
        // Read anew for each request.
        tus.options.chunkSize = line.bytes
      },
      // Also by HEAD: what is whole is queued by that.
      onSuccess: () => end(resolve),
      onError: (error) => end(() => reject(refusalOf(error, passed))),
    })
    signal.addEventListener('abort', () => stop(signal.reason), { signal: over.signal })
    // The machine says that it has no network: what is under way will not be answered.
    addEventListener('offline', () => stop(cutAt(passed)), { signal: over.signal })
    signal.throwIfAborted()
    tus.start()
  })
}

function chosen(choices: Choices): Record<string, string> {
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== ''))
}

function offsetOf(response: HttpResponse): number | undefined {
  const offset = Number.parseInt(response.getHeader('Upload-Offset') ?? '', 10)
  return Number.isNaN(offset) ? undefined : offset
}

/** What the service, or something on the way, said. */
function refusalOf(error: Error, passed: number): Error {
  if (!(error instanceof DetailedError)) return error
  if (error.causingError instanceof ApiError) return error.causingError
  // Null in the type alone: without an answer it may be missing.
  const response: HttpResponse | null | undefined = error.originalResponse
  if (!response) return cutAt(passed)
  const status = response.getStatus()
  // An answer that is none of tus: a sign-in page of a hotel.
  if (status < 400) return new ApiError(0, 'unknown', strings.errors.onTheWay(status))
  const refusal = errorOf(status, response.getBody(), response.getHeader('Retry-After') ?? null)
  if (refusal.code === 'upload_superseded') return elsewhere()
  if (AGAIN.has(status)) return cutAt(1)
  return isOfTheWay(refusal, error.originalRequest) ? new ApiError(status, methodOrSize(status), refusal.message) : refusal
}

/** Whether a proxy refused what the service would take: a large body, or a method that it does not know. */
function isOfTheWay({ code, status }: ApiError, request: HttpRequest): boolean {
  return code === 'unknown' && request.getMethod() === 'PATCH' && [405, 413, 501].includes(status)
}

export const TOO_LARGE_HERE = 'too_large_here'
export const NO_PATCH_HERE = 'no_patch_here'

function methodOrSize(status: number): string {
  return status === 413 ? TOO_LARGE_HERE : NO_PATCH_HERE
}

/** The connection failed, before or after something was sent. */
function cutAt(passed: number): ApiError {
  if (passed === 0) return new ApiError(0, 'unreachable', strings.errors.unreachable)
  return new ApiError(0, 'cut', strings.errors.uploadCut)
}

function elsewhere(): ApiError {
  return new ApiError(0, ELSEWHERE, uploadingStrings.elsewhere)
}
