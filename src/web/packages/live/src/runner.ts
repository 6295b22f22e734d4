import type { Companion, CompanionState } from './companion.ts'
import type { Env, EventStream, StreamMessage, Undo } from './env.ts'
import type { Input } from './machine/input.ts'
import { type State, TIMERS } from './machine/state.ts'
import { openLater } from './later.ts'
import { type PollTarget, type Request, failureOf, requestCompanion, requestStatus } from './requests.ts'
import { runAt } from './timer.ts'
import { type Parsers, STREAM_EVENTS, createEventReader } from './wire.ts'

/** Opens and closes streams, requests and timers as the states require, and dispatches their results. */
export type Runner = (state: State, beside: CompanionState | undefined) => void

/** What a runner connects to. */
export interface Target {
  /** The URL of the stream. */
  readonly stream: string
  readonly poll: PollTarget
  /** The job's id; null for the list. */
  readonly id: string | null
  /** Where tickets are for streams on another origin. */
  readonly tickets: string | undefined
  /** The job's URL, which the requests of the companion are below. */
  readonly base: string
  readonly parse: Parsers['parse']
  readonly companion: Companion | undefined
}

export function createRunner(env: Env, target: Target, dispatch: (input: Input) => void): Runner {
  const { companion } = target
  const parsers: Parsers = { parse: target.parse, events: companion?.events ?? {} }
  const timers = new Map<string, { readonly at: number; readonly undo: Undo }>()
  let stream: EventStream | undefined
  let streamNr = 0
  let poll: Request | undefined
  let pollNr = 0
  let reading: Request | undefined

  function openStream({ scope, job, byTicket, stream: { lastEventId: id } }: State, beside: CompanionState | undefined) {
    const query = new URLSearchParams(scope === 'job' ? { patches: '1' } : {})
    // A new EventSource cannot send the Last-Event-ID header.
    const lastEventId = scope === 'job' ? job?.version : id
    if (lastEventId !== undefined) query.set('last_event_id', String(lastEventId))
    if (beside?.wanted) for (const [name, value] of Object.entries(companion?.query(beside) ?? {})) query.set(name, value)
    const { tickets, id: jobId } = target
    const opened =
      byTicket && tickets !== undefined
        ? openLater(import('./ticket.ts').then(({ readByTicket }) => (signal, onEvent) => readByTicket(env, { tickets, id: jobId, query, signal, onEvent })))
        : env.openEvents?.(`${target.stream}?${query}`, lastEventId)
    const read = createEventReader(parsers)
    stream = opened
    // A closed source may still deliver queued events.
    const hear = (name: string, input: (message: StreamMessage) => Input) =>
      opened?.addEventListener(name, (message) => {
        if (stream === opened) dispatch(input(message))
      })
    for (const name of [...STREAM_EVENTS, ...Object.keys(parsers.events)]) {
      hear(name, ({ data, lastEventId: eventId }) => {
        try {
          return { type: 'stream_event', event: read(name, String(data)), id: eventId }
        } catch {
          return { type: 'stream_failed', reason: 'bad_payload' }
        }
      })
    }
    // Browsers would reconnect without jitter, after different times, and give up for good on a 502.
    hear('error', ({ response }) => ({ type: 'stream_failed', ...(response ? failureOf(response, env.date()) : { reason: 'network' }) }))
  }

  /** Starts, moves or stops a timer. */
  function setTimer(name: string, at: number | undefined, due: Input) {
    const running = timers.get(name)
    if (running?.at === at) return
    running?.undo()
    timers.delete(name)
    if (at === undefined) return
    const undo = runAt(env, at, () => {
      timers.delete(name)
      dispatch(due)
    })
    timers.set(name, { at, undo })
  }

  function runCompanion(own: CompanionState, { read, lost }: Companion) {
    setTimer('companion', own.kind === 'waiting' ? own.until : undefined, { type: 'companion_due' })
    if ((own.kind === 'reading') === (reading !== undefined)) return
    reading?.abort()
    reading = undefined
    if (own.kind !== 'reading') return
    reading = requestCompanion(env, `${target.base}${own.path}`, { read, lost }, (answer) => {
      reading = undefined
      dispatch({ type: 'companion_answered', answer })
    })
  }

  return (state, beside) => {
    for (const name of TIMERS) setTimer(name, state.due[name], { type: 'timer', name })
    const wantedStream = state.stream.kind === 'closed' ? 0 : state.stream.nr
    if (wantedStream !== streamNr) {
      stream?.close()
      stream = undefined
      streamNr = wantedStream
      if (streamNr > 0) openStream(state, beside)
    }
    const wantedPoll = state.poll.inFlight ? state.poll.nr : 0
    if (wantedPoll !== pollNr) {
      poll?.abort()
      pollNr = wantedPoll
      if (pollNr > 0) {
        poll = requestStatus(env, target.poll, state, (answer) => dispatch({ type: 'poll_answered', answer }))
      }
    }
    if (beside !== undefined && companion !== undefined) runCompanion(beside, companion)
  }
}
