import { useRef, useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { type NetworkPath, useOverride } from '../api/paths.ts'
import { useSay } from '../lib/say.ts'
import { formats } from '../strings/index.ts'
import { pathStrings as words } from '../strings/paths.ts'
import { AdminOverrideForm } from './AdminOverrideForm.tsx'
import styles from './AdminUsers.module.css'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'

/** A path, what was found of it, and what an admin decided in its place. */
export function AdminPathRow({ path }: { path: NetworkPath }) {
  const [open, setOpen] = useState(false)
  const lift = useOverride(path)
  const say = useSay()
  const toggle = useRef<HTMLButtonElement>(null)
  const { override, state } = path
  const name = nameOf(path)

  // What was pressed is gone then, and would take the focus with it.
  function done(sentence: string) {
    toggle.current?.focus()
    say(sentence)
  }

  return (
    <li className={styles.row}>
      <div className={styles.line}>
        <div className={styles.person}>
          <p className={styles.email}>
            {name}
            <span className={styles.mark} data-off={state === 'buffered' || undefined}>
              {stateOf(state)}
            </span>
          </p>
          <p className={styles.soft}>{factsOf(path).join(' · ')}</p>
          {override && (
            <p className={styles.soft}>
              {words.overridden(override.by, formats.moment(override.until))} {override.reason}. {words.without(stateOf(path.judged))}
            </p>
          )}
        </div>
        <div className={styles.buttons}>
          {override && (
            <Button
              busy={lift.isPending}
              aria-label={words.liftOf(name)}
              onClick={() => lift.mutate({ state: null }, { onSuccess: () => done(words.lifted(name)) })}
            >
              {words.lift}
            </Button>
          )}
          <Button ref={toggle} aria-expanded={open} aria-label={words.overrideOf(name)} onClick={() => setOpen(!open)}>
            {words.override}
          </Button>
        </div>
      </div>
      {lift.isError && <Alert>{sentenceOf(lift.error)}</Alert>}
      {open && (
        <AdminOverrideForm
          path={path}
          name={name}
          onDone={() => {
            done(words.form.saved(name))
            setOpen(false)
          }}
        />
      )}
    </li>
  )
}

function nameOf({ host, http_version, colo, via }: NetworkPath): string {
  const parts = [host, words.http(http_version), colo && words.colo(colo), via && words.via(via.replaceAll(',', ', '))]
  return parts.filter(Boolean).join(', ')
}

function stateOf(state: string | null): string {
  return state === null ? words.unknown : (words.states[state] ?? state)
}

function factsOf({ readers, proven, muted, seen_at, probe_at }: NetworkPath): readonly string[] {
  return [
    words.readers(readers),
    ...(proven > 0 ? [words.proven(proven)] : []),
    ...(muted > 0 ? [words.muted(muted)] : []),
    words.seen(formats.moment(seen_at)),
    ...(probe_at === null ? [] : [words.probe(formats.moment(probe_at))]),
  ]
}
