import type { ComponentProps } from 'react'
import type { Track } from '../api/types.ts'
import { optionStrings as words } from '../strings/options.ts'
import { SelectField } from './SelectField.tsx'

interface Props extends Omit<ComponentProps<'select'>, 'children'> {
  readonly tracks: readonly Track[]
}

/** The choice of a sound track, or of all of them. One that cannot be read is named, and cannot be chosen. */
export function TrackField({ tracks, ...props }: Props) {
  return (
    <SelectField {...props} label={words.track}>
      {!tracks.some(({ chosen }) => chosen) && <option value="">{words.automatic}</option>}
      {tracks.map((track) => (
        <option key={track.index} value={track.index} disabled={!track.decodable}>
          {words.trackOf(track)}
        </option>
      ))}
      <option value="all">{words.allTracks}</option>
    </SelectField>
  )
}
