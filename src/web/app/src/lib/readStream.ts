import type { End, MeasuredStream, Pattern, Variant } from '../api/doctor.ts'
import { API } from '../api/http.ts'
import { StreamTiming } from './streamTiming.ts'

/** For how long the next piece of a stream is waited for, and the end of one that is over; and for how long one is read at most. */
interface Patience {
  readonly pieceMs: number
  readonly endMs: number
  readonly mostMs: number
}

/** Streams that are held back come within 3 s, in batches within 5. A steady one is left after two such batches. */
const PATIENCE: Patience = { pieceMs: 8_500, endMs: 1_000, mostMs: 12_000 }
/** Ours have 10 KB. What has more is not ours. */
const READ_MOST_BYTES = 64 * 1024
/** A redirect that is not followed; a browser tells no more of it. Most lead to a page to sign in. */
const REDIRECT = 302

const FROM_EACH: Readonly<Record<Variant, Readonly<Record<string, string>>>> = {
  page: { Accept: 'text/event-stream' },
  // A page may not say what it takes. For a range browsers offer no compression (Fetch, "HTTP-network-or-cache fetch"), and streams have none.
  identity: { Accept: 'text/event-stream', Range: 'bytes=0-' },
}

interface Options {
  readonly variant?: Variant
  readonly signal: AbortSignal
  /** What the browser speaks to the server or the proxy before it: a stream that goes on does not tell. */
  readonly httpVersion: string
  readonly onPiece: (soFar: MeasuredStream) => void
  readonly patience?: Patience
}

/**
 * Reads one stream to its end, or until it has shown enough.
 *
 * @throws the reason of the signal, once that is aborted.
 */
export async function readStream(pattern: Pattern, { variant = 'page', signal, httpVersion, onPiece, patience = PATIENCE }: Options): Promise<MeasuredStream> {
  signal.throwIfAborted()
  const began = performance.now()
  const now = () => performance.now() - began
  const timing = new StreamTiming(pattern, variant, Date.now())
  const leaving = new AbortController()
  let left: End | undefined
  const leave = (as: End) => {
    left ??= as
    leaving.abort()
  }
  const onAbort = () => leave('left')
  signal.addEventListener('abort', onAbort)
  const most = setTimeout(leave, patience.mostMs, 'left')
  let next = setTimeout(leave, patience.pieceMs, 'silent')

  async function read(): Promise<End> {
    const headers = FROM_EACH[variant]
    const response = await fetch(`${API}/doctor/stream?pattern=${pattern}`, { headers, cache: 'no-store', redirect: 'manual', signal: leaving.signal })
    timing.noteHead(now(), response.type === 'opaqueredirect' ? REDIRECT : response.status, response.headers, httpVersion)
    const reader = response.body?.getReader()
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- the pieces come one after the other
      const piece = await reader?.read()
      if (piece?.value === undefined) return timing.isOver || !timing.isStream ? 'whole' : 'cut'
      timing.notePiece(now(), piece.value)
      if (timing.sizeBytes > READ_MOST_BYTES) return 'left'
      clearTimeout(next)
      next = timing.isOver ? setTimeout(leave, patience.endMs, 'open') : setTimeout(leave, patience.pieceMs, 'silent')
      onPiece(timing.measured('left', now()))
    }
  }

  try {
    const end = await read().catch(() => left ?? (timing.isOver ? 'whole' : 'cut'))
    signal.throwIfAborted()
    return timing.measured(end, now())
  } finally {
    clearTimeout(most)
    clearTimeout(next)
    signal.removeEventListener('abort', onAbort)
    leaving.abort()
  }
}
