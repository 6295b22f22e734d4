import type { FormEvent } from 'react'
import { sentenceOf } from '../api/http.ts'
import { type NetworkPath, useOverride } from '../api/paths.ts'
import { pathStrings } from '../strings/paths.ts'
import styles from './AdminUsers.module.css'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { Field } from './Field.tsx'
import { SelectField } from './SelectField.tsx'

const words = pathStrings.form
const HOUR_MS = 3_600_000

interface Props {
  readonly path: NetworkPath
  readonly name: string
  readonly onDone: () => void
}

/** Decides about a path in place of what is found of it: what, why, and for how long. */
export function AdminOverrideForm({ path, name, onDone }: Props) {
  const set = useOverride(path)

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const filled = new FormData(event.currentTarget)
    const until = new Date(Date.now() + Number(filled.get('hours')) * HOUR_MS).toISOString()
    const override = { state: String(filled.get('state')), reason: String(filled.get('reason')).trim(), until }
    set.mutate(override, { onSuccess: onDone })
  }

  return (
    <form className={styles.quota} onSubmit={submit} aria-label={pathStrings.overrideOf(name)}>
      <div className={styles.fields}>
        <SelectField label={words.state} name="state" defaultValue={path.state === 'buffered' ? 'healthy' : 'buffered'}>
          <option value="healthy">{words.healthy}</option>
          <option value="buffered">{words.buffered}</option>
        </SelectField>
        <SelectField label={words.length} name="hours" defaultValue={24}>
          {words.lengths.map(([hours, length]) => (
            <option key={hours} value={hours}>
              {length}
            </option>
          ))}
        </SelectField>
        <Field label={words.reason} name="reason" required maxLength={200} autoComplete="off" />
        <Button type="submit" look="primary" busy={set.isPending}>
          {words.save}
        </Button>
      </div>
      {set.isError && <Alert>{sentenceOf(set.error)}</Alert>}
    </form>
  )
}
