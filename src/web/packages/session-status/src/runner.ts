import type { Env, EventStream, Undo } from './env.ts'
import type { Effect, Input, TimerName } from './machine/messages.ts'
import { type Request, requestStatus, requestTranscript } from './requests.ts'
import { type ReadEvent, STREAM_EVENTS, type StreamEvent, type StreamEventName, createEventReader } from './wire.ts'

/** Does what the machine asks for, and tells it what came of it. */
export interface Runner {
  run(effect: Effect): void
}

/** @param url - the address of the session, without a slash at its end. */
export function createRunner(env: Env, url: string, dispatch: (input: Input) => void): Runner {
  const timers = new Map<TimerName, Undo>()
  let stream: EventStream | undefined
  let poll: Request | undefined
  let transcript: Request | undefined

  function closeStream() {
    stream?.close()
    stream = undefined
  }

  function openStream({ lastEventId, from }: Extract<Effect, { type: 'open_stream' }>) {
    closeStream()
    const query = new URLSearchParams({ patches: '1' })
    // A new EventSource cannot set the Last-Event-ID header.
    if (lastEventId !== undefined) query.set('last_event_id', String(lastEventId))
    if (from !== undefined) query.set('segments', '1')
    if (from !== undefined) query.set('from', String(from))
    const opened = env.openEvents?.(`${url}/status/stream?${query}`)
    stream = opened
    const read = createEventReader()
    for (const name of STREAM_EVENTS) {
      opened?.addEventListener(name, ({ data }) => {
        // A closed source may still deliver what was queued.
        if (stream === opened) dispatch(streamInput(read, name, data))
      })
    }
    opened?.addEventListener('error', () => {
      if (stream !== opened) return
      // Left alone, browsers reconnect without jitter, each at its own pace, and give up for good on a 502.
      closeStream()
      dispatch({ type: 'stream_failed', reason: env.isOnline() ? 'network' : 'offline' })
    })
  }

  function stopTimer(name: TimerName) {
    timers.get(name)?.()
    timers.delete(name)
  }

  function run(effect: Effect) {
    switch (effect.type) {
      case 'open_stream':
        return openStream(effect)
      case 'close_stream':
        return closeStream()
      case 'poll':
        poll = requestStatus(env, `${url}/status`, effect, (answer) => dispatch({ type: 'poll_answered', answer }))
        return
      case 'abort_poll':
        return poll?.abort()
      case 'fetch_transcript':
        transcript = requestTranscript(env, `${url}/transcript?format=json&from=${effect.from}`, (segments) =>
          dispatch({ type: 'transcript_answered', segments }),
        )
        return
      case 'abort_transcript':
        return transcript?.abort()
      case 'start_timer':
        stopTimer(effect.name)
        timers.set(
          effect.name,
          env.after(effect.ms, () => {
            timers.delete(effect.name)
            dispatch({ type: 'timer', name: effect.name })
          }),
        )
        return
      case 'stop_timer':
        return stopTimer(effect.name)
    }
  }

  return { run }
}

function streamInput(read: ReadEvent, name: StreamEventName, data: unknown): Input {
  let event: StreamEvent
  try {
    event = read(name, String(data))
  } catch {
    return { type: 'stream_failed', reason: 'bad_payload' }
  }
  return { type: 'stream_event', event }
}
