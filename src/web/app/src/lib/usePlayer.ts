import type { Segment } from '@playhead/session-status'
import { useCallback, useMemo, useRef, useState } from 'react'
import { type RecordingProblem, problemOf } from './recording.ts'
import { spokenAt } from './spoken.ts'

/** By an arrow key: a sentence or so. */
const STEP_S = 5

/** A recording in step with its words: which line is heard, and the way to hear another one. */
export interface Player {
  /** For the `<audio>` element. */
  readonly audio: React.RefObject<HTMLAudioElement | null>
  readonly on: Pick<
    React.ComponentProps<'audio'>,
    'onPlay' | 'onPause' | 'onTimeUpdate' | 'onSeeking' | 'onLoadedMetadata' | 'onDurationChange' | 'onError'
  >
  readonly playing: boolean
  /** Where it is, in seconds; undefined before it was ever played. */
  readonly position: number | undefined
  /** In seconds, as the recording itself says; undefined while it does not. */
  readonly duration: number | undefined
  /** How fast it plays: 1 is as it was spoken. */
  readonly rate: number
  /** The index of the line that is heard; undefined before it was ever played. */
  readonly line: number | undefined
  /** Counts the jumps: each is a wish to see the line that is jumped to. */
  readonly jumps: number
  readonly problem: RecordingProblem | undefined
  readonly toggle: () => void
  readonly seek: (second: number) => void
  readonly playFrom: (second: number) => void
  readonly setRate: (rate: number) => void
  /** Loads it again after a problem, and goes on from where it was. */
  readonly retry: () => void
  /** For what is around it: the space bar plays and pauses, left and right go back and forth. */
  readonly onKeyDown: (event: React.KeyboardEvent) => void
}

/** @param isGone - whether it is known that there is no recording any more. */
export function usePlayer(segments: readonly Segment[], isGone = false): Player {
  const audio = useRef<HTMLAudioElement>(null)
  /** Where it was, for when it has to be loaded again: then the element starts at 0. */
  const reached = useRef(0)
  const [playing, setPlaying] = useState(false)
  const [position, setPosition] = useState<number>()
  const [duration, setDuration] = useState<number>()
  const [rate, setShownRate] = useState(1)
  const [jumps, setJumps] = useState(0)
  const [found, setProblem] = useState<RecordingProblem>()
  const problem = isGone ? 'gone' : found

  const on = useMemo<Player['on']>(() => {
    const moved = (element: HTMLAudioElement) => {
      // Before its metadata is there, the element says 0 whatever was asked for.
      if (element.readyState > 0) reached.current = element.currentTime
      setPosition(reached.current)
    }
    return {
      onPlay: () => setPlaying(true),
      onPause: () => setPlaying(false),
      onTimeUpdate: ({ currentTarget }) => moved(currentTarget),
      onSeeking({ currentTarget }) {
        moved(currentTarget)
        setJumps((count) => count + 1)
      },
      onLoadedMetadata: () => setProblem(undefined),
      // Of what is recorded without a length, it is not known before the end.
      onDurationChange: ({ currentTarget: { duration: s } }) => setDuration(Number.isFinite(s) ? s : undefined),
      onError({ currentTarget }) {
        // Firefox plays on in silence where it finds no device to play on.
        currentTarget.pause()
        setPlaying(false)
        void problemOf(currentTarget.src).then(setProblem)
      },
    }
  }, [])

  const does = useMemo(() => {
    /** Does something with the element, unless it gave up. */
    const withAudio = (act: (element: HTMLAudioElement) => void) => {
      if (audio.current !== null && !audio.current.error) act(audio.current)
    }
    // Refused: then there is an error event as well, which says more.
    const play = (element: HTMLAudioElement) => void element.play().catch(() => {})
    const seek = (second: number) =>
      withAudio((element) => {
        reached.current = Math.max(0, second)
        element.currentTime = reached.current
      })
    const toggle = () => withAudio((element) => (element.paused ? play(element) : element.pause()))
    return {
      seek,
      toggle,
      playFrom(second: number) {
        seek(second)
        withAudio(play)
      },
      setRate(to: number) {
        setShownRate(to)
        // The default is what it goes back to when it is loaded again.
        withAudio((element) => Object.assign(element, { playbackRate: to, defaultPlaybackRate: to }))
      },
      onKeyDown(event: React.KeyboardEvent) {
        const { key, target } = event
        const step = key === 'ArrowLeft' ? -STEP_S : key === 'ArrowRight' ? STEP_S : 0
        if (isModified(event) || !(target instanceof Element)) return
        // A button has its own space bar, and a choice its own arrows as well.
        const isFree = !target.matches(step === 0 ? 'button, a, select' : 'select')
        if (!isFree || (step === 0 && key !== ' ')) return
        event.preventDefault()
        if (step === 0) toggle()
        else seek(reached.current + step)
      },
    }
  }, [])

  const retry = useCallback(() => {
    const element = audio.current
    if (element === null) return
    setProblem(undefined)
    element.load()
    element.currentTime = reached.current
  }, [])

  const line = position === undefined ? undefined : spokenAt(segments, position)
  return { audio, on, playing, position, duration, rate, line, jumps, problem, retry, ...does }
}

/** What is meant for the browser. */
function isModified({ altKey, ctrlKey, metaKey, shiftKey }: React.KeyboardEvent): boolean {
  return altKey || ctrlKey || metaKey || shiftKey
}
