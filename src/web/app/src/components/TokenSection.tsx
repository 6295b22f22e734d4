import { type FormEvent, useState } from 'react'
import { useCreateToken, useDeleteToken, useTokens } from '../api/credentials.ts'
import { sentenceOf } from '../api/http.ts'
import type { ApiToken, Scope } from '../api/types.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { credentialStrings } from '../strings/credentials.ts'
import { formats, strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { Field } from './Field.tsx'
import { LineForm } from './LineForm.tsx'
import { NewSecret } from './NewSecret.tsx'
import { SelectField } from './SelectField.tsx'
import styles from './TokenSection.module.css'

const words = credentialStrings.tokens

/** After how many days a token ends, as one may choose; 0: never. */
const DAYS = [0, 30, 90, 365] as const

/** API tokens: for programs that act for this person. */
export function TokenSection() {
  const tokens = useTokens()
  const create = useCreateToken()
  const kept = useKeptFocus<HTMLElement>('h2')

  /** What is of no use any more is not asked to be kept. */
  function forget(id: string) {
    if (create.data?.id === id) create.reset()
  }

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const filled = new FormData(form)
    const days = Number(filled.get('days'))
    const wanted = {
      name: String(filled.get('name')).trim(),
      scope: filled.get('scope') as Scope,
      expires_at: days === 0 ? null : new Date(Date.now() + days * 86_400_000).toISOString(),
    }
    create.mutate(wanted, { onSuccess: () => form.reset() })
  }

  return (
    <section {...kept} className={styles.section} aria-labelledby="tokens">
      <div>
        <h2 id="tokens" tabIndex={-1}>{words.title}</h2>
        <p className={styles.soft}>
          {words.what} <a href="/docs">{words.seeApi}</a>
        </p>
      </div>
      <LineForm onSubmit={submit}>
        <Field label={words.name} name="name" required maxLength={80} autoComplete="off" />
        <SelectField label={words.scope} name="scope">
          <option value="write">{words.scopes.write}</option>
          <option value="read">{words.scopes.read}</option>
        </SelectField>
        <SelectField label={words.end} name="days">
          {DAYS.map((days) => (
            <option key={days} value={days}>
              {nameOfEnd(days)}
            </option>
          ))}
        </SelectField>
        <Button type="submit" look="primary" busy={create.isPending}>
          {words.create}
        </Button>
      </LineForm>
      {create.data && (
        <NewSecret key={create.data.id} secret={create.data.secret}>
          {words.copyNow(create.data.name)}
        </NewSecret>
      )}
      {create.isError && <Alert>{sentenceOf(create.error)}</Alert>}
      {tokens.isError && <Alert onRetry={() => void tokens.refetch()}>{sentenceOf(tokens.error)}</Alert>}
      {tokens.data && tokens.data.length > 0 && (
        <ul className={styles.list}>
          {tokens.data.map((token) => (
            <TokenRow key={token.id} token={token} onDeleted={forget} />
          ))}
        </ul>
      )}
    </section>
  )
}

function TokenRow({ token, onDeleted }: { token: ApiToken; onDeleted: (id: string) => void }) {
  const [asking, setAsking] = useState(false)
  const remove = useDeleteToken()
  return (
    <li className={styles.row}>
      <div className={styles.token}>
        <p>{token.name}</p>
        <p className={styles.soft}>
          {factsOf(token).join(' · ')}
        </p>
        {remove.isError && <Alert>{sentenceOf(remove.error)}</Alert>}
      </div>
      <Button look="danger" busy={remove.isPending} onClick={() => setAsking(true)} aria-label={words.deleteOf(token.name)}>
        {strings.common.delete}
      </Button>
      {asking && (
        <ConfirmDialog
          title={words.askDelete}
          action={words.deleteIt}
          // Not as an option of this call: the row is gone by then, and would not hear of it.
          onConfirm={() => void remove.mutateAsync(token.id).then(onDeleted, () => {})}
          onClose={() => setAsking(false)}
        >
          {words.afterDelete(token.name)}
        </ConfirmDialog>
      )}
    </li>
  )
}

function nameOfEnd(days: (typeof DAYS)[number]): string {
  return days === 0 ? words.ends.never : days === 365 ? words.ends.year : words.ends.days(days)
}

function factsOf({ scope, created_at, expires_at, last_used_at }: ApiToken): readonly string[] {
  const used = last_used_at === null ? words.neverUsed : words.lastUsed(formats.moment(last_used_at))
  const facts = [words.scopes[scope], words.created(formats.moment(created_at)), used]
  if (expires_at === null) return facts
  const when = formats.moment(expires_at)
  return Date.parse(expires_at) <= Date.now() ? [words.ended(when), ...facts] : [...facts, words.endsOn(when)]
}
