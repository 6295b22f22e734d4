import type { Env, StreamMessage } from './env.ts'
import { StreamParser } from './parser.ts'

/** One request for an event stream. */
export interface EventRequest {
  readonly lastEventId?: string | number | undefined
  /** Ends the stream. */
  readonly signal: AbortSignal
  readonly onEvent: (name: string, event: StreamMessage) => void
}

/**
 * Reads one event stream by `fetch`, which can send headers and sees the status code. It does not reconnect.
 *
 * @returns the response if it is no event stream; undefined if there was none, or after the stream's end.
 */
export async function fetchEvents(
  fetch: Env['fetch'],
  url: string,
  { lastEventId, signal, onEvent }: EventRequest,
): Promise<Response | undefined> {
  const headers: Record<string, string> = { Accept: 'text/event-stream' }
  if (lastEventId !== undefined) headers['Last-Event-ID'] = String(lastEventId)
  const response = await fetch(url, { headers, credentials: 'include', cache: 'no-store', signal }).catch(() => undefined)
  const type = response?.headers.get('Content-Type') ?? ''
  if (response?.status !== 200 || response.body === null || !/^text\/event-stream\s*(;|$)/i.test(type)) {
    void response?.body?.cancel()
    return response
  }
  const reader = response.body.getReader()
  // The parser removes the byte order mark: only one, as the standard says.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const parser = new StreamParser()
  for (;;) {
    // oxlint-disable-next-line no-await-in-loop -- the pieces come one after the other
    const piece = await reader.read().catch(() => undefined)
    if (piece?.value === undefined) return undefined
    for (const event of parser.read(decoder.decode(piece.value, { stream: true }))) onEvent(event.name, event)
  }
}
