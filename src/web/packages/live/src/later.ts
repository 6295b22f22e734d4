import type { EventStream, StreamMessage } from './env.ts'

/** Takes the events of a stream by their names. */
export type OnEvent = (name: string, event: StreamMessage) => void

/** Reads a stream to its end; returns the response if it is no event stream. It must not reject. */
export type Read = (signal: AbortSignal, onEvent: OnEvent) => Promise<Response | undefined>

/** Opens a stream whose reader is being loaded. If it cannot be, as after a deployment or without a network, the stream failed. */
export function openLater(loading: Promise<Read>): EventStream {
  const controller = new AbortController()
  const { signal } = controller
  const listeners = new Map<string, (event: StreamMessage) => void>()
  const onEvent: OnEvent = (name, event) => {
    if (!signal.aborted) listeners.get(name)?.(event)
  }
  void loading.then((read) => read(signal, onEvent), () => undefined).then((refusal) => onEvent('error', { response: refusal }))
  return {
    addEventListener: (name, listener) => void listeners.set(name, listener),
    close: () => controller.abort(),
  }
}
