import { shape, text } from './check.ts'
import type { Env } from './env.ts'
import { type EventRequest, fetchEvents } from './fetch.ts'

/** What a ticket is for. */
export interface TicketRequest extends Omit<EventRequest, 'lastEventId'> {
  /** Where tickets are. */
  readonly tickets: string
  /** The job's id; null for the list. */
  readonly id: string | null
  /** The query of the stream. */
  readonly query: URLSearchParams
}

/** Two tickets: a first one may have expired on its way. After a second one, something else is wrong. */
const TICKETS = 2

const parseTicket = shape({ ticket: text, url: text })

/**
 * Reads one event stream on another origin, by a ticket of the page's own. It does not reconnect: the next stream has a ticket
 * of its own. Neither cookies nor headers go to the other origin.
 *
 * @returns a response that asks to wait; undefined after anything else. Whether the person is signed in, and may see the job, the
 * next poll finds out.
 */
export async function readByTicket(env: Env, { tickets, id, query, signal, onEvent }: TicketRequest): Promise<Response | undefined> {
  const plainFetch = env.plainFetch ?? env.fetch
  const headers = { Accept: 'application/json', 'Content-Type': 'application/json', 'X-Requested-With': 'playhead' }
  const init: RequestInit = { method: 'POST', headers, credentials: 'include', cache: 'no-store', signal, body: JSON.stringify({ session_id: id }) }
  for (let asked = 1; ; asked += 1) {
    // oxlint-disable-next-line no-await-in-loop -- the second is asked for once the first was refused
    const answer = await env.fetch(tickets, init).catch(() => undefined)
    // oxlint-disable-next-line no-await-in-loop -- as above
    const given = answer?.status === 201 ? await answer.json().then(parseTicket).catch(() => undefined) : undefined
    if (given === undefined) return busy(answer)
    query.set('ticket', given.ticket)
    // oxlint-disable-next-line no-await-in-loop -- as above
    const refusal = await fetchEvents((url, it) => plainFetch(url, { ...it, credentials: 'omit' }), `${given.url}?${query}`, { signal, onEvent })
    if (refusal?.status !== 401 || asked === TICKETS) return busy(refusal)
  }
}

function busy(response: Response | undefined): Response | undefined {
  return response?.status === 429 || response?.status === 503 ? response : undefined
}
