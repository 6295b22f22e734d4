import { type FormEvent, useId } from 'react'
import { ApiError, sentenceOf } from '../api/http.ts'
import type { Order, OrderName, Rollout } from '../api/rollout.ts'
import { shareOf } from '../lib/rollout.ts'
import { strings } from '../strings/index.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import { Dialog, DialogButtons } from './Dialog.tsx'
import { Field } from './Field.tsx'
import styles from './RolloutOrderDialog.module.css'

const words = rolloutStrings.orders
/** As many letters as the server takes. */
const REASON_LENGTH = 200

interface Props {
  readonly name: OrderName
  readonly of: Rollout
  readonly busy: boolean
  readonly error: Error | null
  readonly onOrder: (order: Order) => void
  readonly onClose: () => void
}

/** Says what an order does, and asks why. It stays open with what was filled in until the order is taken. */
export function RolloutOrderDialog({ name, of, busy, error, onOrder, onClose }: Props) {
  const { title, what, action } = words.of[name]

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    if (busy) return
    const filled = new FormData(event.currentTarget)
    onOrder({
      name,
      reason: String(filled.get('reason')).trim(),
      ...(name === 'start' ? { dry_run: filled.get('mode') !== 'real' } : {}),
      ...(name === 'move' ? { share: Number(filled.get('share')) } : {}),
    })
  }

  return (
    <Dialog title={title} onClose={onClose}>
      {what !== '' && <p>{what}</p>}
      <form className={styles.form} onSubmit={submit}>
        {name === 'start' && <Modes of={of} />}
        {name === 'move' && (
          <Field label={words.share} name="share" type="number" min={0} max={100} step={1} required defaultValue={of.share ?? ''} autoComplete="off" />
        )}
        <Field label={words.reason} hint={words.reasonHint} name="reason" required pattern=".*\S.*" maxLength={REASON_LENGTH} autoComplete="off" />
        {error !== null && <Alert detail={mayBeDone(error) ? words.lost : undefined}>{sentenceOf(error)}</Alert>}
        <DialogButtons>
          <Button onClick={onClose}>{strings.common.keep}</Button>
          <Button type="submit" look={name === 'emergency' ? 'danger' : 'primary'} busy={busy}>
            {action}
          </Button>
        </DialogButtons>
      </form>
    </Dialog>
  )
}

/** Whether nobody knows if the server took it: the answer was lost. */
const mayBeDone = (error: Error) => !(error instanceof ApiError) || error.status === 0

/** A dry run, unless somebody chooses otherwise, where anything else can be chosen. */
function Modes({ of: { share, plan, limit } }: { of: Rollout }) {
  const id = useId()
  const first = plan.stages[0]?.share ?? 0
  return (
    <fieldset className={styles.modes}>
      <legend>{words.mode}</legend>
      <label>
        <input type="radio" name="mode" value="dry" defaultChecked aria-describedby={`${id}dry`} /> {words.dry}
      </label>
      <p id={`${id}dry`}>
        {words.dryWhat} {share === 0 && words.dryAtZero}
      </p>
      <label>
        <input type="radio" name="mode" value="real" disabled={limit !== null} aria-describedby={`${id}real`} /> {words.real}
      </label>
      <p id={`${id}real`}>{limit ?? words.realWhat(share === null ? '–' : shareOf(share), shareOf(first))}</p>
    </fieldset>
  )
}
