import type { Env, EventStream, Undo } from './env.ts'
import type { Input } from './machine/input.ts'
import { type State, TIMERS, type TimerName } from './machine/state.ts'
import { type Request, requestStatus, requestTranscript } from './requests.ts'
import { runAt } from './timer.ts'
import { STREAM_EVENTS, createEventReader } from './wire.ts'

/** Opens and closes streams, requests and timers as the state requires, and dispatches their results. */
export type Runner = (state: State) => void

/** The URLs of a session, or of the list. */
export interface Urls {
  readonly stream: string
  readonly status: string
  readonly transcript: string
}

export function createRunner(env: Env, urls: Urls, dispatch: (input: Input) => void): Runner {
  const timers = new Map<TimerName, { readonly at: number; readonly undo: Undo }>()
  let stream: EventStream | undefined
  let streamNr = 0
  let poll: Request | undefined
  let pollNr = 0
  let transcript: Request | undefined

  function openStream(state: State) {
    const { scope, status, wantsSegments, segments } = state
    const query = new URLSearchParams(scope === 'session' ? { patches: '1' } : {})
    // A new EventSource cannot send the Last-Event-ID header.
    const lastEventId = scope === 'session' ? status?.version : state.lastEventId
    if (lastEventId !== undefined) query.set('last_event_id', String(lastEventId))
    if (wantsSegments) query.set('segments', '1')
    if (wantsSegments) query.set('from', String(segments.length))
    const opened = env.openEvents?.(`${urls.stream}?${query}`)
    const read = createEventReader()
    stream = opened
    // A closed source may still deliver queued events.
    const hear = (name: string, input: (data: string, id: string | undefined) => Input) =>
      opened?.addEventListener(name, ({ data, lastEventId: id }) => {
        if (stream === opened) dispatch(input(String(data), id))
      })
    for (const name of STREAM_EVENTS) {
      hear(name, (data, id) => {
        try {
          return { type: 'stream_event', event: read(name, data), id }
        } catch {
          return { type: 'stream_failed', reason: 'bad_payload' }
        }
      })
    }
    // Browsers would reconnect without jitter, after different times, and give up for good on a 502.
    hear('error', () => ({ type: 'stream_failed', reason: 'network' }))
  }

  function setTimer(name: TimerName, at: number) {
    const undo = runAt(env, at, () => {
      timers.delete(name)
      dispatch({ type: 'timer', name })
    })
    timers.set(name, { at, undo })
  }

  return (state) => {
    for (const name of TIMERS) {
      const at = state.due[name]
      const running = timers.get(name)
      if (running?.at === at) continue
      running?.undo()
      timers.delete(name)
      if (at !== undefined) setTimer(name, at)
    }
    const wantedStream = state.stream === 'closed' ? 0 : state.streamNr
    if (wantedStream !== streamNr) {
      stream?.close()
      stream = undefined
      streamNr = wantedStream
      if (streamNr > 0) openStream(state)
    }
    const wantedPoll = state.asking ? state.pollNr : 0
    if (wantedPoll !== pollNr) {
      poll?.abort()
      pollNr = wantedPoll
      if (pollNr > 0) {
        poll = requestStatus(env, urls.status, state, (answer) => dispatch({ type: 'poll_answered', answer }))
      }
    }
    if (state.readingTranscript !== (transcript !== undefined)) {
      transcript?.abort()
      transcript = undefined
      if (state.readingTranscript) {
        const url = `${urls.transcript}?format=json&from=${state.segments.length}`
        transcript = requestTranscript(env, url, (answer) => {
          transcript = undefined
          dispatch({ type: 'transcript_answered', answer })
        })
      }
    }
  }
}
