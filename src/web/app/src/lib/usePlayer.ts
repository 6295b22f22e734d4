import type { Segment } from '@playhead/session-status'
import { useCallback, useMemo, useRef, useState } from 'react'
import { type RecordingProblem, problemOf } from './recording.ts'
import { spokenAt } from './spoken.ts'

/** A recording in step with its words: which line is heard, and the way to hear another one. */
export interface Player {
  /** For the `<audio>` element. */
  readonly audio: React.RefObject<HTMLAudioElement | null>
  readonly on: Pick<
    React.ComponentProps<'audio'>,
    'onPlay' | 'onPause' | 'onTimeUpdate' | 'onSeeking' | 'onLoadedMetadata' | 'onError'
  >
  readonly playing: boolean
  /** The index of the line that is heard; undefined before it was ever played. */
  readonly line: number | undefined
  /** Counts the jumps: each is a wish to see the line that is jumped to. */
  readonly jumps: number
  readonly problem: RecordingProblem | undefined
  readonly playFrom: (second: number) => void
  /** Loads it again after a problem, and goes on from where it was. */
  readonly retry: () => void
}

export function usePlayer(segments: readonly Segment[]): Player {
  const audio = useRef<HTMLAudioElement>(null)
  /** Where it was, for when it has to be loaded again: then the element starts at 0. */
  const reached = useRef(0)
  const [playing, setPlaying] = useState(false)
  const [position, setPosition] = useState<number>()
  const [jumps, setJumps] = useState(0)
  const [problem, setProblem] = useState<RecordingProblem>()

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
      onError({ currentTarget }) {
        // Firefox plays on in silence where it finds no device to play on.
        currentTarget.pause()
        setPlaying(false)
        void problemOf(currentTarget.src).then(setProblem)
      },
    }
  }, [])

  const playFrom = useCallback((second: number) => {
    const element = audio.current
    if (element === null || element.error) return
    element.currentTime = second
    reached.current = second
    // Refused: then there is an error event as well, which says more.
    element.play().catch(() => {})
  }, [])

  const retry = useCallback(() => {
    const element = audio.current
    if (element === null) return
    setProblem(undefined)
    element.load()
    element.currentTime = reached.current
  }, [])

  const line = position === undefined ? undefined : spokenAt(segments, position)
  return { audio, on, playing, line, jumps, problem, playFrom, retry }
}
