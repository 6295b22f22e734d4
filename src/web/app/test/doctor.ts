import type { ConnectionVerdict, Culprit, Measured } from '../src/api/doctor.ts'
import type { Doctor } from './service.tsx'

export const STREAM = { 'Content-Type': 'text/event-stream' }
/** When the streams of tests begin, by the server's clock. */
export const T0 = 1_764_500_000_000

export const probe = (number: number, sentMs: number) => `event: probe\ndata: {"number":${number},"sent_at":${T0 + sentMs}}\n\n`
export const GOODBYE = 'event: goodbye\ndata: {"reason":"final"}\n\n'
export const bytes = (text: string) => new TextEncoder().encode(text)

export const WELL: ConnectionVerdict = {
  healthy: true,
  sentence: 'Nothing is wrong: events arrive as they are sent, the first after 20 ms.',
  findings: [],
  untested: ['The upload limit was not measured.'],
}

const culpritOf = (id: string): Culprit => ({
  id,
  name: `proxy ${id}`,
  recognised: id === 'a' ? 'server: nginx' : '',
  change: 'Set `proxy_buffering off;`.',
  where: 'the `location` of this site',
  apart: '',
  source: { kind: 'tried', of: 'nginx, header ignored' },
})

export const HELD: ConnectionVerdict = {
  healthy: false,
  sentence: 'Streams are held back until they end.',
  findings: [
    { id: 'held', level: 'wrong', sentence: 'Streams are held back until they end.', culprits: ['a', 'b', 'c', 'd'].map(culpritOf) },
    { id: 'clock', level: 'note', sentence: 'The clock here is 9.0 s behind the server’s.', culprits: [] },
  ],
  untested: [],
}

export const UNCLEAR: ConnectionVerdict = {
  healthy: false,
  sentence: 'It is not certain how streams go: see what was not measured.',
  findings: [],
  untested: ['The streams differ: measure again.'],
}

/** A server whose streams are whole at once, and which gives this verdict about them; `judged` keeps what it was told. */
export function doctor(verdict: ConnectionVerdict, stream = () => new Response(probe(1, 0) + probe(2, 2_500) + GOODBYE, { headers: STREAM })) {
  const judged: Measured[] = []
  const asked: string[] = []
  const answer: Doctor = (path, query, sent) => {
    if (path === '/doctor/stream') {
      asked.push(query.get('pattern') ?? '')
      return stream()
    }
    if (path === '/doctor/request') return Response.json({ http_version: '1.1', server_time: Date.now(), via: 'squid' })
    judged.push(sent as Measured)
    return Response.json(verdict)
  }
  return { answer, judged, asked }
}
