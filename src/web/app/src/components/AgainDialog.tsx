import { type FormEvent, useEffect, useRef, useState } from 'react'
import { useMe } from '../api/account.ts'
import { ApiError, sentenceOf } from '../api/http.ts'
import type { LiveSession } from '../api/liveSessions.ts'
import { useTranscribeAgain } from '../api/sessions.ts'
import { type Filled, choiceOf, filledFrom, hasChannels, hasTracks } from '../lib/again.ts'
import { againStrings as words } from '../strings/again.ts'
import { strings } from '../strings/index.ts'
import { optionStrings } from '../strings/options.ts'
import styles from './AgainDialog.module.css'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { ChannelsField } from './ChannelsField.tsx'
import { Dialog, DialogButtons } from './Dialog.tsx'
import { LanguageField } from './LanguageField.tsx'
import { SelectField } from './SelectField.tsx'
import { TrackField } from './TrackField.tsx'

interface Props extends LiveSession {
  /** What the reader has chosen by the way they came. */
  readonly preset: Partial<Filled>
  readonly onClose: () => void
}

/** Asks in which language, of which track and how a session is transcribed again. It stays open until that has begun. */
export function AgainDialog({ session, status, preset, onClose }: Props) {
  const me = useMe().data
  const models = me?.models ?? []
  const { mutate, isPending, error } = useTranscribeAgain(session.id)
  const [before] = useState(() => filledFrom(session, models))
  const [filled, setFilled] = useState<Filled>({ ...before, ...preset })
  const choice = choiceOf(before, filled)
  const form = useRef<HTMLFormElement>(null)
  const [wanted] = useState(() => Object.keys(preset)[0] ?? '')
  useEffect(() => form.current?.querySelector<HTMLElement>(`[name='${wanted}']`)?.focus(), [wanted])
  const goesOn = status.state !== 'completed' && Object.keys(choice).length === 0
  const field = (name: keyof Filled) => ({
    name,
    value: filled[name],
    onChange: ({ currentTarget }: { currentTarget: HTMLSelectElement }) => setFilled({ ...filled, [name]: currentTarget.value }),
  })

  function submit(event: FormEvent) {
    event.preventDefault()
    if (!isPending) mutate(choice, { onSuccess: onClose })
  }

  return (
    <Dialog title={words.title} onClose={onClose}>
      <form ref={form} className={styles.form} onSubmit={submit}>
        {hasTracks(session) && <TrackField {...field('track')} tracks={session.tracks ?? []} />}
        <LanguageField {...field('language')} />
        {models.length > 1 && (
          <SelectField {...field('model')} label={optionStrings.model}>
            {models.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </SelectField>
        )}
        {hasChannels(session, filled.track) && <ChannelsField {...field('channels')} />}
        <p className={styles.what}>
          {[
            goesOn ? words.goesOn : status.segments > 0 && words.keeps,
            !goesOn && (me?.quota.hours_today.allowed ?? null) !== null && words.counts,
          ]
            .filter(Boolean)
            .join(' ')}
        </p>
        {error !== null && <Alert detail={isLost(error) ? words.lost : undefined}>{sentenceOf(error)}</Alert>}
        <DialogButtons>
          <Button onClick={onClose}>{strings.common.keep}</Button>
          <Button type="submit" look="primary" busy={isPending}>
            {words.begin}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}

/** Whether the answer was lost, and nobody knows if the server took it. */
const isLost = (error: Error) => navigator.onLine && (!(error instanceof ApiError) || error.status === 0)
