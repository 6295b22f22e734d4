import { useEffect, useRef } from 'react'
import { isPartlyInSight } from './sight.ts'
import type { Follow } from './useFollow.ts'
import type { Player } from './usePlayer.ts'

/**
 * Keeps the line that is heard in sight, for a reader who reads along. One whose last line is not in sight any more has
 * scrolled away and is left alone, until they jump to another place in the recording.
 */
export function useReadAlong({ playing, line, jumps }: Player, { list, show, leave }: Follow) {
  const before = useRef<{ line: number | undefined; jumps: number }>({ line: undefined, jumps: 0 })

  // The newest words and the heard ones are at two places: who listens looks at the latter.
  useEffect(() => {
    if (playing) leave()
  }, [playing, leave])

  useEffect(() => {
    const last = before.current
    before.current = { line, jumps }
    const lines = list.current?.querySelectorAll('li')
    if (!lines || line === undefined) return
    const from = last.line === undefined ? undefined : lines[last.line]
    const jumped = jumps !== last.jumps
    const along = playing && line !== last.line && (from === undefined || isPartlyInSight(from))
    if (jumped || along) show(lines[line])
  }, [playing, line, jumps, list, show])
}
