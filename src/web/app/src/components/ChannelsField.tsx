import { type ComponentProps, useId } from 'react'
import { optionStrings as words } from '../strings/options.ts'
import styles from './Field.module.css'
import { SelectField } from './SelectField.tsx'

/** The choice of how channels are heard, and what for. */
export function ChannelsField(props: Omit<ComponentProps<'select'>, 'children'>) {
  const id = useId()
  return (
    <div>
      <SelectField {...props} label={words.channels} aria-describedby={id}>
        <option value="">{words.automatic}</option>
        <option value="each">{words.channelsAs.each}</option>
        <option value="mix">{words.channelsAs.mix}</option>
      </SelectField>
      <p id={id} className={styles.hint}>
        {words.channelsWhat}
      </p>
    </div>
  )
}
