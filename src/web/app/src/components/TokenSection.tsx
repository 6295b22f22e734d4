import { type FormEvent, useState } from 'react'
import { useCreateToken, useDeleteToken, useTokens } from '../api/account.ts'
import { sentenceOf } from '../api/http.ts'
import type { ApiToken } from '../api/types.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { formats, strings } from '../strings/index.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { ConfirmDialog } from './ConfirmDialog.tsx'
import { Field } from './Field.tsx'
import { LineForm } from './LineForm.tsx'
import { NewSecret } from './NewSecret.tsx'
import styles from './TokenSection.module.css'

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
    const name = String(new FormData(form).get('name')).trim()
    create.mutate(name, { onSuccess: () => form.reset() })
  }

  return (
    <section {...kept} className={styles.section} aria-labelledby="tokens">
      <div>
        <h2 id="tokens" tabIndex={-1}>{strings.tokens.title}</h2>
        <p className={styles.soft}>
          {strings.tokens.what} <a href="/docs">{strings.tokens.seeApi}</a>
        </p>
      </div>
      <LineForm onSubmit={submit}>
        <Field label={strings.tokens.name} name="name" required maxLength={80} autoComplete="off" />
        <Button type="submit" look="primary" busy={create.isPending}>
          {strings.tokens.create}
        </Button>
      </LineForm>
      {create.data && <NewSecret key={create.data.id} token={create.data} />}
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
          {strings.tokens.created(formats.moment(token.created_at))} ·{' '}
          {token.last_used_at === null ? strings.tokens.neverUsed : strings.tokens.lastUsed(formats.moment(token.last_used_at))}
        </p>
        {remove.isError && <Alert>{sentenceOf(remove.error)}</Alert>}
      </div>
      <Button look="danger" busy={remove.isPending} onClick={() => setAsking(true)} aria-label={strings.tokens.deleteOf(token.name)}>
        {strings.common.delete}
      </Button>
      {asking && (
        <ConfirmDialog
          title={strings.tokens.askDelete}
          action={strings.tokens.deleteIt}
          // Not as an option of this call: the row is gone by then, and would not hear of it.
          onConfirm={() => void remove.mutateAsync(token.id).then(onDeleted, () => {})}
          onClose={() => setAsking(false)}
        >
          {strings.tokens.afterDelete(token.name)}
        </ConfirmDialog>
      )}
    </li>
  )
}
