import { useState } from 'react'
import { sentenceOf } from '../api/http.ts'
import { type OrderName, type Rollout, useOrder } from '../api/rollout.ts'
import { ordersOf } from '../lib/rollout.ts'
import { useKeptFocus } from '../lib/useKeptFocus.ts'
import { rolloutStrings } from '../strings/rollout.ts'
import { Alert } from './Alert.tsx'
import { Button } from './Button.tsx'
import styles from './Rollout.module.css'
import { RolloutOrderDialog } from './RolloutOrderDialog.tsx'

const words = rolloutStrings.orders
const LOOKS: Partial<Record<OrderName, 'primary' | 'danger'>> = { start: 'primary', resume: 'primary', emergency: 'danger' }

/** What a person can order, each asked about first. */
export function RolloutOrders({ of }: { of: Rollout }) {
  const [asking, setAsking] = useState<OrderName>()
  const order = useOrder()
  const kept = useKeptFocus<HTMLDivElement>('button')

  function ask(name: OrderName) {
    if (!order.isPending) order.reset()
    setAsking(name)
  }

  return (
    <>
      <div {...kept} className={styles.orders} role="group" aria-label={words.label}>
        {ordersOf(of).map((name) => (
          <Button key={name} look={LOOKS[name] ?? 'plain'} busy={order.isPending} onClick={() => ask(name)}>
            {words.of[name].button}
          </Button>
        ))}
      </div>
      {/* Who closed the dialog before the answer came has not seen it there. */}
      {asking === undefined && order.isError && (
        <div className={styles.refused}>
          <Alert>{sentenceOf(order.error)}</Alert>
        </div>
      )}
      {asking !== undefined && (
        <RolloutOrderDialog
          name={asking}
          of={of}
          busy={order.isPending}
          error={order.error}
          onOrder={(given) => order.mutate(given, { onSuccess: () => setAsking(undefined) })}
          onClose={() => setAsking(undefined)}
        />
      )}
    </>
  )
}
